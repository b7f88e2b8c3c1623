import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { openAdExport } from '../../../src/ad/export/directory.ts';
import { allForms } from '../../../src/core/ids/conversions.ts';
import { RunFault } from '../../../src/core/failure.ts';
import { emptyGuid, type Guid, guidFromBytes } from '../../../src/core/guid.ts';
import type { AdAnswer } from '../../../src/core/users.ts';
import { awkwardText, damage, type Dialect, dialects, written } from './dialects.ts';
import { Attempts, same, type Tally, withFile } from './tally.ts';

const guid = fc
  .uint8Array({ minLength: 16, maxLength: 16 })
  .map(guidFromBytes)
  .filter((one) => one !== emptyGuid);
const writings: readonly ((guid: Guid) => string)[] = [
  (one) => one,
  (one) => `{${one.toUpperCase()}}`,
  (one) => allForms(one).immutableId,
  (one) => `X'${allForms(one).hexBytes.replaceAll(' ', '')}'`,
  (one) => allForms(one).ldapFilter,
];
const user = fc.record({
  guid,
  anchor: fc.option(guid),
  name: fc.stringMatching(/^[a-z][a-z0-9]{0,8}$/),
  enabled: fc.boolean(),
  info: awkwardText,
  writing: fc.constantFrom(...writings),
});
const users = fc.uniqueArray(user, {
  minLength: 1,
  maxLength: 6,
  selector: ({ name }) => name,
  comparator: (one, other) => one === other,
});
type User = typeof user extends fc.Arbitrary<infer Value> ? Value : never;

const folder = join(import.meta.dirname, '../../../fixtures/ad-exports');
const corpus = readdirSync(folder).map((file) => readFileSync(join(folder, file)));

const input = fc.oneof(
  fc.record({ kind: fc.constant('written'), users, dialect: dialects }),
  fc.record({ kind: fc.constant('damaged'), users, dialect: dialects, harm: damage }),
  fc.record({ kind: fc.constant('corpus'), bytes: fc.constantFrom(...corpus), harm: damage }),
);

/** AD exports: every record of a well written one is found, with its own GUIDs; everything else is read or refused. */
export async function fuzzAdExport(numRuns: number, seed: number): Promise<Tally> {
  const attempts = new Attempts();
  await withFile('users.csv', async (put) => {
    const found = (bytes: Buffer, names: readonly string[]): Promise<Found | RunFault> =>
      attempts.of(async () => locateAll(await put(bytes), names));
    const property = fc.asyncProperty(input, async (given) => {
      if (given.kind === 'corpus') {
        await found(given.harm(given.bytes), ['nquill', 'tmarsh', 'jmueller']);
        return;
      }
      const names = given.users.map(({ name }) => name);
      const bytes = exported(given.users, given.dialect);
      if (given.kind === 'damaged') {
        await found(given.harm(bytes), names);
        return;
      }
      const result = await found(bytes, names);
      if (new Set(given.users.map((one) => one.guid)).size < names.length) return;
      if (result instanceof RunFault) throw result;
      same('records', result.rows, names.length);
      same(
        'users',
        result.answers.map((answer) =>
          answer.kind === 'found'
            ? [answer.user.objectGuid, answer.user.consistencyGuid, answer.user.enabled]
            : answer.kind,
        ),
        given.users.map((one) => [
          one.guid,
          one.anchor === null ? null : { kind: 'guid', guid: one.anchor },
          one.enabled,
        ]),
      );
    });
    await fc.assert(property, { numRuns, seed });
  });
  return attempts.tally();
}

function exported(people: readonly User[], dialect: Dialect): Buffer {
  const header = ['ObjectGUID', 'DistinguishedName', 'SamAccountName', 'Enabled', '__proto__', 'mS-DS-ConsistencyGuid'];
  const records = people.map(({ guid: one, anchor, name, enabled, info, writing }) => [
    writing(one),
    `CN=${name},OU=Staff,DC=example,DC=test`,
    name,
    enabled ? 'True' : 'False',
    info,
    anchor === null ? '' : writing(anchor),
  ]);
  return written([header, ...records], dialect).bytes;
}

type Found = { readonly rows: number; readonly answers: readonly AdAnswer[] };

async function locateAll(path: string, names: readonly string[]): Promise<Found> {
  let rows = 0;
  const silent = (): void => undefined;
  const info = (_event: string, data?: Readonly<Record<string, unknown>>): void => void (rows = Number(data?.['rows']));
  const log = { debug: silent, info, warn: silent, error: silent };
  const directory = await openAdExport(path, { log, consistencyGuidNeeded: true });
  const answers = await directory.locate(
    names.map((name) => ({ kind: 'sam', name })),
    null,
  );
  return { rows, answers: [...answers] };
}
