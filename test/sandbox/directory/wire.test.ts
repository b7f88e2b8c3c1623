import { connect } from 'node:net';
import { describe, expect, it } from 'vitest';
import {
  type Raw,
  type Started,
  bindMessage,
  bound,
  client,
  collect,
  crowd,
  message,
  password,
  raw,
  resultOf,
  searchMessage,
  start,
} from '../practice-directory.ts';

const crowdOu = 'OU=Crowd,DC=example,DC=test';

async function signedIn(directory: Started): Promise<Raw> {
  const connection = await raw(directory);
  connection.write(bindMessage(1, directory.bindUser, password));
  await connection.next();
  return connection;
}

/** Resolves once `isSo` holds; the test's own time limit ends the wait. */
async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await new Promise((done) => setTimeout(done, 5));
}

describe('the wire of the practice directory', () => {
  it('reads a message that arrives byte by byte, and two that arrive together', async () => {
    const directory = await start();
    const connection = await raw(directory);
    for (const byte of bindMessage(1, directory.bindUser, password)) connection.write(Buffer.from([byte]));
    expect(resultOf(await connection.next()).code).toBe(0);
    const base = directory.baseDn;
    connection.write(Buffer.concat([searchMessage(2, { base, scope: 0 }), searchMessage(3, { base, scope: 0 })]));
    const ids = [await connection.next(), await connection.next(), await connection.next(), await connection.next()];
    expect(ids.map(({ id }) => id).sort((a, b) => a - b)).toEqual([2, 2, 3, 3]);
  });

  it.each([
    ['no sequence', Buffer.from('GET / HTTP/1.1\r\n\r\n')],
    ['an indefinite length', Buffer.from('3080020101420000000000', 'hex')],
    ['a length of five bytes', Buffer.from('308501000000000201014200', 'hex')],
    ['message ID 0', Buffer.from('30050201004200', 'hex')],
    ['an unknown operation', Buffer.from('30050201015f00', 'hex')],
    ['an element longer than its message', Buffer.from('30050201016005', 'hex')],
    ['a message of over 10 MB', Buffer.from('308400b00000', 'hex')],
    ['bytes that are no UTF-8 in a name', message(1, (w) => writeBind(w, Buffer.from([0xff, 0xfe])))],
    ['an unknown filter', message(1, (w) => writeSearch(w, Buffer.from('8f00', 'hex')))],
    ['a filter nested a thousand deep', message(1, (w) => writeSearch(w, nested(1000)))],
    ['a substring filter without pieces', message(1, (w) => writeSearch(w, Buffer.from('a406040263613000', 'hex')))],
  ])('ends the connection over %s, and serves others', async (_what, bytes) => {
    const directory = await start();
    const connection = await raw(directory);
    connection.write(bytes);
    await connection.closed;
    await expect(connection.next()).rejects.toThrow('ended');
    await expect(client(directory).bind(directory.bindUser, password)).resolves.toBeUndefined();
  });

  it('answers an unknown extended request as a protocol error, and who-am-i by name', async () => {
    const directory = await start();
    const connection = await signedIn(directory);
    const extended = (id: number, oid: string): Buffer =>
      message(id, (writer) => {
        writer.startSequence(0x77);
        writer.writeString(oid, 0x80);
        writer.endSequence();
      });
    connection.write(extended(2, '1.2.3'));
    expect(resultOf(await connection.next()).code).toBe(2);
    connection.write(extended(3, '1.3.6.1.4.1.4203.1.11.3'));
    expect((await connection.next()).content.toString()).toContain('u:EXAMPLE\\svc-hardmatch');
  });

  it('answers many searches at once on one connection, each with its own', async () => {
    const directory = await start({ people: crowd(200) });
    const user = await bound(directory);
    const found = await Promise.all(
      Array.from({ length: 200 }, async (_none, index) => {
        const { searchEntries } = await user.search(directory.baseDn, { filter: `(sAMAccountName=u${index})` });
        return searchEntries[0]?.['employeeID'];
      }),
    );
    expect(found).toEqual(Array.from({ length: 200 }, (_none, index) => String(index)));
  });

  it('gives no answer to a search that was abandoned', async () => {
    const directory = await start({ people: crowd(10), latencyMs: 50 });
    const connection = await signedIn(directory);
    connection.write(searchMessage(2, { base: crowdOu, scope: 1 }));
    connection.write(message(3, (writer) => writer.writeInt(2, 0x50)));
    const { entries } = await collect(connection, searchMessage(4, { base: crowdOu, scope: 0 }));
    expect(entries).toEqual([crowdOu]);
    expect(directory.log.filter(({ kind }) => kind === 'search')).toMatchObject([
      { scope: 'one', code: null },
      { scope: 'base', code: 0 },
    ]);
  });

  it('ends the connection on unbind', async () => {
    const directory = await start();
    const connection = await signedIn(directory);
    connection.write(message(2, (writer) => writer.writeBuffer(Buffer.alloc(0), 0x42)));
    await connection.closed;
    await until(() => directory.connections().open === 0);
    expect(directory.log.at(-1)).toMatchObject({ kind: 'unbind' });
  });

  it('waits for a client that does not read, and then goes on', async () => {
    const directory = await start({ people: crowd(30_000), maxPageSize: 30_000 });
    const connection = await signedIn(directory);
    connection.socket.pause();
    connection.write(searchMessage(2, { base: crowdOu, scope: 1, attributes: [] }));
    await until(() => directory.log.at(-1)?.kind === 'search');
    const entry = directory.log.at(-1);
    // Long enough to put everything into memory, were nothing to hold it back; the kernel's buffers take some megabytes.
    await new Promise((done) => setTimeout(done, 700));
    const stalled = entry?.kind === 'search' ? entry.entries : 0;
    expect(stalled).toBeGreaterThan(0);
    connection.socket.resume();
    let entries = 0;
    for (let answer = await connection.next(); answer.tag === 0x64; answer = await connection.next()) entries++;
    expect(entries).toBe(30_000);
    expect(stalled).toBeLessThan(30_000);
  });
});

describe('scripted trouble', () => {
  it('answers a search with the given code', async () => {
    const directory = await start({ interfere: () => ({ kind: 'answer', code: 51, message: 'busy' }) });
    const user = await bound(directory);
    await expect(user.search(directory.baseDn, {})).rejects.toMatchObject({ code: 51 });
  });

  it('cuts the connection after some entries', async () => {
    const directory = await start({ people: crowd(50), interfere: () => ({ kind: 'cut', afterEntries: 20 }) });
    const connection = await signedIn(directory);
    connection.write(searchMessage(2, { base: crowdOu, scope: 1 }));
    const got: number[] = [];
    for (let index = 0; index < 20; index++) got.push((await connection.next()).tag);
    expect(got).toEqual(Array.from({ length: 20 }, () => 0x64));
    await expect(connection.next()).rejects.toThrow('ended');
  });

  it('is silent for chosen searches only', async () => {
    const directory = await start({
      interfere: (search) => (search.filter.includes('nquill') ? { kind: 'silence' } : undefined),
    });
    const user = client(directory, { timeout: 300 });
    await user.bind(directory.bindUser, password);
    expect((await user.search(directory.baseDn, { filter: '(cn=Iris Vance)' })).searchEntries).toHaveLength(1);
    await expect(user.search(directory.baseDn, { filter: '(sAMAccountName=nquill)' })).rejects.toThrow('timed out');
  });
});

describe('the end of the practice directory', () => {
  it('drops connections on demand and goes on', async () => {
    const directory = await start();
    const connection = await signedIn(directory);
    directory.dropConnections();
    await connection.closed;
    await expect(client(directory).bind(directory.bindUser, password)).resolves.toBeUndefined();
    expect(directory.connections().total).toBe(2);
  });

  it('leaves nothing open: clients, half-open handshakes and waiting answers are ended', async () => {
    const directory = await start({ latencyMs: 60_000 });
    const url = new URL(directory.ldapsUrl);
    const silent = connect({ host: url.hostname, port: Number(url.port) });
    silent.on('error', () => {});
    const silentClosed = new Promise((done) => silent.once('close', done));
    const connection = await raw(directory);
    connection.write(bindMessage(1, directory.bindUser, password));
    await until(() => directory.connections().open === 2);
    await directory.close();
    await Promise.all([connection.closed, silentClosed]);
    expect(directory.connections().open).toBe(0);
    await expect(raw(directory)).rejects.toMatchObject({ code: 'ECONNREFUSED' });
    await expect(directory.close(), 'twice does no harm').resolves.toBeUndefined();
  });

  it('does not start on a port that is taken, and keeps nothing open', async () => {
    const first = await start();
    const taken = Number(new URL(first.ldapUrl).port);
    await expect(start({ ldapPort: taken })).rejects.toMatchObject({ code: 'EADDRINUSE' });
  });
});

type Writer = Parameters<Parameters<typeof message>[1]>[0];

function writeBind(writer: Writer, name: Buffer): void {
  writer.startSequence(0x60);
  writer.writeInt(3);
  writer.writeBuffer(name, 0x04);
  writer.writeString('', 0x80);
  writer.endSequence();
}

function writeSearch(writer: Writer, filter: Buffer): void {
  writer.startSequence(0x63);
  writer.writeString('');
  writer.writeEnumeration(0);
  writer.writeEnumeration(0);
  writer.writeInt(0);
  writer.writeInt(0);
  writer.writeBoolean(false);
  writer.writeBuffer(filter.subarray(filter.length > 127 ? 4 : 2), filter[0] ?? 0);
  writer.startSequence();
  writer.endSequence();
  writer.endSequence();
}

/** `(!(!(…)))`, so deep. */
function nested(depth: number): Buffer {
  let filter = Buffer.from('8702636e', 'hex');
  for (let level = 0; level < depth; level++) {
    const header = Buffer.from([0xa2, 0x82, filter.length >> 8, filter.length & 0xff]);
    filter = Buffer.concat([header, filter]);
  }
  return filter;
}
