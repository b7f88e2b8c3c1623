// What ends a request that the other side does not: the deadline, the cap on its size, the end of the run. And what it
// says of itself then.
import { getEventListeners } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';
import { afterEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { Failure, RunFault } from '../../../src/core/failure.ts';
import type { Guid } from '../../../src/core/guid.ts';
import { openHttp } from '../../../src/graph/http/http.ts';
import { openWriter } from '../../../src/graph/writer.ts';
import { clientOf, given, json, type Respond, startOddServer, type TestClient } from '../graph-server.ts';
import { failureOf } from '../../support/ends.ts';

const userId = '46c82861-23b9-470b-ab37-a08402a70c67' as Guid;
const get = { method: 'GET', path: '/organization', needs: 'Organization.Read.All' } as const;

afterEach(() => {
  vi.unstubAllEnvs();
});

const writeTo = ({ client }: Pick<TestClient, 'client'>): Promise<unknown> =>
  openWriter(client, 'app').setImmutableId(userId, 'x');

/** A head at once, and then a blank every so often, for ever. */
const dripping: Respond = (_request, response) => {
  response.writeHead(200, { 'content-type': 'application/json' });
  const timer = setInterval(() => response.write(' '), 30);
  response.on('close', () => clearInterval(timer));
};

describe('an answer that never ends', () => {
  it('is given up although each piece of it comes in time, a write sooner than a reading', async () => {
    const { client, server } = await given(dripping, { http: { answerTimeoutMs: 200 } });
    const write = await failureOf(writeTo({ client }));
    expect(write.message).toContain('not complete after 0.2 s');
    expect(write.facts).toEqual({ code: 'timed-out', scope: 'row', retry: 'later', effect: 'unknown' });
    const read = await failureOf(client.call(get));
    expect(read.facts).toEqual({ code: 'timed-out', scope: 'row', retry: 'later', effect: 'none' });
    expect(read.message).toBe(
      `The answer of ${new URL(server.url).host} was not complete after 0.4 s and was given up.`,
    );
  });

  it('is given up too when its head drips', async () => {
    const { client } = await given(
      (_request, _response, socket) => {
        socket.write('HTTP/1.1 200 OK\r\n');
        const timer = setInterval(() => socket.write('x-more: 1\r\n'), 30);
        socket.on('close', () => clearInterval(timer));
      },
      { http: { answerTimeoutMs: 300 } },
    );
    expect((await failureOf(client.call(get))).facts).toMatchObject({ code: 'timed-out', retry: 'later' });
  });

  it('leaves the connection to nobody: the other side sees it closed', async () => {
    const closed = vi.fn<() => void>();
    const { client } = await given(
      (request, response, socket) => {
        socket.on('close', closed);
        dripping(request, response, socket);
      },
      { http: { answerTimeoutMs: 200 } },
    );
    await failureOf(client.call(get));
    await vi.waitFor(() => expect(closed).toHaveBeenCalledTimes(1), 2_000);
  });
});

describe('an answer that is too large', () => {
  const bombs = [
    ['gzip', gzipSync(Buffer.alloc(100 * 2 ** 20), { level: 1 })],
    ['br', brotliCompressSync(Buffer.alloc(40 * 2 ** 20), { params: { [constants.BROTLI_PARAM_QUALITY]: 1 } })],
    ['identity', Buffer.alloc(40 * 2 ** 20, ' ')],
  ] as const;
  it.each(bombs)('is given up at 32 MiB once unpacked, and not asked for again (%s)', async (encoding, body) => {
    const { client, retry } = await given((_request, response) => {
      response.writeHead(200, { 'content-encoding': encoding }).end(body);
    });
    const before = process.memoryUsage.rss();
    const failure = await failureOf(retry(() => client.call(get)));
    expect(failure.facts).toEqual({ code: 'unexpected', scope: 'row', retry: 'never', effect: 'none' });
    expect(failure.message).toContain('larger than 32 MiB');
    expect(process.memoryUsage.rss() - before).toBeLessThan(150 * 2 ** 20);
  });

  it('leaves the effect of a write open from 1 MiB on', async () => {
    const all = await given((_request, response) => {
      response.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync(Buffer.alloc(2 * 2 ** 20)));
    });
    const failure = await failureOf(writeTo(all));
    expect(failure.facts).toEqual({ code: 'unexpected', scope: 'row', retry: 'later', effect: 'unknown' });
    expect(failure.message).toContain('larger than 1 MiB');
  });

  it('is taken as it is where it is small enough', async () => {
    const text = 'x'.repeat(8 * 2 ** 20);
    const { client } = await given((_request, response) => {
      response.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync(JSON.stringify(text)));
    });
    expect((await client.call(get)).body).toBe(text);
  });
});

describe('an absurd answer', () => {
  const raw =
    (text: string): Respond =>
    (_request, _response, socket) =>
      void socket.end(text);
  it.each([
    ['hundreds of headers', raw(`HTTP/1.1 200 OK\r\n${'x-header: value\r\n'.repeat(4_000)}\r\n{}`)],
    ['a line of a megabyte', raw(`HTTP/1.1 200 ${'O'.repeat(2 ** 20)}\r\n\r\n`)],
    ['status 304', raw('HTTP/1.1 304 Not Modified\r\n\r\n')],
    ['status 999', raw('HTTP/1.1 999 Odd\r\ncontent-length: 0\r\n\r\n')],
    ['status 100 and no more', raw('HTTP/1.1 100 Continue\r\n\r\n')],
    ['status 101', raw('HTTP/1.1 101 Switching Protocols\r\nupgrade: x\r\nconnection: upgrade\r\n\r\n')],
    ['no HTTP at all', raw('hello\r\n\r\n')],
    ['a length that is too long', raw('HTTP/1.1 200 OK\r\ncontent-length: 99\r\n\r\n{}')],
    ['a length that is none', raw('HTTP/1.1 200 OK\r\ncontent-length: many\r\n\r\n{}')],
    ['two lengths', raw('HTTP/1.1 200 OK\r\ncontent-length: 2\r\ncontent-length: 3\r\n\r\n{}')],
    ['gzip that is none', raw('HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: 5\r\n\r\nhello')],
    ['gzip that breaks off', raw('HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: 2\r\n\r\n\u001f\u008b')],
    ['brotli that is none', raw('HTTP/1.1 200 OK\r\ncontent-encoding: br\r\ncontent-length: 5\r\n\r\nhello')],
    ['a tower of encodings', raw(`HTTP/1.1 200 OK\r\ncontent-encoding: ${'gzip,'.repeat(99)}gzip\r\n\r\nhello`)],
  ])('with %s is a Failure in a sentence, and leaves the effect of a write open', async (_what, respond) => {
    const { client } = await given(respond, { http: { answerTimeoutMs: 1_000 } });
    const write = await failureOf(writeTo({ client }));
    expect(write.facts).toMatchObject({ effect: 'unknown' });
    expect(write.message).toMatch(/^[A-Z].+\.$/);
    const answer = await client.call(get).catch((error: unknown) => error);
    if (answer instanceof Error) expect(answer).toBeInstanceOf(Failure);
  });
});

describe('the end of the run', () => {
  const message = /^The run has ended before 127\.0\.0\.1:\d+ answered\.$/;

  it('gives up what is under way, at once, and says of a write that it may have taken effect', async () => {
    const ending = new AbortController();
    const { client, server } = await given(() => undefined, { http: { signal: ending.signal } });
    const both = Promise.all([failureOf(client.call(get)), failureOf(writeTo({ client }))]);
    await vi.waitFor(() => expect(server.seen).toHaveLength(2));
    const began = performance.now();
    ending.abort();
    const [read, write] = await both;
    expect(performance.now() - began).toBeLessThan(1_000);
    expect(read.facts).toEqual({ code: 'unreachable', scope: 'run', retry: 'never', effect: 'none' });
    expect(read.cause).toBeInstanceOf(RunFault);
    expect(write.facts).toEqual({ code: 'unreachable', scope: 'row', retry: 'never', effect: 'unknown' });
    for (const failure of [read, write]) expect(failure.message).toMatch(message);
  });

  it('gives up a body under way as well', async () => {
    const ending = new AbortController();
    const { client, server } = await given(dripping, { http: { signal: ending.signal } });
    const read = failureOf(client.call(get));
    await vi.waitFor(() => expect(server.seen).toHaveLength(1));
    setTimeout(() => ending.abort(), 100);
    expect((await read).message).toMatch(message);
  });

  it('sends nothing any more afterwards, so that nothing can have taken effect', async () => {
    const ending = new AbortController();
    const { client, server } = await given(() => undefined, { http: { signal: ending.signal } });
    ending.abort();
    const read = await failureOf(client.call(get));
    const write = await failureOf(writeTo({ client }));
    expect(read.facts).toEqual({ code: 'unreachable', scope: 'run', retry: 'never', effect: 'none' });
    expect(write.facts).toEqual({ code: 'unreachable', scope: 'run', retry: 'never', effect: 'none' });
    expect(server.seen).toEqual([]);
  });

  it('is also when the connections are closed: what is under way is given up, and not tried again', async () => {
    const { client, retry, clock, close, server } = await given(() => undefined);
    const read = failureOf(retry(() => client.call(get)));
    await vi.waitFor(() => expect(server.seen).toHaveLength(1));
    await close();
    expect((await read).facts).toMatchObject({ code: 'unreachable', retry: 'never' });
    expect((await failureOf(retry(() => client.call(get)))).message).toMatch(message);
    expect(clock.slept).toEqual([]);
  });

  it('is listened for once, however many requests there are, and by nobody after the last', async () => {
    const ending = new AbortController();
    const server = await startOddServer((_request, response) => json(response, 200, {}));
    const http = openHttp({ caPem: server.caPem, signal: ending.signal });
    const warnings = vi.fn<(warning: Error) => void>();
    process.on('warning', warnings);
    const ask = (): Promise<unknown> => http.send(server.url, { method: 'GET', headers: {}, expects: 'much' });
    for (let round = 0; round < 4; round++) await Promise.all(Array.from({ length: 40 }, ask));
    expect(getEventListeners(ending.signal, 'abort')).toHaveLength(1);
    await http.close();
    expect(getEventListeners(ending.signal, 'abort')).toHaveLength(0);
    process.off('warning', warnings);
    expect(warnings).not.toHaveBeenCalled();
  });
});

describe('a connection that is never there', () => {
  it('ends as one too, and nothing can have taken effect', async () => {
    const silence = createServer(() => undefined);
    const sockets: Socket[] = [];
    silence.on('connection', (socket) => sockets.push(socket));
    await new Promise<void>((done) => silence.listen(0, '127.0.0.1', done));
    onTestFinished(async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((done) => silence.close(done));
    });
    // A proxy that takes the connection and says nothing; another one that keeps quiet in the middle of the handshake.
    const port = (silence.address() as AddressInfo).port;
    const hosts = ['https://graph.invalid', `https://127.0.0.1:${port}`];
    vi.stubEnv('HTTPS_PROXY', `http://127.0.0.1:${port}`);
    for (const name of ['https_proxy', 'NO_PROXY', 'no_proxy']) vi.stubEnv(name, undefined);
    for (const url of hosts) {
      const http = { connectTimeoutMs: 1_000, answerTimeoutMs: 200 };
      const { client } = clientOf({ url, caPem: '' }, { http });
      const failure = await failureOf(writeTo({ client }));
      expect(failure.facts).toEqual({ code: 'unreachable', scope: 'run', retry: 'later', effect: 'none' });
      expect(failure.cause).toMatchObject({ code: 'unreachable' });
    }
  });
});

describe('what the network layer throws', () => {
  const everything = (error: unknown, depth = 0): string =>
    error instanceof Error && depth < 9
      ? `${error.name} ${error.message} ${error.stack} ${JSON.stringify(error)} ${everything(error.cause, depth + 1)}`
      : String(error);

  it.each(['line\nbreak', '\nbefore', 'nul\0', 'no-latin-\u4e16', 'latin-\u00fc\u0007'])(
    'does not tell the token of a header that cannot be sent (%j)',
    async (odd) => {
      const token = `one-secret-${odd}-another-secret`;
      const { client } = await given((_request, response) => json(response, 200, {}), {
        tokens: { token: () => Promise.resolve(token) },
      });
      const told = everything(await failureOf(client.call(get)));
      expect(told).not.toContain('one-secret');
      expect(told).not.toContain('another-secret');
    },
  );

  it('does not tell the account of a proxy', async () => {
    for (const name of ['https_proxy', 'NO_PROXY', 'no_proxy']) vi.stubEnv(name, undefined);
    vi.stubEnv('HTTPS_PROXY', 'http://somebody:pass%20word%2f1@127.0.0.1:1');
    const { client } = clientOf({ url: 'https://graph.invalid', caPem: '' });
    const told = everything(await failureOf(client.call(get)));
    for (const secret of ['pass%20word%2f1', 'pass word/1', Buffer.from('somebody:pass word/1').toString('base64')]) {
      expect(told).not.toContain(secret);
    }
  });
});
