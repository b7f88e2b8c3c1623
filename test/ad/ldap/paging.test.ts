import { createServer } from 'node:net';
import { BerReader, Client, PagedResultsControl } from 'ldapts';
import { afterEach, describe, expect, it } from 'vitest';
import type { LdapDirectory } from '../../../src/ad/ldap/directory.ts';
import { resultCodes } from '../../../src/ad/ldap/failures.ts';
import { checkSettings, type LdapSettings } from '../../../src/ad/ldap/settings.ts';
import { type Connection, openConnection } from '../../../src/ad/ldap/connection.ts';
import { fewOf, pagesOf } from '../../../src/ad/ldap/paging.ts';
import type { AdRef } from '../../../src/core/references.ts';
import type { PracticeDirectory, PracticeDirectoryOptions } from '../../../src/sandbox/directory/directory.ts';
import { crowd, openOn, password, practice } from '../tools.ts';
import { testCertificates } from '../../support/certificates.ts';

const closing: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

async function listed(
  options: Partial<PracticeDirectoryOptions>,
  count: number,
): Promise<[PracticeDirectory, LdapDirectory]> {
  const server = await practice(options, crowd(count));
  closing.push(() => server.close());
  const directory = await openOn(server);
  closing.push(() => directory.close());
  return [server, directory];
}

const numbers = (count: number): AdRef[] =>
  Array.from({ length: count }, (_none, n) => ({ kind: 'key', attribute: 'employeeID', value: `E${n}` }));

async function countFound(directory: LdapDirectory, count: number): Promise<number> {
  const answers = await directory.locate(numbers(count), null);
  return [...answers].filter((answer) => answer.kind === 'found').length;
}

describe('a listing', () => {
  it('goes on after pages without entries: only an empty cookie is the end', async () => {
    const [server, directory] = await listed({ emptyPageEvery: 2, maxPageSize: 300 }, 3_000);
    expect(await countFound(directory, 3_000)).toBe(3_000);
    expect(server.log.some((line) => line.kind === 'search' && line.pageSize !== null && line.entries === 0)).toBe(
      true,
    );
  });

  it('needs paging of its own, because that of ldapts ends at the first page without entries', async () => {
    const [server] = await listed({ emptyPageEvery: 2, maxPageSize: 300 }, 3_000);
    const { caPem } = await testCertificates();
    const client = new Client({ url: server.ldapsUrl, tlsOptions: { ca: caPem } });
    await client.bind(server.bindUser, password);
    const { searchEntries } = await client.search(server.baseDn, {
      filter: '(employeeID=*)',
      paged: true,
      timeLimit: 0,
    });
    await client.unbind();
    expect(searchEntries.length).toBeLessThan(1_000);
  });

  it('takes short pages for what they are', async () => {
    const [, directory] = await listed({ shortPages: true }, 3_000);
    expect(await countFound(directory, 3_000)).toBe(3_000);
  });

  it('ends well when the last page is full', async () => {
    const [, directory] = await listed({ maxPageSize: 35 }, 700);
    expect(await countFound(directory, 700)).toBe(700);
  });

  it('asks for pages of 1,000, sets no time limit of its own, and keeps to the domain', async () => {
    const [server, directory] = await listed({ childDomains: ['child.example.test'] }, 1_500);
    await countFound(directory, 1_500);
    const searches = server.log.flatMap((line) => (line.kind === 'search' ? [line] : []));
    expect(searches.every(({ timeLimit, sizeLimit }) => timeLimit === 0 && sizeLimit === 0)).toBe(true);
    expect(searches.filter(({ filter }) => filter === '(employeeID=*)').map(({ pageSize }) => pageSize)).toEqual([
      1_000, 1_000,
    ]);
    expect(searches.every(({ references }) => references === 0)).toBe(true);
  });

  it('is used for many keys of an attribute without index only; few are looked up', async () => {
    const [server, directory] = await listed({}, 1_000);
    await directory.locate(numbers(400), null);
    expect(server.log.some((line) => line.kind === 'search' && line.filter === '(employeeID=*)')).toBe(false);
    await directory.locate(numbers(401), null);
    expect(server.log.some((line) => line.kind === 'search' && line.filter === '(employeeID=*)')).toBe(true);
  });

  it('counts every page as a search', async () => {
    const [server, directory] = await listed({}, 2_500);
    await countFound(directory, 2_500);
    expect(directory.searches()).toBe(server.log.filter(({ kind }) => kind === 'search').length);
  });
});

describe('look-ups', () => {
  const names = (count: number): AdRef[] =>
    Array.from({ length: count }, (_none, n) => ({ kind: 'sam', name: `u${n}` }));
  const asked = (server: PracticeDirectory) =>
    server.log.flatMap((line) => (line.kind === 'search' && line.filter.includes('(sAMAccountName=') ? [line] : []));

  it('are answered at once, without paging, which on Samba costs a search per entry', async () => {
    const [server, directory] = await listed({}, 1_000);
    const answers = await directory.locate(names(1_000), null);
    expect([...answers].filter((answer) => answer.kind === 'found').length).toBe(1_000);
    expect(asked(server).map(({ pageSize, entries, code }) => ({ pageSize, entries, code }))).toEqual(
      Array.from({ length: 10 }, () => ({ pageSize: null, entries: 100, code: 0 })),
    );
  });

  it('go by pages once an answer was too long to come at once, and miss nobody', async () => {
    const [server, directory] = await listed({ maxPageSize: 30 }, 2_000);
    const answers = await directory.locate(names(2_000), null);
    expect([...answers].filter((answer) => answer.kind === 'found').length).toBe(2_000);
    const refused = asked(server).filter(({ code }) => code === resultCodes.sizeLimitExceeded);
    // One for each search that was under way before the first was refused.
    expect(refused.length).toBeGreaterThan(0);
    expect(refused.length).toBeLessThanOrEqual(4);
    expect(refused.every(({ pageSize }) => pageSize === null)).toBe(true);
  });

  it('by an attribute without index go by pages at once: AD gives what it has in two minutes only to those who page', async () => {
    const [server, directory] = await listed({}, 200);
    expect(await countFound(directory, 200)).toBe(200);
    const sizes = server.log.flatMap((line) =>
      line.kind === 'search' && line.filter.includes('(employeeID=') ? [line.pageSize] : [],
    );
    expect(sizes).toEqual([1_000, 1_000]);
  });
});

/** A message of a server: its id, which is below 128, and its content as latin1. */
function messageOf(id: number, content: string): Buffer {
  return Buffer.from(`\x30${String.fromCharCode(content.length + 3, 2, 1, id)}${content}`, 'latin1');
}

/** A server without a limit, as Samba is: the first search brings 200,000 small entries at once, the next, by pages, one. */
async function limitless(): Promise<string> {
  const success = '\x07\x0a\x01\x00\x04\x00\x04\x00';
  const entry = '\x64\x07\x04\x03cn=\x30\x00';
  const noMore = `\xa0\x23\x30\x21\x04\x16${PagedResultsControl.type}\x04\x07\x30\x05\x02\x01\x00\x04\x00`;
  const answers = [
    ['\x61' + success],
    [...Array.from({ length: 200_000 }, () => entry), '\x65' + success],
    [entry, '\x65' + success + noMore],
  ];
  const server = createServer((socket) => {
    socket.on('error', () => undefined);
    socket.on('data', (request) => {
      const reader = new BerReader(request);
      reader.readSequence();
      const id = reader.readInt() ?? 0;
      socket.write(Buffer.concat((answers.shift() ?? []).map((content) => messageOf(id, content))));
    });
  });
  await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready));
  closing.push(() => new Promise((ended) => server.close(ended)));
  const address = server.address();
  return `ldap://127.0.0.1:${address !== null && typeof address === 'object' ? address.port : 0}`;
}

async function linkTo(settings: LdapSettings): Promise<Connection> {
  const [controller] = checkSettings(settings);
  if (!controller) throw new Error('no controller');
  const link = await openConnection(controller, settings, { connect: 5_000, answer: 20_000 });
  closing.push(() => link.close());
  return link;
}

describe('an answer that is longer than ldapts can take', () => {
  it('is asked for by pages', async () => {
    const url = await limitless();
    const link = await linkTo({ urls: [url], user: 'u@example.test', password, startTls: false, allowPlaintext: true });
    const fitting = { isTooLong: false };
    const dns: string[] = [];
    for await (const page of fewOf(link, '', { filter: '(cn=*)', fitting })) dns.push(...page.map(({ dn }) => dn));
    expect(dns).toEqual(['cn=']);
    expect(fitting.isTooLong).toBe(true);
  });
});

describe('pages', () => {
  it('are asked for before the last one is read, so that the server works meanwhile', async () => {
    const server = await practice({ maxPageSize: 300 }, crowd(1_000));
    closing.push(() => server.close());
    const { caPem } = await testCertificates();
    const account = { user: server.bindUser, password, caPem };
    const link = await linkTo({ urls: [server.ldapsUrl], ...account, startTls: false, allowPlaintext: false });
    const pages = pagesOf(link, server.baseDn, { filter: '(employeeID=*)', attributes: ['cn'] });
    expect((await pages.next()).value?.length).toBe(300);
    const pagesAsked = () => server.log.filter((line) => line.kind === 'search' && line.page !== null).length;
    await expect.poll(pagesAsked).toBe(2);
    // One ahead and no more: what nobody reads is not kept.
    await new Promise((done) => setTimeout(done, 100));
    expect(pagesAsked()).toBe(2);
    const rest: number[] = [];
    for await (const page of pages) rest.push(page.length);
    expect(rest.slice(0, 2)).toEqual([300, 300]);
    expect(rest.reduce((sum, length) => sum + length, 300)).toBeGreaterThanOrEqual(1_000);
  });
});
