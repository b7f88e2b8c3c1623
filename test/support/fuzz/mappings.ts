import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { RunFault } from '../../../src/core/failure.ts';
import { readMappings } from '../../../src/input/mappings.ts';
import { awkwardText, damage, dialects, written } from './dialects.ts';
import { Attempts, checkLine, same, type Tally, withFile } from './tally.ts';

const name = fc.stringMatching(/^[a-z][a-z0-9.]{0,10}[a-z]$/);
const row = fc.record({ ad: name, cloud: name, note: awkwardText, more: awkwardText });
const rows = fc.array(row, { minLength: 1, maxLength: 8 });
const odd = fc.constantFrom('note', '__proto__', 'constructor', 'toString', 'hasOwnProperty', 'line', 'outcome');
const header = 'ad_user,cloud_user\n';

const folder = join(import.meta.dirname, '../../../fixtures/csv');
const corpus = readdirSync(folder)
  .map((file) => join(folder, file))
  .filter((path) => statSync(path).size < 20_000)
  .map((path) => readFileSync(path));

const input = fc.oneof(
  fc.record({ kind: fc.constant('written'), rows, dialect: dialects, column: odd }),
  fc.record({ kind: fc.constant('damaged'), rows, dialect: dialects, harm: damage }),
  fc.record({ kind: fc.constant('corpus'), bytes: fc.constantFrom(...corpus), harm: damage }),
  fc.record({ kind: fc.constant('bytes'), bytes: fc.uint8Array({ maxLength: 200 }), withHeader: fc.boolean() }),
);

/** Mappings files: what is well written comes back row for row, with lines and texts; everything else is read or refused. */
export async function fuzzMappings(numRuns: number, seed: number): Promise<Tally> {
  const attempts = new Attempts();
  await withFile('mappings.csv', async (put) => {
    const refusedOrRead = async (bytes: Buffer): Promise<void> => {
      const result = await attempts.of(async () => readMappings(await put(bytes)));
      const text = textOf(bytes);
      if (result instanceof RunFault) return checkLine(result, text);
      const lines = Array.from(result.pairings, ({ line }) => line);
      const ends = text.split(/\r\n|\n|\r/).length;
      if (lines.some((line, place) => line <= (lines[place - 1] ?? 1) || line > ends))
        throw new Error(`lines ${lines.join()}`);
    };
    const property = fc.asyncProperty(input, async (given) => {
      switch (given.kind) {
        case 'written': {
          const table = [
            ['ad_user', given.column, 'more', 'cloud_user'],
            ...given.rows.map(({ ad, note, more, cloud }) => [ad, note, more, `${cloud}@example.test`]),
          ];
          const { bytes, lines } = written(table, given.dialect);
          const result = await attempts.of(async () => readMappings(await put(bytes)));
          if (result instanceof RunFault) throw result;
          const got = Array.from(result.pairings, ({ line, adText, cloudText, extra }) => [
            line,
            adText,
            ...extra,
            cloudText,
          ]);
          same(
            'rows',
            got,
            table.slice(1).map((cells, place) => [lines[place + 1], ...cells]),
          );
          return;
        }
        case 'damaged': {
          const table = given.rows.map(({ ad, note, cloud }) => [ad, note, `${cloud}@example.test`]);
          await refusedOrRead(given.harm(written([['ad_user', 'note', 'cloud_user'], ...table], given.dialect).bytes));
          return;
        }
        case 'corpus':
          await refusedOrRead(given.harm(given.bytes));
          return;
        default:
          await refusedOrRead(Buffer.concat([Buffer.from(given.withHeader ? header : ''), given.bytes]));
      }
    });
    await fc.assert(property, { numRuns, seed });
  });
  return attempts.tally();
}

function textOf(bytes: Buffer): string {
  const mark = bytes.toString('hex', 0, 2);
  return new TextDecoder(mark === 'fffe' ? 'utf-16le' : mark === 'feff' ? 'utf-16be' : 'utf-8').decode(bytes);
}
