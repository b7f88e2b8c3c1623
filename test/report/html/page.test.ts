import { HtmlValidate } from 'html-validate';
import { describe, expect, it } from 'vitest';
import type { RunRecord } from '../../../src/core/result.ts';
import { reportHtml } from '../../../src/report/html/page.ts';
import {
  afterSyncRun,
  appliedRun,
  blockedRun,
  hostileCells,
  hostileRun,
  largeRun,
  plannedRun,
  recordOf,
  rollbackRun,
  verifiedRun,
} from '../sample-run.ts';

const pageOf = (record: RunRecord): string => [...reportHtml(record)].join('');

const validator = new HtmlValidate({
  extends: ['html-validate:recommended', 'html-validate:document', 'html-validate:a11y'],
  rules: {
    // The page is one file: its one style and one script are in it, named by hash in the policy.
    'require-csp-nonce': 'off',
    // Two ways of writing the same; ours is the shorter.
    'void-style': ['error', { style: 'omit' }],
  },
});

/** Without most of the rows of a large page: they are all made alike, and validating 2,000 takes half a minute. */
function shortened(page: string): string {
  let rows = 0;
  return page.replaceAll(/<tr(?: data-status="[^"]*")?><td>.*<\/tr>\n/g, (row) => ((rows += 1) <= 50 ? row : ''));
}

describe('report.html', () => {
  it.each([
    ['a plan', plannedRun],
    ['an applied plan', appliedRun],
    ['a verification', verifiedRun],
    ['a verification after sync', afterSyncRun],
    ['a plan in a tenant that blocks hard match', blockedRun],
    ['a rollback plan', rollbackRun],
    ['hostile cells', hostileRun],
    ['more rows than it shows', () => largeRun(6000, true)],
    ['no rows at all', () => recordOf({ rows: [] })],
  ])('is valid HTML for %s', async (_name, make) => {
    const report = await validator.validateString(shortened(pageOf(make())));
    const messages = report.results.flatMap(({ messages: all }) =>
      all.map(({ ruleId, message, line }) => `${line}: ${ruleId}: ${message}`),
    );
    expect(messages.slice(0, 10)).toEqual([]);
  });

  it('says first what happened, where, and bound to what', () => {
    const record = plannedRun();
    const page = pageOf(record);
    expect(page).toContain('<h1>13 of 39 users would be linked, 1 is right already and 25 rows are held.</h1>');
    const { tenant, fingerprint, input } = record.summary;
    for (const fact of [tenant.name, tenant.id, fingerprint, input.sha256]) expect(page).toContain(fact);
  });

  it('has a row for every input row, whatever became of it', () => {
    const record = appliedRun();
    const table = pageOf(record).split('<table id="rows"')[1] ?? '';
    const lines = [...table.matchAll(/<tr data-status="[^"]+"><td>(\d+)<\/td>/g)].map((match) => Number(match[1]));
    expect(lines).toEqual(record.rows.map((row) => row.line));
  });

  it('shows what needs attention before all rows, with sentence and remedy', () => {
    const page = pageOf(appliedRun());
    const [before] = page.split('id="all"');
    expect(before).toContain('Graph refused for lack of rights.');
    expect(before).toContain('Check User.ReadWrite.All');
    expect(before).toContain('No AD user is found for &quot;nobody&quot;.');
  });

  it('shows both sides of a difference', () => {
    const page = pageOf(appliedRun());
    expect(page).toContain('<code>Uh26aD5C+UGp5ul88++e1Q==</code>');
    expect(page).toContain('<code>AAECAwQFBgcICQoLDA0ODw==</code>');
  });

  it('says that there is nothing to attend to, rather than leaving the section out', () => {
    expect(pageOf(verifiedRun())).toContain('No row needs attention.');
  });

  it('says on top what holds for the tenant: sync, the switches, the anchor evidence and the whole run', () => {
    const [top = ''] = pageOf(plannedRun()).split('id="counts"');
    for (const fact of [
      'on, last cycle 23 Nov 2026, 09:48:12 UTC',
      '<b class="good">allowed</b>',
      'Of 120 synced users looked at, 83 can tell: 80 match mS-DS-ConsistencyGuid, 2 objectGUID, 1 neither.',
      'Not checked: who is eligible for a directory role. It needs RoleEligibilitySchedule.Read.Directory.',
    ]) {
      expect(top).toContain(fact);
    }
    const [blocked = ''] = pageOf(blockedRun()).split('id="counts"');
    expect(blocked).toContain('<b class="bad">blocked</b>');
    expect(blocked).toContain('Have the switch turned off for the window');
  });

  it('does not tell of a tenant as it was when a plan was verified, or of sync in a rollback', () => {
    for (const record of [verifiedRun(), afterSyncRun(), rollbackRun()]) {
      expect(pageOf(record)).not.toContain('id="tenant"');
      expect(pageOf(record)).not.toContain('id="forecast"');
    }
  });

  it('has for each row what the next sync will do, with what its word leaves open', () => {
    const page = pageOf(plannedRun());
    const cellOf = (line: number): string =>
      new RegExp(`<td>${line}</td>.*<td>(.*?)</td></tr>`).exec(page.split('<table id="rows"')[1] ?? '')?.[1] ?? '';
    expect(cellOf(2)).toContain('joins');
    expect(cellOf(32)).toContain('blocked</span><small>cloud-user-holds-role</small>');
    expect(cellOf(15)).toContain('joins another user</span><small>8702de56-f754-4fe8-aeba-b0c60782e7ce</small>');
    expect(cellOf(16)).toContain('restores a deleted user');
    expect(cellOf(39)).toContain('out of scope</span><small>its adminDescription is User_NoSync</small>');
    expect(cellOf(20)).toBe('');
  });

  it('shows what the take-over replaces and what it cannot set, clashes first, and only what differs', () => {
    const [, section = ''] = pageOf(plannedRun()).split('id="take-over"');
    const [changes = ''] = section.split('id="all"');
    expect(changes.indexOf('cannot be set: the group Sales')).toBeGreaterThan(0);
    expect(changes.indexOf('cannot be set: the group Sales')).toBeLessThan(changes.indexOf('nquill'));
    expect(changes).toContain('<del>nora.quill<wbr>@example.test</del> <ins>nquill<wbr>@example.test</ins>');
    // It has this proxy address on both sides.
    expect(changes).not.toContain('smtp:cleo@example.test');
    expect(pageOf(largeRun(500))).toContain('and 390 more, all of them in plan.ndjson');
  });

  it('predicts nothing of a row whose write did not come about or has not lasted', () => {
    const table = pageOf(appliedRun()).split('<table id="rows"')[1] ?? '';
    const words = new Map(
      [...table.matchAll(/<tr data-status="([^"]+)"><td>(\d+)<\/td>/g)].map((match) => [match[2], match[1]]),
    );
    expect(words.get('4')).toBe('applied matches joins');
    expect(words.get('5')).toBe('rejected differs');
    expect(words.get('2')).toBe('applied differs');
    expect(words.get('11')).toBe('not-reached');
  });

  it('names the detour of a federated user', () => {
    expect(pageOf(plannedRun())).toContain('<small>detour over finn.birch<wbr>@example.onmicrosoft.test</small>');
  });

  it('fetches nothing and allows nothing but its own style and script', () => {
    const page = pageOf(appliedRun());
    expect(page).toMatch(/default-src &#39;none&#39;; style-src &#39;sha256-[\w+/=]{44}&#39;; script-src &#39;sha256-/);
    expect(page).not.toMatch(/<(?:link|img|iframe|object|embed|base|form)\b/);
    expect(page).not.toMatch(/\s(?:src|style|on\w+)=/);
    expect(
      [...page.matchAll(/\shref="([^"]*)"/g)].map((match) => match[1]).filter((href) => !href?.startsWith('#')),
    ).toEqual([]);
  });

  it('has no element that came out of a cell', () => {
    const page = pageOf(hostileRun());
    expect([...page.matchAll(/<script/g)]).toHaveLength(1);
    expect([...page.matchAll(/<style/g)]).toHaveLength(1);
    for (const cell of hostileCells.filter((each) => /[<>]/.test(each))) expect(page).not.toContain(cell);
    expect(page).toContain('$&amp; $1 $` $&#39;');
    // oxlint-disable-next-line no-control-regex -- finding them is the point
    expect(page).not.toMatch(/[\u0000-\u0008\u000b-\u001f\u007f-\u00a0\u200b-\u200f\u2028-\u202e\u2066-\u2069]/);
  });

  it('says how many rows it leaves out, and shows those that need attention before the others', () => {
    const record = largeRun(50_000, true);
    const page = pageOf(record);
    expect(page).toContain('This page shows 2,000 of 50,000 rows:');
    expect(page).toContain('48,000 are not on it; every row is in results.csv.');
    const table = page.split('<table id="rows"')[1] ?? '';
    const words = [...table.matchAll(/<tr data-status="([^"]+)">/g)].map((match) => match[1]);
    expect(words).toHaveLength(2000);
    expect(words.slice(0, 1000).every((word) => word === 'held provisions')).toBe(true);
    expect(page).toContain('and 900 more, all of them in results.csv');
  });

  it('stays under 2.5 MB whatever the number of rows that all change something, and under 4 s for 50,000', () => {
    for (const rows of [2000, 20_000]) {
      expect(Buffer.byteLength(pageOf(largeRun(rows, true)))).toBeLessThan(2_500_000);
    }
    const record = largeRun(50_000, true);
    const start = performance.now();
    expect(Buffer.byteLength(pageOf(record))).toBeLessThan(2_500_000);
    expect(performance.now() - start).toBeLessThan(4000);
  });
});
