// What somebody else may have put under the names of a run: nothing of it may be waited for, followed or believed.
import { execFileSync } from 'node:child_process';
import fs, { lstat, mkdir, readFile, rename, symlink, truncate, writeFile } from 'node:fs/promises';
import { syncBuiltinESMExports } from 'node:module';
import { createServer } from 'node:net';
import { basename, join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { openLog } from '../../src/log/log.ts';
import { writeAtomically } from '../../src/storage/atomic-file.ts';
import { openJournal } from '../../src/storage/journal.ts';
import { lockRunFolder } from '../../src/storage/lock.ts';
import { readPlan, writePlan } from '../../src/storage/plan-file.ts';
import { isRunFolder } from '../../src/storage/run-folder.ts';
import { readSummary } from '../../src/storage/summary-file.ts';
import { readVerification, removeVerification } from '../../src/storage/verification-file.ts';
import { entriesOf, faultOf, header, journalHeader, rows, temporaryFolder } from './examples.ts';

const root = temporaryFolder();
const victim = join(root, 'victim');
await writeFile(victim, 'mine');
let folders = 0;

async function newFolder(): Promise<string> {
  const folder = join(root, `run-${++folders}`);
  await mkdir(folder);
  return folder;
}

const traps: Readonly<Record<string, (path: string) => unknown>> = {
  pipe: (path) => execFileSync('mkfifo', [path]),
  socket: (path) => {
    const server = createServer();
    afterAll(() => void server.close());
    return new Promise<void>((done) => void server.listen(path, () => done()));
  },
  folder: (path) => mkdir(path),
  'link elsewhere': (path) => symlink(victim, path),
  'link to a device': (path) => symlink('/dev/zero', path),
  'link to nothing': (path) => symlink(join(root, 'absent'), path),
};
const names = Object.keys(traps);
const others = names.filter((name) => !name.startsWith('link'));

async function trapped(name: string, trap: string): Promise<string> {
  const folder = await newFolder();
  await traps[trap]?.(join(folder, name));
  return folder;
}

const notOwn = { code: 'run-file-not-own', exitCode: 3 };
const soon = 10_000;

// Making a link takes a right on Windows, and it has no such pipes.
describe.skipIf(process.platform === 'win32')('in the place of a file of the run', () => {
  it.each(names)(
    'a %s is refused as a plan, not waited for',
    async (trap) => {
      const folder = await trapped('plan.ndjson', trap);
      expect(await isRunFolder(folder)).toBe(true);
      expect(await faultOf(readPlan(folder))).toMatchObject(notOwn);
    },
    soon,
  );

  it.each(names)(
    'a %s is refused as a verification and as a summary, not waited for',
    async (trap) => {
      const plan = { header, rows, fingerprint: (await writePlan(await newFolder(), header, rows)).fingerprint };
      expect(await faultOf(readVerification(await trapped('verification.ndjson', trap), plan))).toMatchObject(notOwn);
      expect(await faultOf(readSummary(await trapped('summary.json', trap)))).toMatchObject(notOwn);
    },
    soon,
  );

  it.each(names)(
    'a %s is refused as a lock, and as the claim on one, not waited for',
    async (trap) => {
      const folder = await trapped('run.lock', trap);
      expect(await faultOf(lockRunFolder(folder))).toMatchObject(notOwn);
      const claimed = await trapped('run.lock.gone', trap);
      const dead = { pid: 0x7ffffff0, host: (await import('node:os')).hostname(), process: 'gone', at: '', life: null };
      await writeFile(join(claimed, 'run.lock'), JSON.stringify(dead));
      expect(await faultOf(lockRunFolder(claimed))).toMatchObject(notOwn);
    },
    soon,
  );

  it.each(names)(
    'a %s beside the lock keeps nobody out',
    async (trap) => {
      const folder = await trapped('.run.lock.1.abc.tmp', trap);
      await traps[trap]?.(join(folder, 'run.lock.stranger'));
      const lock = await lockRunFolder(folder);
      await expect(lock.release()).resolves.toBeUndefined();
    },
    soon,
  );

  it.each(others)(
    'a %s is refused as a log, not waited for',
    async (trap) => {
      const folder = await trapped('hardmatch.log', trap);
      expect(() => openLog(join(folder, 'hardmatch.log'), 'info', [])).toThrow(
        expect.objectContaining({ code: 'log-not-a-file', exitCode: 3, message: expect.stringContaining(trap) }),
      );
    },
    soon,
  );

  it.each(names.filter((name) => name.startsWith('link')))('a %s is not followed by the log', async (trap) => {
    const folder = await trapped('hardmatch.log', trap);
    expect(() => openLog(join(folder, 'hardmatch.log'), 'info', [])).toThrow(
      expect.objectContaining({ code: 'log-is-a-link', exitCode: 3 }),
    );
    expect(await readFile(victim, 'utf8')).toBe('mine');
  });

  it.each(names)(
    'a %s is replaced by a report, or told, and never waited for',
    async (trap) => {
      const folder = await trapped('results.csv', trap);
      const path = join(folder, 'results.csv');
      if (trap === 'folder') {
        expect(await faultOf(writeAtomically(path, ['new'], { within: folder }))).toMatchObject({
          code: 'output-unwritable',
        });
      } else {
        await writeAtomically(path, ['new'], { within: folder });
        expect((await lstat(path)).isFile()).toBe(true);
      }
      expect(await readFile(victim, 'utf8')).toBe('mine');
    },
    soon,
  );

  it.each(names)(
    'a %s is taken away with the verification of before, or told',
    async (trap) => {
      const folder = await trapped('verification.csv', trap);
      const work = removeVerification(folder);
      if (trap === 'folder') expect(await faultOf(work)).toMatchObject({ code: 'output-unwritable', exitCode: 2 });
      else await expect(work).resolves.toBeUndefined();
      expect(await readFile(victim, 'utf8')).toBe('mine');
    },
    soon,
  );

  it('a file as large as a disk is refused as a lock and as a summary', async () => {
    for (const name of ['run.lock', 'summary.json']) {
      const folder = await newFolder();
      await writeFile(join(folder, name), '');
      await truncate(join(folder, name), 2 ** 31);
      const work: Promise<unknown> = name === 'run.lock' ? lockRunFolder(folder) : readSummary(folder);
      expect(await faultOf(work)).toMatchObject({ ...notOwn, message: expect.stringContaining('larger than') });
    }
  });

  it('a link that comes once the journal was found is not written to', async () => {
    const folder = await newFolder();
    const first = await openJournal(folder, journalHeader);
    await Promise.all(entriesOf(2).map((entry) => first.append(entry)));
    await first.close();
    const file = join(folder, 'journal.ndjson');
    const elsewhere = join(root, 'another journal');
    const before = await readFile(file, 'utf8');
    const { open } = fs;
    fs.open = async (path, flags, mode) => {
      const isToWrite = typeof flags === 'number' && (flags & fs.constants.O_RDWR) !== 0;
      if (isToWrite && basename(String(path)) === 'journal.ndjson') {
        await rename(file, elsewhere);
        await symlink(elsewhere, file);
      }
      return open(path, flags, mode);
    };
    syncBuiltinESMExports();
    try {
      expect(await faultOf(openJournal(folder, journalHeader))).toMatchObject({ exitCode: 2 });
    } finally {
      fs.open = open;
      syncBuiltinESMExports();
    }
    expect(await readFile(elsewhere, 'utf8')).toBe(before);
  });
});
