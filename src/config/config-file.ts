import { readFile } from 'node:fs/promises';
import { basename, dirname, resolve } from 'node:path';
import { decodeText, whyUnreadable } from './files.ts';
import { configFileName, type Problem, waysToGive } from './problems.ts';
import { fileSchema } from './schema.ts';
import { type Setting, settingsTable } from './settings-table.ts';

/** What the settings file says. */
export type ConfigFile = {
  /** For messages. */
  readonly name: string;
  /** The folder that paths in the file are relative to. */
  readonly folder: string;
  readonly values: Readonly<Record<string, unknown>>;
};

/**
 * Reads `--config <file>`, or hardmatch.config.json in the working directory when there is one. Adds to `problems` when
 * it cannot be read, is no JSON object, or has keys that it must not have; what is usable in it is returned all the same.
 */
export async function readConfigFile(given: unknown, cwd: string, problems: Problem[]): Promise<ConfigFile> {
  const path = resolve(cwd, typeof given === 'string' ? given : configFileName);
  const file = { name: basename(path), folder: dirname(path) };
  const text = await readOptional(path, { isOptional: typeof given !== 'string' }, problems);
  if (text === undefined) return { ...file, values: {} };
  const json = parsed(text, file.name, problems);
  if (json === undefined) return { ...file, values: {} };
  const checked = fileSchema.safeParse(json);
  for (const issue of checked.error?.issues ?? []) {
    if (issue.code === 'unrecognized_keys') problems.push(...issue.keys.map((key) => strangeKey(key, file.name)));
    else
      problems.push({ what: `${file.name} does not hold a JSON object`, remedy: 'Write { "tenantId": …, … } in it.' });
  }
  return { ...file, values: isRecord(json) ? json : {} };
}

async function readOptional(
  path: string,
  { isOptional }: { isOptional: boolean },
  problems: Problem[],
): Promise<string | undefined> {
  try {
    return decodeText(await readFile(path));
  } catch (error) {
    const why = whyUnreadable(error);
    if (isOptional && why === 'there is no such file') return undefined;
    problems.push({ what: `the settings file ${path} cannot be read: ${why}`, remedy: 'Check --config.' });
    return undefined;
  }
}

function parsed(text: string, name: string, problems: Problem[]): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    // The parser's own message quotes the text around the fault, which may be a password that does not belong there.
    const backslash = /(?<!\\)\\(?!["\\/bfnrtu])/.test(text);
    const remedy = backslash
      ? 'Write every backslash twice: "C:\\\\certs\\\\ca.pem".'
      : 'Check quotes and commas; JSON has no comments, and no comma after the last entry.';
    problems.push({ what: `${name} is not JSON`, remedy });
    return undefined;
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

// Whoever puts a secret into the file will call it by one of these names.
// A map, not an object: `constructor` is a key of every object.
const secretNames = new Map(
  Object.entries({
    adpassword: 'adPassword',
    password: 'adPassword',
    bindpassword: 'adPassword',
    clientsecret: 'clientSecret',
    secret: 'clientSecret',
    clientcertificatepassword: 'clientCertificatePassword',
    certificatepassword: 'clientCertificatePassword',
  } as const),
);

function strangeKey(key: string, name: string): Problem {
  const plain = key
    .toLowerCase()
    .replaceAll(/[^a-z]/g, '')
    .replace(/^(?:hardmatch|azure)/, '');
  const secret = secretNames.get(plain);
  if (secret !== undefined) {
    return {
      what: `"${key}" in ${name} is a secret, and the file is no place for one`,
      remedy: `Take it out, and give ${waysToGive(secret)}${secret === 'adPassword' ? ` or ${waysToGive('adPasswordFile')}` : ''}.`,
    };
  }
  const settings: readonly Setting[] = settingsTable;
  const known = settings.find((setting) => setting.key.toLowerCase() === plain);
  if (known?.inFile === false) {
    return {
      what: `"${key}" in ${name} is a decision of one run, and cannot stand in the file`,
      remedy: `Give ${waysToGive(known.key)}.`,
    };
  }
  const likely =
    known ?? settings.find((setting) => setting.inFile !== false && distance(setting.key.toLowerCase(), plain) <= 2);
  return {
    what: `"${key}" in ${name} is no setting`,
    remedy: likely ? `Did you mean "${likely.key}"?` : 'Take it out; docs/settings.md lists every setting.',
  };
}

// Levenshtein's distance: how many letters to change, add or take away.
function distance(one: string, other: string): number {
  let row = Array.from({ length: other.length + 1 }, (_, place) => place);
  for (const [above, letter] of one.split('').entries()) {
    const next = [above + 1];
    for (const [place, otherLetter] of other.split('').entries()) {
      const kept = (row[place] ?? 0) + (letter === otherLetter ? 0 : 1);
      next.push(Math.min(kept, (row[place + 1] ?? 0) + 1, (next[place] ?? 0) + 1));
    }
    row = next;
  }
  return row.at(-1) ?? 0;
}
