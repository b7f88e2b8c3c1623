import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import * as fc from 'fast-check';
import { jsonFaultOf } from '../../../src/files/json-fault.ts';
import { loadSettings } from '../../../src/config/load.ts';
import { SettingsFault } from '../../../src/config/problems.ts';
import { settingsTable } from '../../../src/config/settings-table.ts';
import type { RunFault } from '../../../src/core/failure.ts';
import type { Settings } from '../../../src/config/settings.ts';
import { awkwardText, damage } from './dialects.ts';
import { Attempts, type Tally, withFile } from './tally.ts';

// In every file, under the names that secrets get: no answer may have it.
const secret = 'Sup3r-s3cret-v4lue';

const key = fc.oneof(
  fc.constantFrom(...settingsTable.map((setting) => setting.key)),
  fc.constantFrom('__proto__', 'constructor', 'toString', 'prototype', 'hasOwnProperty', '', 'TenantID'),
  awkwardText,
);
const value = fc.oneof(
  fc.jsonValue({ maxDepth: 3 }),
  awkwardText,
  fc.constantFrom('ldaps://dc1.example.test', 'contoso.example.test', '24h', '5%', true, 8, -1, 1e21, null),
);
const entries = fc.array(fc.tuple(key, value), { maxLength: 6 });

const folder = join(import.meta.dirname, '../../../fixtures/config');
const corpus = readdirSync(folder)
  .map((file) => readFileSync(join(folder, file)))
  .filter((bytes) => bytes.length < 20_000);

const input = fc.oneof(
  fc.record({ kind: fc.constant('object'), entries, indent: fc.nat({ max: 2 }), hasSecret: fc.boolean() }),
  fc.record({
    kind: fc.constant('damaged'),
    entries,
    indent: fc.nat({ max: 2 }),
    hasSecret: fc.boolean(),
    harm: damage,
  }),
  fc.record({ kind: fc.constant('corpus'), bytes: fc.constantFrom(...corpus), harm: damage }),
);

/** Settings files: read, or refused with all problems; never with a secret in the answer, never with a prototype touched. */
export async function fuzzSettings(numRuns: number, seed: number): Promise<Tally> {
  const attempts = new Attempts();
  await withFile('hardmatch.config.json', async (put) => {
    const property = fc.asyncProperty(input, async (given) => {
      const bytes =
        given.kind === 'corpus'
          ? given.harm(given.bytes)
          : given.kind === 'object'
            ? Buffer.from(objectOf(given))
            : given.harm(Buffer.from(objectOf(given)));
      const result = await attempts.of(async () => load(await put(bytes)));
      if (given.kind !== 'corpus') checkSecret(result);
      checkJson(bytes);
      if (Object.keys(Object.prototype).length > 0 || 'tenantId' in {}) throw new Error('a prototype was touched');
    });
    await fc.assert(property, { numRuns, seed });
  });
  return attempts.tally();
}

function load(path: string): Promise<Settings> {
  return loadSettings({
    flags: { config: path },
    env: {},
    cwd: dirname(path),
    needs: { directory: 'if-given', tenant: false },
  });
}

type Pieces = {
  readonly entries: readonly (readonly [string, unknown])[];
  readonly indent: number;
  readonly hasSecret: boolean;
};

// Written by hand, so that a key can be __proto__, or stand there twice.
function objectOf({ entries: pairs, indent, hasSecret }: Pieces): string {
  const all = hasSecret ? [...pairs, ['clientSecret', secret] as const, ['adPassword', secret] as const] : pairs;
  const lines = all.map(([name, content]) => `${JSON.stringify(name)}:${' '.repeat(indent)}${JSON.stringify(content)}`);
  return `{${lines.join(indent === 0 ? ',' : ',\n')}}`;
}

function checkSecret(result: Settings | RunFault): void {
  if (!(result instanceof SettingsFault)) return;
  const told = [result.message, result.hint, ...result.problems.flatMap((one) => [one.what, one.remedy])].join('\n');
  if (told.includes(secret)) throw new Error(`the secret is in the answer: ${told}`);
}

/** Our reader of JSON finds fault exactly where Node's does, and in keys that occur twice. */
function checkJson(bytes: Buffer): void {
  const text = bytes.toString();
  const fault = jsonFaultOf(text);
  const lines = text.split(/\r\n|\n|\r/).length;
  if (fault && (fault.line < 1 || fault.line > lines)) throw new Error(`line ${fault.line} of ${lines}`);
  if (fault?.what.includes('second time')) return;
  let isJson = true;
  try {
    JSON.parse(text);
  } catch {
    isJson = false;
  }
  if (isJson !== (fault === undefined))
    throw new Error(`${isJson ? 'JSON' : 'no JSON'}, but: ${fault?.what ?? 'no fault'}`);
}
