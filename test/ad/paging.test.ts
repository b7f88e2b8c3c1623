import { Client } from 'ldapts';
import { afterEach, describe, expect, it } from 'vitest';
import type { LdapDirectory } from '../../src/ad/ldap-directory.ts';
import type { AdRef } from '../../src/core/references.ts';
import type { PracticeDirectory, PracticeDirectoryOptions } from '../../src/sandbox/directory.ts';
import { crowd, openOn, password, practice, testCertificates } from './tools.ts';

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
  return answers.filter((answer) => answer.kind === 'found').length;
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
