// What is promised to be on disk was flushed to it: counted at the calls that Node makes to the system.
import fs from 'node:fs/promises';
import { syncBuiltinESMExports } from 'node:module';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { writeAtomically } from '../../src/storage/atomic-file.ts';
import { openJournal } from '../../src/storage/journal.ts';
import { lockRunFolder } from '../../src/storage/lock.ts';
import { entriesOf, journalHeader, temporaryFolder } from './examples.ts';

const root = temporaryFolder();
const { open, rename } = fs;
let calls: string[] = [];

beforeEach(() => {
  calls = [];
  fs.open = async (path, flags, mode) => {
    const handle = await open(path, flags, mode);
    const name = String(path).startsWith(root) ? String(path).slice(root.length + 1) : '';
    const kind = name.endsWith('journal.ndjson') ? 'journal' : name.endsWith('.tmp') ? 'temporary' : 'folder';
    for (const method of ['write', 'writeFile', 'truncate', 'sync', 'datasync'] as const) {
      const original = handle[method].bind(handle) as (...args: unknown[]) => Promise<unknown>;
      Object.assign(handle, {
        [method]: async (...args: unknown[]) => {
          const result = await original(...args);
          calls.push(`${kind} ${method}`);
          return result;
        },
      });
    }
    return handle;
  };
  fs.rename = async (from, to) => {
    await rename(from, to);
    calls.push('rename');
  };
  syncBuiltinESMExports();
});
afterEach(() => {
  fs.open = open;
  fs.rename = rename;
  syncBuiltinESMExports();
});

describe('what is on disk', () => {
  it('is a journal entry, flushed after it was written and before it is acknowledged', async () => {
    const journal = await openJournal(root, journalHeader);
    calls = [];
    for (const entry of entriesOf(2)) {
      await journal.append(entry);
      expect(calls).toEqual(['journal write', 'journal datasync']);
      calls = [];
    }
    await journal.close();
  });

  it('is the end of a journal that was cut off, before anything is written behind it', async () => {
    calls = [];
    const journal = await openJournal(root, journalHeader);
    expect(calls.slice(-2)).toEqual(['journal truncate', 'journal datasync']);
    await journal.close();
  });

  it('is a whole file before it gets its name, and then the name', async () => {
    await writeAtomically(join(root, 'results.csv'), ['one']);
    const nameLasts = process.platform === 'win32' ? [] : ['folder sync'];
    expect(calls).toEqual(['temporary writeFile', 'temporary sync', 'rename', ...nameLasts]);
  });

  it('is a lock, with what it says', async () => {
    const lock = await lockRunFolder(root);
    expect(calls.slice(0, 2)).toEqual(['temporary writeFile', 'temporary sync']);
    await lock.release();
  });
});
