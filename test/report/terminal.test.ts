import { describe, expect, it } from 'vitest';
import type { RunRecord } from '../../src/core/result.ts';
import { consentText } from '../../src/report/consent.ts';
import { columnsOf } from '../../src/report/terminal-layout.ts';
import { summaryText } from '../../src/report/terminal.ts';
import { appliedRun, hostileRun, largeRun, plannedRun, recordOf, rollbackRun, verifiedRun } from './sample-run.ts';

const plain = { color: false, width: 80 };
const records: readonly (readonly [string, RunRecord])[] = [
  ['a plan', plannedRun()],
  ['an applied plan', appliedRun()],
  ['a verification', verifiedRun()],
  ['a rollback plan', rollbackRun()],
];

describe.each(records)('the terminal summary of %s', (_name, record) => {
  it('names tenant, id, directory, source anchor, the whole fingerprint and the folder', () => {
    const text = summaryText(record, plain);
    const { tenant, directory, fingerprint, run } = record.summary;
    for (const fact of [tenant.name, tenant.id, directory.domain, 'auto', fingerprint, `Files in ${run}`]) {
      expect(text).toContain(fact);
    }
  });

  it.each([60, 80, 120])('fits %i columns but for what must stay whole', (width) => {
    const long = summaryText(record, { color: false, width })
      .split('\n')
      .filter((line) => columnsOf(line) > width);
    for (const line of long) expect(line).toMatch(/^\s+(sha256:\S+|hardmatch \w+ \S+|\S+)$|^Files in/);
  });

  it('has no colour unless asked, and the same words with it', () => {
    const escape = /\u001b\[\d+m/g; // oxlint-disable-line no-control-regex -- the colours themselves
    const coloured = summaryText(record, { color: true, width: 80 });
    expect(summaryText(record, plain)).not.toMatch(escape);
    expect(coloured).toMatch(escape);
    expect(coloured.replaceAll(escape, '')).toBe(summaryText(record, plain));
  });

  it('ends with one line break and has no trailing blanks', () => {
    expect(summaryText(record, plain)).toMatch(/[^\n]\n$/);
    expect(summaryText(record, plain)).not.toMatch(/ \n/);
  });
});

describe('the terminal summary', () => {
  it('of a plan says that nothing was written and which command applies it', () => {
    const text = summaryText(plannedRun(), plain);
    expect(text).toContain('9 of 30 users would be linked, 1 is right already and 20 rows are held.');
    expect(text).toContain('Nothing has been written: this is a plan.');
    expect(text).toContain('\n    hardmatch apply runs/20261123T101500Z-mappings.example\n');
  });

  it('of a plan without findings says so, rather than nothing', () => {
    const rows = plannedRun().rows.filter((row) => row.state === 'ready');
    const text = summaryText(recordOf({ rows }), plain);
    expect(text).toContain('9 of 9 users would be linked and no row is held.');
    expect(text).toMatch(/held +0 +will not be written/);
  });

  it('of a plan with nothing to do gives no command to apply', () => {
    const rows = plannedRun().rows.filter((row) => row.state === 'kept');
    const text = summaryText(recordOf({ rows }), plain);
    expect(text).toContain('Nothing is left to do: every row is right already.');
    expect(text).not.toContain('hardmatch apply');
  });

  it('gives each reason its sentence, its rows by line and who, and its remedy', () => {
    const text = summaryText(plannedRun(), plain);
    expect(text).toContain('held missing-value, 1 row');
    expect(text).toContain('The cloud_user column is empty.');
    expect(text).toContain('line 30: ecell → (empty)');
    expect(text).toContain('> Fill in the value, or remove the line.');
  });

  it('counts the reasons for which there is no room', () => {
    const text = summaryText(plannedRun(), { ...plain, width: 400 });
    const told = [...text.matchAll(/held [a-z-]+, ([\d,]+) rows?/g)].reduce((sum, match) => sum + Number(match[1]), 0);
    const list = /more reasons: (.*)/.exec(text)?.[1] ?? '';
    const others = [...list.matchAll(/ (\d+)(?:,|$)/g)].reduce((sum, match) => sum + Number(match[1]), 0);
    expect(told + others).toBe(20);
  });

  it('says how many more rows a reason has', () => {
    const text = summaryText(largeRun(50_000), plain);
    expect(text).toContain('held cloud-user-not-found, 1,000 rows');
    expect(text).toContain('and 997 more');
    expect(text.split('\n').length).toBeLessThan(60);
  });

  it('of an interrupted run says how to go on', () => {
    const text = summaryText(appliedRun(), plain);
    expect(text).toContain('Go on where the run stopped:\n    hardmatch apply runs/');
    expect(text).toContain('Read the uncertain users back:\n    hardmatch verify runs/');
    expect(text).toContain('take it back:\n    hardmatch rollback runs/');
  });

  it('never leaves out what went wrong with a write, however many reasons there are', () => {
    const text = summaryText(appliedRun(), plain);
    for (const kind of ['uncertain timed-out', 'differs', 'missing', 'rejected forbidden', 'stale', 'not-reached']) {
      expect(text).toContain(`\n  ${kind}, 1 row\n`);
    }
  });

  it('of a rollback speaks of setting back, and does not offer to roll it back', () => {
    const text = summaryText(rollbackRun(), plain);
    expect(text).toContain('9 of 9 users would be set back');
    expect(text).not.toContain('linked');
  });

  it('lets no cell, name or path send control characters to the terminal', () => {
    const text = summaryText(hostileRun(), plain);
    // oxlint-disable no-control-regex -- finding them is the point
    expect(text.replaceAll('\n', '')).not.toMatch(
      /[\u0000-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2066-\u2069]/,
    );
    // oxlint-enable no-control-regex
  });

  it('quotes a path with blanks so that the command can be pasted', () => {
    const record = recordOf({ rows: plannedRun().rows, summary: { run: 'C:\\My Runs\\one' } });
    expect(summaryText(record, plain)).toContain('hardmatch apply "C:\\My Runs\\one"');
  });
});

describe('the question before a write', () => {
  const { summary, rows, planCreatedAt } = plannedRun();
  const ready = rows.filter((row) => row.state === 'ready');
  const text = consentText({ ...summary, planCreatedAt, rows: ready }, plain);

  it('names tenant, fingerprint, steps and warnings, and asks for the number of changes', () => {
    expect(text).toContain('This will change 9 users in Example Practice Tenant');
    expect(text).toContain(summary.tenant.id);
    expect(text).toContain(summary.fingerprint);
    expect(text).toContain('9  get an immutable ID (link)');
    expect(text).toContain('anchor-differs-from-guid 3, ad-user-disabled 1');
    expect(text.endsWith('\nType 9 to write, anything else to stop: ')).toBe(true);
  });

  it('tells replacing an immutable ID apart from giving one', () => {
    const mixed = ready.map((row, at) => (at < 2 ? { ...row, step: 'relink' as const } : row));
    const asked = consentText({ ...summary, planCreatedAt, rows: mixed }, plain);
    expect(asked).toContain('7  get an immutable ID (link)');
    expect(asked).toContain('2  have a different immutable ID replaced (relink)');
  });
});
