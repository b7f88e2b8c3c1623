import type { Reader } from './readers.ts';

/** All there is to say of one setting. */
export type Setting<Key extends string = string, Value = unknown> = {
  /** Its name in the settings file, and its flag in camel case. */
  readonly key: Key;
  /** Absent: never a flag. */
  readonly flag?: string;
  /** What the flag takes; absent for a switch. */
  readonly placeholder?: string;
  readonly env?: string;
  /** False: refused in the file, because it is a secret or the decision of one run. */
  readonly inFile?: false;
  readonly repeatable?: true;
  readonly isSecret?: true;
  /** A path, resolved against the working directory, or against the file's folder when it comes from the file. */
  readonly isPath?: true;
  readonly description: string;
  /** What holds when nothing is given, for people. */
  readonly fallback?: string;
  /** What holds when nothing is given. */
  readonly usual: Value;
  /** Makes the value of what was given. */
  readonly read: Reader<Value>;
};

type Facts<Value> = Omit<Setting<string, Value>, 'key' | 'usual'>;

/** A row of a table of settings. Without `usual`, null holds where nothing is given. */
export function setting<Key extends string, Value>(
  key: Key,
  facts: Facts<Value> & { readonly usual: NoInfer<Value> },
): Setting<Key, Value>;
export function setting<Key extends string, Value>(key: Key, facts: Facts<Value>): Setting<Key, Value | null>;
export function setting<Key extends string>(key: Key, facts: Facts<unknown>): Setting<Key> {
  return { key, usual: null, ...facts };
}

/** The values of a table's settings, given or usual. */
export type ValuesOf<Table extends readonly Setting[]> = {
  readonly [Row in Table[number] as Row['key']]: Row['usual'];
};
