import { describe, expect, it } from 'vitest';
import type { ResultRow, RunRecord, VerificationRow } from '../../src/core/result.ts';
import type { PlanRow } from '../../src/core/row.ts';
import { listOf } from '../../src/core/list.ts';
import { planCsv, resultsCsv, verificationCsv } from '../../src/report/csv.ts';
import { summaryJson } from '../../src/report/summary-json.ts';
import { appliedRun } from './sample-run.ts';

/** What drives terminals, hides and reorders text, one of each kind. */
const hidden = [
  0x00, 0x07, 0x09, 0x0d, 0x1b, 0x7f, 0x9b, 0xa0, 0xad, 0x34f, 0x61c, 0x17b5, 0x180b, 0x180e, 0x200b, 0x200d, 0x200f,
  0x2028, 0x2029, 0x202e, 0x2066, 0x2069, 0xfeff, 0xfff9, 0xd800, 0xdc00, 0x1d173, 0xe0041, 0xe01f0,
].map((code) => String.fromCodePoint(code));
const hostile = hidden.join('x');
const escaped = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}\u00a0]/u;

// Words of the program's own, which no stranger can put anything into.
const ownWords = new Set(['state', 'step', 'code', 'kind', 'outcome', 'verdict', 'attribute', 'command', 'as']);

/** The value with every text in it, at whatever depth and under whatever name, made hostile. */
function poisoned<Value>(value: Value, name = ''): Value {
  if (typeof value === 'string') return (ownWords.has(name) ? value : `${value}${hostile}`) as Value;
  if (Array.isArray(value)) return value.map((one: unknown) => poisoned(one, name)) as Value;
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, poisoned<unknown>(one, key)])) as Value;
}

/** A list made hostile item by item. */
const all = <Item>(items: Iterable<Item>): Item[] => [...items].map((item) => poisoned(item));

const run: RunRecord = appliedRun();
const rows: PlanRow[] = all(run.rows);
const results: ResultRow[] = all(run.results ?? listOf<ResultRow>(0, () => undefined as never));
const verifications: VerificationRow[] = all(run.verifications ?? listOf<VerificationRow>(0, () => undefined as never));

/** The first character that nobody sees, besides the ends of lines and the mark at the beginning; null for none. */
function unseenIn(text: string): string | null {
  const found = escaped.exec(text.replace(/^\ufeff/, '').replaceAll(/\r?\n/g, ''));
  return found === null
    ? null
    : `${found[0].codePointAt(0)?.toString(16)} in ${text.slice(found.index, found.index + 80)}`;
}

describe('hidden characters', () => {
  it.each([
    ['plan.csv', () => planCsv(rows, [hostile])],
    ['results.csv', () => resultsCsv(results, [hostile])],
    ['verification.csv', () => verificationCsv(verifications, [hostile])],
    ['summary.json', () => [summaryJson(poisoned(run.summary))]],
  ])('are written out in every text of %s', (_file, pieces) => {
    const text = [...pieces()].join('');
    expect(unseenIn(text)).toBeNull();
    expect(text).toMatch(/U\+202E|\\u202e/);
  });

  it('are escaped in summary.json so that a program reads what was there', () => {
    const { tenant } = poisoned(run.summary);
    expect(JSON.parse(summaryJson(poisoned(run.summary)))).toMatchObject({ tenant });
  });

  it('leave the line breaks of a cell alone, which a spreadsheet shows', () => {
    const [row] = [...run.rows];
    if (!row) throw new Error('the sample has rows');
    const text = [...planCsv([{ ...row, extra: ['one\r\ntwo\nthree'] }], ['note'])].join('');
    expect(text).toContain('"one\r\ntwo\nthree"');
  });
});
