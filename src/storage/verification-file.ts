import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { RunFault } from '../core/failure.ts';
import { type List, listFrom } from '../core/list.ts';
import { packedReadBacks } from '../core/bulk/bulk.ts';
import type { Plan } from '../core/plan.ts';
import type { VerificationRow } from '../core/result.ts';
import { systemCodeOf } from '../files/system-error.ts';
import { writeAtomically } from './atomic-file.ts';
import { beginChain } from './chain.ts';
import { readingFault, writingFault } from './faults.ts';
import { linesOf, LineTooLong } from './lines.ts';
import { read } from './plan-schema.ts';
import { findRunFile } from './run-file.ts';

/** The verification for machines: verification.csv is for people, and people save CSVs over. */
const verificationName = 'verification.ndjson';

const header = z.strictObject({ kind: z.literal('header'), format: z.literal(2), fingerprint: z.string() });

const record = z.strictObject({
  line: z.int().positive(),
  verdict: z.enum([
    'matches',
    'differs',
    'missing',
    'unreadable',
    'not-checked',
    'taken-over',
    'waiting',
    'sync-error',
  ]),
  expected: z.string().nullable(),
  actual: z.string().nullable(),
  checkedAt: z.iso.datetime().nullable(),
  detail: z.string(),
});

/** Takes away the verification, in both its forms: what it said is about to be out of date. */
export async function removeVerification(folder: string): Promise<void> {
  for (const name of [verificationName, 'verification.csv']) {
    const path = join(folder, name);
    await rm(path, { force: true }).catch((error: unknown) => {
      throw writingFault(error, path);
    });
  }
}

/** Replaces the run's verification. */
export async function writeVerification(
  folder: string,
  fingerprint: string,
  verifications: Iterable<VerificationRow>,
): Promise<void> {
  function* lines(): Iterable<string> {
    const chain = beginChain();
    yield `${chain.seal({ kind: 'header', format: 2, fingerprint })}\n`;
    for (const { row, ...told } of verifications) yield `${chain.seal({ line: row.line, ...told })}\n`;
  }
  await writeAtomically(join(folder, verificationName), lines(), { within: folder });
}

/**
 * The run's verification with its rows, in plan order; null when there is none. A file that is not this plan's, or not
 * whole, is a RunFault: it is written in one piece, so it was changed.
 */
export async function readVerification(folder: string, plan: Plan): Promise<List<VerificationRow> | null> {
  const path = join(folder, verificationName);
  const chain = beginChain();
  const found = packedReadBacks();
  let count = 0;
  try {
    for await (const { text, number } of linesOf(await findRunFile(folder, verificationName))) {
      const json = chain.open(text);
      if (json === null) throw broken(path, number, 'it is not the line that was written there; it was changed');
      if (number === 1) {
        checkHeader(json, plan, path);
        continue;
      }
      const { line, ...told } = parsed(record, json, { path, number });
      if (plan.rows.at(count)?.line !== line) throw broken(path, number, `line ${line} of the plan does not come here`);
      found.set(line, told);
      count += 1;
    }
  } catch (error) {
    if (systemCodeOf(error) === 'ENOENT') return null;
    if (error instanceof LineTooLong) throw broken(path, error.number, 'it is too long');
    throw readingFault(error, path);
  }
  if (count !== plan.rows.length) throw broken(path, count + 2, 'it ends too early');
  return listFrom(plan.rows, (row) => {
    const told = found.get(row.line);
    if (told === undefined) throw new Error(`line ${row.line} has no verification`);
    return { row, ...told };
  });
}

function checkHeader(text: string, plan: Plan, path: string): void {
  const { fingerprint } = parsed(header, text, { path, number: 1 });
  if (fingerprint !== plan.fingerprint) throw broken(path, 1, 'it belongs to another plan');
}

function parsed<T>(schema: z.ZodType<T>, text: string, place: { path: string; number: number }): T {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw broken(place.path, place.number, 'it is not JSON');
  }
  const result = read(schema, value);
  if (result.ok) return result.value;
  throw broken(place.path, place.number, result.why);
}

function broken(path: string, line: number, why: string): RunFault {
  return new RunFault('verification-unreadable', `${path}, line ${line}: ${why}.`, {
    hint: 'Delete the file and run hardmatch verify on the folder again.',
    exitCode: 3,
  });
}
