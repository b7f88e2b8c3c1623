// Plan and journal files as accidents and people leave them: each is read for what it is, or refused with the place.
import { copyFile, mkdir, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { damagedJournals } from '../../../scripts/damaged-journals.ts';
import { damagedPlans } from '../../../scripts/damaged-plans.ts';
import { readRun } from '../../../src/cli/run-folder/run-record.ts';
import { checkEntries } from '../../../src/run/apply/preconditions.ts';
import { openJournal } from '../../../src/storage/journal.ts';
import { type Expected, expectedOfJournals, expectedOfPlans } from './damaged-expectations.ts';
import { faultOf, journalHeader, temporaryFolder } from '../examples.ts';
import { planInFull } from '../../support/in-full.ts';

const root = temporaryFolder();
const fixtures = new URL('../../../fixtures/', import.meta.url);
const names = async (kind: string): Promise<string[]> =>
  (await readdir(new URL(`${kind}/`, fixtures))).filter((name) => name.endsWith('.ndjson')).sort();
const plans = await names('plans');
const journals = await names('journals');

/** A run folder with these fixtures as its plan and its journal. */
async function folderWith(name: string, files: Readonly<Record<string, string>>): Promise<string> {
  const folder = join(root, name);
  await mkdir(folder, { recursive: true });
  for (const [to, from] of Object.entries(files)) await copyFile(new URL(from, fixtures), join(folder, to));
  return folder;
}

async function expectEnd(folder: string, read: () => Promise<number>, expected: Expected | undefined): Promise<void> {
  if (expected === undefined) throw new Error('no expectation: say in damaged-expectations.ts what this file is');
  if (typeof expected === 'number') {
    expect(await read()).toBe(expected);
    return;
  }
  const fault = await faultOf(read());
  expect([fault.code, fault.exitCode, fault.message.replaceAll(folder, 'FOLDER').replaceAll('\\', '/')]).toEqual([
    expected[0],
    expected[1],
    expected[2].replaceAll('\\', '/'),
  ]);
  expect(fault.hint).toMatch(/^[^\n]+\.$|hardmatch/);
}

describe('a plan file', () => {
  it.each(plans)('%s', async (name) => {
    const folder = await folderWith(`plan-${name}`, { 'plan.ndjson': `plans/${name}` });
    const read = async (): Promise<number> => (await planInFull(folder)).rows.length;
    await expectEnd(folder, read, expectedOfPlans[name.replace('.ndjson', '')]);
  });
});

describe('a journal file', () => {
  it.each(journals)('%s, for a report and for going on', async (name) => {
    const files = { 'plan.ndjson': 'plans/good.ndjson', 'journal.ndjson': `journals/${name}` };
    const expected = expectedOfJournals[name.replace('.ndjson', '')];
    const folder = await folderWith(`journal-${name}`, files);
    await expectEnd(folder, async () => (await readRun(folder)).entries?.length ?? -1, expected);
    expect((await readFile(join(folder, 'journal.ndjson'))).equals(damagedJournals[name] ?? Buffer.alloc(0))).toBe(
      true,
    );
    // Going on ends in the same code; where the journal can be continued, it is whole afterwards.
    const plan = await planInFull(folder);
    const goOn = async (): Promise<number> => {
      const journal = await openJournal(folder, { ...journalHeader, fingerprint: plan.fingerprint });
      await journal.close();
      checkEntries(journal.entries, plan, folder);
      return journal.entries.length;
    };
    if (typeof expected === 'number') {
      expect(await goOn()).toBe(expected);
      expect((await readFile(join(folder, 'journal.ndjson'))).at(-1)).toBe(0x0a);
    } else expect((await faultOf(goOn())).code).toBe(expected?.[0]);
  });
});

describe('the damaged files', () => {
  it.each([
    { kind: 'plans', made: damagedPlans, expected: expectedOfPlans, found: plans },
    { kind: 'journals', made: damagedJournals, expected: expectedOfJournals, found: journals },
  ])('in fixtures/$kind are those that the script writes, and all that are expected', async ({ kind, ...files }) => {
    const { made, expected, found } = files;
    expect(found).toEqual(Object.keys(made).sort());
    expect(Object.keys(expected).sort()).toEqual(found.map((name) => name.replace('.ndjson', '')).sort());
    for (const name of found) {
      const bytes = await readFile(new URL(`${kind}/${name}`, fixtures));
      expect([name, bytes.equals(made[name] ?? Buffer.alloc(0))]).toEqual([name, true]);
    }
  });
});
