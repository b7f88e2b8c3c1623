import { resolve } from 'node:path';
import type { ConfigFile } from './config-file.ts';
import { type Problem, waysToGive } from './problems.ts';
import type { Setting, ValuesOf } from './setting.ts';
import type { SettingKey } from './settings-table.ts';

/** Who gave a value; a lower rank wins. */
export type Rank = 0 | 1 | 2;

/** A table's values from all sources put together, undefined where one cannot be read, and how near each given one is. */
export type Picked<Table extends readonly Setting[]> = {
  readonly values: { readonly [Key in keyof ValuesOf<Table>]: ValuesOf<Table>[Key] | undefined };
  readonly ranks: ReadonlyMap<Table[number]['key'], Rank>;
};

export type Sources = {
  readonly flags: Readonly<Record<string, unknown>>;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  readonly file: ConfigFile;
};

type Given = { readonly raw: unknown; readonly rank: Rank; readonly by: string; readonly folder: string };

/**
 * Takes each setting of a table from the source that wins, and reads it; what cannot be read is added to `problems`. A blank
 * environment variable counts as not set, because that is how one is cleared on Windows and in pipelines.
 */
export function pickValues<const Table extends readonly Setting<SettingKey>[]>(
  table: Table,
  sources: Sources,
  problems: Problem[],
): Picked<Table> {
  const values: Record<string, unknown> = {};
  const ranks = new Map<SettingKey, Rank>();
  for (const setting of table) {
    const given = givenBy(setting, sources);
    if (given !== undefined) ranks.set(setting.key, given.rank);
    values[setting.key] = given === undefined ? setting.usual : valueOf(setting, given, problems);
  }
  return { values: values as Picked<Table>['values'], ranks };
}

function valueOf(setting: Setting<SettingKey>, given: Given, problems: Problem[]): unknown {
  const read = setting.read(given.raw);
  if ('value' in read) {
    return setting.isPath && typeof read.value === 'string' ? resolve(given.folder, read.value) : read.value;
  }
  problems.push(...problemsOf(setting, given, 'wrong' in read ? [read.wrong] : read.allWrong));
  return undefined;
}

function givenBy(setting: Setting<SettingKey>, { flags, env, cwd, file }: Sources): Given | undefined {
  const flag = flags[setting.key];
  if (setting.flag !== undefined && flag !== undefined) return { raw: flag, rank: 0, by: setting.flag, folder: cwd };
  const variable = setting.env === undefined ? undefined : env[setting.env];
  if (setting.env !== undefined && variable !== undefined && variable.trim() !== '') {
    return { raw: variable, rank: 1, by: setting.env, folder: cwd };
  }
  const entry = setting.inFile === false ? undefined : file.values[setting.key];
  return entry === undefined
    ? undefined
    : { raw: entry, rank: 2, by: `"${setting.key}" in ${file.name}`, folder: file.folder };
}

const longest = 300;

function problemsOf(setting: Setting<SettingKey>, given: Given, allWrong: readonly string[]): Problem[] {
  const remedy = `Wanted: ${setting.description}. Set ${waysToGive(setting.key)}.`;
  return allWrong.map((message) => {
    // A value that is quoted may have line breaks in it, or be a whole file.
    const line = message.replaceAll(/[\p{C}\p{Z}]+/gu, ' ');
    return { what: `${given.by}: ${line.length > longest ? `${line.slice(0, longest)}…` : line}`, remedy };
  });
}
