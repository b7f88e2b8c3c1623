import { afterEach, describe, expect, it, vi } from 'vitest';
import { RunFault } from '../../../src/core/failure.ts';
import type { HttpOptions } from '../../../src/graph/http/http.ts';
import { openReader } from '../../../src/graph/reader.ts';
import { openWriter } from '../../../src/graph/writer.ts';
import type { Guid } from '../../../src/core/guid.ts';
import { makeAuthority } from '../../../src/sandbox/http/certificates.ts';
import {
  clientOf,
  given,
  json,
  silent,
  someTenant,
  startOddServer,
  startProxy,
  type TestClient,
} from '../graph-server.ts';
import { failureOf } from '../../support/ends.ts';

const userId = '46c82861-23b9-470b-ab37-a08402a70c67' as Guid;

const get = { method: 'GET', path: '/organization', needs: 'Organization.Read.All' } as const;

describe('a request', () => {
  it('carries the token, a request id of its own and no telemetry', async () => {
    const { client, server } = await given((_request, response) => json(response, 200, { ok: true }));
    const answers = [await client.call(get), await client.call(get)];
    expect(answers[0]).toMatchObject({ status: 200, body: { ok: true }, headers: { 'request-id': 'r-1' } });
    expect(server.seen.map((one) => [one.method, one.url])).toEqual([
      ['GET', '/v1.0/organization'],
      ['GET', '/v1.0/organization'],
    ]);
    expect(server.seen[0]?.headers.authorization).toBe('Bearer t-0');
    expect(server.seen[0]?.headers).not.toHaveProperty('sdkversion');
    const ids = server.seen.map((one) => one.headers['client-request-id']);
    expect(ids[0]).toMatch(/^[0-9a-f-]{36}$/);
    expect(ids[1]).not.toBe(ids[0]);
    expect(server.seen[0]?.headers['user-agent']).toBe('hardmatch');
    expect(client.counts()).toEqual({ graph: 2, graphWrites: 0, graphThrottled: 0 });
  });

  it('asks once for a fresh token after a 401 and says so when that one is refused too', async () => {
    let fresh = 0;
    const tokens = {
      token: (options?: { fresh?: boolean }) => Promise.resolve(`t-${options?.fresh ? ++fresh : fresh}`),
    };
    const { client, server } = await given(
      (request, response) => json(response, request.headers.authorization === 'Bearer t-1' ? 200 : 401, {}),
      { tokens },
    );
    await client.call(get);
    expect(server.seen.map((one) => one.headers.authorization)).toEqual(['Bearer t-0', 'Bearer t-1']);

    const refusing = await given(
      (_request, response) => json(response, 401, { error: { code: 'InvalidAuthenticationToken', message: 'no' } }),
      { tokens },
    );
    const failure = await failureOf(refusing.client.call(get));
    expect(failure.facts).toMatchObject({ code: 'forbidden', scope: 'run', retry: 'never', effect: 'none' });
    expect(failure.cause).toMatchObject({ code: 'token-refused', exitCode: 2 });
    expect(refusing.server.seen).toHaveLength(2);
  });

  it('asks for one fresh token, however many meet the same stale one', async () => {
    let fresh = 0;
    const tokens = {
      token: (options?: { fresh?: boolean }) => Promise.resolve(`t-${options?.fresh ? ++fresh : fresh}`),
    };
    const waiting: (() => void)[] = [];
    const { client } = await given(
      (request, response) => {
        if (request.headers.authorization !== 'Bearer t-0') return json(response, 200, {});
        waiting.push(() => json(response, 401, {}));
        if (waiting.length < 2) return undefined;
        // The second hears of it only when the first has been answered with the new token.
        waiting[0]?.();
        setTimeout(() => waiting[1]?.(), 100);
      },
      { tokens },
    );
    await Promise.all([client.call(get), client.call(get)]);
    expect(fresh).toBe(1);
  });

  it('signs in anew when it is told that the token has ended under way', async () => {
    const asked: unknown[] = [];
    const tokens = {
      token: (options?: { fresh?: boolean }) => {
        asked.push(options);
        return Promise.resolve('t-0');
      },
    };
    const { client } = await given(() => undefined, { tokens });
    await client.renewToken();
    expect(asked).toEqual([{ fresh: true }]);
  });

  it('goes to the version of Graph that it is for, its next page too', async () => {
    const { client, server } = await given((_request, response) => json(response, 200, {}));
    await client.call({ ...get, version: 'beta' });
    const path = `${server.url}/beta/users?$skiptoken=x`;
    await client.call({ ...get, path, version: 'beta', isNextLink: true });
    expect(server.seen.map(({ url }) => url)).toEqual(['/beta/organization', '/beta/users?$skiptoken=x']);
  });

  it('has any answer outside 2xx for a refusal, and counts those for the quota', async () => {
    const statuses = [200, 299, 300, 429];
    const { client } = await given((_request, response) => json(response, statuses.shift() ?? 500, {}));
    expect((await client.call(get)).status).toBe(200);
    expect((await client.call(get)).status).toBe(299);
    expect((await failureOf(client.call(get))).message).toBe(
      'Answer 300 from Graph, with no error that could be read.',
    );
    expect(client.counts().graphThrottled).toBe(0);
    expect((await failureOf(client.call(get))).facts.code).toBe('throttled');
    expect(client.counts()).toMatchObject({ graph: 4, graphThrottled: 1 });
  });

  it('has no body, and has the text of one that is no JSON', async () => {
    const bodies = ['', '<html>Log in</html>'];
    const { client } = await given((_request, response) => response.writeHead(200).end(bodies.shift()));
    expect((await client.call(get)).body).toBeNull();
    expect((await client.call(get)).body).toBe('<html>Log in</html>');
  });

  it('takes a large answer to a question, and none to a write, which is acknowledged in little', async () => {
    const page = { value: 'x'.repeat(2 * 2 ** 20) };
    const { client } = await given((_request, response) => json(response, 200, page));
    expect((await client.call(get)).body).toEqual(page);
    const write = { method: 'PATCH', path: '/users/x', body: {}, needs: 'User.ReadWrite.All' } as const;
    expect((await failureOf(client.call(write))).facts).toMatchObject({ effect: 'unknown' });
  });

  it('that cannot be put together says why', async () => {
    const { client, server } = await given((_request, response) => json(response, 200, {}));
    const body = { count: 1n };
    expect((await failureOf(client.call({ ...get, method: 'POST', body }))).message).toContain('Unable to stringify');
    expect(server.seen).toEqual([]);
  });

  it('does not carry the token to another host, whatever a nextLink says', async () => {
    const { client, server } = await given((_request, response) => json(response, 200, {}));
    const path = 'https://elsewhere.test/v1.0/users?$skiptoken=x';
    const failure = await failureOf(client.call({ ...get, path, isNextLink: true }));
    expect(failure.cause).toMatchObject({ code: 'foreign-host' });
    expect(server.seen).toEqual([]);
  });

  it('waits for no other: 64 writes and 8 readings beside them are under way together', async () => {
    const waiting: (() => void)[] = [];
    const { client } = await given((_request, response) => {
      waiting.push(() => json(response, 200, {}));
      if (waiting.length === 72) for (const answer of waiting) answer();
    });
    const answers = await Promise.all(Array.from({ length: 72 }, () => client.call(get)));
    expect(answers.map(({ status }) => status)).toEqual(Array.from({ length: 72 }, () => 200));
  });

  it('does not follow a redirect', async () => {
    const { client, server } = await given((_request, response) => {
      response.writeHead(302, { location: '/v1.0/elsewhere' }).end();
    });
    expect((await failureOf(client.call(get))).facts).toMatchObject({ code: 'unexpected', status: 302 });
    expect(server.seen).toHaveLength(1);
  });

  it('logs method, path and ids, and never the query or the token', async () => {
    const lines: unknown[] = [];
    const note = (event: string, data?: object) => lines.push([event, data]);
    const log = { ...silent, debug: note, warn: note };
    const statuses = [200, 403];
    const { client } = await given((_request, response) => json(response, statuses.shift() ?? 500, {}), { log });
    const path = "/users?$filter=mail%20eq%20'secret%40x.test'";
    await client.call({ ...get, path });
    await failureOf(client.call({ ...get, path }));
    const request = { method: 'GET', path: '/users', requestId: 'r-1', ms: expect.toSatisfy((ms) => ms < 60_000) };
    const message = 'Answer 403 from Graph, with no error that could be read.';
    expect(lines).toMatchObject([
      ['graph-request', { ...request, status: 200 }],
      ['graph-request', { ...request, status: 403, code: 'forbidden', message }],
    ]);
    expect(JSON.stringify(lines)).not.toMatch(/secret|Bearer|t-0/);
  });
});

describe('a write', () => {
  const write = (client: TestClient['client']): Promise<unknown> =>
    openWriter(client, 'app').setImmutableId(userId, 'x');

  it('is acknowledged by 204 alone: what became of one that is answered otherwise has to be read', async () => {
    const { client } = await given((_request, response) => json(response, 200, {}));
    const failure = await failureOf(write(client));
    expect(failure.facts).toEqual({
      code: 'unexpected',
      scope: 'row',
      retry: 'later',
      effect: 'unknown',
      status: 200,
    });
    expect(failure.message).toBe('Graph answers a write with 204, and this answer was 200.');
  });
});

describe('a connection that fails', () => {
  const quick: HttpOptions = { answerTimeoutMs: 300, connectTimeoutMs: 2_000 };
  const writeTo = (client: TestClient['client']): Promise<unknown> =>
    openWriter(client, 'app').setImmutableId(userId, 'x');

  it('leaves the effect of a write open when it is reset after sending, keeping the cause', async () => {
    const { client, server } = await given((_request, _response, socket) => socket.destroy());
    const failure = await failureOf(writeTo(client));
    expect(failure.facts).toEqual({ code: 'unreachable', scope: 'row', retry: 'later', effect: 'unknown' });
    expect((failure.cause as Error).message).toBe('fetch failed');
    expect((failure.cause as Error).cause).toBeInstanceOf(Error);
    expect(server.seen).toHaveLength(1);
    expect(client.counts()).toMatchObject({ graph: 1, graphWrites: 1 });
  });

  it('leaves the effect of a write open when no answer comes in time', async () => {
    const { client } = await given(() => undefined, { http: quick });
    expect((await failureOf(writeTo(client))).facts).toMatchObject({
      code: 'timed-out',
      retry: 'later',
      effect: 'unknown',
    });
  });

  it('leaves it open as well when the answer stops half way', async () => {
    const { client } = await given(
      (_request, response, socket) => {
        response.writeHead(200, { 'content-length': '100' });
        response.write('{"half":');
        setTimeout(() => socket.destroy(), 50);
      },
      { http: quick },
    );
    expect((await failureOf(writeTo(client))).facts).toMatchObject({ effect: 'unknown', retry: 'later' });
    expect((await failureOf(client.call(get))).facts).toMatchObject({ effect: 'none', retry: 'later' });
  });

  it('knows that nothing was written when nobody listens', async () => {
    const { client, server } = await given(() => undefined, { http: quick });
    await server.close();
    const failure = await failureOf(writeTo(client));
    expect(failure.facts).toEqual({ code: 'unreachable', scope: 'run', retry: 'later', effect: 'none' });
    expect(failure.cause).toBeInstanceOf(RunFault);
    expect(failure.message).toContain('ECONNREFUSED');
  });

  it('stops at a certificate from an unknown CA, before anything is sent', async () => {
    const one = await startOddServer(() => undefined);
    const { client } = clientOf({ url: one.url, caPem: (await makeAuthority()).caPem });
    const failure = await failureOf(writeTo(client));
    expect(failure.facts).toMatchObject({ scope: 'run', retry: 'never', effect: 'none' });
    expect(failure.cause).toMatchObject({ code: 'tls-untrusted' });
    expect(one.seen).toEqual([]);
  });
});

describe('a proxy', () => {
  afterEach(() => {
    vi.unstubAllEnvs();
  });

  async function givenProxy(port: number | null): Promise<Awaited<ReturnType<typeof startProxy>>> {
    const proxy = await startProxy(port);
    vi.stubEnv('HTTPS_PROXY', proxy.url);
    for (const name of ['https_proxy', 'NO_PROXY', 'no_proxy']) vi.stubEnv(name, undefined);
    return proxy;
  }

  it('is used for Graph, with TLS inside the tunnel, and never for loopback', async () => {
    const server = await startOddServer((_request, response) => json(response, 200, { through: true }));
    const proxy = await givenProxy(Number(new URL(server.url).port));
    // A name that only the proxy can resolve; the certificate is for loopback, which is what the client then objects to.
    const away = clientOf({ url: 'https://graph.invalid', caPem: server.caPem });
    const here = clientOf(server);

    expect((await here.client.call(get)).body).toEqual({ through: true });
    expect(proxy.tunnels).toEqual([]);
    expect((await failureOf(away.client.call(get))).cause).toMatchObject({ code: 'tls-untrusted' });
    expect(proxy.tunnels).toEqual(['graph.invalid:443']);
  });

  it('is left aside for the hosts of NO_PROXY', async () => {
    const proxy = await givenProxy(null);
    // Nobody listens there; 127.0.0.1 would not do, since that never goes through a proxy.
    const closed = await startOddServer(() => undefined);
    await closed.close();
    const { host } = new URL(closed.url.replace('127.0.0.1', '127.0.0.2'));
    const { client } = clientOf({ url: `https://${host}`, caPem: '' });
    expect((await failureOf(client.call(get))).cause).toMatchObject({ code: 'proxy-refused' });
    expect(proxy.tunnels.splice(0)).toEqual([host]);
    vi.stubEnv('NO_PROXY', '127.0.0.2');
    const direct = clientOf({ url: `https://${host}`, caPem: '' });
    expect((await failureOf(direct.client.call(get))).cause).toMatchObject({ code: 'unreachable' });
    expect(proxy.tunnels).toEqual([]);
  });

  it('that refuses is named as the one to look at', async () => {
    await givenProxy(null);
    const { client } = clientOf({ url: 'https://graph.invalid', caPem: '' });
    const failure = await failureOf(client.call(get));
    expect(failure.cause).toMatchObject({ code: 'proxy-refused' });
    expect(failure.message).toContain('407');
  });
});

describe('answers that are not what they should be', () => {
  const readerOf = ({ client, clock, retry }: TestClient) =>
    openReader({ client, clock, retry, log: silent, inFlight: 2, mode: 'listing' }, someTenant);

  it('a page of a captive portal ends the run with a hint, not with an empty tenant', async () => {
    const all = await given((_request, response) =>
      response.writeHead(200, { 'content-type': 'text/html' }).end('<html>Log in</html>'),
    );
    await expect(readerOf(all).survey({ refs: [{ kind: 'upn', upn: 'a@b.test' }] })).rejects.toBeInstanceOf(RunFault);
    await expect(readerOf(all).describe()).rejects.toMatchObject({ code: 'graph-unexpected' });
  });

  it('a batch that leaves an item out has it asked again, and is not taken for "missing"', async () => {
    const user = {
      id: userId,
      displayName: null,
      userPrincipalName: 'u@x.test',
      mail: null,
      userType: null,
      accountEnabled: null,
      onPremisesImmutableId: null,
      onPremisesSyncEnabled: null,
      proxyAddresses: [],
      assignedLicenses: [],
    };
    const all = await given((_request, response) => {
      json(response, 200, { responses: all.server.seen.length === 1 ? [] : [{ id: '1', status: 200, body: user }] });
    });
    expect((await readerOf(all).readUsers([userId])).get(userId)).toMatchObject({ kind: 'user' });
    expect(all.server.seen).toHaveLength(2);
  });

  it('another user in the place of the one asked for is unreadable, never a reading', async () => {
    const other = {
      id: '11111111-1111-4111-8111-111111111111',
      displayName: null,
      userPrincipalName: 'u@x.test',
      mail: null,
      userType: null,
      accountEnabled: null,
      onPremisesImmutableId: null,
      onPremisesSyncEnabled: null,
      proxyAddresses: [],
      assignedLicenses: [],
    };
    const all = await given((_request, response) =>
      json(response, 200, { responses: [{ id: '1', status: 200, body: other }] }),
    );
    expect((await readerOf(all).readUsers([userId])).get(userId)).toMatchObject({
      kind: 'unreadable',
      failure: { facts: { code: 'unexpected' } },
    });
  });

  it('a batch refused as a whole makes its users unreadable and throws nothing', async () => {
    const all = await given((_request, response) => json(response, 503, undefined));
    const reading = (await readerOf(all).readUsers([userId])).get(userId);
    expect(reading).toMatchObject({ kind: 'unreadable', failure: { facts: { code: 'server-error' } } });
    expect(all.clock.slept.length).toBeGreaterThan(2);
  });
});
