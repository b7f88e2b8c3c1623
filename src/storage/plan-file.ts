import { createHash } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { RunFault } from '../core/failure.ts';
import type { Plan, PlanHeader, StoredPlan } from '../core/plan.ts';
import type { PlanRow } from '../core/row.ts';
import { systemCodeOf } from '../files/system-error.ts';
import { writeAtomically } from './atomic-file.ts';
import { readingFault, writingFault } from './faults.ts';
import { beginFingerprint, type Fingerprinting, boundText, rowText } from './fingerprint.ts';
import { type Line, linesNow, linesOf, LineTooLong } from './lines.ts';
import { PackedLines } from './packed-lines.ts';
import { findRunFile } from './run-file.ts';
import {
  type Checked,
  fromStored,
  type PlanEnd,
  readEnd,
  readHeader,
  readRow,
  type StoredRow,
  unsound,
} from './plan-schema.ts';

export const planName = 'plan.ndjson';

/** A digest over lines, each taken with one LF at its end, so that a file saved with CR LF keeps its digest. */
type LineDigest = { add(text: string): void; value(): string };

function lineDigest(): LineDigest {
  const hash = createHash('sha256');
  return {
    add: (text) => void hash.update(`${text}\n`),
    value: () => `sha256:${hash.copy().digest('hex')}`,
  };
}

/**
 * Writes plan.ndjson: the header, a line per row, and a last line with count, fingerprint and digest. Takes the rows as a
 * stream; makes the folder where it is missing. The file appears whole or not at all.
 */
export async function writePlan(
  folder: string,
  header: PlanHeader,
  rows: Iterable<PlanRow>,
): Promise<{ readonly fingerprint: string }> {
  await mkdir(folder, { recursive: true, mode: 0o700 }).catch((error: unknown) => {
    throw writingFault(error, folder);
  });
  const fingerprint = beginFingerprint(header);
  await writeAtomically(join(folder, planName), planLines(header, rows, fingerprint), { within: folder });
  return { fingerprint: fingerprint.value() };
}

function* planLines(header: PlanHeader, rows: Iterable<PlanRow>, fingerprint: Fingerprinting): Generator<string> {
  const digest = lineDigest();
  const lines = new LineSet();
  const line = (text: string): string => {
    digest.add(text);
    return `${text}\n`;
  };
  yield line(JSON.stringify(header));
  for (const row of rows) {
    // A plan that could not be applied must not get as far as being reviewed. Reaching this is a bug.
    const why = unsound(row, header) ?? repeated(row, lines);
    if (why !== undefined) throw new Error(`the plan's row for line ${row.line} is unsound: ${why}`);
    const bound = boundText(row);
    fingerprint.add(bound);
    yield line(rowText(row, bound));
  }
  const end: PlanEnd = { kind: 'end', rows: lines.size, fingerprint: fingerprint.value(), digest: digest.value() };
  yield `${JSON.stringify(end)}\n`;
}

/**
 * Reads plan.ndjson back and proves it: every line well formed and sound, the count, the fingerprint and the digest those
 * of its last line. Otherwise a RunFault: `plan-missing` and `plan-unreadable` (exit code 2, with the line), or
 * `plan-tampered` (3).
 */
export async function readPlan(folder: string): Promise<Plan> {
  const path = join(folder, planName);
  const reading: Reading = {
    path,
    digest: lineDigest(),
    lines: new LineSet(),
    rows: new PackedLines(),
    fingerprint: undefined,
    header: undefined,
    end: undefined,
  };
  try {
    for await (const line of linesOf(await findRunFile(folder, planName))) take(line, reading);
  } catch (error) {
    if (error instanceof LineTooLong) throw unreadable({ path, number: error.number }, 'it is too long for a row');
    if (systemCodeOf(error) !== 'ENOENT' && systemCodeOf(error) !== 'ENOTDIR') throw readingFault(error, path);
    throw new RunFault('plan-missing', `${folder} holds no plan.`, {
      hint: 'Name the run folder that hardmatch plan has made.',
      cause: error,
    });
  }
  return proven(reading);
}

/**
 * The rows of a plan that this process has written or proved, read from its file each time they are gone through: so a
 * million of them need not be kept. Throws a RunFault, `plan-tampered` (exit code 3), at the end of a file that is another.
 */
export function storedRows(folder: string, fingerprint: string): Iterable<PlanRow> {
  return { [Symbol.iterator]: () => rowsIn(join(folder, planName), fingerprint) };
}

/** A plan with its rows in memory, packed: for what asks for them in any order, or must not meet another file half-way. */
export function loadedPlan(plan: StoredPlan): Plan {
  const rows = new PackedLines<PlanRow>();
  for (const row of plan.rows) rows.add(row);
  return { ...plan, rows };
}

function* rowsIn(path: string, fingerprint: string): Generator<PlanRow> {
  const digest = lineDigest();
  let isHeader = true;
  for (const text of linesNow(path)) {
    const value = isHeader ? undefined : rowOrEnd(text);
    if (value === null) break;
    if (value !== undefined && 'kind' in value) {
      if (value.fingerprint === fingerprint && value.digest === digest.value()) return;
      break;
    }
    digest.add(text);
    isHeader = false;
    if (value !== undefined) yield fromStored(value);
  }
  throw tampered(path, 'it is another plan than a moment ago');
}

/** A line that was proved before; null where it is none of those any more. */
function rowOrEnd(text: string): StoredRow | PlanEnd | null {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' ? (value as StoredRow | PlanEnd | null) : null;
  } catch {
    return null;
  }
}

/** What is known of a plan while its lines come in. */
type Reading = {
  readonly path: string;
  readonly digest: LineDigest;
  readonly lines: LineSet;
  readonly rows: PackedLines<PlanRow>;
  fingerprint: Fingerprinting | undefined;
  header: PlanHeader | undefined;
  end: PlanEnd | undefined;
};

function take(line: Line, reading: Reading): void {
  const at = { path: reading.path, number: line.number };
  if (reading.end) throw unreadable(at, 'there is something after the end of the plan');
  const value = parsed(line, at);
  if (!reading.header) {
    reading.header = headerOf(value, at);
    reading.fingerprint = beginFingerprint(reading.header);
  } else if (typeof value === 'object' && value !== null && 'kind' in value) {
    reading.end = checked(readEnd(value), at);
    return;
  } else {
    const row = checked(readRow(value), at);
    const why = unsound(row, reading.header) ?? repeated(row, reading.lines);
    // Written rows are sound, so somebody has edited this one.
    if (why !== undefined) throw tampered(at.path, `line ${at.number}: ${why}`);
    reading.rows.add(row);
    reading.fingerprint?.add(boundText(row));
  }
  reading.digest.add(line.text);
}

function proven({ path, header, rows, end, digest, fingerprint }: Reading): Plan {
  if (!header || !fingerprint) throw unreadable({ path, number: 1 }, 'the file is empty');
  if (!end) throw unreadable({ path, number: rows.length + 2 }, 'the end of the plan is missing; the file was cut off');
  if (rows.length !== end.rows) throw tampered(path, `it has ${rows.length} rows, its end says ${end.rows}`);
  const found = fingerprint.value();
  if (found !== end.fingerprint) {
    throw tampered(path, `it was planned as ${end.fingerprint}, and its rows now make ${found}`);
  }
  if (digest.value() !== end.digest) throw tampered(path, 'its digest is another than its end says');
  return { header, rows, fingerprint: end.fingerprint };
}

function headerOf(value: unknown, at: At): PlanHeader {
  const format = typeof value === 'object' && value !== null && 'format' in value ? value.format : undefined;
  if (typeof format === 'number' && format !== 3) {
    throw unreadable(at, `it has format ${format} and this version reads format 3; another version has written it`);
  }
  return checked(readHeader(value), at);
}

function parsed(line: Line, at: At): unknown {
  try {
    return JSON.parse(line.text);
  } catch {
    throw unreadable(at, line.isWhole ? 'it is not JSON' : 'it is not JSON; the file was cut off');
  }
}

type At = { readonly path: string; readonly number: number };

function checked<T>(result: Checked<T>, at: At): T {
  if (result.ok) return result.value;
  throw unreadable(at, result.why);
}

function unreadable({ path, number }: At, why: string): RunFault {
  return new RunFault('plan-unreadable', `${path}, line ${number}: ${why}.`, { hint: 'Plan again.' });
}

function tampered(path: string, why: string): RunFault {
  return new RunFault('plan-tampered', `${path} was changed after it was planned: ${why}.`, {
    hint: 'Plan again. To leave rows out, take them out of the mappings file.',
    exitCode: 3,
  });
}

/** The journal knows a row by its line, so a line may occur once. */
function repeated(row: PlanRow, lines: LineSet): string | undefined {
  return lines.add(row.line) ? undefined : `line ${row.line} of the input occurs twice`;
}

/** Line numbers, a bit for each. */
class LineSet {
  #bits = new Uint32Array(1024);
  /** Lines beyond what an input may have come from a file that somebody has changed; they must not cost a bit for each before. */
  readonly #far = new Set<number>();
  size = 0;

  /** False when it was there. */
  add(line: number): boolean {
    if (!this.#isNew(line)) return false;
    this.size += 1;
    return true;
  }

  #isNew(line: number): boolean {
    if (line >= 2 ** 28) return this.#far.size < this.#far.add(line).size;
    const word = Math.floor(line / 32);
    if (word >= this.#bits.length) {
      const more = new Uint32Array(Math.max(word + 1, this.#bits.length * 2));
      more.set(this.#bits);
      this.#bits = more;
    }
    const before = this.#bits[word] ?? 0;
    const after = before | (1 << (line % 32));
    this.#bits[word] = after;
    return after >>> 0 !== before;
  }
}
