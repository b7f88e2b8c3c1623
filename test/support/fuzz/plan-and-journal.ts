// What has to hold for every plan and journal file there can be: it is read as what was written, or refused with a RunFault
// that tells the file, the place and what to do, and in time. test/storage/damage/fuzz.test.ts runs some of each; a
// benchmark can run as many as it has hours.
import { deepStrictEqual } from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import fc from 'fast-check';
import { RunFault } from '../../../src/core/failure.ts';
import type { JournalEntry } from '../../../src/core/journal.ts';
import type { Plan, PlanHeader } from '../../../src/core/plan.ts';
import type { PlanRow } from '../../../src/core/row.ts';
import { beginChain } from '../../../src/storage/chain.ts';
import { fingerprintOf } from '../../../src/storage/fingerprint.ts';
import { type JournalRecord, openJournal } from '../../../src/storage/journal.ts';
import { writePlan } from '../../../src/storage/plan-file.ts';
import { journalHeader } from '../../storage/examples-plain.ts';
import { anyDetourEntry, anyEntry, anyPlan } from './any-run.ts';
import { anyJsonMutation, anyMutation } from './mutations.ts';
import { Attempts, type Tally, withFile } from './tally.ts';
import { journalInFull, planInFull } from '../in-full.ts';

/** How much to try, and where; the folder is made anew. A seed repeats what another run has found. */
export type Fuzzing = {
  readonly folder: string;
  readonly numRuns: number;
  readonly seed?: number;
  readonly attempts?: Attempts;
};

// A file that cannot be read is 2; one that somebody has changed is 3.
const exitCodes = [2, 3];

const anyEntries = fc.array(fc.oneof(anyEntry, anyDetourEntry), { maxLength: 8 });

/** Every property, by name; each rejects with fast-check's report of a counterexample. */
export const properties: Readonly<Record<string, (fuzzing: Fuzzing) => Promise<void>>> = {
  'a plan comes back as it was written': (fuzzing) =>
    check(fuzzing, fc.tuple(anyPlan), async (folder, [plan]) => {
      const { fingerprint } = await writePlan(folder, plan.header, plan.rows);
      expectSame(await readOrFault(() => planInFull(folder), join(folder, 'plan.ndjson'), fuzzing), {
        ...plan,
        fingerprint,
      });
    }),

  'a journal comes back as it was written, and can be continued': (fuzzing) =>
    check(fuzzing, fc.tuple(anyEntries, anyEntries), async (folder, [entries, more]) => {
      await writeJournal(folder, entries);
      expectSame(await journalInFull(folder), { header: journalHeader, entries });
      await writeJournal(folder, more);
      expectSame(await journalInFull(folder), { header: journalHeader, entries: [...entries, ...more] });
    }),

  'a damaged plan is refused, or read as what was written': (fuzzing) =>
    check(fuzzing, fc.tuple(anyPlan, anyMutation), async (folder, [plan, mutate]) => {
      const { fingerprint } = await writePlan(folder, plan.header, plan.rows);
      const path = join(folder, 'plan.ndjson');
      await writeFile(path, mutate(await readFile(path)));
      const read = await readOrFault(() => planInFull(folder), path, fuzzing);
      if (read) expectSame(read, { ...plan, fingerprint });
    }),

  'a plan that somebody has changed together with its sums is refused, or read as what it says': (fuzzing) =>
    check(fuzzing, fc.tuple(anyPlan, anyJsonMutation, fc.nat()), async (folder, [plan, mutate, choice]) => {
      const values: unknown[] = [plan.header, ...plan.rows];
      values[choice % values.length] = mutate(values[choice % values.length]);
      const [header, ...rows] = values.map((value) => JSON.parse(JSON.stringify(value ?? null)) as unknown);
      const path = join(folder, 'plan.ndjson');
      const forged = forgePlan(header as PlanHeader, rows as PlanRow[]);
      await writeFile(path, forged);
      const read = await readOrFault(() => planInFull(folder), path, fuzzing);
      if (read) expectSame({ header: read.header, rows: read.rows }, { header, rows });
    }),

  'a damaged journal is refused, or read as the first of the entries written': (fuzzing) =>
    check(fuzzing, fc.tuple(anyEntries, anyMutation), async (folder, [entries, mutate]) => {
      await writeJournal(folder, entries);
      const path = join(folder, 'journal.ndjson');
      await writeFile(path, mutate(await readFile(path)));
      const read = await readOrFault(() => journalInFull(folder), path, fuzzing);
      if (read) expectFirstOf(read, entries);
      // Going on judges the same, and leaves what a report reads.
      const opened = await readOrFault(() => openJournal(folder, journalHeader), path, fuzzing);
      await opened?.close();
      expectSame(opened && [...opened.entries], read?.entries);
      if (read) expectSame(await journalInFull(folder), read);
    }),

  'a journal whose end was cut off is read up to its last whole line': (fuzzing) =>
    check(fuzzing, fc.tuple(anyEntries, fc.nat(), fc.nat(600)), async (folder, [entries, choice, zeros]) => {
      await writeJournal(folder, entries);
      const path = join(folder, 'journal.ndjson');
      const bytes = await readFile(path);
      const cut = bytes.subarray(0, choice % (bytes.length + 1));
      await writeFile(path, Buffer.concat([cut, Buffer.alloc(zeros)]));
      const whole = cut.filter((byte) => byte === 0x0a).length;
      const read = await readOrFault(() => journalInFull(folder), path, fuzzing);
      expectSame(read, whole === 0 ? undefined : { header: journalHeader, entries: entries.slice(0, whole - 1) });
    }),

  'a journal that somebody has changed together with its sums is refused, or read as what it says': (fuzzing) =>
    check(fuzzing, fc.tuple(anyEntries, anyJsonMutation, fc.nat()), async (folder, [entries, mutate, choice]) => {
      const values: unknown[] = [journalHeader, ...entries];
      values[choice % values.length] = mutate(values[choice % values.length]);
      const chain = beginChain();
      const said = values.map((value) => JSON.parse(JSON.stringify(value ?? null)) as unknown);
      const path = join(folder, 'journal.ndjson');
      await writeFile(path, said.map((value) => `${sealed(chain, value)}\n`).join(''));
      const read = await readOrFault(() => journalInFull(folder), path, fuzzing);
      if (read) expectSame([read.header, ...read.entries], said);
    }),
};

/** All properties, each with its share of the inputs. */
export async function fuzzPlanAndJournal(numRuns: number, seed: number): Promise<Tally> {
  const attempts = new Attempts(exitCodes);
  const all = Object.values(properties);
  await withFile('run', async (put) => {
    const folder = `${await put('')}-folder`;
    for (const property of all) await property({ folder, numRuns: Math.ceil(numRuns / all.length), seed, attempts });
  });
  return attempts.tally();
}

async function check<T>(
  fuzzing: Fuzzing,
  any: fc.Arbitrary<T>,
  holds: (folder: string, value: T) => Promise<void>,
): Promise<void> {
  const { folder, numRuns, seed } = fuzzing;
  await fc.assert(
    fc.asyncProperty(any, async (value) => {
      await rm(folder, { recursive: true, force: true });
      await mkdir(folder, { recursive: true });
      await holds(folder, value);
    }),
    { numRuns, ...(seed === undefined ? {} : { seed }) },
  );
}

async function writeJournal(folder: string, entries: readonly JournalEntry[]): Promise<void> {
  const journal = await openJournal(folder, journalHeader);
  await Promise.all(entries.map((entry) => journal.append(entry)));
  await journal.close();
}

/** What was read, or undefined for a RunFault that is as one has to be; anything else is thrown. */
async function readOrFault<T>(
  read: () => Promise<T>,
  path: string,
  { attempts = new Attempts(exitCodes) }: Fuzzing,
): Promise<T | undefined> {
  const end = await attempts.of(read);
  if (!(end instanceof RunFault)) return end;
  const { code, message, hint, exitCode } = end;
  const isSentence = /^[^\p{C}\p{Zl}\p{Zp}]+\.$/u.test(message) && message.length < 600 && message.startsWith(path);
  // A change that only a sum over the whole shows has no line.
  const isPlaced = code === 'plan-tampered' || code === 'journal-of-another-plan' || /, line [1-9]\d*: /.test(message);
  const isKnown = /^(?:plan|journal)-(?:unreadable|tampered|of-another-plan)$/.test(code);
  if (isSentence && isPlaced && isKnown && hint !== '') return undefined;
  throw new Error(`not a fault that helps: ${JSON.stringify({ code, message, hint, exitCode })}`, { cause: end });
}

/** By content: fast-check's objects, unlike those that were read, have no prototype. */
function expectSame(one: unknown, other: unknown): void {
  const plain = (value: unknown): unknown => JSON.parse(JSON.stringify(value ?? null));
  deepStrictEqual(plain(one), plain(other));
}

function expectFirstOf(read: JournalRecord, entries: readonly JournalEntry[]): void {
  expectSame(read, { header: journalHeader, entries: entries.slice(0, read.entries.length) });
}

function sealed(chain: ReturnType<typeof beginChain>, value: unknown): string {
  // What is no object cannot carry a sum.
  return typeof value === 'object' && value !== null && !Array.isArray(value) && Object.keys(value).length > 0
    ? chain.seal(value)
    : JSON.stringify(value);
}

/** Lines with an end that fits, as far as what is left of the plan lets one be made. */
function forgePlan(header: PlanHeader, rows: readonly PlanRow[]): string {
  let fingerprint: Plan['fingerprint'];
  try {
    fingerprint = fingerprintOf(header, rows);
  } catch {
    fingerprint = `sha256:${'0'.repeat(64)}`;
  }
  const lines = [header, ...rows].map((value) => JSON.stringify(value));
  const digest = createHash('sha256')
    .update(lines.map((line) => `${line}\n`).join(''))
    .digest('hex');
  const end = { kind: 'end', rows: rows.length, fingerprint, digest: `sha256:${digest}` };
  return [...lines, JSON.stringify(end)].map((line) => `${line}\n`).join('');
}
