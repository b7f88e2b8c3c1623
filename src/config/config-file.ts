import { basename, dirname, resolve } from 'node:path';
import leven from 'leven';
import { jsonFaultOf } from '../files/json-fault.ts';
import { type Content, readRegular } from '../files/regular-file.ts';
import { decodeStrictly, largest, whyUnreadable, writableByOthers } from './files.ts';
import { configFileName, type Findings, type Problem, waysToGive } from './problems.ts';
import { type SettingKey, settingsTable } from './settings-table.ts';

/** What the settings file says. */
export type ConfigFile = {
  /** For messages. */
  readonly name: string;
  /** The folder that paths in the file are relative to. */
  readonly folder: string;
  readonly values: Readonly<Record<string, unknown>>;
};

/**
 * Reads `--config <file>`, or hardmatch.config.json in the working directory when there is one. Adds to the problems when
 * it cannot be read, is no JSON object, or has keys that it must not have; what is usable in it is returned all the same.
 */
export async function readConfigFile(
  given: unknown,
  cwd: string,
  { problems, warnings }: Findings,
): Promise<ConfigFile> {
  const path = resolve(cwd, typeof given === 'string' ? given : configFileName);
  const file = { name: basename(path), folder: dirname(path) };
  const content = await readOptional(path, { isOptional: typeof given !== 'string' }, problems);
  const text = content && textOf(content, path, problems);
  if (content === undefined || text === undefined) return { ...file, values: {} };
  const loose = writableByOthers(content, path, 'settings file');
  if (loose !== null) warnings.push(loose);
  const json = parsed(text, file.name, problems);
  if (json === undefined) return { ...file, values: {} };
  if (!isRecord(json)) {
    problems.push({ what: `${file.name} does not hold a JSON object`, remedy: 'Write { "tenantId": …, … } in it.' });
    return { ...file, values: {} };
  }
  problems.push(...strangeKeys(json, file.name));
  return { ...file, values: json };
}

async function readOptional(
  path: string,
  { isOptional }: { isOptional: boolean },
  problems: Problem[],
): Promise<Content | undefined> {
  try {
    return await readRegular(path, largest);
  } catch (error) {
    const why = whyUnreadable(error);
    if (isOptional && why === 'there is no such file') return undefined;
    return refused(path, why, problems);
  }
}

function textOf({ bytes }: Content, path: string, problems: Problem[]): string | undefined {
  const text = decodeStrictly(bytes);
  if (text !== undefined) return text;
  const what = `the settings file ${path} cannot be read: it is not text in UTF-8`;
  problems.push({ what, remedy: 'Save it as UTF-8.' });
  return undefined;
}

function refused(path: string, why: string, problems: Problem[]): undefined {
  problems.push({ what: `the settings file ${path} cannot be read: ${why}`, remedy: 'Check --config.' });
}

function parsed(text: string, name: string, problems: Problem[]): unknown {
  const fault = jsonFaultOf(text);
  if (fault === undefined) return JSON.parse(text) as unknown;
  problems.push({ what: `${name}, line ${fault.line}, ${fault.what}`, remedy: fault.remedy });
  return undefined;
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

// Some other program's file has thousands of them; twenty show what it is.
const mostTold = 20;

const fileKeys = new Set<string>(settingsTable.filter(({ inFile }) => inFile !== false).map(({ key }) => key));

function strangeKeys(json: object, name: string): Problem[] {
  const keys = Object.keys(json).filter((key) => !fileKeys.has(key));
  const told = keys.slice(0, mostTold).map((key) => strangeKey(key, name));
  const more = keys.length - told.length;
  if (more === 0) return told;
  return [
    ...told,
    { what: `${more} more keys in ${name} are no settings`, remedy: 'Check that it is the right file.' },
  ];
}

// In one line, and not longer than a name can be.
function shown(key: string): string {
  const visible = key.replaceAll(/[\p{C}\p{Z}]/gu, ' ');
  return `"${visible.length > 60 ? `${visible.slice(0, 60)}…` : visible}"`;
}

/** The secret that a key seems to mean; those of further applications end in their number. */
function secretNamed(plain: string): SettingKey | undefined {
  const [, name = '', number = ''] = /^(.*?)(\d*)$/.exec(plain) ?? [];
  const secret = secretNames.get(name);
  return settingsTable.find(({ key }) => key === `${secret}${number}`)?.key ?? secret;
}

function strangeKey(key: string, name: string): Problem {
  const plain = key
    .toLowerCase()
    .replaceAll(/[^a-z0-9]/g, '')
    .replace(/^(?:hardmatch|azure)/, '');
  const secret = secretNamed(plain);
  if (secret !== undefined) {
    return {
      what: `${shown(key)} in ${name} is a secret, and the file is no place for one`,
      remedy: `Take it out, and give ${waysToGive(secret)}${secret === 'adPassword' ? ` or ${waysToGive('adPasswordFile')}` : ''}.`,
    };
  }
  const known = settingsTable.find((setting) => setting.key.toLowerCase() === plain);
  if (known?.inFile === false) {
    return {
      what: `${shown(key)} in ${name} is a decision of one run, and cannot stand in the file`,
      remedy: `Give ${waysToGive(known.key)}.`,
    };
  }
  const likely =
    known ??
    settingsTable.find(
      (setting) => setting.inFile !== false && leven(setting.key.toLowerCase(), plain, { maxDistance: 3 }) <= 2,
    );
  return {
    what: `${shown(key)} in ${name} is no setting`,
    remedy: likely ? `Did you mean "${likely.key}"?` : 'Take it out; docs/settings.md lists every setting.',
  };
}
