// A disk that is really full: a small file system in memory, where this account may mount one. Elsewhere these tests are
// skipped; atomic-file.test.ts and journal.test.ts meet the largest size of a file in its place.
import { execFile } from 'node:child_process';
import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, describe, expect, it } from 'vitest';
import type { JournalEntry } from '../../src/core/journal.ts';
import { writeAtomically } from '../../src/storage/atomic-file.ts';
import { openJournal } from '../../src/storage/journal.ts';
import { lockRunFolder } from '../../src/storage/lock.ts';
import { writePlan } from '../../src/storage/plan-file.ts';
import { smallDisk } from '../support/small-disk.ts';
import { entriesOf, faultOf, header, journalHeader, rows } from './examples.ts';
import { journalInFull, planInFull } from '../support/in-full.ts';

const run = promisify(execFile);
const { isMounted, path: disk, fill, makeRoom, close } = await smallDisk(512);
afterAll(close);

describe('on a full disk', () => {
  it.skipIf(!isMounted)('a file that is written anew stays the old one, and nothing is left beside it', async () => {
    await writePlan(disk, header, rows);
    await fill(8192);
    const before = await readdir(disk);
    const many = Array.from({ length: 400 }, (_row, count) => ({ ...rows[0], line: count + 2 }) as (typeof rows)[0]);
    for (const work of [
      () => writePlan(disk, header, many),
      () => writeAtomically(join(disk, 'plan.ndjson'), ['x'.repeat(300_000)]),
    ]) {
      const fault = await faultOf(work());
      expect([fault.code, fault.exitCode]).toEqual(['output-unwritable', 2]);
      expect(fault.message).toBe(`${join(disk, 'plan.ndjson')} cannot be written: the disk is full.`);
      expect(fault.hint).toContain('Make room');
      expect(await readdir(disk)).toEqual(before);
    }
    await makeRoom();
    expect((await planInFull(disk)).rows).toEqual(rows);
  });

  it.skipIf(!isMounted)(
    'the journal takes nothing more once it could not be written, although there is room again',
    async () => {
      const journal = await openJournal(disk, journalHeader);
      await fill(8192);
      const kept: JournalEntry[] = [];
      let line = 2;
      let message = '';
      while (message === '') {
        const [entry] = entriesOf(line++);
        await journal.append(entry).then(
          () => kept.push(entry),
          (error: unknown) => (message = String(error)),
        );
      }
      expect(message).toContain('journal.ndjson cannot be written: the disk is full.');
      await makeRoom();
      await expect(journal.append(entriesOf(line)[0])).rejects.toThrow('the disk is full');
      await journal.close();
      // All that was acknowledged is there; what was not may be, in part.
      expect((await journalInFull(disk))?.entries.slice(0, kept.length)).toEqual(kept);
      const again = await openJournal(disk, journalHeader);
      await again.append(entriesOf(line)[0]);
      await again.close();
      expect((await journalInFull(disk))?.entries.at(-1)).toEqual(entriesOf(line)[0]);
      expect((await readFile(join(disk, 'journal.ndjson'))).length).toBe(
        (await stat(join(disk, 'journal.ndjson'))).size,
      );
    },
  );

  it.skipIf(!isMounted)('a lock cannot be taken, says why, and is not left half made', async () => {
    await fill();
    const before = await readdir(disk);
    expect((await faultOf(lockRunFolder(disk))).message).toContain('the disk is full');
    expect(await readdir(disk)).toEqual(before);
    await makeRoom();
    await (await lockRunFolder(disk)).release();
  });

  it.skipIf(!isMounted)('nothing is written to a disk that is read-only, and the sentence says so', async () => {
    await run('mount', ['-o', 'remount,ro', disk]);
    try {
      for (const work of [
        () => writePlan(disk, header, rows),
        () => openJournal(disk, journalHeader),
        () => lockRunFolder(disk),
      ]) {
        const fault = await faultOf(work());
        expect([fault.code, fault.exitCode]).toEqual(['output-unwritable', 2]);
        expect(fault.message).toMatch(/cannot be written: the disk is read-only\.$/);
      }
    } finally {
      await run('mount', ['-o', 'remount,rw', disk]);
    }
  });
});
