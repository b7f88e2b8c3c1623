// Values from people who mean harm, through plan, apply and verify on the sandbox: what is asked, what is written, and what
// the report does in a browser.
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { stringify } from 'csv-stringify/sync';
import * as fc from 'fast-check';
import { chromium } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readPeople } from '../../src/sandbox/people/people.ts';
import { type Sandbox, startSandbox } from '../../src/sandbox/sandbox.ts';
import { hardmatch, type Ran } from '../support/program.ts';
import { rounds } from '../support/rounds.ts';

const executablePath = process.env['HARDMATCH_BROWSER'] ?? '/usr/bin/chromium';
const noBrowser = !existsSync(executablePath) && process.env['HARDMATCH_REQUIRE_BROWSER'] !== '1';

const markup = [
  '</script><script>window.pwned=1</script>',
  '"><img src=x onerror=window.pwned=1>',
  "' onmouseover='window.pwned=1' x='",
  'javascript:window.pwned=1',
  '<svg/onload=window.pwned=1><style>*{display:none}</style><base href=//evil.invalid>',
  '\u202egnp.exe \u001b[2J\u001b]0;owned\u0007 \u009b31m',
];
const queries = [
  'a)(objectClass=*',
  '*',
  'x*)(|(cn=*',
  '\\2a',
  "a' or 'b' eq 'b",
  "x') or startswith(mail,'a",
  'a@b.test#EXT#?$top=1',
  '../organization',
  'x/../../groups',
  '%27%20or%20%27a',
  'a&$expand=manager',
];
const random = fc.sample(fc.string({ unit: fc.constantFrom(...'()*\\\'"&|!=%#?/.,;@+ aé'.split('')), maxLength: 20 }), {
  numRuns: rounds(150),
  seed: 7,
});
const values = [...markup, ...queries, ...random];

let sandbox: Sandbox;
let cwd: string;
const ended: Ran[] = [];

beforeAll(async () => {
  const cast = readPeople('fixtures/cast.json');
  // Two who can be linked, with names that were chosen to do harm; and a tenant that is called so, too.
  const hostile = cast.adUsers.map((user, at) => (at < 2 ? { ...user, cn: markup[at] ?? '' } : user));
  const cloudUsers = cast.cloudUsers.map((user, at) => ({ ...user, displayName: markup[at % markup.length] ?? '' }));
  sandbox = await startSandbox({
    ...cast,
    adUsers: hostile,
    cloudUsers,
    tenant: { ...cast.tenant, displayName: markup.join(' ') },
  });
  cwd = mkdtempSync(join(tmpdir(), 'hardmatch-hostile-'));
  const good = ['nquill', 'nora.quill@example.test', '=cmd|calc'];
  const rows = values.flatMap((value) => [
    [value, `${value}@example.test`, value],
    [`${value}@example.test`, value, value],
    [`CN=${value},DC=example,DC=test`, value, value],
  ]);
  const header = ['ad_user', 'cloud_user', markup[0], '=1+1'];
  writeFileSync(join(cwd, 'mappings.csv'), stringify([header, [...good, ''], ...rows.map((row) => [...row, 'x'])]));
  for (const words of [
    ['plan', 'mappings.csv', '--run', 'r'],
    ['apply', 'r', '--yes'],
    ['verify', 'r'],
  ]) {
    ended.push(await hardmatch(words, { cwd, env: sandbox.environment }));
  }
}, 180_000);

afterAll(async () => {
  await sandbox.close();
  rmSync(cwd, { recursive: true, force: true });
});

describe('hostile values', () => {
  it('let the commands end as ever', () => {
    expect(ended.flatMap(({ code, stderr }) => (code === 1 ? [] : [stderr]))).toEqual([]);
  });

  it('never change what a search asks for', () => {
    const filters = sandbox.directory.log.flatMap((entry) => (entry.kind === 'search' ? [entry.filter] : []));
    // RFC 4515: parentheses, stars and backslashes of a value are escaped, so they can only be the filter's own.
    const alternatives = /^\(\|(?:\([A-Za-z-]+=(?:[^()*\\]|\\[0-9a-f]{2})*\))+\)$/i;
    const single = /^\([A-Za-z-]+=(?:\*|(?:[^()*\\]|\\[0-9a-f]{2})*)\)$/i;
    expect(filters.length).toBeGreaterThan(3);
    expect(filters.filter((filter) => !alternatives.test(filter) && !single.test(filter))).toEqual([]);
    expect(filters.filter((filter) => filter.startsWith('(|') && filter.includes('=*)'))).toEqual([]);
  });

  it('never change what the tenant is asked for', () => {
    const asked = sandbox.tenant.requests.map(({ path }) => path).filter((path) => path.includes('$filter='));
    const text = String.raw`'(?:[^']|'')*'`;
    const clause = String.raw`(?:[\w/]+ (?:in \(${text}(?:,${text})*\)|eq (?:true|false|${text}))|(?:proxyAddresses/any\(p:p|otherMails/any\(m:m) eq ${text}\))`;
    const whole = new RegExp(`^${clause}(?: or ${clause})*$`, 's');
    const filterOf = (path: string): string => /[?&]\$filter=([^&]*)/.exec(path)?.[1] ?? '';
    expect(asked.filter((path) => !whole.test(decodeURIComponent(filterOf(path))))).toEqual([]);
    const names = new Set(sandbox.tenant.requests.map(({ path }) => path.split(/[?]/, 1)[0]?.split('/')[2]));
    for (const name of ['manager', 'evil.invalid']) expect(names.has(name)).toBe(false);
  });

  it('sends writes to object ids and nowhere else', () => {
    const writes = sandbox.tenant.requests.filter(({ method }) => method === 'PATCH').map(({ path }) => path);
    expect(writes).toHaveLength(1);
    for (const path of writes) expect(path).toMatch(/^\/v1\.0\/users\/[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
  });

  it('never drive the terminal', () => {
    // oxlint-disable-next-line no-control-regex -- finding them is the point
    const driving = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/;
    for (const { stdout, stderr } of ended) expect(`${stdout}${stderr}`).not.toMatch(driving);
  });

  it.skipIf(noBrowser)('run nothing in the report, ask for nothing, and break no policy', async () => {
    const browser = await chromium.launch({
      executablePath,
      args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--disable-background-networking', '--disable-sync'],
    });
    const page = await browser.newPage();
    const url = pathToFileURL(join(cwd, 'r', 'report.html')).href;
    const seen: string[] = [];
    page.on('request', (request) => request.url() === url || seen.push(request.url()));
    page.on('console', (message) => seen.push(message.text()));
    page.on('pageerror', (error) => seen.push(error.message));
    page.on('dialog', (dialog) => seen.push(dialog.message()));
    await page.goto(url);
    await page.getByRole('searchbox').fill('pwned');
    await page.getByRole('button', { name: 'Line' }).click();
    expect(seen).toEqual([]);
    expect(await page.evaluate('window.pwned')).toBeUndefined();
    expect(await page.locator('script').count()).toBe(1);
    expect(
      await page.locator('img, base, iframe, [onerror], [onload], [onmouseover], a[href^="javascript"]').count(),
    ).toBe(0);
    await browser.close();
  });
});
