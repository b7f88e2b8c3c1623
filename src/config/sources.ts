import { resolve } from 'node:path';
import type { ConfigFile } from './config-file.ts';
import { type Problem, waysToGive } from './problems.ts';
import { type SettingValues, valueSchemas } from './schema.ts';
import { type Setting, type SettingKey, settingsTable } from './settings-table.ts';

/** Who gave a value; a lower rank wins. */
export type Rank = 0 | 1 | 2;

/** The values of all sources put together, and how near each is to the command line. */
export type PickedValues = { readonly values: SettingValues; readonly ranks: ReadonlyMap<SettingKey, Rank> };

export type Sources = {
  readonly flags: Readonly<Record<string, unknown>>;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  readonly file: ConfigFile;
};

type Given = { readonly raw: unknown; readonly rank: Rank; readonly by: string; readonly folder: string };

/**
 * Takes each setting of a group from the source that wins, and reads it; what cannot be read is added to `problems`. A
 * blank environment variable counts as not set, because that is how one is cleared on Windows and in pipelines.
 */
export function pickValues(sources: Sources, group: Setting['group'], problems: Problem[]): PickedValues {
  const values: Partial<Record<SettingKey, unknown>> = {};
  const ranks = new Map<SettingKey, Rank>();
  for (const setting of settingsTable as readonly Setting[]) {
    const given = setting.group === group ? givenBy(setting, sources) : undefined;
    if (given === undefined) continue;
    ranks.set(setting.key, given.rank);
    const result = valueSchemas[setting.key].safeParse(given.raw);
    if (result.success)
      values[setting.key] =
        setting.isPath && typeof result.data === 'string' ? resolve(given.folder, result.data) : result.data;
    else problems.push(...problemsOf(setting, given, result.error.issues));
  }
  return { values: values as SettingValues, ranks };
}

function givenBy(setting: Setting, { flags, env, cwd, file }: Sources): Given | undefined {
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

function problemsOf(setting: Setting, given: Given, issues: readonly { readonly message: string }[]): Problem[] {
  const remedy = `Wanted: ${setting.description}. Set ${waysToGive(setting.key)}.`;
  return issues.map(({ message }) => {
    // A value that is quoted may have line breaks in it, or be a whole file.
    const line = message.replaceAll(/[\p{C}\p{Z}]+/gu, ' ');
    return { what: `${given.by}: ${line.length > longest ? `${line.slice(0, longest)}…` : line}`, remedy };
  });
}
