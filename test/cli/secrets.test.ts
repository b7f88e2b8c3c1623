// Plants secrets that can be recognised, has every command work and fail in many ways, and looks for them in all that it
// leaves: output, run folders, temporary files. The process list: test/e2e/program.test.ts.
import { createPrivateKey } from 'node:crypto';
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { readPeople } from '../../src/sandbox/people/people.ts';
import { type Sandbox, startSandbox } from '../../src/sandbox/sandbox.ts';
import type { HookAnswer, TenantRequest } from '../../src/sandbox/http/request-log.ts';
import { makeClientCertificate } from '../graph/client-certificate.ts';
import { hardmatch, type Ran } from '../support/program.ts';
import { foundBelow, foundIn } from '../support/secret-search.ts';

const secrets = new Map<string, string>([
  ['wrong password', 'wr0ng-Bind+pass/w"ö'],
  ['wrong client secret', 'Wr~ng.Cl1ent/Secret+8Q~x'],
  ['passphrase', 'Pass"phrase of+the/key=1'],
  ['proxy password', 'pr0xy-Pa55word'],
  ['flag value', 'hunter2-On-The-Command-Line'],
  ['value in the file', 'Sup3r-In-The-Settings-File'],
]);

let sandbox: Sandbox;
let home: string;
let cwd: string;
let temporary: string;
const said: string[] = [];
const leaks: string[] = [];

type Env = Record<string, string>;

/** Runs it, and remembers what it said. */
async function run(words: readonly string[], env: Env = {}): Promise<Ran> {
  const ran = await hardmatch(words, {
    cwd,
    env: { ...sandbox.environment, ...env },
  });
  said.push(ran.stdout, ran.stderr);
  leaks.push(...foundIn(ran.stdout, `stdout of ${words.join(' ')}`, secrets));
  leaks.push(...foundIn(ran.stderr, `stderr of ${words.join(' ')}`, secrets));
  return ran;
}

/** Answers in place of the tenant while the work runs. */
async function withHook<T>(hook: (request: TenantRequest) => HookAnswer, work: () => Promise<T>): Promise<T> {
  const before = sandbox.tenant.hooks.onRequest;
  sandbox.tenant.hooks.onRequest = (request) => {
    note(request);
    return hook(request);
  };
  try {
    return await work();
  } finally {
    if (before) sandbox.tenant.hooks.onRequest = before;
  }
}

function note({ headers, body }: TenantRequest): void {
  const token = headers['authorization']?.replace(/^Bearer /, '');
  if (token !== undefined) secrets.set(`access token ${token.slice(-6)}`, token);
  const assertion = new URLSearchParams(body).get('client_assertion');
  if (assertion !== null) secrets.set(`client assertion ${assertion.slice(-6)}`, assertion);
}

const debug = ['--debug'] as const;
const loud = ['--log-level', 'debug'] as const;
let certificate: Env;

beforeAll(async () => {
  home = mkdtempSync(join(tmpdir(), 'hardmatch-secrets-'));
  cwd = join(home, 'work');
  temporary = join(home, 'tmp');
  for (const folder of [cwd, temporary, join(home, 'keys')]) mkdirSync(folder);
  for (const name of ['TMPDIR', 'TEMP']) vi.stubEnv(name, temporary);
  const { certPem, keyPem } = await makeClientCertificate();
  sandbox = await startSandbox(readPeople('fixtures/cast.json'), { tenant: { clientCertificate: certPem } });
  secrets.set('bind password', sandbox.environment['HARDMATCH_AD_PASSWORD'] ?? '');
  secrets.set('client secret', sandbox.environment['AZURE_CLIENT_SECRET'] ?? '');
  const key = createPrivateKey(keyPem);
  const passphrase = secrets.get('passphrase') ?? '';
  const encrypted = key.export({ type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase }).toString();
  const path = join(home, 'keys', 'app.pem');
  writeFileSync(path, `${certPem}\n${encrypted}`, { mode: 0o644 });
  secrets.set('private key', key.export({ type: 'pkcs8', format: 'pem' }).toString().split('\n')[3] ?? '');
  secrets.set('encrypted private key', encrypted.split('\n')[3] ?? '');
  certificate = {
    AZURE_CLIENT_CERTIFICATE_PATH: path,
    AZURE_CLIENT_CERTIFICATE_PASSWORD: passphrase,
    AZURE_CLIENT_SECRET: '',
  };
  copyFileSync('mappings.example.csv', join(cwd, 'mappings.csv'));
});

afterAll(async () => {
  vi.unstubAllEnvs();
  await sandbox.close();
  rmSync(home, { recursive: true, force: true });
});

/** No leak so far, in what was said and in what is on disk. Tokens became known while it ran, so all is searched again. */
function expectNoLeak(): void {
  const again = said.flatMap((text) => foundIn(text, `output: ${text.slice(0, 200)}`, secrets));
  expect([...leaks, ...again, ...foundBelow(cwd, secrets), ...foundBelow(temporary, secrets)]).toEqual([]);
}

describe('secrets', () => {
  it('stay out of everything when every command does its work', async () => {
    await withHook(
      () => undefined,
      async () => {
        expect((await run([...debug, 'plan', 'mappings.csv', '--run', 'one', ...loud], certificate)).code).toBe(1);
        expect((await run([...debug, 'apply', 'one', '--yes', ...loud])).code).toBe(1);
        await run([...debug, 'verify', 'one', '--json', ...loud], certificate);
        await run([...debug, 'report', 'one']);
        await run([...debug, 'rollback', 'one', '--yes', '--run', 'back', ...loud]);
        await run([...debug, 'lookup', 'jdoe', 'f+bH/Mb+ZUq4IS9AopLRhQ==']);
        await run(['convert', 'f+bH/Mb+ZUq4IS9AopLRhQ==']);
      },
    );
    expect([...secrets.keys()].filter((name) => /^(access token|client assertion)/.test(name)).length).toBeGreaterThan(
      2,
    );
    expectNoLeak();
  });

  it('stay out of what is said when they are refused', async () => {
    const wrong = { password: secrets.get('wrong password') ?? '', secret: secrets.get('wrong client secret') ?? '' };
    const plan = [...debug, 'plan', 'mappings.csv', ...loud, '--run'];
    expect((await run([...plan, 'r1'], { HARDMATCH_AD_PASSWORD: wrong.password })).code).toBe(2);
    expect((await run([...plan, 'r2'], { AZURE_CLIENT_SECRET: wrong.secret })).code).toBe(2);
    const badPhrase = { ...certificate, AZURE_CLIENT_CERTIFICATE_PASSWORD: wrong.secret };
    expect((await run([...plan, 'r3'], badPhrase)).code).toBe(2);
    for (const [index, swapped] of [
      { AZURE_TENANT_ID: wrong.secret },
      { AZURE_CLIENT_ID: wrong.secret },
      { HARDMATCH_AD_USER: wrong.secret },
      { HARDMATCH_AD_URL: `ldaps://svc:${wrong.secret}@dc1` },
      { HARDMATCH_AD_URL: `svc:${wrong.secret}@dc1` },
      { HARDMATCH_GRAPH_URL: `https://x:${wrong.secret}@graph.example.test` },
      { AZURE_AUTHORITY_HOST: `https://x:${wrong.secret}@login.example.test` },
    ].entries()) {
      const { code } = await run([...plan, `s${index}`], swapped);
      expect([swapped, code]).toEqual([swapped, 2]);
    }
    expectNoLeak();
  });

  it('stay out when the services say them back, in any writing', async () => {
    const echo = (request: TenantRequest): HookAnswer => {
      const told = `${request.headers['authorization'] ?? ''} ${request.body} ${encodeURIComponent(request.body)} ${Buffer.from(request.headers['authorization'] ?? request.body).toString('base64')}`;
      const error = { code: 'BadRequest', message: `You said: ${told}`, innerError: { 'request-id': told } };
      return { status: 400, headers: { 'request-id': told.replaceAll(/[^\x20-\x7e]/g, '') }, body: { error } };
    };
    const isRead = (request: TenantRequest): boolean =>
      request.kind === 'graph' && request.path.includes('/organization');
    const plan = [...debug, 'plan', 'mappings.csv', ...loud, '--run'];
    const onRead = await withHook(
      (request) => (isRead(request) ? echo(request) : undefined),
      () => run([...plan, 'e1']),
    );
    expect([onRead.code, onRead.stderr]).toEqual([2, expect.stringContaining('You said')]);
    const signIn = (request: TenantRequest): HookAnswer =>
      request.kind === 'sign-in' && request.method === 'POST'
        ? { status: 401, body: { error: 'invalid_client', error_description: `AADSTS0: ${request.body}` } }
        : undefined;
    expect((await withHook(signIn, () => run([...plan, 'e2']))).code).toBe(2);
    expect((await withHook(signIn, () => run([...plan, 'e3'], certificate))).code).toBe(2);
    // A refused write is told in the journal, and in every report of the run.
    await run(['plan', 'mappings.csv', '--run', 'e4']);
    const write = (request: TenantRequest): HookAnswer => (request.method === 'PATCH' ? echo(request) : undefined);
    await withHook(write, () => run([...debug, 'apply', 'e4', '--yes', '--first', '2', ...loud]));
    expect(readFileSync(join(cwd, 'e4', 'results.csv'), 'utf8')).toContain('You said');
    const batch = (request: TenantRequest): HookAnswer => (request.batchItem ? echo(request) : undefined);
    await withHook(batch, () => run([...debug, 'verify', 'e4', ...loud]));
    expectNoLeak();
  });

  it('stay out when a domain controller says the password back', async () => {
    const server = createServer((socket) => {
      socket.on('error', () => undefined).on('data', (request) => socket.write(bindAnswer(request, 80)));
    });
    await new Promise<void>((ready) => void server.listen(0, '127.0.0.1', ready));
    const url = `ldap://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const words = [...debug, 'plan', 'mappings.csv', ...loud, '--run', 'l1', '--ad-allow-plaintext', '--ad-url', url];
    const ran = await run(words, { HARDMATCH_AD_PASSWORD: secrets.get('wrong password') ?? '' });
    await new Promise((closed) => void server.close(closed));
    expect([ran.code, ran.stderr]).toEqual([2, expect.stringContaining('you said')]);
    expectNoLeak();
  });

  it('stay out when they are given where they do not belong', async () => {
    const value = secrets.get('flag value') ?? '';
    for (const words of [
      ['plan', 'mappings.csv', `--client-secret=${value}`],
      ['plan', 'mappings.csv', '--client-secret', value],
      ['plan', 'mappings.csv', `--ad-password=${value}`],
      ['--ad-password', value, 'plan', 'mappings.csv'],
      ['plan', 'mappings.csv', `-p${value}`],
      ['lookup', '--token', value],
      ['apply', 'one', 'two', value],
    ]) {
      const ran = await run([...debug, ...words]);
      expect([words, ran.code]).toEqual([words, 2]);
    }
    const told = await run(['plan', 'mappings.csv', `--client-secret=${value}`]);
    expect(told.stderr).toContain('Secrets are never given as options');
    writeFileSync(
      join(home, 'keys', 'bad.json'),
      JSON.stringify({ adPassword: secrets.get('value in the file'), tenantId: secrets.get('value in the file') }),
    );
    writeFileSync(
      join(home, 'keys', 'broken.json'),
      `{ "adPassword": "${secrets.get('value in the file') ?? ''}" oops`,
    );
    for (const name of ['bad.json', 'broken.json']) {
      expect((await run([...debug, 'plan', 'mappings.csv', '--config', join(home, 'keys', name)])).code).toBe(2);
    }
    expectNoLeak();
  });

  it('stay out when the proxy address has an account in it, whatever becomes of the proxy', async () => {
    const password = secrets.get('proxy password') ?? '';
    const refusing = createServer((socket) => {
      socket
        .on('error', () => undefined)
        .once('data', (request) => {
          socket.end(`HTTP/1.1 407 ${request.toString('latin1').replaceAll(/\s+/g, ' ')}\r\nContent-Length: 0\r\n\r\n`);
        });
    });
    await new Promise<void>((ready) => void refusing.listen(0, '127.0.0.1', ready));
    const proxies = [
      `http://svc:${password}@127.0.0.1:${(refusing.address() as AddressInfo).port}`,
      `http://svc:${password}@[not-an-address`,
      `socks5://svc:${password}@127.0.0.1:9`,
    ];
    const codes: (number | null)[] = [];
    for (const [index, proxy] of proxies.entries()) {
      // Loopback takes no proxy, so the way leads elsewhere: to a name that does not exist (RFC 2606).
      const env = {
        HTTPS_PROXY: proxy,
        AZURE_AUTHORITY_HOST: 'https://login.invalid',
        HARDMATCH_GRAPH_URL: 'https://graph.invalid',
      };
      codes.push((await run([...debug, 'plan', 'mappings.csv', ...loud, '--run', `p${index}`], env)).code);
    }
    expect(codes).toEqual(proxies.map(() => 2));
    await new Promise((closed) => void refusing.close(closed));
    expectNoLeak();
  });
});

/** The answer to a bind (RFC 4511 4.2.2), its sentence made of all that was sent. */
function bindAnswer(request: Buffer, code: number): Buffer {
  const text = Buffer.from(`you said ${request.subarray(7).toString('utf8')}`);
  const tlv = (tag: number, ...parts: Buffer[]): Buffer => {
    const body = Buffer.concat(parts);
    return Buffer.concat([Buffer.from([tag, 0x82, body.length >> 8, body.length & 0xff]), body]);
  };
  const id = request.subarray(request.indexOf(Buffer.from([0x02, 0x01])) + 2)[0] ?? 1;
  const result = tlv(0x61, tlv(0x0a, Buffer.from([code])), tlv(0x04), tlv(0x04, text));
  return tlv(0x30, tlv(0x02, Buffer.from([id])), result);
}
