import { describe, expect, it } from 'vitest';
import { listFrom } from '../../src/core/list.ts';
import type { RunRecord, VerificationRow } from '../../src/core/result.ts';
import { consentText } from '../../src/report/consent.ts';
import { columnsOf } from '../../src/report/terminal-layout.ts';
import { summaryText } from '../../src/report/terminal.ts';
import {
  afterSyncRun,
  appliedRun,
  blockedRun,
  hostileRun,
  largeRun,
  plannedRun,
  recordOf,
  rollbackRun,
  verifiedRun,
} from './sample-run.ts';

const plain = { color: false, width: 80 };
const records: readonly (readonly [string, RunRecord])[] = [
  ['a plan', plannedRun()],
  ['an applied plan', appliedRun()],
  ['a verification', verifiedRun()],
  ['a plan in a tenant that blocks hard match', blockedRun()],
  ['a verification after sync', afterSyncRun()],
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
    for (const line of long) expect(line).toMatch(/^\s+(sha256:\S+|hardmatch \w+ \S+( --after-sync)?|\S+)$|^Files in/);
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
    expect(text).toContain('13 of 39 users would be linked, 1 is right already and 25 rows are held.');
    expect(text).toContain('Nothing has been written: this is a plan.');
    expect(text).toContain('\n    hardmatch apply runs/20261123T101500Z-mappings.example\n');
  });

  it('of a plan without findings says so, rather than nothing', () => {
    const rows = plannedRun().rows.filter((row) => row.state === 'ready');
    const text = summaryText(recordOf({ rows }), plain);
    expect(text).toContain('13 of 13 users would be linked and no row is held.');
    expect(text).toMatch(/held +0 +will not be written/);
  });

  it('of a plan with nothing to do gives no command to apply', () => {
    const rows = plannedRun().rows.filter((row) => row.state === 'kept');
    const text = summaryText(recordOf({ rows }), plain);
    expect(text).toContain('Nothing is left to do: every row is right already.');
    expect(text).not.toContain('hardmatch apply');
  });

  it('of a plan says on top whether the tenant syncs, what its switches are and which anchor sync uses', () => {
    const [top = ''] = summaryText(plannedRun(), plain).split('Needs attention');
    expect(top).toContain('Sync           on, last cycle 23 Nov 2026, 09:48:12 UTC');
    expect(top).toContain('hard match allowed, soft match allowed');
    expect(top).toContain('Of 120 synced users looked at, 83 can tell: 80 match');
    expect(top).toContain('It needs\n    RoleEligibilitySchedule.Read.Directory.');
    expect(summaryText(verifiedRun(), plain)).not.toContain('last cycle');
    expect(summaryText(rollbackRun(), plain)).not.toContain('last cycle');
  });

  it('of a plan says what the next sync will do, of the held rows apart from the others', () => {
    const text = summaryText(plannedRun(), { ...plain, width: 400 });
    expect(text).toContain('\nAfter the next sync: 13 join and 1 is out of scope.\n');
    expect(text).toMatch(/\nOf the held rows, left as they are: .*1 would be soft-matched onto another user, .*\n/);
    expect(text).toContain('\nThe take-over replaces the UPN of 10 users, the mail address of 10 and');
    expect(summaryText(blockedRun(), plain)).toContain(
      '\nAfter the next sync: 13 are blocked and 1 is out of scope.\n',
    );
  });

  it('of an applied plan predicts only what was written', () => {
    expect(summaryText(appliedRun(), plain)).toContain('\nAfter the next sync: 7 join and 1 is out of scope.\n');
  });

  it('after sync counts who was taken over, and says when to look again', () => {
    const text = summaryText(afterSyncRun(), { ...plain, width: 200 });
    expect(text).toContain(
      '10 of 14 users are taken over by sync, 2 are waiting, 1 has a sync error and 1 is missing.',
    );
    expect(text).toContain('    hardmatch verify runs/20261123T101500Z-mappings.example --after-sync\n');
    const taken = afterSyncRun().rows.filter((row) => row.state === 'ready' && row.adText === 'nquill');
    const all = { ...afterSyncRun().verifications?.at(0) } as VerificationRow;
    expect(summaryText(recordOf({ rows: taken, verifications: [all] }), plain)).toContain(
      'Nothing is left to do: sync has taken every user over.',
    );
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
    expect(told + others).toBe(25);
  });

  it('says how many more rows a reason has', () => {
    const text = summaryText(largeRun(50_000), plain);
    expect(text).toContain('held cloud-user-not-found, 1,000 rows');
    expect(text).toContain('and 997 more');
    expect(text.split('\n').length).toBeLessThan(60);
  });

  it('of an interrupted run says how to go on', () => {
    const text = summaryText(appliedRun(), plain);
    expect(text).toContain('Go on where the run stopped, before the next sync cycle:\n    hardmatch apply runs/');
    expect(text).toContain('Read the uncertain users back:\n    hardmatch verify runs/');
    expect(text).toContain('take it back:\n    hardmatch rollback runs/');
  });

  it('of an apply leads to what does not read back as written, which the next apply would not write again', () => {
    const { rows, results, verifications } = appliedRun();
    const settled = listFrom(results ?? [], (result) =>
      result.outcome === 'uncertain' ? { ...result, outcome: 'applied' as const } : result,
    );
    const text = summaryText(recordOf({ rows, results: settled, verifications }), plain).replaceAll(/\s+/g, ' ');
    expect(text).toContain('what does not read back as written; where that stays, plan again: hardmatch verify runs/');
  });

  it('of a plan repeats the limits that it is to be applied with', () => {
    const text = summaryText({ ...plannedRun(), limits: ['--first', '5'] }, plain);
    expect(text).toMatch(/hardmatch apply runs\/\S+ --first 5\n/);
  });

  it('of a verification says so where the plan was never applied', () => {
    const { rows, results, verifications } = appliedRun();
    const unwritten = 'This plan has not been applied; to write it:\n    hardmatch apply runs/';
    expect(summaryText(recordOf({ rows, verifications }), plain)).toContain(unwritten);
    const written = recordOf({ rows, results, verifications, summary: { command: 'verify' } });
    expect(summaryText(written, plain)).not.toContain('has not been applied');
    expect(summaryText(written, plain).replaceAll(/\s+/g, ' ')).toMatch(/\d users were linked by this run\./);
  });

  it('never leaves out what went wrong with a write, however many reasons there are', () => {
    const text = summaryText(appliedRun(), plain);
    for (const kind of ['uncertain timed-out', 'differs', 'missing', 'rejected forbidden', 'stale', 'not-reached']) {
      expect(text).toContain(`\n  ${kind}, 1 row\n`);
    }
  });

  it('of a rollback speaks of setting back, and does not offer to roll it back', () => {
    const text = summaryText(rollbackRun(), plain);
    expect(text).toContain('13 of 13 users would be set back');
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
  const text = consentText({ ...summary, planCreatedAt, rows: ready, held: 25, applications: 1 }, plain);

  it('names tenant, fingerprint, steps and warnings, and asks for the number of changes', () => {
    expect(text).toContain('This will change 13 users in Example Practice Tenant');
    expect(text).toContain(summary.tenant.id);
    expect(text).toContain(summary.fingerprint);
    expect(text).toContain('12  get an immutable ID (link)');
    expect(text.replaceAll(/\s+/g, ' ')).toContain('Held 25 rows, left as they are');
    expect(text).toContain('runs/20261123T101500Z-mappings.example, report.html or plan.csv in it');
    expect(text.replaceAll(/\n +/g, ' ')).toContain('anchor-differs-from-guid 3, ad-user-disabled 1,');
    expect(text.endsWith('\nType 13 to write, anything else to stop: ')).toBe(true);
  });

  it('names the detours, what holds for the whole run, and what sync will do with these rows', () => {
    const blocked = blockedRun();
    const mine = blocked.rows.filter((row) => row.state === 'ready');
    const asked = consentText({ ...blocked.summary, planCreatedAt, rows: mine, held: 25, applications: 1 }, plain);
    expect(asked).toContain('1 of them by a detour: the UPN is changed, and changed back');
    expect(asked).toContain('For the whole run: hard-match-blocked-in-tenant');
    expect(asked).toContain('After the next sync: 12 are blocked and 1 is out of scope.');
  });

  it('tells replacing an immutable ID apart from giving one', () => {
    const mixed = ready.map((row, at) => (at < 2 ? { ...row, step: 'relink' as const } : row));
    const asked = consentText({ ...summary, planCreatedAt, rows: mixed, held: 25, applications: 1 }, plain);
    expect(asked).toContain('10  get an immutable ID (link)');
    expect(asked).toContain('3  have a different immutable ID replaced (relink)');
  });
});
