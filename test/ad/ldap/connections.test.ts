import { once as happened } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';
import { openConnection } from '../../../src/ad/ldap/connection.ts';
import type { LdapDirectory } from '../../../src/ad/ldap/directory.ts';
import { checkSettings } from '../../../src/ad/ldap/settings.ts';
import type { AdRef } from '../../../src/core/references.ts';
import { makeCertificates } from '../../../src/sandbox/http/certificates.ts';
import type { PracticeDirectory, PracticeDirectoryOptions } from '../../../src/sandbox/directory/directory.ts';
import type { LoggedSearch } from '../../../src/sandbox/directory/log.ts';
import type { People } from '../../../src/sandbox/people/people.ts';
import { cast, expectPerson, ref } from '../../contract/directory.ts';
import { crowd, hurriedClock, keptLog, openOn, type OpenOptions, password, practice } from '../tools.ts';
import { faultOf } from '../../support/ends.ts';

const closing: (() => Promise<unknown> | void)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

async function served(options: Partial<PracticeDirectoryOptions> = {}, people?: People): Promise<PracticeDirectory> {
  const server = await practice(options, people);
  closing.push(() => server.close());
  return server;
}

async function opened(server: PracticeDirectory, options: OpenOptions = {}): Promise<LdapDirectory> {
  const directory = await openOn(server, options);
  closing.push(() => directory.close());
  return directory;
}

const binds = (server: PracticeDirectory): number => server.log.filter(({ kind }) => kind === 'bind').length;
const names = (count: number): AdRef[] => Array.from({ length: count }, (_none, n) => ({ kind: 'sam', name: `u${n}` }));
const numbers = (count: number): AdRef[] =>
  Array.from({ length: count }, (_none, n) => ({ kind: 'key', attribute: 'employeeID', value: `E${n}` }));
const foundIn = (answers: Awaited<ReturnType<LdapDirectory['locate']>>): number =>
  [...answers].filter((answer) => answer.kind === 'found').length;

/** Done once, to the first search that fits. */
function once(
  fits: (search: Readonly<LoggedSearch>) => boolean,
  what: NonNullable<ReturnType<NonNullable<PracticeDirectoryOptions['interfere']>>>,
): NonNullable<PracticeDirectoryOptions['interfere']> {
  let isDone = false;
  return (search) => {
    if (isDone || !fits(search)) return undefined;
    isDone = true;
    return what;
  };
}

/** A port where something listens that never says a word. */
async function silentPort(): Promise<number> {
  const sockets: Socket[] = [];
  const server: Server = createServer((socket) => sockets.push(socket));
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  closing.push(() => {
    for (const socket of sockets) socket.destroy();
    return new Promise((done) => server.close(done));
  });
  const address = server.address();
  return address !== null && typeof address === 'object' ? address.port : 0;
}

describe('lost connections', () => {
  it('redoes a search whose connection was cut in the middle, and misses nobody', async () => {
    const interfere = once(({ filter, entries }) => entries === 0 && filter.includes('sAMAccountName=u1'), {
      kind: 'cut',
      afterEntries: 40,
    });
    const server = await served({ interfere }, crowd(500));
    const directory = await opened(server);
    expect(foundIn(await directory.locate(names(500), null))).toBe(500);
    expect(server.log.some((line) => line.kind === 'search' && line.entries === 40 && line.code === null)).toBe(true);
  });

  it('begins a listing again that was cut between two pages, and misses nobody', async () => {
    const interfere = once(({ isContinued }) => isContinued, { kind: 'cut', afterEntries: 0 });
    const server = await served({ interfere }, crowd(2_500));
    const directory = await opened(server);
    expect(foundIn(await directory.locate(numbers(2_500), null))).toBe(2_500);
    const listings = server.log.filter((line) => line.kind === 'search' && line.filter === '(employeeID=*)');
    expect(listings.filter((line) => line.kind === 'search' && !line.isContinued).length).toBe(2);
  });

  it('begins a listing again when the server has thrown its cookie away', async () => {
    const interfere = once(({ isContinued }) => isContinued, {
      kind: 'answer',
      code: 53,
      message: '00000057: LdapErr: comment: Error processing control',
    });
    const directory = await opened(await served({ interfere }, crowd(2_500)));
    expect(foundIn(await directory.locate(numbers(2_500), null))).toBe(2_500);
  });

  it('waits out a busy controller', async () => {
    const clock = hurriedClock();
    const interfere = once(({ filter }) => filter.includes('nquill'), { kind: 'answer', code: 51, message: 'busy' });
    const directory = await opened(await served({ interfere }), { clock });
    expectPerson((await directory.locate([ref('nquill')], null)).at(0), 'nquill');
    expect(clock.slept.length).toBe(1);
  });

  it.each([['ldapsUrl'], ['ldapUrl']] as const)(
    'gets over all connections dropped while it was idle (%s)',
    async (which) => {
      const server = await served();
      const directory = await opened(server, { urls: [server[which]], startTls: true });
      expectPerson((await directory.locate([ref('nquill')], null)).at(0), 'nquill');
      server.dropConnections();
      await new Promise((done) => setTimeout(done, 20));
      expectPerson((await directory.locate([ref('apires')], null)).at(0), 'apires');
      expect(server.log.every((line) => line.kind !== 'bind' || line.isSecure)).toBe(true);
    },
  );

  it('gives a silent server up in time, and goes to the next controller', async () => {
    const silent = await served({
      interfere: ({ filter }) => (filter.includes('nquill') ? { kind: 'silence' } : undefined),
    });
    const other = await served();
    // Long enough for a sign-in on a busy machine, which the same limit holds for.
    const directory = await opened(silent, { urls: [silent.ldapsUrl, other.ldapsUrl], timeouts: { lookUp: 1_000 } });
    expect((await directory.describe()).source).toBe(silent.ldapsUrl);
    expectPerson((await directory.locate([ref('nquill')], null)).at(0), 'nquill');
    expect((await directory.describe()).source).toBe(other.ldapsUrl);
  });

  it('ends with a fault, not for ever, when no answer comes at all', async () => {
    const server = await served({ interfere: ({ base }) => (base === '' ? undefined : { kind: 'silence' }) });
    const clock = hurriedClock();
    // Long enough for a sign-in on a busy machine, which the same limit holds for.
    const directory = await opened(server, { timeouts: { lookUp: 250 }, clock });
    const fault = await faultOf(directory.locate([ref('nquill')], null));
    expect(fault.code).toBe('ad-unreachable');
    expect(fault.message).toContain('no answer in time');
    expect(clock.slept.length).toBe(7);
  });

  it('leaves no connection open after it was closed, also after failures', async () => {
    const interfere = once(({ filter }) => filter.includes('sAMAccountName'), { kind: 'cut', afterEntries: 1 });
    const server = await served({ interfere }, crowd(1_000));
    const directory = await openOn(server);
    await directory.locate([...names(1_000), ...numbers(1_000)], null);
    await directory.close();
    await new Promise((done) => setTimeout(done, 50));
    expect(server.connections().open).toBe(0);
    expect(server.connections().total).toBeLessThan(12);
  });
});

describe('a connection that is being opened when the run ends', () => {
  // Which of the promises of ldapts is left hanging depends on how far it has come.
  it.each([0, 1, 5, 30])(
    'leaves nothing behind that would keep the program alive, %i ms after its start',
    async (ms) => {
      const silent = createServer(() => undefined).listen(0, '127.0.0.1');
      closing.push(() => void silent.close());
      await happened(silent, 'listening');
      const timers = (): number => process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length;
      const count = timers();
      const run = new AbortController();
      const { port } = silent.address() as AddressInfo;
      const url = `ldaps://127.0.0.1:${port}`;
      const settings = { urls: [url], user: 'a@b.test', password, startTls: false, allowPlaintext: false };
      const [first] = checkSettings(settings);
      if (first === undefined) throw new Error('there is no controller');
      const opening = openConnection(first, settings, { connect: 600_000, answer: 600_000, signal: run.signal });
      const ended = opening.catch((error: unknown) => error);
      await sleep(ms);
      run.abort();
      expect(await ended).toBeInstanceOf(Error);
      // Fewer, where one that an earlier test has left comes to its end meanwhile.
      expect(timers()).toBeLessThanOrEqual(count);
    },
  );
});

describe('controllers', () => {
  it('are tried in their order until one answers', async () => {
    const gone = await served();
    await gone.close();
    const server = await served();
    const log = keptLog();
    const directory = await opened(server, { urls: [gone.ldapsUrl, server.ldapsUrl], log });
    expect((await directory.describe()).source).toBe(server.ldapsUrl);
    expect(log.lines.find(({ event }) => event === 'ad-controller-not-usable')?.data).toMatchObject({
      url: gone.ldapsUrl,
    });
  });

  it('are changed when the one in use goes away in the middle', async () => {
    const people = crowd(600);
    let first: PracticeDirectory | undefined;
    const interfere = (search: Readonly<LoggedSearch>): undefined => {
      if (search.filter.includes('sAMAccountName=u300)')) void first?.close();
    };
    first = await served({ interfere }, people);
    const second = await served({}, people);
    const directory = await opened(first, { urls: [first.ldapsUrl, second.ldapsUrl] });
    expect(foundIn(await directory.locate(names(600), null))).toBe(600);
    expect((await directory.describe()).source).toBe(second.ldapsUrl);
  });

  it('that cannot be used are all named, each with its cause', async () => {
    const gone = await served();
    await gone.close();
    const server = await served();
    const port = await silentPort();
    const urls = [gone.ldapsUrl, `ldaps://127.0.0.1:${port}`, 'ldaps://dc.invalid'];
    const fault = await faultOf(openOn(server, { urls, timeouts: { connect: 100 } }));
    expect(fault.code).toBe('ad-unreachable');
    expect(fault.exitCode).toBe(2);
    expect(fault.message).toMatch(/nothing listens.*no answer in time.*name (is unknown|could not be looked up)/s);
    for (const url of urls) expect(fault.message).toContain(url);
  });

  it('of another domain are refused when it comes to them', async () => {
    const ours = await served({
      interfere: ({ base }) => (base === '' ? undefined : { kind: 'cut', afterEntries: 0 }),
    });
    // Lets the same account in, as a trust between forests would: the mistake is in the list, not in the password.
    const directory = { domain: 'other.test', netbiosName: 'OTHER', bindUser: ours.bindUser };
    const theirs = await served({}, { ...cast, directory });
    const reader = await opened(ours, { urls: [ours.ldapsUrl, theirs.ldapsUrl] });
    const fault = await faultOf(reader.locate([ref('nquill')], null));
    expect(fault.code).toBe('ad-controllers-differ');
    expect(fault.message).toMatch(/other\.test.*example\.test/);
  });
});

describe('the sign-in', () => {
  it.each([
    ['525', /no such user/],
    ['530', /hour/],
    ['531', /this machine/],
    ['532', /password has expired/],
    ['533', /disabled/],
    ['701', /account has expired/],
    ['773', /must be changed/],
    ['775', /locked out/],
  ] as const)('refused with data %s is explained and never tried again', async (refusal, why) => {
    const server = await served({ accounts: [{ sAMAccountName: 'svc-other', password, refusal }] });
    const clock = hurriedClock();
    const urls = [server.ldapsUrl, server.ldapsUrl.replace('127.0.0.1', 'localhost')];
    const fault = await faultOf(openOn(server, { urls, user: 'svc-other@example.test', clock }));
    expect(fault.code).toBe('ad-sign-in-refused');
    expect(fault.message).toMatch(why);
    expect(binds(server)).toBe(1);
    expect(clock.slept).toEqual([]);
  });

  it('with a wrong password is tried once, whatever the number of controllers', async () => {
    const server = await served();
    const urls = [server.ldapsUrl, server.ldapsUrl, server.ldapsUrl];
    const fault = await faultOf(openOn(server, { urls, password: 'wrong' }));
    expect(fault.message).toMatch(/user name or the password is wrong \(data 52e\)/);
    expect(fault.message).not.toContain('wrong-');
    expect(binds(server)).toBe(1);
  });

  it('refused in the middle of a run is not tried again by the other connections', async () => {
    const account = { sAMAccountName: 'svc-other', password };
    const first = await served({ accounts: [account] }, crowd(1_000));
    const second = await served({ accounts: [{ ...account, password: 'changed-since' }] }, crowd(1_000));
    const urls = [first.ldapsUrl, second.ldapsUrl];
    const directory = await opened(first, { urls, user: 'svc-other@example.test' });
    await first.close();
    const fault = await faultOf(directory.locate(names(1_000), null));
    expect(fault.code).toBe('ad-sign-in-refused');
    expect(binds(second)).toBe(1);
  });

  it('in the clear is said to need TLS when the server wants it', async () => {
    const server = await served({ requireStrongAuth: true });
    const fault = await faultOf(openOn(server, { urls: [server.ldapUrl], allowPlaintext: true }));
    expect(fault.code).toBe('ad-tls-required');
  });

  it('in the clear works where it was allowed on both sides', async () => {
    const server = await served({ requireStrongAuth: false });
    const directory = await opened(server, { urls: [server.ldapUrl], allowPlaintext: true });
    expectPerson((await directory.locate([ref('nquill')], null)).at(0), 'nquill');
  });

  it('over StartTLS never sends the password before TLS', async () => {
    const server = await served();
    await opened(server, { urls: [server.ldapUrl], startTls: true });
    const kinds = server.log.map(({ kind }) => kind);
    expect(kinds.indexOf('start-tls')).toBeLessThan(kinds.indexOf('bind'));
    expect(server.log.filter((line) => line.kind === 'bind' && !line.isSecure)).toEqual([]);
  });
});

describe('certificates', () => {
  it.each([['ldapsUrl'], ['ldapUrl']] as const)(
    'of an unknown authority end the run with a hint at the CA file (%s)',
    async (which) => {
      const server = await served();
      const { caPem } = await makeCertificates();
      const fault = await faultOf(openOn(server, { urls: [server[which]], startTls: true, caPem }));
      expect(fault.code).toBe('ad-tls');
      expect(fault.message).toContain('authority');
      expect(fault.hint).toContain('--ad-ca-file');
      expect(binds(server)).toBe(0);
    },
  );

  it.each([['ldapsUrl'], ['ldapUrl']] as const)('for another name end the run and say the name (%s)', async (which) => {
    const { caPem, ...tls } = await makeCertificates({ names: ['dc9.example.test'], loopback: false });
    const server = await served({ tls });
    const fault = await faultOf(openOn(server, { urls: [server[which]], startTls: true, caPem }));
    expect(fault.code).toBe('ad-tls');
    expect(fault.message).toContain('another name');
    expect(fault.message).toContain('dc9.example.test');
    expect(binds(server)).toBe(0);
  });

  it('that have expired end the run and say so', async () => {
    const { caPem, ...tls } = await makeCertificates({
      notBefore: new Date(Date.now() - 9e6),
      notAfter: new Date(Date.now() - 36e5),
    });
    const server = await served({ tls });
    const fault = await faultOf(openOn(server, { caPem }));
    expect(fault.code).toBe('ad-tls');
    expect(fault.message).toContain('expired');
  });

  it('are checked on every connection by StartTLS, whose stalled handshake does not hang', async () => {
    const server = await served();
    const port = await silentPort();
    const urls = [`ldap://127.0.0.1:${port}`];
    const fault = await faultOf(openOn(server, { urls, startTls: true, timeouts: { connect: 100, lookUp: 200 } }));
    expect(fault.code).toBe('ad-unreachable');
  });
});
