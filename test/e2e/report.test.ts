// report.html in a real browser. Without Chromium the tests are skipped, visibly; HARDMATCH_REQUIRE_BROWSER=1 makes its
// absence a failure. HARDMATCH_BROWSER names another executable.
import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { type Browser, type BrowserContextOptions, type Page, chromium } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { RunRecord } from '../../src/core/result.ts';
import { reportHtml } from '../../src/report/html/page.ts';
import { appliedRun, hostileCells, hostileRun, largeRun, plannedRun } from '../report/sample-run.ts';

const executablePath = process.env['HARDMATCH_BROWSER'] ?? '/usr/bin/chromium';
const isThere = existsSync(executablePath);
const isRequired = process.env['HARDMATCH_REQUIRE_BROWSER'] === '1';

describe.skipIf(!isThere && !isRequired)(`report.html in a browser (${executablePath})`, () => {
  let folder = '';
  let browser: Browser | undefined;
  /** Most tests are content with a page that another has left: the report is loaded anew. */
  let shared: Page | undefined;

  beforeAll(async () => {
    folder = await mkdtemp(path.join(os.tmpdir(), 'hardmatch-report-'));
    browser = await chromium.launch({
      executablePath,
      args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--disable-background-networking', '--disable-sync'],
    });
  });

  afterAll(async () => {
    await browser?.close();
    await rm(folder, { recursive: true, force: true });
  });

  type Seen = { readonly page: Page; readonly requests: string[]; readonly complaints: string[] };

  async function newPage(options: BrowserContextOptions = {}): Promise<Page> {
    if (!browser) throw new Error('the browser did not start');
    const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, ...options });
    return context.newPage();
  }

  /**
   * Opens the record's report from a file, and listens to all that it asks for and complains about. A test that changes more
   * than the document's own state wants a page of its own: one with options.
   */
  async function opened(record: RunRecord, options?: BrowserContextOptions): Promise<Seen> {
    const file = path.join(folder, 'report.html');
    await writeFile(file, [...reportHtml(record)].join(''));
    const page = options ? await newPage(options) : (shared ??= await newPage());
    page.removeAllListeners();
    const requests: string[] = [];
    const complaints: string[] = [];
    page.on('request', (request) => {
      if (request.url() !== pathToFileURL(file).href) requests.push(request.url());
    });
    page.on('console', (message) => complaints.push(message.text()));
    page.on('pageerror', (error) => complaints.push(error.message));
    await page.goto(pathToFileURL(file).href);
    return { page, requests, complaints };
  }

  const shownLines = (page: Page): Promise<string[]> =>
    page.locator('#rows tbody tr:not([hidden]) td:first-child').allTextContents();

  it('asks for nothing but itself and complains of nothing', async () => {
    const { page, requests, complaints } = await opened(appliedRun());
    await page.getByRole('searchbox').fill('nora');
    await page.getByRole('button', { name: 'Line' }).click();
    await page.getByRole('link', { name: /held/ }).click();
    expect(requests).toEqual([]);
    expect(complaints).toEqual([]);
  });

  it('runs nothing that came out of a cell, and shows it as text', async () => {
    const { page, requests, complaints } = await opened(hostileRun());
    expect(await page.evaluate('window.pwned')).toBeUndefined();
    expect(complaints).toEqual([]);
    expect(requests).toEqual([]);
    expect(await page.locator('img, iframe, object, form, [onerror], [onmouseover], [onfocus]').count()).toBe(0);
    expect(await page.locator('script').count()).toBe(1);
    const cells = await page.locator('#rows tbody tr td:nth-child(2) b').allTextContents();
    expect(cells).toHaveLength(hostileCells.length);
    expect(cells[0]).toBe(hostileCells[0]);
    expect(cells[1]).toBe(hostileCells[1]);
    expect(cells).toContain("$& $1 $` $'");
    expect(cells).toContain('&lt;b&gt; &amp;amp;');
    expect(cells).toContain('line⟨U+2028⟩separator⟨U+2029⟩here');
    expect(cells).toContain('invoice⟨U+202E⟩gpj.exe');
  });

  it('stops a script, a style and a request that would find their way into it', async () => {
    let hits = 0;
    const server = createServer((_request, response) => {
      hits += 1;
      response.end();
    });
    await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    const { page, complaints } = await opened(plannedRun());
    await page.evaluate(`
      const script = document.createElement('script');
      script.textContent = 'window.pwned = 1';
      const style = document.createElement('style');
      style.textContent = 'body { display: none }';
      const image = document.createElement('img');
      image.src = 'http://127.0.0.1:${port}/pixel.png';
      document.body.append(script, style, image);
    `);
    await page.waitForTimeout(200);
    expect(await page.evaluate('window.pwned')).toBeUndefined();
    expect(await page.locator('h1').isVisible()).toBe(true);
    expect(hits).toBe(0);
    expect(complaints.filter((text) => text.includes('Content Security Policy')).length).toBeGreaterThanOrEqual(3);
    await new Promise((resolve) => void server.close(resolve));
  });

  it('finds rows by name, DN, immutable ID and reason, whatever the case, and says how many', async () => {
    const { page } = await opened(plannedRun());
    const search = page.getByRole('searchbox', { name: 'Search the rows' });
    const said = page.locator('#tools output');
    await search.fill('MÜLLER');
    await expect.poll(() => shownLines(page)).toEqual(['4']);
    expect(await said.textContent()).toBe('Showing 1 of 39 rows');
    await search.fill('f+bH/Mb+ZUq4IS9AopLRhQ==');
    await expect.poll(() => shownLines(page)).toEqual(['6']);
    await search.fill('cloud-user-synced olga');
    await expect.poll(() => shownLines(page)).toEqual(['13']);
    await search.fill('no such row');
    await expect.poll(() => shownLines(page)).toEqual([]);
    expect(await said.textContent()).toBe('Showing 0 of 39 rows');
    await search.fill('');
    await expect.poll(async () => (await shownLines(page)).length).toBe(39);
    expect(await said.textContent()).toBe('');
  });

  it('shows the rows of one status, from the list and from a tile', async () => {
    const { page } = await opened(appliedRun());
    await page.getByRole('combobox').selectOption('held');
    expect(await shownLines(page)).toHaveLength(25);
    await page.getByRole('link', { name: /differs/ }).click();
    expect(await shownLines(page)).toEqual(['2', '5', '8']);
    await page.getByRole('combobox').selectOption('');
    expect(await shownLines(page)).toHaveLength(39);
  });

  it('shows the rows that sync will treat alike, from a tile and from the list', async () => {
    const { page } = await opened(plannedRun());
    await page.getByRole('link', { name: /makes a new user/ }).click();
    expect(await shownLines(page)).toEqual(['17', '18', '35']);
    await page.getByRole('combobox').selectOption('out-of-scope');
    expect(await shownLines(page)).toEqual(['39']);
  });

  it('finds a row by an address that the take-over brings, and shows the change when asked to', async () => {
    const { page } = await opened(plannedRun());
    await page.getByRole('searchbox').fill('cclash@example.local');
    await expect.poll(() => shownLines(page)).toEqual(['38']);
    const change = page.locator('#rows tr:not([hidden]) ins', { hasText: 'cclash@example.local' });
    expect(await change.isVisible()).toBe(false);
    await page.getByText('3 changes, 1 clash').click();
    expect(await change.isVisible()).toBe(true);
  });

  it('sorts by a column, lines as numbers, and says so to a screen reader', async () => {
    const { page } = await opened(plannedRun());
    const line = page.getByRole('button', { name: 'Line' });
    await line.click();
    await line.click();
    expect((await shownLines(page)).slice(0, 3)).toEqual(['40', '39', '38']);
    expect(await page.getByRole('columnheader', { name: 'Line' }).last().getAttribute('aria-sort')).toBe('descending');
  });

  it('is complete without JavaScript, and has no control that would then be dead', async () => {
    const { page } = await opened(plannedRun(), { javaScriptEnabled: false });
    expect(await shownLines(page)).toHaveLength(39);
    expect(await page.locator('input, select, button').count()).toBe(0);
    expect(await page.getByText('No AD user is found for "nobody".').first().isVisible()).toBe(true);
  });

  describe('at the width of a screen', () => {
    const pages: Page[] = [];
    beforeAll(async () => {
      for (const record of [plannedRun(), appliedRun(), hostileRun()]) pages.push((await opened(record, {})).page);
    });

    it.each([320, 768, 1280, 1920])('never scrolls sideways at %i pixels, hostile cells included', async (width) => {
      for (const page of pages) {
        await page.setViewportSize({ width, height: 900 });
        expect(await page.evaluate('innerWidth')).toBe(width);
        expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(width);
      }
    });
  });

  it('is dark where the reader is, and light on paper all the same', async () => {
    const { page } = await opened(plannedRun(), { colorScheme: 'dark' });
    const text = (): Promise<unknown> => page.evaluate('getComputedStyle(document.querySelector("h1")).color');
    expect(await text()).toBe('rgb(229, 234, 240)');
    await page.emulateMedia({ media: 'print', colorScheme: 'dark' });
    expect(await text()).toBe('rgb(23, 32, 43)');
    expect(await page.locator('#tools input').isVisible()).toBe(false);
  });

  it('prints as a document of several pages with the table header given up to none of its buttons', async () => {
    const { page } = await opened(plannedRun(), {});
    await page.emulateMedia({ media: 'print' });
    // Chromium repeats the header only while no cell of it holds a box of its own, such as a button's.
    expect(await page.evaluate('getComputedStyle(document.querySelector("th button")).display')).toBe('contents');
    const pdf = (await page.pdf({ preferCSSPageSize: true })).toString('latin1');
    expect([...pdf.matchAll(/\/Type \/Page\b/g)].length).toBeGreaterThan(3);
  });

  it('stays quick with as many rows as it ever carries', async () => {
    const { page } = await opened(largeRun(50_000, true));
    expect(await shownLines(page)).toHaveLength(2000);
    const start = performance.now();
    await page.getByRole('searchbox').fill('user4999');
    await expect.poll(async () => (await page.locator('#tools output').textContent()) ?? '').toMatch(/^Showing [1-9]/);
    expect(performance.now() - start).toBeLessThan(5000);
  });
});
