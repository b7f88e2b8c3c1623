import { constants, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { RunFault } from '../core/failure.ts';
import type { JournalEntry, JournalHeader } from '../core/journal.ts';
import type { List } from '../core/list.ts';
import type { Journal } from '../run/ports.ts';
import { openRegular } from '../files/regular-file.ts';
import { systemCodeOf } from '../files/system-error.ts';
import { writeAtomically } from './atomic-file.ts';
import { beginChain, type Chain } from './chain.ts';
import { readingFault, writingFault } from './faults.ts';
import { groupCommit } from './group-commit.ts';
import { type Line, linesOf, LineTooLong } from './lines.ts';
import { PackedLines } from './packed-lines.ts';
import { fingerprint, guid, read } from './plan-schema.ts';
import { findRunFile } from './run-file.ts';

const journalName = 'journal.ndjson';

/** 2: the lines are chained by sums. */
const format = 2;

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
  format: z.literal(format),
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
export type JournalRecord = { readonly header: JournalHeader; readonly entries: List<JournalEntry> };

/**
 * Opens the folder's journal for this plan, or begins it. A last line that a crash has cut off is taken away: it was never
 * acknowledged. A journal of another plan or tenant, or one with any other damage, is refused with a RunFault, exit code 3.
 * Whole lines that are missing at the end cannot be told from a crash, and are not missed.
 * `append` resolves once the entry is on disk; once it has failed it fails for good. Hold the folder's lock meanwhile.
 */
export async function openJournal(folder: string, header: JournalHeader): Promise<Journal> {
  const path = join(folder, journalName);
  let found = await readWhole(folder);
  if (found) refuseOther(found.header, header, path);
  else {
    // Written whole, so that a journal without a readable header is never the work of a crash.
    await writeAtomically(path, [`${beginChain().seal(header)}\n`], { within: folder });
    found = await readWhole(folder);
  }
  if (!found) throw damaged({ path, number: 1 }, 'it was taken away the moment it was made');
  // Links were followed when it was found, and looked at; one that is put there now is not (Windows has no such flag).
  const flags = constants.O_RDWR | (constants.O_NOFOLLOW ?? 0);
  const handle = await openRegular(found.file, flags).catch((error: unknown) => {
    throw writingFault(error, path);
  });
  try {
    await handle.truncate(found.end);
    await handle.datasync();
    return writerOf(handle, path, found);
  } catch (error) {
    await handle.close();
    throw writingFault(error, path);
  }
}

/**
 * Reads the folder's journal; null where there is none. Damage other than a cut-off last line is a RunFault, exit code 3:
 * `journal-tampered` where a line is not the one that was written there, `journal-unreadable` where it is none.
 */
export async function readJournal(folder: string): Promise<JournalRecord | null> {
  const found = await readWhole(folder);
  return found && { header: found.header, entries: found.entries };
}

function writerOf(handle: FileHandle, path: string, found: Whole): Journal {
  let { end } = found;
  const group = groupCommit(async (text) => {
    const bytes = Buffer.from(text);
    try {
      for (let written = 0; written < bytes.length;) {
        // At an explicit place: append mode behaves differently across platforms when it comes to flushing.
        written += (await handle.write(bytes, written, bytes.length - written, end + written)).bytesWritten;
      }
      await handle.datasync();
    } catch (error) {
      throw writingFault(error, path);
    }
    end += bytes.length;
  });
  let isClosed = false;
  return {
    entries: found.entries,
    append: (entry) =>
      // Sealed when called: that is the order in which the lines go to disk.
      isClosed ? Promise.reject(new Error('the journal is closed')) : group.append(`${found.chain.seal(entry)}\n`),
    close: async () => {
      if (isClosed) return;
      isClosed = true;
      await group.settled();
      await handle.close();
    },
  };
}

type Whole = JournalRecord & {
  /** Where it really is. */
  readonly file: string;
  /** The byte after the last whole line. */
  readonly end: number;
  readonly chain: Chain;
};

async function readWhole(folder: string): Promise<Whole | null> {
  const path = join(folder, journalName);
  const chain = beginChain();
  let header: JournalHeader | undefined;
  let end = 0;
  const entries = new PackedLines<JournalEntry>();
  try {
    const file = await findRunFile(folder, journalName);
    for await (const line of linesOf(file)) {
      // A power cut leaves the end of the file short, or filled with zero bytes.
      if (!line.isWhole) break;
      if (header) entries.add(lineAs(journalEntry, line, { path, chain }));
      else header = lineAs(journalHeader, line, { path, chain });
      end = line.end;
    }
    if (!header) throw damaged({ path, number: 1 }, 'there is no header');
    return { header, entries, end, file, chain };
  } catch (error) {
    if (systemCodeOf(error) === 'ENOENT') return null;
    if (error instanceof LineTooLong) throw damaged({ path, number: error.number }, 'it is too long for an entry');
    throw readingFault(error, path);
  }
}

function lineAs<T>(schema: z.ZodType<T>, line: Line, from: { readonly path: string; readonly chain: Chain }): T {
  const at = { path: from.path, number: line.number };
  const json = from.chain.open(line.text);
  const value = parsed(json ?? line.text, at);
  if (line.number === 1) refuseOtherFormat(value, at);
  if (json === null) throw tampered(at);
  const result = read(schema, value);
  if (result.ok) return result.value;
  throw damaged(at, result.why);
}

function parsed(json: string, at: Place): unknown {
  try {
    return JSON.parse(json);
  } catch {
    throw damaged(at, 'it is not JSON');
  }
}

function refuseOtherFormat(value: unknown, at: Place): void {
  const found = typeof value === 'object' && value !== null && 'format' in value ? value.format : undefined;
  if (typeof found !== 'number' || found === format) return;
  throw damaged(at, `it has format ${found} and this version reads format ${format}; another version has written it`);
}

type Place = { readonly path: string; readonly number: number };

function tampered(at: Place): RunFault {
  const how = at.number === 1 ? 'it was changed' : 'it was changed, or lines before it were moved, put in or removed';
  const what = `${at.path}, line ${at.number}: it is not the line that was written there; ${how}.`;
  return new RunFault('journal-tampered', what, {
    hint: 'Restore it from a backup. What the tenant has now, hardmatch verify tells from the mappings file.',
    exitCode: 3,
  });
}

function damaged(at: Place, why: string): RunFault {
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
