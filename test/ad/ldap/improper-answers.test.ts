// What a controller sends that no controller should. The server here is a socket that says what a test wants: the practice
// directory would not.
import { createServer, type Socket } from 'node:net';
import { Ber, BerReader, BerWriter, PagedResultsControl } from 'ldapts';
import * as fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import { type LdapDirectory, type LdapTools, openLdapDirectory } from '../../../src/ad/ldap/directory.ts';
import { Failure, RunFault } from '../../../src/core/failure.ts';
import type { AdRef } from '../../../src/core/references.ts';
import { guidFromText, guidToBytes, type Guid } from '../../../src/core/guid.ts';
import { makeRetry } from '../../../src/run/retry.ts';
import { hurriedClock, keptLog, openOn, password, practice } from '../tools.ts';
import { faultOf } from '../../support/ends.ts';

const closing: (() => Promise<unknown> | void)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

type Told = readonly (readonly [dn: string | Buffer, values: Values])[];
type Values = Readonly<Record<string, readonly (string | Buffer)[]>>;

function written(id: number, write: (writer: BerWriter) => void): Buffer {
  const writer = new BerWriter();
  writer.startSequence();
  writer.writeInt(id);
  write(writer);
  writer.endSequence();
  return writer.buffer;
}

function entry(id: number, dn: string | Buffer, attributes: Values): Buffer {
  return written(id, (writer) => {
    writer.startSequence(0x64);
    writer.writeBuffer(Buffer.from(dn), Ber.OctetString);
    writer.startSequence();
    for (const [name, values] of Object.entries(attributes)) {
      writer.startSequence();
      writer.writeString(name);
      writer.startSequence(0x31);
      for (const value of values) writer.writeBuffer(Buffer.from(value), Ber.OctetString);
      writer.endSequence();
      writer.endSequence();
    }
    writer.endSequence();
    writer.endSequence();
  });
}

function end(
  id: number,
  { tag = 0x65, code = 0, cookie }: { tag?: number; code?: number; cookie?: string } = {},
): Buffer {
  return written(id, (writer) => {
    writer.startSequence(tag);
    writer.writeEnumeration(code);
    writer.writeString('');
    writer.writeString('');
    writer.endSequence();
    if (cookie === undefined) return;
    const value = new BerWriter();
    value.startSequence();
    value.writeInt(0);
    value.writeString(cookie);
    value.endSequence();
    writer.startSequence(0xa0);
    writer.startSequence();
    writer.writeString(PagedResultsControl.type);
    writer.writeBuffer(value.buffer, Ber.OctetString);
    writer.endSequence();
    writer.endSequence();
  });
}

const domain = 'DC=example,DC=test';
const guidA = guidToBytes(guidFromText('f4c2ce4e-1f08-4358-abdc-fe3f035af4cd') as Guid);
const guidB = guidToBytes(guidFromText('11111111-2222-4333-8444-555555555555') as Guid);
const sidA = Buffer.from('0105000000000005150000000b000000160000002100000051040000', 'hex');
const sidB = Buffer.from('0105000000000005150000000b000000160000002100000052040000', 'hex');
const user: Values = {
  objectGUID: [guidA],
  objectSid: [sidA],
  objectClass: ['top', 'person', 'organizationalPerson', 'user'],
  sAMAccountType: ['805306368'],
  sAMAccountName: ['a'],
  userAccountControl: ['512'],
  whenCreated: ['20240102030405.0Z'],
};

/** One request: its id, its operation, and, of a search, the base and the bytes. */
type Request = { readonly id: number; readonly operation: number; readonly base: string; readonly bytes: Buffer };
type Say = (request: Request, socket: Socket) => void;

/** A controller that lets everybody in and knows its domain; `say` answers all other searches, or, given it, everything. */
async function controller(say: Say, everything = false): Promise<string> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket.on('error', () => undefined).on('close', () => sockets.delete(socket)));
    socket.on('data', (bytes) => {
      const reader = new BerReader(bytes);
      reader.readSequence();
      const id = reader.readInt() ?? 0;
      const operation = reader.readSequence() ?? 0;
      const base = operation === 0x63 ? (reader.readString() ?? '') : '';
      const request = { id, operation, base, bytes };
      if (everything) say(request, socket);
      else if (operation === 0x60) socket.write(end(id, { tag: 0x61 }));
      else if (operation === 0x63 && base === '') {
        const names = ['defaultNamingContext', 'configurationNamingContext', 'schemaNamingContext'];
        const contexts = Object.fromEntries(names.map((name) => [name, [domain]]));
        socket.write(Buffer.concat([entry(id, '', contexts), end(id)]));
      } else if (operation === 0x63) say(request, socket);
    });
  });
  await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready));
  closing.push(() => {
    for (const socket of sockets) socket.destroy();
    return new Promise((ended) => server.close(ended));
  });
  const address = server.address();
  return `ldap://127.0.0.1:${address !== null && typeof address === 'object' ? address.port : 0}`;
}

async function opened(urls: readonly string[], tools: Partial<LdapTools> = {}, lookUp = 2_000): Promise<LdapDirectory> {
  const clock = hurriedClock();
  const directory = await openLdapDirectory(
    { urls, user: 'u@example.test', password, startTls: false, allowPlaintext: true },
    { log: keptLog(), clock, retry: makeRetry(clock), timeouts: { connect: 2_000, lookUp, listing: lookUp }, ...tools },
  );
  closing.push(() => directory.close());
  return directory;
}

const a: AdRef = { kind: 'sam', name: 'a' };
const b: AdRef = { kind: 'sam', name: 'b' };
const entries =
  (...all: Told): Say =>
  ({ id }, socket) =>
    void socket.write(Buffer.concat([...all.map(([dn, values]) => entry(id, dn, values)), end(id)]));

const isList = (value: unknown): boolean => typeof value === 'object' && value !== null && Symbol.iterator in value;

describe('entries that contradict each other hold the rows of those they are about', () => {
  const other: Values = { ...user, objectGUID: [guidB], objectSid: [sidB], sAMAccountName: ['b'] };
  const told: readonly (readonly [what: string, all: Told, why: RegExp])[] = [
    [
      'one GUID with two names',
      [
        ['CN=a', user],
        ['CN=x', user],
      ],
      /objectGUID f4c2ce4e-.* is that of CN=a and of CN=x/,
    ],
    [
      'one name with two GUIDs',
      [
        ['CN=a', user],
        ['CN=a', other],
      ],
      /the name is that of CN=a \(.*f4c2.* and of CN=a \(.*1111/,
    ],
    [
      'one SID of two GUIDs',
      [
        ['CN=a', user],
        ['CN=b', { ...other, objectSid: [sidA] }],
      ],
      /the SID S-1-5-.*CN=a .*CN=b/,
    ],
    [
      'one object with two anchors',
      [
        ['CN=a', user],
        ['CN=a', { ...user, 'mS-DS-ConsistencyGuid': [guidB] }],
      ],
      /CN=a came twice, with different values of mS-DS-ConsistencyGuid: none and "11111111-/,
    ],
    [
      'one object whose second line nobody asked for',
      [
        ['CN=a', user],
        ['CN=a', { ...user, sAMAccountName: ['elsewhere'] }],
      ],
      /different values of sAMAccountName: "a" and "elsewhere"/,
    ],
  ];
  it.each(told)('%s', async (_what, all, why) => {
    const directory = await opened([await controller(entries(...all))]);
    const [answer] = await directory.locate([a], null);
    expect(answer).toMatchObject({ kind: 'unusable', flaws: [{ anchor: null, why: expect.stringMatching(why) }] });
  });

  it('and nobody else, nor anybody when they are equal', async () => {
    const again: Values = { ...user, proxyAddresses: ['smtp:b@x.test', 'SMTP:a@x.test'] };
    const same: Values = { ...user, proxyAddresses: ['SMTP:a@x.test', 'smtp:b@x.test'] };
    const flawed: Values = { ...other, objectGUID: [Buffer.alloc(16)] };
    const directory = await opened([await controller(entries(['CN=a', again], ['cn=A', same], ['CN=b', flawed]))]);
    const [found, zero] = await directory.locate([a, b], null);
    expect(found?.kind).toBe('found');
    expect(zero).toMatchObject({
      kind: 'unusable',
      flaws: [{ anchor: 'objectGUID', why: expect.stringMatching(/CN=b/) }],
    });
  });

  it('also where they came from two controllers', async () => {
    let asked = 0;
    const say =
      (dn: string): Say =>
      (request, socket) => {
        asked += 1;
        // The first controller goes away before its second answer.
        if (asked === 2) socket.destroy();
        else entries([dn, { ...user, userPrincipalName: ['a@x.test'] }])(request, socket);
      };
    const directory = await opened([await controller(say('CN=a')), await controller(say('CN=moved'))]);
    const answers = await directory.locate([a, { kind: 'upn', upn: 'a@x.test' }], null);
    expect([...answers]).toMatchObject([
      { kind: 'unusable', dns: ['CN=a'] },
      { kind: 'unusable', dns: ['CN=moved'] },
    ]);
  });
});

describe('what is no proper answer', () => {
  const bytes =
    (hex: string): Say =>
    (_request, socket) =>
      void socket.write(Buffer.from(hex, 'hex'));
  const pages =
    (cookie: () => string, all: (id: number) => Buffer[]): Say =>
    (request, socket) => {
      const isPaged = request.bytes.includes(PagedResultsControl.type);
      const parts = isPaged
        ? [...all(request.id), end(request.id, { cookie: cookie() })]
        : [end(request.id, { code: 4 })];
      socket.write(Buffer.concat(parts));
    };
  let n = 0;
  const cases: readonly (readonly [what: string, say: Say, why: RegExp])[] = [
    [
      'an end without a code',
      ({ id }, socket) => void socket.write(written(id, (w) => (w.startSequence(0x65), w.endSequence()))),
      /cut short/,
    ],
    ['gigabytes that are announced', bytes('3084ffffffff'), /announces a message/],
    ['an indefinite length', bytes('3080'), /indefinite length/],
    ['an answer to a question never asked', ({ id }, socket) => void socket.write(end(id + 1)), /not open/],
    ['an end that comes twice', ({ id }, socket) => void socket.write(Buffer.concat([end(id), end(id)])), /not open/],
    ['an answer of another kind', ({ id }, socket) => void socket.write(end(id, { tag: 0x61 })), /something else/],
    [
      'a malformed entry',
      ({ id }, socket) =>
        void socket.write(Buffer.concat([written(id, (w) => (w.startSequence(0x64), w.endSequence())), end(id)])),
      /an entry in an LDAP answer is cut short/,
    ],
    [
      'entries without end',
      ({ id }, socket) => void socket.write(Buffer.alloc(4_500_000, entry(id, 'CN=x', {}))),
      /answer has no end/,
    ],
    [
      'a page that says nothing of the next',
      ({ id, bytes: asked }, socket) =>
        void socket.write(end(id, { code: asked.includes(PagedResultsControl.type) ? 0 : 4 })),
      /whether there is more/,
    ],
    [
      'pages that begin again',
      pages(
        () => 'same',
        (id) => [entry(id, 'CN=x', {})],
      ),
      /same entries again/,
    ],
    [
      'empty pages without end',
      pages(
        () => String((n += 1)),
        () => [],
      ),
      /empty pages without end/,
    ],
    [
      'pages without end',
      pages(
        () => 'more',
        (id) => [entry(id, `CN=x${(n += 1)}`, {})],
      ),
      /sent 1001 pages/,
    ],
  ];
  it.each(cases)('%s ends the run with a sentence', async (_what, say, why) => {
    const url = await controller(say);
    const fault = await faultOf((await opened([url], {}, 20_000)).locate([a], null));
    expect(fault).toMatchObject({ code: 'ad-unreachable', exitCode: 2 });
    expect(fault.message).toContain(url);
    expect(fault.message).toMatch(why);
    expect(fault.hint).not.toBe('');
  });

  it('is asked of the next controller', async () => {
    const urls = [await controller(bytes('3080')), await controller(entries(['CN=a', user]))];
    expect((await (await opened(urls)).locate([a], null)).at(0)?.kind).toBe('found');
  });

  it('to a bind is no sign-in, and no loop', async () => {
    for (const answer of ['6100', '610301', '610a0a010004000400878487']) {
      const say: Say = ({ id }, socket) =>
        void socket.write(
          written(id, (w) =>
            w.writeBuffer(Buffer.from(answer.slice(4), 'hex'), Number.parseInt(answer.slice(0, 2), 16)),
          ),
        );
      const fault = await faultOf(opened([await controller(say, true)]));
      expect(fault.code).toBe('ad-unreachable');
      expect(fault.message).toMatch(/its answer is malformed/);
    }
  });

  it('that drips, or never comes to its end, has its time like any other', async () => {
    const drip: Say = ({ id }, socket) => {
      const timer = setInterval(() => socket.write(entry(id, 'CN=x', {})), 20);
      socket.on('close', () => clearInterval(timer));
    };
    const fault = await faultOf((await opened([await controller(drip)], {}, 150)).locate([a], null));
    expect(fault.message).toMatch(/no answer in time/);
  });

  it('with a notice of disconnection is the end of the connection', async () => {
    const notice: Say = (_request, socket) =>
      void socket.write(
        written(0, (w) => {
          w.startSequence(0x78);
          w.writeEnumeration(52);
          w.writeString('');
          w.writeString('going down');
          w.writeString('1.3.6.1.4.1.1466.20036', 0x8a);
          w.endSequence();
        }),
      );
    const urls = [await controller(notice), await controller(entries(['CN=a', user]))];
    expect((await (await opened(urls)).locate([a], null)).at(0)?.kind).toBe('found');
    expect((await faultOf((await opened(urls.slice(0, 1))).locate([a], null))).message).toMatch(
      /result 52: going down/,
    );
  });
});

describe('the end of a run', () => {
  it('gives up the searches under way at once, and opens nothing any more', async () => {
    const run = new AbortController();
    const server = await practice({ interfere: ({ base }) => (base === '' ? undefined : { kind: 'silence' }) });
    closing.push(() => server.close());
    const clock = { ...hurriedClock(), sleep: () => new Promise<void>(() => undefined) };
    const directory = await openOn(server, { clock, signal: run.signal });
    closing.push(() => directory.close());
    const located = faultOf(directory.locate([a, { kind: 'upn', upn: 'a@b.test' }], null));
    await expect.poll(() => server.log.filter(({ kind }) => kind === 'search').length).toBeGreaterThan(1);
    run.abort();
    expect(await located).toMatchObject({ code: 'run-over', exitCode: 130, hint: 'Start the same command again.' });
    expect((await faultOf(directory.locate([a], null))).message).toBe(
      `The run has ended before ${server.ldapsUrl} answered.`,
    );
    await expect.poll(() => server.connections().open).toBe(0);
    const { total } = server.connections();
    await directory.close();
    expect(server.connections().total).toBe(total);
  });

  it('gives up a sign-in under way', async () => {
    const run = new AbortController();
    const url = await controller(() => setTimeout(() => run.abort(), 20), true);
    expect(await faultOf(opened([url], { signal: run.signal }, 60_000))).toMatchObject({ code: 'run-over' });
  });
});

describe('random bytes', () => {
  it('in place of an answer are an answer, a failure or a fault, in time', async () => {
    let answer = Buffer.alloc(0);
    const url = await controller(({ id }, socket) => {
      // The right id now and then, so that more than the framing is met.
      socket.write(Buffer.from(answer.map((byte) => (byte === 0xee ? id : byte))));
      socket.end();
    });
    const good = Buffer.concat([entry(0xee - 256, 'CN=a', user), end(0xee - 256)]);
    const harm = fc.array(fc.tuple(fc.nat(good.length - 1), fc.nat(255)), { minLength: 1, maxLength: 4 });
    const mutated = fc.tuple(harm, fc.nat(good.length)).map(([changes, cut]) => {
      const copy = Buffer.from(good);
      for (const [at, byte] of changes) copy.writeUInt8(byte, at);
      return copy.subarray(0, copy.length - (cut % 7 === 0 ? cut : 0));
    });
    const random = fc.uint8Array({ maxLength: 60 }).map((bytes) => Buffer.from(bytes));
    const retry: LdapTools['retry'] = (call) => call();
    const directory = await opened([url], { retry });
    await fc.assert(
      fc.asyncProperty(fc.oneof(mutated, random), async (bytes) => {
        answer = bytes;
        const outcome: unknown = await directory.locate([a], null).catch((error: unknown) => error);
        expect(isList(outcome) || outcome instanceof RunFault || outcome instanceof Failure).toBe(true);
      }),
      { numRuns: 200 },
    );
  });
});
