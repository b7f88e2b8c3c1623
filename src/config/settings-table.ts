// config/: settings, from flags over environment over a file. Start here: the tables of all settings, from which the command
// line's options, docs/settings.md, the messages and the types are made. A setting is a row of one of them.
//   directory-table, tenant-table, run-table   the rows      setting, readers, values   what a row says; how values are read
//   settings        what comes out                           load                       the way from sources to settings
//   sources         who wins                                 config-file                hardmatch.config.json
//   directory, tenant   what must come together              files                      certificates and the password file
//   problems        everything that is wrong, told at once   secrets                    what must not be shown
import { directoryTable } from './directory-table.ts';
import { runTable } from './run-table.ts';
import type { Setting } from './setting.ts';
import { tenantTable } from './tenant-table.ts';

const tables = [...directoryTable, ...tenantTable, ...runTable];

/** The name of a setting: its key in the file. */
export type SettingKey = (typeof tables)[number]['key'];

/** Every setting, in the order in which help and docs show them. */
export const settingsTable: readonly Setting<SettingKey>[] = tables;

/** The names of a table's settings that can be given as flags. */
export function flagsOf<Key extends string>(table: readonly Setting<Key>[]): readonly Key[] {
  return table.filter(({ flag }) => flag !== undefined).map(({ key }) => key);
}

const byKey = new Map<string, Setting<SettingKey>>(settingsTable.map((setting) => [setting.key, setting]));

/** The row of a setting. */
export function settingOf(key: SettingKey): Setting<SettingKey> {
  const setting = byKey.get(key);
  if (setting === undefined) throw new Error(`no such setting: ${key}`);
  return setting;
}
