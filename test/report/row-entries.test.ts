import { describe, expect, it } from 'vitest';
import {
  type RowEntry,
  entriesOf as entriesIn,
  factsOf,
  type Gathering,
  gatherGroups,
  gatherWarnings,
  sentenceOfGroup,
  troubleOf,
} from '../../src/report/row-entries.ts';
import type { RunRecord, VerdictKind, VerificationRow } from '../../src/core/result.ts';
import { afterSyncRun, appliedRun, plannedRun, recordOf, verifiedRun } from './sample-run.ts';

const entriesOf = (record: RunRecord): RowEntry[] => [...entriesIn(record)];

function gathered<Told>(gathering: Gathering<Told>, entries: readonly RowEntry[]): Told {
  for (const entry of entries) gathering.add(entry);
  return gathering.result();
}
const groupsOf = (entries: readonly RowEntry[]) => gathered(gatherGroups(), entries);
const warningsOf = (entries: readonly RowEntry[]) => gathered(gatherWarnings(), entries);

describe('rows that need attention', () => {
  it('stand in exactly one group each', () => {
    const entries = entriesOf(appliedRun());
    const grouped = groupsOf(entries).flatMap((group) => group.entries);
    expect(grouped).toHaveLength(new Set(grouped).size);
    expect(new Set(grouped)).toEqual(new Set(entries.filter((entry) => troubleOf(entry) !== undefined)));
  });

  it('are told in the order of urgency, held rows last and in the order of repair', () => {
    const kinds = groupsOf(entriesOf(appliedRun())).map((group) => group.kind);
    expect([...new Set(kinds)]).toEqual([
      'uncertain',
      'differs',
      'missing',
      'rejected',
      'stale',
      'not-reached',
      'held',
    ]);
    const held = groupsOf(entriesOf(plannedRun())).map((group) => group.code);
    expect(held.slice(0, 2)).toEqual(['missing-value', 'bad-reference']);
  });

  it('are as many as the counts say, so that no row is lost on the way', () => {
    const record = plannedRun();
    const rows = groupsOf(entriesOf(record)).reduce((sum, group) => sum + group.count, 0);
    expect(rows).toBe(record.summary.counts.held);
  });

  it('are none when every row reads back as expected', () => {
    expect(groupsOf(entriesOf(verifiedRun()))).toEqual([]);
  });

  it('keep a write that failed under its failure, whatever was read back later', () => {
    const rejected = entriesOf(appliedRun()).find((entry) => entry.result?.outcome === 'rejected');
    expect(rejected?.verification?.verdict).toBe('differs');
    expect(rejected && troubleOf(rejected)).toBe('rejected');
  });

  it('are no longer in doubt once looking has settled it', () => {
    const { rows, results } = appliedRun();
    const doubt = [...(results ?? [])].find((result) => result.outcome === 'uncertain');
    if (!doubt) throw new Error('the example has an uncertain row');
    const read = (verdict: VerdictKind): VerificationRow => ({
      row: doubt.row,
      verdict,
      expected: null,
      actual: null,
      checkedAt: null,
      detail: '',
    });
    const troubleWith = (verdict: VerdictKind): unknown => {
      const entry = entriesOf(recordOf({ rows, results, verifications: [read(verdict)] })).find(
        ({ row }) => row.line === doubt.row.line,
      );
      return entry && troubleOf(entry);
    };
    expect(troubleWith('matches')).toBeUndefined();
    expect(troubleWith('taken-over')).toBeUndefined();
    expect(troubleWith('differs')).toBe('uncertain');
  });

  it('are, after sync, those with an error first and those that wait', () => {
    const groups = groupsOf(entriesOf(afterSyncRun())).filter((group) => group.kind !== 'held');
    expect(groups.map((group) => [group.kind, group.count])).toEqual([
      ['sync-error', 1],
      ['missing', 1],
      ['waiting', 2],
    ]);
  });

  it('are found in the plan alone and in a verification alone', () => {
    const { rows, verifications } = appliedRun();
    expect(entriesOf(recordOf({ rows })).filter((entry) => troubleOf(entry) === 'held')).toHaveLength(25);
    const read = entriesOf(recordOf({ rows, verifications })).map((entry) => troubleOf(entry));
    expect(read).toContain('differs');
    expect(read).toContain('held');
  });
});

describe('warnings', () => {
  it('are told of rows that go on, not of held ones', () => {
    const codes = warningsOf(entriesOf(plannedRun())).map((group) => [group.code, group.count]);
    expect(codes).toEqual([
      ['existing-id-is-encoding-error', 1],
      ['attribute-conflict-after-sync', 1],
      ['ad-upn-suffix-unverified', 1],
      ['ad-user-out-of-scope', 1],
      ['ad-user-disabled', 1],
      ['anchor-differs-from-guid', 3],
    ]);
    const rows = plannedRun().rows.map((row) => ({ ...row, state: 'held' as const, step: null }));
    expect(warningsOf(entriesOf(recordOf({ rows })))).toEqual([]);
  });
});

describe('what was found', () => {
  it('does not say a sentence twice when the detail repeats it', () => {
    expect(factsOf([{ code: 'forbidden' }], 'Graph refused for lack of rights. More.')).toEqual([
      'Graph refused for lack of rights. More.',
    ]);
  });

  it('says of rows that each have their own fact what it says of the first', () => {
    const told = ({ row }: RowEntry): string => `${row.adText} has it.`;
    const entries = entriesOf(plannedRun()).slice(3, 5);
    const [first] = entries;
    expect(sentenceOfGroup({ count: 2, entries, story: null }, told)).toBe(
      `For example line ${first?.row.line}: ${first?.row.adText} has it.`,
    );
    expect(sentenceOfGroup({ count: 2, entries, story: 'The same.' }, told)).toBe('The same.');
  });
});
