import { type FileHandle, open } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { RunFault } from '../core/failure.ts';
import type { JournalEntry, JournalHeader } from '../core/journal.ts';
import type { JournalWriter } from '../run/ports.ts';
import { writeAtomically } from './atomic-file.ts';
import { codeOf, readingFault, writingFault } from './faults.ts';
import { groupCommit } from './group-commit.ts';
import { linesOf } from './lines.ts';
import { fingerprint, guid, read } from './plan-schema.ts';

const journalName = 'journal.ndjson';

const failureCodes = [
  'throttled',
  'timed-out',
  'unreachable',
  'forbidden',
  'conflict',
  'bad-request',
  'server-error',
  'unexpected',
] as const;

const journalHeader = z.strictObject({
  kind: z.literal('header'),
  format: z.literal(1),
  fingerprint,
  tenantId: guid,
  at: z.iso.datetime(),
});

const ofRow = { line: z.int().positive(), userId: guid, at: z.iso.datetime() };
const change = {
  userPrincipalName: z.string(),
  before: z.string().nullable(),
  after: z.string().nullable(),
};
const ended = {
  code: z.enum(failureCodes).nullable(),
  attempts: z.int().nonnegative(),
  requestId: z.string().nullable(),
  detail: z.string(),
};
const step = z.enum(['upn-away', 'set', 'restore', 'upn-back']);

const journalEntry = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('intent'), ...ofRow, ...change }),
  z.strictObject({
    kind: z.literal('outcome'),
    ...ofRow,
    outcome: z.enum(['applied', 'already', 'stale', 'rejected', 'uncertain', 'not-reached']),
    ...ended,
  }),
  z.strictObject({ kind: z.literal('detour-intent'), ...ofRow, step, ...change }),
  z.strictObject({
    kind: z.literal('detour-outcome'),
    ...ofRow,
    step,
    outcome: z.enum(['applied', 'rejected', 'uncertain']),
    ...ended,
  }),
]);

/** A journal on disk, as read. */
export type JournalRecord = { readonly header: JournalHeader; readonly entries: readonly JournalEntry[] };

/** A journal open for writing; `entries` are those of earlier runs of the same plan. */
export type Journal = JournalWriter & {
  readonly entries: readonly JournalEntry[];
  /** Waits for what is on its way to disk, then closes the file. */
  close(): Promise<void>;
};

/**
 * Opens the folder's journal for this plan, or begins it. A last line that a crash has cut off is taken away: it was never
 * acknowledged. A journal of another plan or tenant, or one with any other damage, is refused with a RunFault, exit code 3.
 * `append` resolves once the entry is on disk; once it has failed it fails for good. Hold the folder's lock meanwhile.
 */
export async function openJournal(folder: string, header: JournalHeader): Promise<Journal> {
  const path = join(folder, journalName);
  const found = await readWhole(path);
  if (found) refuseOther(found.header, header, path);
  // Written whole, so that a journal without a readable header is never the work of a crash.
  else await writeAtomically(path, [`${JSON.stringify(header)}\n`], { within: folder });
  const handle = await open(path, 'r+').catch((error: unknown) => {
    throw writingFault(error, path);
  });
  try {
    if (found) {
      await handle.truncate(found.end);
      await handle.datasync();
    }
    const end = found?.end ?? (await handle.stat()).size;
    return writerOf(handle, { path, end, entries: found?.entries ?? [] });
  } catch (error) {
    await handle.close();
    throw writingFault(error, path);
  }
}

/** Reads the folder's journal; null where there is none. Damage other than a cut-off last line is a RunFault, exit code 3. */
export async function readJournal(folder: string): Promise<JournalRecord | null> {
  const found = await readWhole(join(folder, journalName));
  return found && { header: found.header, entries: found.entries };
}

function writerOf(handle: FileHandle, file: { path: string; end: number; entries: readonly JournalEntry[] }): Journal {
  let end = file.end;
  const group = groupCommit(async (text) => {
    const bytes = Buffer.from(text);
    try {
      for (let written = 0; written < bytes.length;) {
        // At an explicit place: append mode behaves differently across platforms when it comes to flushing.
        written += (await handle.write(bytes, written, bytes.length - written, end + written)).bytesWritten;
      }
      await handle.datasync();
    } catch (error) {
      throw writingFault(error, file.path);
    }
    end += bytes.length;
  });
  let isClosed = false;
  return {
    entries: file.entries,
    append: (entry) =>
      isClosed ? Promise.reject(new Error('the journal is closed')) : group.append(`${JSON.stringify(entry)}\n`),
    close: async () => {
      if (isClosed) return;
      isClosed = true;
      await group.settled();
      await handle.close();
    },
  };
}

type Whole = JournalRecord & { /** The byte after the last whole line. */ readonly end: number };

async function readWhole(path: string): Promise<Whole | null> {
  let header: JournalHeader | undefined;
  let end = 0;
  const entries: JournalEntry[] = [];
  try {
    for await (const line of linesOf(path)) {
      if (!line.isWhole) break;
      const at = { path, number: line.number };
      if (header) entries.push(lineAs(journalEntry, line.text, at));
      else header = lineAs(journalHeader, line.text, at);
      end = line.end;
    }
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return null;
    throw readingFault(error, path);
  }
  if (!header) throw damaged({ path, number: 1 }, 'there is no header');
  return { header, entries, end };
}

function lineAs<T>(schema: z.ZodType<T>, text: string, at: { path: string; number: number }): T {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw damaged(at, 'it is not JSON');
  }
  const result = read(schema, value);
  if (result.ok) return result.value;
  throw damaged(at, result.why);
}

function damaged(at: { path: string; number: number }, why: string): RunFault {
  return new RunFault('journal-unreadable', `${at.path}, line ${at.number}: ${why}.`, {
    hint: 'Keep the file: it tells what was written. Restore it from a backup, or see with hardmatch verify how things are.',
    exitCode: 3,
  });
}

function refuseOther(found: JournalHeader, wanted: JournalHeader, path: string): void {
  const what =
    found.fingerprint !== wanted.fingerprint
      ? `belongs to the plan ${found.fingerprint}, not to ${wanted.fingerprint}`
      : found.tenantId !== wanted.tenantId
        ? `belongs to the tenant ${found.tenantId}, not to ${wanted.tenantId}`
        : undefined;
  if (what === undefined) return;
  throw new RunFault('journal-of-another-plan', `${path} ${what}.`, {
    hint: 'Put the plan back that was applied in this folder; or plan again, into a new folder.',
    exitCode: 3,
  });
}
