import { parse } from 'csv-parse/sync';
import { stringify } from 'csv-stringify/sync';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { clean } from '../../src/input/cells.ts';
import type { PlanRow } from '../../src/core/row.ts';
import { visible } from '../../src/report/visible.ts';
import { planCsv, resultsCsv, verificationCsv } from '../../src/report/csv.ts';
import { appliedRun, exampleRows, hostileCells, hostileRun, largeRun, plannedRun } from './sample-run.ts';

const textOf = (pieces: Iterable<string>): string => [...pieces].join('');
const recordsOf = (text: string): string[][] => parse(text, { bom: true });
const rowsOf = (text: string): Record<string, string>[] => parse(text, { bom: true, columns: true });

function onlyRow(change: Partial<PlanRow>): PlanRow {
  const [row] = exampleRows();
  if (!row) throw new Error('the example has rows');
  return { ...row, ...change };
}

describe('the CSV files', () => {
  it("have the contract's columns in the contract's order, then the input's other columns", () => {
    const { rows, results, verifications } = appliedRun();
    const header = (pieces: Iterable<string>): string => (textOf(pieces).split('\r\n')[0] ?? '').replace('\ufeff', '');
    expect(header(planCsv(rows, ['note']))).toBe(
      'line,ad_user,cloud_user,decision,state,step,ad_name,cloud_name,reasons,detail,remedy,warnings,warning_detail,next_sync,changes,before,after,ad_dn,ad_object_guid,source_anchor,immutable_id,cloud_object_id,cloud_upn,note',
    );
    expect(header(resultsCsv(results ?? [], ['note']))).toBe(
      'line,ad_user,cloud_user,outcome,reasons,cloud_object_id,cloud_upn,immutable_id,before,attempts,request_id,finished_at,detail,remedy,note',
    );
    expect(header(verificationCsv(verifications ?? [], ['note']))).toBe(
      'line,ad_user,cloud_user,verdict,expected_immutable_id,actual_immutable_id,cloud_object_id,cloud_upn,checked_at,detail,note',
    );
  });

  it('begin with one byte-order mark and end every line with CRLF, also across pieces', () => {
    const text = textOf(planCsv(largeRun(2500).rows, ['note']));
    expect(text.startsWith('\ufeff')).toBe(true);
    expect(text.lastIndexOf('\ufeff')).toBe(0);
    expect(text.endsWith('\r\n')).toBe(true);
    expect(text.replaceAll('\r\n', '')).not.toMatch(/[\r\n]/);
    expect(recordsOf(text)).toHaveLength(2501);
  });

  it('have a header and nothing else when there are no rows', () => {
    const text = textOf(verificationCsv([], ['note']));
    expect(recordsOf(text)).toHaveLength(1);
    expect(text.startsWith('\ufeffline,')).toBe(true);
  });

  it('have as many records as rows, and as many cells in each as in the header', () => {
    const { rows, results, verifications, extraColumns } = hostileRun();
    for (const text of [
      textOf(planCsv(rows, extraColumns)),
      textOf(resultsCsv(results ?? [], extraColumns)),
      textOf(verificationCsv(verifications ?? [], extraColumns)),
    ]) {
      const records = recordsOf(text);
      expect(records).toHaveLength(rows.length + 1);
      expect(new Set(records.map((record) => record.length)).size).toBe(1);
    }
  });

  it('let no cell be taken for a formula, not in our columns, not in the others, not in a header', () => {
    const { rows, results, verifications } = hostileRun();
    const formula = /^[=+\-@\t\r\n\uff0b\uff0d\uff1d\uff20]/;
    for (const pieces of [
      planCsv(rows, ['=cmd|calc']),
      resultsCsv(results ?? [], ['+1']),
      verificationCsv(verifications ?? [], ['@SUM(A1)']),
    ]) {
      const cells = recordsOf(textOf(pieces)).flat();
      expect(cells.filter((cell) => formula.test(cell))).toEqual([]);
      expect(cells.filter((cell) => cell.startsWith("'="))).not.toEqual([]);
    }
  });

  it('let no cell be taken for a formula, whatever the delimiter', () => {
    const formula = fc
      .tuple(fc.constantFrom('=', '+', '-', '@', '\uff1d', '\uff0b'), fc.string())
      .map(([sign, rest]) => sign + rest);
    const gap = fc.constantFrom('', 'a;', 'a;"', 'a\n', 'a\r\n""', 'x\t', ';;', "b;'", 'c;"\'');
    fc.assert(
      fc.property(fc.array(fc.tuple(gap, formula), { maxLength: 4 }), (parts) => {
        const cell = parts.flat().join('');
        const text = textOf(planCsv([onlyRow({ adText: cell, extra: [cell] })], [cell]));
        // As somebody reads it who takes `;` or the tab for the delimiter, and quotes for nothing or for quotes.
        for (const piece of text.replace('\ufeff', '').split(/[;\t\r\n]/)) {
          expect(piece.replace(/^"+/, '')).not.toMatch(/^[=+\-@\uff0b\uff0d\uff1d\uff20]/);
        }
      }),
    );
  });

  it('are read back by the tool itself as they were', () => {
    const seen = fc.string({ unit: fc.constantFrom('=', '+', '-', '@', ';', "'", '"', 'a', '\uff1d'), minLength: 1 });
    fc.assert(
      fc.property(seen, (text) => {
        const meant = clean(text);
        const [row] = rowsOf(textOf(planCsv([onlyRow({ adText: meant })], ['note'])));
        // What begins with an apostrophe before a formula is taken for one of ours, wherever it was written.
        if (!/^'[=+\-@\uff1d]/.test(meant)) expect(clean(row?.['ad_user'] ?? '')).toBe(meant);
      }),
    );
  });

  it('escape a leading line feed, which the library alone does not', () => {
    expect(recordsOf(stringify([['\n=1+1']], { escape_formulas: true }))[0]).toEqual(['\n=1+1']);
    const text = textOf(planCsv([onlyRow({ extra: ['\n=1+1'] })], ['note']));
    expect(rowsOf(text)[0]?.['note']).toBe("'\n'=1+1");
  });

  it('give every other text back unchanged, hidden characters written out', () => {
    const cells = hostileCells.filter((cell) => !/^[=+\-@\n]/u.test(cell));
    const text = textOf(
      planCsv(
        cells.map((cell) => onlyRow({ adText: cell, extra: [cell] })),
        ['note'],
      ),
    );
    expect(rowsOf(text).map((row) => row['note'])).toEqual(cells.map(visible));
    expect(rowsOf(text).map((row) => row['ad_user'])).toEqual(cells.map(visible));
  });

  it("keep an input column that has one of our columns' names, after ours", () => {
    const [header, row] = recordsOf(textOf(planCsv([onlyRow({ extra: ['theirs'] })], ['state'])));
    expect(header?.filter((name) => name === 'state')).toHaveLength(2);
    expect([row?.[4], row?.at(-1)]).toEqual(['ready', 'theirs']);
  });

  it('put several codes into one cell with single spaces and their remedies in the order of repair', () => {
    const row = onlyRow({
      state: 'held',
      step: null,
      reasons: [{ code: 'cloud-user-guest' }, { code: 'missing-value' }, { code: 'missing-value' }],
      warnings: [{ code: 'ad-user-disabled' }],
    });
    const [cells] = rowsOf(textOf(planCsv([row], ['note'])));
    expect(cells?.['reasons']).toBe('missing-value cloud-user-guest');
    expect(cells?.['warnings']).toBe('ad-user-disabled');
    expect(cells?.['remedy']).toBe(
      'Fill in the value, or remove the line. Name the member account of this person; a guest is not synced. ' +
        'After the match the cloud user will be blocked from sign-in.',
    );
  });

  it('leave empty what is not known, and `after` where nothing is to be written', () => {
    const cells = rowsOf(textOf(planCsv(plannedRun().rows, ['note'])));
    const lost = cells.find((row) => row['ad_user'] === 'nobody');
    expect([lost?.['ad_dn'], lost?.['immutable_id'], lost?.['step'], lost?.['after']]).toEqual(['', '', '', '']);
    const kept = cells.find((row) => row['state'] === 'kept');
    expect([kept?.['before'], kept?.['after']]).toEqual(['PcT9u5BIWEW7iVDYAgFKlw==', '']);
  });
});

describe('results.csv', () => {
  const cells = rowsOf(textOf(resultsCsv(appliedRun().results ?? [], ['note'])));
  const of = (adUser: string): Record<string, string> => cells.find((row) => row['ad_user'] === adUser) ?? {};

  it('says why a row was refused: the sentence, then what Graph said', () => {
    expect(of('EXAMPLE\\apires')['detail']).toBe(
      'Graph refused for lack of rights. Insufficient privileges to complete the operation.',
    );
  });

  it('says the sentence of a held row, once', () => {
    expect(of('nobody')['detail']).toBe('No AD user is found for "nobody".');
  });

  it('has a remedy for an outcome that has no reason code', () => {
    expect(of('mokafor')['remedy']).toBe('Plan again and review the row.');
    expect(of('dfrost')['remedy']).toBe('Apply the same run folder again: it goes on where it stopped.');
    expect(of('nquill')['remedy']).toBe('');
  });

  it('tells to look before trying again where a write is uncertain', () => {
    expect(of('butf')['remedy']).toMatch(/^Run verify on this run folder.*Run the same folder again\.$/);
  });
});

describe('verification.csv', () => {
  it('says in words what the verdict means, and nothing where all is right', () => {
    const cells = rowsOf(textOf(verificationCsv(appliedRun().verifications ?? [], ['note'])));
    const details = new Map(cells.map((row) => [row['verdict'], row['detail']]));
    expect(details.get('matches')).toBe('');
    expect(details.get('missing')).toBe('The cloud user is not there any more: purged, or in the recycle bin.');
    expect(details.get('not-checked')).toBe('Not read back: nothing was expected of this row.');
  });
});

describe('a large plan.csv', () => {
  it('is given out in pieces while rows are still being read', () => {
    const [row] = exampleRows();
    if (!row) throw new Error('the example has rows');
    let taken = 0;
    function* rows(): Iterable<PlanRow> {
      for (let at = 0; at < 1_000_000; at += 1) {
        taken += 1;
        yield { ...(row as PlanRow), line: at + 2 };
      }
    }
    let pieces = 0;
    let longest = 0;
    for (const piece of planCsv(rows(), ['note'])) {
      pieces += 1;
      longest = Math.max(longest, piece.length);
      expect(taken).toBeLessThanOrEqual(pieces * 1000);
      if (pieces === 20) break;
    }
    expect(longest).toBeLessThan(1_000_000);
    expect(taken).toBeLessThanOrEqual(20_000);
  });
});
