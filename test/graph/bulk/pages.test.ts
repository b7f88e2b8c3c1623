// Listings whose pages lead elsewhere, or nowhere.
import { afterAll, describe, expect, it, vi } from 'vitest';
import { Failure, RunFault } from '../../../src/core/failure.ts';
import { openAutoBatch } from '../../../src/graph/bulk/auto-batch.ts';
import { openPageWatch } from '../../../src/graph/bulk/page-watch.ts';
import { readList } from '../../../src/graph/bulk/pages.ts';
import { openReader } from '../../../src/graph/reader.ts';
import {
  clientOf,
  json,
  type OddServer,
  silent,
  someTenant,
  startOddServer,
  type TestClient,
} from '../graph-server.ts';
import { thrownBy } from '../../support/ends.ts';

const unheard = vi.fn<(why: unknown) => void>();
process.on('unhandledRejection', unheard);
afterAll(() => void process.off('unhandledRejection', unheard));

type Paged = { readonly value: readonly unknown[]; readonly '@odata.nextLink'?: unknown };

/** A tenant whose listings answer with what `page` gives for the n-th request of a listing, and whose batches do so too. */
async function given(page: (n: number, url: string) => Paged | number): Promise<TestClient & { server: OddServer }> {
  let n = 0;
  const server = await startOddServer((request, response) => {
    const answer = (url: string): { status: number; body: unknown } => {
      const found = page(n++, url);
      if (typeof found !== 'number') return { status: 200, body: found };
      return { status: found, body: { error: { code: 'Directory_ExpiredPageToken', message: 'Expired.' } } };
    };
    if (!request.url.endsWith('/$batch')) {
      const { status, body } = answer(request.url);
      json(response, status, body);
      return;
    }
    const { requests } = JSON.parse(request.body) as { requests: { id: string; url: string }[] };
    json(response, 200, { responses: requests.map(({ id, url }) => ({ id, ...answer(url) })) });
  });
  return { ...clientOf(server), server };
}

const first = { path: '/things?$top=999', needs: 'User.Read.All' };

function list({ client, retry, clock }: TestClient): Promise<readonly unknown[]> {
  const tools = { client, retry, clock, inFlight: 2 };
  return readList(first, { ...tools, gather: openAutoBatch(tools) }, (row) => row);
}

const ids = (from: number, count: number): { id: string }[] =>
  Array.from({ length: count }, (_, index) => ({ id: `id-${from + index}` }));

describe('a nextLink', () => {
  it.each([
    ['another host', () => 'https://elsewhere.test/v1.0/things?$skiptoken=x'],
    ['another port', () => 'https://127.0.0.1:1/v1.0/things?$skiptoken=x'],
    ['http', (url: string) => `${url.replace('https', 'http')}/v1.0/things`],
    ['an account', (url: string) => `${url.replace('://', '://me:you@')}/v1.0/things`],
    ['another version', (url: string) => `${url}/beta/things`],
    ['no version', (url: string) => `${url}/things`],
    ['a path that climbs out', (url: string) => `${url}/v1.0/../beta/things`],
    ['no address', () => 'next page, please'],
    ['a path alone', () => '/v1.0/things?$skiptoken=x'],
    ['a file', () => 'file:///etc/passwd'],
    ['a script', () => 'javascript:alert(1)'],
  ])('that has %s ends the run in a sentence, and is not followed', async (_what, link) => {
    const all = await given(() => ({ value: ids(0, 2), '@odata.nextLink': link(all.server.url) }));
    const failure = await thrownBy(list(all));
    expect(failure).toBeInstanceOf(Failure);
    expect(failure).toMatchObject({ facts: { code: 'unexpected', scope: 'run', retry: 'never', effect: 'none' } });
    expect((failure as Failure).cause).toMatchObject({ code: 'foreign-host', exitCode: 2 });
    expect((failure as Failure).message).toMatch(/^The next page of Graph's answer leads astray, .+\.$/);
    expect(all.server.seen).toHaveLength(1);
    expect(unheard).not.toHaveBeenCalled();
  });

  it.each([[''], [7], [null], [{}], [['https://x']]])(
    'that is %j is a Failure, never taken for the end',
    async (link) => {
      const all = await given(() => ({ value: [], '@odata.nextLink': link }));
      expect(await thrownBy(list(all))).toBeInstanceOf(Failure);
      expect(all.server.seen).toHaveLength(1);
    },
  );

  it.each(['survey', 'preflight', 'syncedUsers', 'syncStates'] as const)(
    'to another host ends %s in a sentence, whichever listing has it',
    async (what) => {
      const all = await given(() => ({ value: [], '@odata.nextLink': 'https://elsewhere.test/v1.0/x?$skiptoken=1' }));
      const { client, retry, clock } = all;
      const reader = openReader({ client, retry, clock, log: silent, inFlight: 2, mode: 'listing' }, someTenant);
      const id = '46c82861-23b9-470b-ab37-a08402a70c67' as never;
      const asked = {
        survey: () => reader.survey({ refs: [{ kind: 'upn', upn: 'a@b.test' }], addresses: ['a@b.test'] }),
        preflight: () => reader.preflight(),
        syncedUsers: () => reader.syncedUsers(5_000),
        syncStates: () => reader.syncStates([id]),
      };
      const end: unknown = await asked[what]().catch((error: unknown) => error);
      // The last of them throws nothing, but says of each user why it is unreadable.
      if (end instanceof Map) expect(end.get(id)).toMatchObject({ kind: 'unreadable' });
      else expect(end).toBeInstanceOf(RunFault);
    },
  );
});

describe('a listing without an end', () => {
  const linked = (all: () => OddServer, n: number | string): string => `${all().url}/v1.0/things?$skiptoken=${n}`;

  it.each([1, 3])('is left when a nextLink comes again, after %i pages', async (period) => {
    const all = await given((n) => ({ value: ids(n, 1), '@odata.nextLink': linked(() => all.server, n % period) }));
    const failure = await thrownBy(list(all));
    expect(failure).toMatchObject({ facts: { code: 'unexpected', scope: 'row', retry: 'never' } });
    expect((failure as Failure).message).toContain('/things does not end: a page leads back');
    expect(all.server.seen.length).toBeLessThan(period + 3);
  });

  it.each([
    ['are empty', (): unknown[] => []],
    ['bring the same rows in another order', (n: number) => [...ids(n % 7, 7 - (n % 7)), ...ids(0, n % 7)]],
  ])('is left when its pages %s, under links that are always new', (_what, rows) => {
    const watch = openPageWatch('/things?$top=999');
    let n = 0;
    const go = (): void => {
      for (; n < 5_000; n++) watch.see({ rows: rows(n), nextLink: `https://x/${n}` });
    };
    expect(go).toThrow("Graph's listing of /things does not end: 200 pages in a row have brought nothing new.");
    expect(n).toBeLessThan(205);
  });

  it('is not what a long one is, with empty pages in between', () => {
    const watch = openPageWatch('/things');
    const go = (): void => {
      for (let n = 0; n < 20_000; n++) {
        watch.see({ rows: n % 150 === 0 ? ids(n, 5) : [], nextLink: `https://x/${n}` });
      }
      for (let n = 0; n < 300; n++) watch.see({ rows: ids(100_000 + n * 999, 999), nextLink: `https://y/${n}` });
    };
    expect(go).not.toThrow();
  });
});

describe('a page token that has expired', () => {
  it('has the listing begun again, each row told once', async () => {
    const all = await given((n) => {
      if (n === 1) return 400;
      return n === 3
        ? { value: ids(2, 2) }
        : { value: ids(0, 2), '@odata.nextLink': `${all.server.url}/v1.0/things?$skiptoken=${n}` };
    });
    expect(await list(all)).toEqual(ids(0, 4));
  });

  it('again and again is a Failure', async () => {
    const all = await given((n) =>
      n % 2 === 1 ? 400 : { value: [], '@odata.nextLink': `${all.server.url}/v1.0/things?$skiptoken=${n}` },
    );
    expect(await thrownBy(list(all))).toMatchObject({ facts: { code: 'bad-request' } });
    expect(all.server.seen).toHaveLength(6);
  });
});
