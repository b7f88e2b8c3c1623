import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readFile, stat, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Guid } from '../../src/core/guid.ts';
import type { DetourStep, JournalEntry } from '../../src/core/journal.ts';
import { openJournal, readJournal } from '../../src/storage/journal.ts';
import { anyEntry, entriesOf, faultOf, journalHeader, temporaryFolder } from './examples.ts';

const root = await temporaryFolder();
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

const anyText = fc.string({ unit: 'binary', maxLength: 6 });
const anyStep = fc.constantFrom<DetourStep>('upn-away', 'set', 'restore', 'upn-back');
const ofRow = {
  line: fc.integer({ min: 1, max: 1_000_000 }),
  userId: fc.uuid().map((text) => text as Guid),
  step: anyStep,
  at: fc.constant('2026-11-23T11:53:08.000Z'),
};
const anyDetourEntry: fc.Arbitrary<JournalEntry> = fc.oneof(
  fc.record({
    kind: fc.constant('detour-intent' as const),
    ...ofRow,
    userPrincipalName: anyText,
    before: fc.option(anyText),
    after: fc.option(anyText),
  }),
  fc.record({
    kind: fc.constant('detour-outcome' as const),
    ...ofRow,
    outcome: fc.constantFrom('applied', 'rejected', 'uncertain'),
    code: fc.option(fc.constantFrom('forbidden', 'bad-request')),
    attempts: fc.nat(),
    requestId: fc.option(anyText),
    detail: anyText,
  }),
);

describe('the journal', () => {
  it('gives back what was appended, in order, whatever is in it', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.oneof(anyEntry, anyDetourEntry), { maxLength: 8 }), async (entries) => {
        const { folder } = await journalWith(entries);
        expect(await readJournal(folder)).toEqual({ header: journalHeader, entries });
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
      expect((await faultOf(readJournal(folder))).message).toMatch(says);
    }
  });

  it('is null where nothing was written', async () => {
    expect(await readJournal(join(root, 'absent'))).toBeNull();
  });

  it('goes on where an earlier run of the same plan stopped', async () => {
    const { folder } = await journalWith(entriesOf(2));
    const later = { ...journalHeader, at: '2026-11-24T00:00:00.000Z' };
    const journal = await openJournal(folder, later);
    expect(journal.entries).toEqual(entriesOf(2));
    await Promise.all(entriesOf(3).map((entry) => journal.append(entry)));
    await journal.close();
    // The first header stays: it tells when the writing began.
    expect(await readJournal(folder)).toEqual({ header: journalHeader, entries: two });
  });

  it('has an entry on disk when append resolves', async () => {
    const { folder } = await journalWith([]);
    const journal = await openJournal(folder, journalHeader);
    for (const entry of two) {
      await journal.append(entry);
      expect((await readJournal(folder))?.entries.at(-1)).toEqual(entry);
    }
    await journal.close();
  });

  it('keeps the order of the calls when many append at once', async () => {
    const entries = Array.from({ length: 300 }, (_entry, count) => entriesOf(count + 2)[count % 2 === 0 ? 0 : 1]);
    const { folder } = await journalWith(entries);
    expect((await readJournal(folder))?.entries).toEqual(entries);
  });

  it('waits, when closed, for what is on its way, and takes nothing after that', async () => {
    const { folder } = await journalWith([]);
    const journal = await openJournal(folder, journalHeader);
    const appended = journal.append(two[0] as JournalEntry);
    await journal.close();
    await appended;
    await journal.close();
    await expect(journal.append(two[1] as JournalEntry)).rejects.toThrow('closed');
    expect((await readJournal(folder))?.entries).toEqual(two.slice(0, 1));
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
      expect((await readJournal(folder))?.entries).toEqual(two.slice(0, 3));
      const journal = await openJournal(folder, journalHeader);
      expect(journal.entries).toEqual(two.slice(0, 3));
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
    expect(journal.entries).toEqual(two);
    await journal.close();
    expect((await stat(file)).size).toBe(size);
  });

  it('reads a journal that was saved with CR LF', async () => {
    const { folder, file } = await journalWith(two);
    await writeFile(file, (await readFile(file, 'utf8')).replaceAll('\n', '\r\n'));
    expect((await readJournal(folder))?.entries).toEqual(two);
  });
});

describe('openJournal and readJournal refuse', () => {
  it('a line that is damaged and not the last, with its number, and leave the file as it is', async () => {
    const { folder, file } = await journalWith(two);
    const lines = (await readFile(file, 'utf8')).split('\n');
    const damages: readonly (readonly [number, string, RegExp])[] = [
      [1, '', /line 1: it is not JSON/],
      [1, '{"kind":"header"}', /line 1: format/],
      [2, (lines[1] ?? '').slice(0, -5), /line 2: it is not JSON/],
      [3, '\0'.repeat(20), /line 3: it is not JSON/],
      [3, (lines[2] ?? '').replace('"applied"', '"perhaps"'), /line 3: outcome/],
      [4, (lines[3] ?? '').replace('"line":3', '"line":0'), /line 4: line/],
      [5, (lines[4] ?? '').replace('{', '{"extra":1,'), /line 5: .*extra/],
    ];
    for (const [number, text, says] of damages) {
      const damaged = lines.with(number - 1, text).join('\n');
      await writeFile(file, damaged);
      // One after the other: a rejection that nobody awaits yet would be an error of its own.
      for (const read of [() => openJournal(folder, journalHeader), () => readJournal(folder)]) {
        const fault = await faultOf(read());
        expect([fault.code, fault.exitCode]).toEqual(['journal-unreadable', 3]);
        expect(fault.message).toMatch(says);
      }
      expect(await readFile(file, 'utf8')).toBe(damaged);
    }
  });

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
    for (const other of [otherPlan, otherTenant]) {
      const fault = await faultOf(openJournal(folder, other));
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
    const entries = (await readJournal(folder))?.entries ?? [];
    const outcomes = new Set(entries.flatMap((entry) => (entry.kind === 'outcome' ? [`${entry.line}`] : [])));
    expect(acknowledged.length).toBeGreaterThanOrEqual(200);
    expect(acknowledged.filter((line) => !outcomes.has(line))).toEqual([]);
    const journal = await openJournal(folder, journalHeader);
    await journal.append(entriesOf(1)[0]);
    await journal.close();
    expect((await readJournal(folder))?.entries.length).toBe(entries.length + 1);
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
      const kept = (await readJournal(folder))?.entries ?? [];
      const outcomes = new Set(kept.flatMap((entry) => (entry.kind === 'outcome' ? [`${entry.line}`] : [])));
      expect(outcomes.size).toBeGreaterThan(20);
      expect(lines.slice(0, -1).filter((line) => !outcomes.has(line))).toEqual([]);
    },
  );
});
