import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { lstat, mkdir, readFile, rename, stat, symlink, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Guid } from '../../src/core/guid.ts';
import type { JournalEntry } from '../../src/core/journal.ts';
import { beginChain } from '../../src/storage/chain.ts';
import { openJournal } from '../../src/storage/journal.ts';
import { longestLine } from '../../src/storage/lines.ts';
import { anyDetourEntry, anyEntry } from '../support/fuzz/any-run.ts';
import { entriesOf, faultOf, journalHeader, temporaryFolder } from './examples.ts';
import { journalInFull } from '../support/in-full.ts';

const root = temporaryFolder();
let folders = 0;

/** A folder with a journal of these entries, closed. */
async function journalWith(entries: readonly JournalEntry[]): Promise<{ folder: string; file: string }> {
  const folder = join(root, `run-${++folders}`);
  await mkdir(folder);
  const journal = await openJournal(folder, journalHeader);
  await Promise.all(entries.map((entry) => journal.append(entry)));
  await journal.close();
  return { folder, file: join(folder, 'journal.ndjson') };
}

const two = [...entriesOf(2), ...entriesOf(3)];

describe('the journal', () => {
  it('gives back what was appended, in order, whatever is in it', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.oneof(anyEntry, anyDetourEntry), { maxLength: 8 }), async (entries) => {
        const { folder } = await journalWith(entries);
        expect(await journalInFull(folder)).toEqual({ header: journalHeader, entries });
      }),
      { numRuns: 60 },
    );
  });

  it('refuses a step that no detour has, and an end that no step has', async () => {
    const step = fc.sample(anyDetourEntry, { numRuns: 40, seed: 1 }).find(({ kind }) => kind === 'detour-outcome');
    for (const [part, says] of [
      [{ step: 'sideways' }, /line 2: step/],
      [{ outcome: 'already' }, /line 2: outcome/],
    ] as const) {
      const { folder } = await journalWith([{ ...step, ...part } as JournalEntry]);
      expect((await faultOf(journalInFull(folder))).message).toMatch(says);
    }
  });

  it('is null where nothing was written', async () => {
    expect(await journalInFull(join(root, 'absent'))).toBeNull();
  });

  it('goes on where an earlier run of the same plan stopped', async () => {
    const { folder } = await journalWith(entriesOf(2));
    const later = { ...journalHeader, at: '2026-11-24T00:00:00.000Z' };
    const journal = await openJournal(folder, later);
    expect([...journal.entries]).toEqual(entriesOf(2));
    await Promise.all(entriesOf(3).map((entry) => journal.append(entry)));
    await journal.close();
    // The first header stays: it tells when the writing began.
    expect(await journalInFull(folder)).toEqual({ header: journalHeader, entries: two });
  });

  it('has an entry on disk when append resolves', async () => {
    const { folder } = await journalWith([]);
    const journal = await openJournal(folder, journalHeader);
    for (const entry of two) {
      await journal.append(entry);
      expect((await journalInFull(folder))?.entries.at(-1)).toEqual(entry);
    }
    await journal.close();
  });

  it('keeps the order of the calls when many append at once', async () => {
    const entries = Array.from({ length: 300 }, (_entry, count) => entriesOf(count + 2)[count % 2 === 0 ? 0 : 1]);
    const { folder } = await journalWith(entries);
    expect((await journalInFull(folder))?.entries).toEqual(entries);
  });

  it('waits, when closed, for what is on its way, and takes nothing after that', async () => {
    const { folder } = await journalWith([]);
    const journal = await openJournal(folder, journalHeader);
    const appended = journal.append(two[0] as JournalEntry);
    await journal.close();
    await appended;
    await journal.close();
    await expect(journal.append(two[1] as JournalEntry)).rejects.toThrow('closed');
    expect((await journalInFull(folder))?.entries).toEqual(two.slice(0, 1));
  });

  it('is for this account alone', async () => {
    const { file } = await journalWith([]);
    const { mode } = await stat(file);
    // Windows has no such modes; there the folder's rights hold.
    expect(mode & 0o777).toBe(process.platform === 'win32' ? mode & 0o777 : 0o600);
  });

  it('loses its last record only, wherever a crash has cut that off, and goes on after it', async () => {
    const { folder, file } = await journalWith(two);
    const whole = await readFile(file);
    const last = whole.lastIndexOf(0x0a, whole.length - 2) + 1;
    for (let length = last; length < whole.length; length++) {
      await writeFile(file, whole.subarray(0, length));
      expect((await journalInFull(folder))?.entries).toEqual(two.slice(0, 3));
      const journal = await openJournal(folder, journalHeader);
      expect([...journal.entries]).toEqual(two.slice(0, 3));
      await journal.append(two[3] as JournalEntry);
      await journal.close();
      expect((await readFile(file)).equals(whole)).toBe(true);
    }
  });

  it('loses a tail of zero bytes too, which a power cut leaves on some file systems', async () => {
    const { folder, file } = await journalWith(two);
    const { size } = await stat(file);
    await truncate(file, size + 500);
    const journal = await openJournal(folder, journalHeader);
    expect([...journal.entries]).toEqual(two);
    await journal.close();
    expect((await stat(file)).size).toBe(size);
  });

  it('reads a journal that was saved with CR LF', async () => {
    const { folder, file } = await journalWith(two);
    await writeFile(file, (await readFile(file, 'utf8')).replaceAll('\n', '\r\n'));
    expect((await journalInFull(folder))?.entries).toEqual(two);
  });
});

/** Both ways to read end in this fault, and the file is as it was. */
async function expectRefused(
  at: { folder: string; file: string },
  text: string,
  { code, says }: { code: string; says: RegExp },
): Promise<void> {
  await writeFile(at.file, text);
  // One after the other: a rejection that nobody awaits yet would be an error of its own.
  for (const read of [() => openJournal(at.folder, journalHeader), () => journalInFull(at.folder)]) {
    const fault = await faultOf(read());
    expect([fault.code, fault.exitCode]).toEqual([code, 3]);
    expect(fault.message).toMatch(says);
  }
  expect(await readFile(at.file, 'utf8')).toBe(text);
}

describe('openJournal and readJournal refuse', () => {
  it('a line that is damaged and not the last, with its number, and leave the file as it is', async () => {
    const { folder, file } = await journalWith(two);
    const lines = (await readFile(file, 'utf8')).split('\n');
    const unreadable = 'journal-unreadable';
    const tampered = 'journal-tampered';
    const damages: readonly (readonly [number, string, string, RegExp])[] = [
      [1, '', unreadable, /line 1: it is not JSON/],
      [1, '{"kind":"header"}', tampered, /line 1: it is not the line that was written/],
      [1, '{"format":1}', unreadable, /line 1: it has format 1 and this version reads format 2/],
      [2, (lines[1] ?? '').slice(0, -5), unreadable, /line 2: it is not JSON/],
      [3, '\0'.repeat(20), unreadable, /line 3: it is not JSON/],
      [3, (lines[2] ?? '').replace('"applied"', '"stale"'), tampered, /line 3: /],
      [4, (lines[3] ?? '').replace('"line":3', '"line":4'), tampered, /line 4: /],
      [4, (lines[3] ?? '').replace(/,"sum".*/, '}'), tampered, /line 4: /],
      [5, (lines[4] ?? '').replace('{', '{"extra":1,'), tampered, /line 5: /],
      [5, `${lines[4] ?? ''} `, tampered, /line 5: /],
    ];
    for (const [number, text, code, says] of damages) {
      const changed = lines.with(number - 1, text).join('\n');
      await expectRefused({ folder, file }, changed, { code, says });
    }
  });

  it('a line that was removed, put in, doubled or moved, with the place where it first shows', async () => {
    const { folder, file } = await journalWith(two);
    const [head = '', a = '', b = '', c = '', d = ''] = (await readFile(file, 'utf8')).split('\n');
    const changes: readonly (readonly [readonly string[], number])[] = [
      [[head, b, c, d], 2],
      [[head, a, c, d], 3],
      [[head, a, b, b, c, d], 4],
      [[head, a, c, b, d], 3],
      [[a, b, c, d], 1],
      [[head, head, a, b], 2],
    ];
    for (const [lines, number] of changes) {
      const says = new RegExp(`line ${number}: it is not the line that was written there`);
      await expectRefused({ folder, file }, `${lines.join('\n')}\n`, { code: 'journal-tampered', says });
    }
  });

  it('a line with the right sum that is no entry all the same', async () => {
    const { folder, file } = await journalWith([]);
    for (const [entry, says] of [
      [{ ...two[0], line: 0 }, /line 2: line: /],
      [{ ...two[0], extra: 'a\nb\u001b[2J' }, /line 2: Unrecognized key: "extra"/],
      [{ ...two[0], 'a\nb\u001b[2J\u202e': 1 }, /line 2: Unrecognized key: "a\\u\{a\}b\\u\{1b\}\[2J\\u\{202e\}"/],
      [JSON.parse('{"__proto__":{"kind":"intent"}}') as object, /line 2: /],
    ] as const) {
      const chain = beginChain();
      const text = `${chain.seal(journalHeader)}\n${chain.seal(entry)}\n`;
      await expectRefused({ folder, file }, text, { code: 'journal-unreadable', says });
    }
  });

  it('a last line that is whole and wrong, and one too long to be an entry', async () => {
    const { folder, file } = await journalWith(two);
    const text = await readFile(file, 'utf8');
    await expectRefused({ folder, file }, `${text}{}\n`, { code: 'journal-tampered', says: /line 6: / });
    const long = Buffer.alloc(longestLine + 70_000, 'x');
    await writeFile(file, Buffer.concat([Buffer.from(text), long]));
    expect((await faultOf(journalInFull(folder))).message).toContain('line 6: it is too long');
  });

  // Making a link takes a right on Windows.
  it.skipIf(process.platform === 'win32')(
    'a journal that is a link out of the folder, a link to nothing, a folder or a pipe, and write to none of them',
    async () => {
      const { file: victim } = await journalWith(two);
      const before = await readFile(victim, 'utf8');
      const traps: readonly ((path: string) => Promise<unknown>)[] = [
        (path) => symlink(victim, path),
        (path) => symlink(join(root, 'absent'), path),
        (path) => symlink(path, path),
        (path) => mkdir(path),
        (path) => promisify(execFile)('mkfifo', [path]),
      ];
      for (const setTrap of traps) {
        const folder = join(root, `run-${++folders}`);
        await mkdir(folder);
        await setTrap(join(folder, 'journal.ndjson'));
        for (const read of [() => openJournal(folder, journalHeader), () => journalInFull(folder)]) {
          expect(await faultOf(read())).toMatchObject({ code: 'run-file-not-own', exitCode: 3 });
        }
      }
      expect(await readFile(victim, 'utf8')).toBe(before);
    },
  );

  it.skipIf(process.platform === 'win32')(
    'no journal for being a link within the folder, and writes to where it leads',
    async () => {
      const { folder, file } = await journalWith(entriesOf(2));
      await rename(file, join(folder, 'moved.ndjson'));
      await symlink('moved.ndjson', file);
      const journal = await openJournal(folder, journalHeader);
      await Promise.all(entriesOf(3).map((entry) => journal.append(entry)));
      await journal.close();
      expect((await journalInFull(folder))?.entries).toEqual(two);
      expect((await lstat(file)).isSymbolicLink()).toBe(true);
    },
  );

  it('an empty file: a journal is never begun without its header', async () => {
    const { folder, file } = await journalWith([]);
    await writeFile(file, '');
    expect(await faultOf(openJournal(folder, journalHeader))).toMatchObject({
      code: 'journal-unreadable',
      exitCode: 3,
    });
  });

  it('the journal of another plan, or of another tenant', async () => {
    const { folder } = await journalWith(two);
    const otherPlan = { ...journalHeader, fingerprint: `sha256:${'1'.repeat(64)}` };
    const otherTenant = { ...journalHeader, tenantId: '5a3d1c0e-7b42-4c8e-9f16-d20b6a94e7c2' as Guid };
    const hint = 'Put the plan back that was applied in this folder; or plan again, into a new folder.';
    const ofPlan = `belongs to the plan ${journalHeader.fingerprint}, not to ${otherPlan.fingerprint}.`;
    const ofTenant = `belongs to the tenant ${journalHeader.tenantId}, not to ${otherTenant.tenantId}.`;
    for (const [other, says] of [
      [otherPlan, ofPlan],
      [otherTenant, ofTenant],
    ] as const) {
      const fault = await faultOf(openJournal(folder, other));
      expect([fault.message.endsWith(says), fault.hint]).toEqual([true, hint]);
      expect(fault).toMatchObject({ code: 'journal-of-another-plan', exitCode: 3 });
    }
    expect((await faultOf(openJournal(folder, otherTenant))).message).toContain('the tenant 5a3d1c0e');
  });
});

describe('a process that ends while it writes', () => {
  const script = fileURLToPath(new URL('./journal-writer.ts', import.meta.url));

  async function linesOf(child: ChildProcess, enough: (lines: readonly string[]) => boolean): Promise<string[]> {
    let text = '';
    child.stdout?.setEncoding('utf8').on('data', (chunk: string) => {
      text += chunk;
      if (enough(text.split('\n'))) child.kill('SIGKILL');
    });
    await once(child, 'close');
    return text.split('\n').slice(0, -1);
  }

  it('leaves every acknowledged entry in the journal when it is killed', async () => {
    const { folder } = await journalWith([]);
    const child = spawn(process.execPath, ['--import', 'tsx', script, folder], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const acknowledged = await linesOf(child, (lines) => lines.length > 200);
    const entries = (await journalInFull(folder))?.entries ?? [];
    const outcomes = new Set(entries.flatMap((entry) => (entry.kind === 'outcome' ? [`${entry.line}`] : [])));
    expect(acknowledged.length).toBeGreaterThanOrEqual(200);
    expect(acknowledged.filter((line) => !outcomes.has(line))).toEqual([]);
    const journal = await openJournal(folder, journalHeader);
    await journal.append(entriesOf(1)[0]);
    await journal.close();
    expect((await journalInFull(folder))?.entries.length).toBe(entries.length + 1);
  });

  // The limit of a file's size stands for a full disk; Windows has no such limit.
  it.skipIf(process.platform === 'win32')(
    'is told when the disk takes no more, and keeps what it was told is there',
    async () => {
      const { folder } = await journalWith([]);
      const limited = 'ulimit -f 64 && exec "$0" --import tsx "$1" "$2"';
      const child = spawn('bash', ['-c', limited, process.execPath, script, folder], {
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      const lines = await linesOf(child, () => false);
      expect(lines.at(-1)).toMatch(/^failed output-unwritable .*largest size/);
      const kept = (await journalInFull(folder))?.entries ?? [];
      const outcomes = new Set(kept.flatMap((entry) => (entry.kind === 'outcome' ? [`${entry.line}`] : [])));
      expect(outcomes.size).toBeGreaterThan(20);
      expect(lines.slice(0, -1).filter((line) => !outcomes.has(line))).toEqual([]);
    },
  );
});
