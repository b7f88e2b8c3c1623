import { createPrivateKey, X509Certificate } from 'node:crypto';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { loadSettings, type LoadSources } from '../../src/config/load.ts';
import { type Problem, SettingsFault } from '../../src/config/problems.ts';
import type { Settings } from '../../src/config/settings.ts';
import { testCertificates } from '../support/certificates.ts';

type Env = Record<string, string | undefined>;
type Needs = LoadSources['needs'];
const both = { directory: true, tenant: true };
const neither = { directory: false, tenant: false };
const tenantGuid = '5a3d1c0e-7b42-4c8e-9f16-d20b6a94e7c1';
const clientGuid = '0b6f6a3e-55f0-4f0c-8a3b-7c1d9e2f4a60';

/** Everything that a command with both sides needs, by environment alone. */
const full: Env = {
  HARDMATCH_AD_URL: 'ldaps://dc1.example.test',
  HARDMATCH_AD_USER: 'svc@example.test',
  HARDMATCH_AD_PASSWORD: 'ad-pass',
  AZURE_TENANT_ID: tenantGuid,
  AZURE_CLIENT_ID: clientGuid,
  AZURE_CLIENT_SECRET: 'app-secret',
};

let cwd = '';
const certificates = await testCertificates();
beforeEach(() => {
  cwd = mkdtempSync(join(tmpdir(), 'hardmatch-config-'));
});
afterEach(() => {
  rmSync(cwd, { recursive: true, force: true });
});

function put(name: string, content: string | Uint8Array, mode = 0o600): string {
  const path = join(cwd, name);
  writeFileSync(path, content);
  chmodSync(path, mode);
  return path;
}

const putConfig = (content: object): string => put('hardmatch.config.json', JSON.stringify(content));

const load = (flags: Record<string, unknown> = {}, env: Env = full, needs: Needs = both): Promise<Settings> =>
  loadSettings({ flags, env, cwd, needs });

async function problemsOf(
  flags: Record<string, unknown> = {},
  env: Env = full,
  needs: Needs = both,
): Promise<readonly Problem[]> {
  try {
    await load(flags, env, needs);
  } catch (error) {
    if (error instanceof SettingsFault) return error.problems;
    throw error;
  }
  throw new Error('the settings were accepted');
}

const only = async (flags: Record<string, unknown> = {}, env: Env = full): Promise<string> => {
  const problems = await problemsOf(flags, env);
  expect(problems).toHaveLength(1);
  return `${problems[0]?.what}. ${problems[0]?.remedy}`;
};

async function ldapOf(flags: Record<string, unknown> = {}, env: Env = full) {
  const { directory, warnings } = await load(flags, env);
  if (directory?.kind !== 'ldap') throw new Error('not LDAP');
  return { ...directory, warnings };
}

describe('a problem', () => {
  it('is one short line, whatever the value that it quotes', async () => {
    putConfig({ columns: `a\nb${'x'.repeat(5_000)}` });
    const [problem] = await problemsOf();
    expect(problem?.what).toMatch(/^"columns" in hardmatch.config.json: "a bx+…$/);
    expect(problem?.what.length).toBeLessThan(400);
  });
});

describe('loadSettings', () => {
  it('puts a full set together, with defaults for the rest', async () => {
    const settings = await load();
    expect(settings).toMatchObject({
      directory: {
        kind: 'ldap',
        urls: ['ldaps://dc1.example.test'],
        user: 'svc@example.test',
        startTls: false,
        allowPlaintext: false,
      },
      tenant: { tenantId: tenantGuid, clientId: clientGuid, cloud: 'public', signIn: { kind: 'secret' } },
      warnings: [],
    });
    expect(settings.run).toEqual({
      sourceAnchor: { kind: 'auto' },
      concurrency: null,
      confirmSourceAnchor: null,
      allowRelink: false,
      sync: 'connect',
      federatedDetour: null,
      maxFailures: null,
      maxConsecutiveFailures: 20,
      stopAt: null,
      maxAge: 86_400_000,
      logLevel: 'info',
      first: null,
      adKey: null,
      cloudKey: null,
      columns: {},
      encoding: null,
      expect: null,
    });
    for (const absent of ['base', 'caPem', 'graphUrl', 'authorityHost']) {
      expect({ ...settings.directory, ...settings.tenant }).not.toHaveProperty(absent);
    }
  });

  it('asks for nothing that the command does not need, and reads nothing of it', async () => {
    const env = { HARDMATCH_AD_URL: 'nonsense', AZURE_TENANT_ID: 'common', HARDMATCH_AD_CA_FILE: 'nowhere.pem' };
    expect(await load({}, env, neither)).toMatchObject({ directory: null, tenant: null });
    expect(await problemsOf({}, {}, { directory: false, tenant: true })).toHaveLength(3);
    expect(await problemsOf({}, {}, { directory: true, tenant: false })).toHaveLength(3);
  });

  it('takes the directory if it is given, with all that it needs, and does without it otherwise', async () => {
    const ifGiven: Needs = { directory: 'if-given', tenant: true };
    const { HARDMATCH_AD_URL: url, HARDMATCH_AD_USER: user, HARDMATCH_AD_PASSWORD: _password, ...alone } = full;
    expect(await load({}, full, ifGiven)).toMatchObject({ directory: { kind: 'ldap' }, warnings: [] });
    expect(await load({}, alone, ifGiven)).toMatchObject({ directory: null, warnings: [] });
    const { directory, warnings } = await load({}, { ...alone, HARDMATCH_AD_USER: user }, ifGiven);
    expect({ directory, warnings }).toEqual({ directory: null, warnings: [expect.stringContaining('AD is left out')] });
    const problems = await problemsOf({}, { ...alone, HARDMATCH_AD_URL: url }, ifGiven);
    expect(problems.map(({ what }) => what)).toEqual(['no bind name is given', 'no bind password is given']);
    const exported = await load({ adExport: put('ad.csv', 'ObjectGUID') }, alone, ifGiven);
    expect(exported.directory).toMatchObject({ kind: 'export' });
  });

  it('tells everything that is missing at once, each with every way to give it', async () => {
    const problems = await problemsOf({}, {});
    expect(problems.map(({ what }) => what)).toEqual([
      'no domain controller is given',
      'no bind name is given',
      'no bind password is given',
      'no tenant is given',
      'no application (client) id is given',
      'no client secret or certificate is given',
    ]);
    expect(problems[0]?.remedy).toMatch(
      /--ad-url <url> \(repeatable\).*HARDMATCH_AD_URL.*"adUrl".*--ad-export.*HARDMATCH_AD_EXPORT/,
    );
    expect(problems[2]?.remedy).toMatch(/HARDMATCH_AD_PASSWORD;.*HARDMATCH_AD_PASSWORD_FILE/);
    expect(problems[3]?.remedy).toMatch(/--tenant-id <id>, AZURE_TENANT_ID or "tenantId" in hardmatch\.config\.json/);
    expect(problems[5]?.remedy).toMatch(
      /AZURE_CLIENT_SECRET;.*--client-certificate <pem>.*AZURE_CLIENT_CERTIFICATE_PATH/,
    );
  });

  it('tells what is missing, what is wrong and what is strange in the file at once, in one fault with exit code 2', async () => {
    putConfig({ adURL: 'x', cloud: 'moon' });
    const flags = { concurrency: '65', adUrl: ['ldaps://ok.test', 'dc2'] };
    const failing = load(flags, { ...full, AZURE_CLIENT_SECRET: undefined });
    await expect(failing).rejects.toMatchObject({
      code: 'settings',
      exitCode: 2,
      hint: expect.stringContaining('docs/settings.md') as string,
    });
    const whats = (await problemsOf(flags, { ...full, AZURE_CLIENT_SECRET: undefined }))
      .map(({ what }) => what)
      .join('\n');
    for (const part of ['"adURL"', '"moon"', '"65"', '"dc2"', 'no client secret']) expect(whats).toContain(part);
  });

  it('puts a single problem into the message, and its remedy into the hint', async () => {
    await expect(load({ first: '0' })).rejects.toMatchObject({
      message: '--first: "0" is not a whole number of 1 or more.',
      hint: expect.stringContaining('--first <n>') as string,
    });
  });
});

describe('who wins', () => {
  it('is the flag over the environment over the file', async () => {
    putConfig({ adBase: 'DC=file', cloud: 'china', adUser: 'file@x.test' });
    const env = { ...full, HARDMATCH_AD_BASE: 'DC=env', HARDMATCH_AD_USER: undefined };
    expect(await load({ adBase: 'DC=flag' }, env)).toMatchObject({
      directory: { base: 'DC=flag', user: 'file@x.test' },
      tenant: { cloud: 'china' },
    });
    expect(await load({}, env)).toMatchObject({ directory: { base: 'DC=env' } });
    expect(await load({}, { ...env, HARDMATCH_AD_BASE: ' ' })).toMatchObject({ directory: { base: 'DC=file' } });
  });

  it('does not look at a value that is overruled', async () => {
    putConfig({ cloud: 'moon' });
    expect(await load({ cloud: 'usgov' })).toMatchObject({ tenant: { cloud: 'usgov' } });
  });

  it('lets an export on the command line replace domain controllers from elsewhere, and the other way round', async () => {
    const path = put('users.csv', 'x');
    expect(await load({ adExport: 'users.csv' })).toMatchObject({ directory: { kind: 'export', path } });
    expect(await load({ adUrl: ['ldaps://dc.test'] }, { ...full, HARDMATCH_AD_EXPORT: path })).toMatchObject({
      directory: { kind: 'ldap' },
    });
    expect(await only({}, { ...full, HARDMATCH_AD_EXPORT: path })).toContain('in the same place');
  });

  it('asks for neither bind name nor password when AD users come from an export', async () => {
    put('users.csv', 'x');
    const env = {
      ...full,
      HARDMATCH_AD_URL: undefined,
      HARDMATCH_AD_USER: undefined,
      HARDMATCH_AD_PASSWORD: undefined,
    };
    expect((await load({ adExport: 'users.csv' }, env)).directory?.kind).toBe('export');
    expect(await only({ adExport: 'no.csv' }, env)).toContain('there is no such file');
    expect(await only({ adExport: '.' }, env)).toContain('it is a folder');
  });
});

describe('the settings file', () => {
  it('is hardmatch.config.json in the working directory, or what --config names', async () => {
    mkdirSync(join(cwd, 'sub'));
    put('sub/other.json', JSON.stringify({ cloud: 'usgov', adExport: 'users.csv' }));
    put('sub/users.csv', 'x');
    const env = { ...full, HARDMATCH_AD_URL: undefined };
    const settings = await load({ config: 'sub/other.json' }, env);
    expect(settings).toMatchObject({ tenant: { cloud: 'usgov' }, directory: { path: join(cwd, 'sub', 'users.csv') } });
  });

  it('need not be there, unless it is named', async () => {
    await load();
    expect(await only({ config: 'no.json' })).toMatch(
      /no\.json cannot be read: there is no such file\. Check --config/,
    );
  });

  it.each([
    ['adPassword', 'HARDMATCH_AD_PASSWORD'],
    ['password', 'HARDMATCH_AD_PASSWORD'],
    ['clientSecret', 'AZURE_CLIENT_SECRET'],
    ['client_secret', 'AZURE_CLIENT_SECRET'],
    ['AZURE_CLIENT_SECRET', 'AZURE_CLIENT_SECRET'],
    ['clientCertificatePassword', 'AZURE_CLIENT_CERTIFICATE_PASSWORD'],
    ['clientSecret2', 'AZURE_CLIENT_SECRET_2'],
    ['AZURE_CLIENT_CERTIFICATE_PASSWORD_3', 'AZURE_CLIENT_CERTIFICATE_PASSWORD_3'],
  ])('must not hold the secret %s; the way to give it is %s', async (key, env) => {
    putConfig({ [key]: 'do-not-show' });
    const text = await only();
    expect(text).toContain('is a secret');
    expect(text).toContain(env);
    expect(text).not.toContain('do-not-show');
  });

  it('must not hold what is a decision of one run', async () => {
    putConfig({
      allowRelink: true,
      federatedDetour: 'example.onmicrosoft.test',
      confirmSourceAnchor: 'auto',
      confirmTenant: 'Practice',
      first: 5,
      expect: 'x',
    });
    const problems = await problemsOf();
    expect(problems.map(({ remedy }) => remedy)).toEqual([
      'Give --allow-relink.',
      'Give --federated-detour <domain>.',
      'Give --confirm-source-anchor <name>.',
      'Give --confirm-tenant <name>.',
      'Give --first <n>.',
      'Give --expect <fingerprint>.',
    ]);
  });

  it.each([
    ['adUrls', 'Did you mean "adUrl"?'],
    ['tenantid', 'Did you mean "tenantId"?'],
    ['source_anchor', 'Did you mean "sourceAnchor"?'],
    ['HARDMATCH_AD_BASE', 'Did you mean "adBase"?'],
    ['nothingLikeIt', 'docs/settings.md'],
    ['constructor', 'docs/settings.md'],
  ])('has no key %s: %s', async (key, remedy) => {
    putConfig({ [key]: 'x' });
    expect(await only()).toContain(remedy);
  });

  it('is read as Windows tools write it', async () => {
    const json = JSON.stringify({ cloud: 'usgov' });
    for (const bytes of [Buffer.from(`\ufeff${json}`), Buffer.from(`\ufeff${json}`, 'utf16le')]) {
      put('hardmatch.config.json', bytes);
      expect(await load()).toMatchObject({ tenant: { cloud: 'usgov' } });
    }
  });

  it.each([
    ['{ "cloud": "usgov", }', 'line 1, is not JSON: a value is missing'],
    [String.raw`{ "adCaFile": "C:\certs\ca.pem" }`, 'every backslash twice'],
    ['[]', 'JSON object'],
    ['"text"', 'JSON object'],
    ['', 'is not JSON'],
  ])('that holds %j is refused: %s', async (text, why) => {
    put('hardmatch.config.json', text);
    expect(await only()).toContain(why);
  });

  it('tells a path that JSON has turned into control characters', async () => {
    put('hardmatch.config.json', String.raw`{ "adCaFile": "C:\temp\new.pem" }`);
    expect(await only()).toContain('a backslash is written twice');
  });

  it('takes lists, numbers, switches and objects', async () => {
    putConfig({
      adUrl: ['ldap://a.test', 'ldap://b.test'],
      adStarttls: true,
      concurrency: 3,
      maxFailures: 7,
      columns: { ad: 'Login, old' },
    });
    const settings = await load({}, { ...full, HARDMATCH_AD_URL: undefined });
    expect(settings).toMatchObject({
      directory: { urls: ['ldap://a.test', 'ldap://b.test'], startTls: true },
      run: { concurrency: 3, maxFailures: { kind: 'count', count: 7 }, columns: { ad: 'Login, old' } },
    });
  });

  it.each([
    [{ adUser: ['a'] }, 'not a text'],
    [{ adStarttls: 1 }, 'neither true nor false'],
    [{ adUrl: 5 }, 'neither a text nor a list'],
    [{ columns: { ad: 1 } }, 'it is not {"ad"'],
    [{ columns: {} }, 'it is not {"ad"'],
    [{ concurrency: 2.5 }, 'whole number'],
    [{ tenantId: '' }, 'it is empty'],
  ])('with %j is refused: %s', async (content, why) => {
    putConfig(content);
    const env = { ...full, HARDMATCH_AD_USER: undefined, HARDMATCH_AD_URL: undefined, AZURE_TENANT_ID: undefined };
    expect((await problemsOf({}, env)).map(({ what }) => what).join('\n')).toContain(why);
  });
});

describe('domain controllers', () => {
  it.each([
    'ldaps://a.test ldaps://b.test:6360',
    'ldaps://a.test,ldaps://b.test:6360',
    ' ldaps://a.test/ ,\tldaps://b.test:6360 ldaps://a.test',
  ])('are read from %j', async (text) => {
    expect((await ldapOf({}, { ...full, HARDMATCH_AD_URL: text })).urls).toEqual([
      'ldaps://a.test',
      'ldaps://b.test:6360',
    ]);
  });

  it('may be addresses', async () => {
    expect((await ldapOf({ adUrl: ['ldaps://[::1]:6360', 'ldaps://127.0.0.1'] })).urls).toEqual([
      'ldaps://[::1]:6360',
      'ldaps://127.0.0.1',
    ]);
  });

  it.each([
    ['dc1.example.test', 'write ldaps://dc1.example.test'],
    ['https://dc1.test', 'neither ldaps:// nor ldap://'],
    ['ldaps://', 'ldaps'],
    ['ldaps://dc1.test/DC=example', 'search base'],
    ['ldaps://dc1.test?x', 'search base'],
    ['ldaps://dc1.test:3269', 'global catalogue'],
    ['ldaps://dc1.test:port', 'not a URL'],
  ])('%s is refused: %s', async (url, why) => {
    expect(await only({ adUrl: [url] })).toContain(why);
  });

  it('never show a password that stands in the URL', async () => {
    for (const url of [
      'ldaps://svc:hunter2@dc1.test',
      'ldaps://svc:hunter2@dc1.test:port',
      'ldap://svc:hunter2@dc1.test',
    ]) {
      expect(await only({ adUrl: [url] })).not.toContain('hunter2');
    }
  });

  it('over ldap:// are refused without StartTLS, because the password would cross the wire', async () => {
    expect(await only({ adUrl: ['ldap://dc1.test'] })).toMatch(/in the clear.*--ad-starttls.*--ad-allow-plaintext/);
    expect(await ldapOf({ adUrl: ['ldap://dc1.test'], adStarttls: true })).toMatchObject({
      startTls: true,
      warnings: [],
    });
    expect(await ldapOf({ adUrl: ['ldap://dc1.test'], adAllowPlaintext: true })).toMatchObject({
      allowPlaintext: true,
      warnings: [expect.stringContaining('in the clear')],
    });
  });

  it('over ldaps:// have no use for StartTLS, which is said', async () => {
    expect((await ldapOf({ adStarttls: true })).warnings).toEqual([expect.stringContaining('no effect')]);
  });

  it.each(['true', 'TRUE', '1', 'yes', 'on'])('take HARDMATCH_AD_STARTTLS=%s for yes', async (text) => {
    expect(
      (await ldapOf({}, { ...full, HARDMATCH_AD_URL: 'ldap://a.test', HARDMATCH_AD_STARTTLS: text })).startTls,
    ).toBe(true);
  });

  it('take neither a bare name nor a domain for what they are not', async () => {
    expect(await only({ adUser: 'svc' })).toContain('DOMAIN\\name');
    expect(await only({ adBase: 'corp.example.test' })).toContain('write DC=corp,DC=example,DC=test');
    expect(await ldapOf({ adUser: 'CORP\\svc', adBase: 'OU=People,DC=corp' })).toMatchObject({
      user: 'CORP\\svc',
      base: 'OU=People,DC=corp',
    });
  });
});

describe('the bind password', () => {
  const env = { ...full, HARDMATCH_AD_PASSWORD: undefined };
  it.each([
    ['pass word \n', 'pass word '],
    ['pass\r\n', 'pass'],
    ['pass', 'pass'],
    [Buffer.from('\ufeffpäss\r\n'), 'päss'],
    [Buffer.from('\ufeffpäss\r\n', 'utf16le'), 'päss'],
  ])('from a file that holds %j is %j', async (content, password) => {
    const path = put('pw', content);
    const settings = await ldapOf({}, { ...env, HARDMATCH_AD_PASSWORD_FILE: path });
    expect(settings.password.reveal()).toBe(password);
    expect(settings.warnings).toEqual([]);
  });

  it.each([
    ['', 'is empty'],
    ['\n', 'is empty'],
    ['one\ntwo\n', 'more than one line'],
  ])('from a file that holds %j is refused: %s', async (content, why) => {
    expect(await only({}, { ...env, HARDMATCH_AD_PASSWORD_FILE: put('pw', content) })).toContain(why);
  });

  it('from a file that is not there is refused, without asking for another one', async () => {
    expect(await only({}, { ...env, HARDMATCH_AD_PASSWORD_FILE: 'no-file' })).toContain('there is no such file');
  });

  it('in two variables is refused; in the environment it wins over the file that the settings file names', async () => {
    put('pw', 'from-file');
    expect(await only({}, { ...full, HARDMATCH_AD_PASSWORD_FILE: 'pw' })).toContain('both set');
    putConfig({ adPasswordFile: 'pw' });
    expect((await ldapOf()).password.reveal()).toBe('ad-pass');
    expect((await ldapOf({}, env)).password.reveal()).toBe('from-file');
  });

  it('keeps its blanks, and has no flag', async () => {
    expect((await ldapOf({}, { ...full, HARDMATCH_AD_PASSWORD: ' a b ' })).password.reveal()).toBe(' a b ');
    expect((await problemsOf({ adPassword: 'x' }, env))[0]?.what).toBe('no bind password is given');
  });

  it.skipIf(process.platform === 'win32')('from a file that others can read is said to be', async () => {
    const path = put('pw', 'x', 0o644);
    expect((await ldapOf({}, { ...env, HARDMATCH_AD_PASSWORD_FILE: path })).warnings).toEqual([
      expect.stringContaining('chmod 600'),
    ]);
  });
});

describe('the CA file', () => {
  it('may be PEM, several in one, or DER as Windows exports it', async () => {
    const der = new X509Certificate(certificates.caPem).raw;
    const once = (await ldapOf({ adCaFile: put('ca.cer', der) })).caPem ?? '';
    expect(new X509Certificate(once).raw.equals(der)).toBe(true);
    const twice = (
      await ldapOf({ adCaFile: put('ca.pem', `# comment\r\n${certificates.caPem}\n${certificates.certPem}`) })
    ).caPem;
    expect(twice?.match(/BEGIN CERTIFICATE/g)).toHaveLength(2);
  });

  it.each([
    ['', 'is no certificate'],
    ['text', 'is no certificate'],
    ['-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----', 'is damaged'],
  ])('that holds %j is refused: %s', async (content, why) => {
    expect(await only({ adCaFile: put('ca.pem', content) })).toContain(why);
  });

  it('that is not there is refused', async () => {
    expect(await only({ adCaFile: 'no.pem' })).toContain('there is no such file');
  });
});

describe('the tenant', () => {
  it.each([
    [tenantGuid.toUpperCase(), tenantGuid],
    ['Example.onmicrosoft.com', 'example.onmicrosoft.com'],
  ])('%s is %s', async (text, id) => {
    expect((await load({ tenantId: text })).tenant?.tenantId).toBe(id);
  });

  it.each(['common', 'organizations', 'contoso', 'a b.test', 'https://x.test'])('is not %s', async (text) => {
    expect(await only({ tenantId: text })).toContain('--tenant-id');
  });

  it('never shows what stands in the client id, which may be the secret', async () => {
    const text = await only({ clientId: 'Q~secret' });
    expect(text).toContain('not a GUID');
    expect(text).not.toContain('Q~secret');
  });

  it('reads own endpoints, with or without https:// and a trailing slash', async () => {
    const { tenant } = await load({ graphUrl: 'https://127.0.0.1:8443/', authorityHost: 'localhost:8444' });
    expect(tenant).toMatchObject({ graphUrl: 'https://127.0.0.1:8443', authorityHost: 'https://localhost:8444' });
  });

  it.each([
    [{ graphUrl: 'http://127.0.0.1:8443' }, 'not https'],
    [{ graphUrl: 'https://graph.test/v1.0' }, 'ends with a version'],
    [{ graphUrl: 'https://graph.test/?x=1' }, 'more than a host'],
    [{ authorityHost: 'https://login.test/common' }, 'leave the tenant out'],
    [{ authorityHost: 'https://me:pw@login.test' }, 'more than a host'],
    [{ authorityHost: 'https://' }, 'not a URL'],
    [{ cloud: 'germany' }, 'none of public, usgov, usgov-dod, china'],
    [{ authorityHost: 'https://login.microsoftonline.us' }, 'Set the cloud'],
    [{ authorityHost: 'https://login.microsoftonline.com', cloud: 'usgov' }, 'signs in to public'],
  ])('with %j is refused: %s', async (flags, why) => {
    expect(await only(flags)).toContain(why);
  });

  it('takes the authority host of its own cloud', async () => {
    expect((await load({ authorityHost: 'https://login.microsoftonline.us', cloud: 'usgov-dod' })).tenant?.cloud).toBe(
      'usgov-dod',
    );
  });
});

describe('signing in', () => {
  const pair = (): string => put('app.pem', certificates.certPem + certificates.keyPem);
  const encrypted = (): string => {
    const key = createPrivateKey(certificates.keyPem);
    return (
      certificates.certPem +
      key.export({ type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase: 'pass' }).toString()
    );
  };

  it('uses the certificate where one is given, and says so when there is a secret too', async () => {
    const env = { ...full, AZURE_CLIENT_CERTIFICATE_PATH: pair() };
    const settings = await load({}, env);
    expect(settings.tenant?.signIn.kind).toBe('certificate');
    expect(settings.warnings).toEqual([expect.stringContaining('the certificate is used')]);
    expect((await load({}, { ...env, AZURE_CLIENT_SECRET: undefined })).warnings).toEqual([]);
    expect(await load({ signIn: 'secret' }, env)).toMatchObject({
      tenant: { signIn: { kind: 'secret' } },
      warnings: [],
    });
    expect(await load({ signIn: 'certificate' }, env)).toMatchObject({
      tenant: { signIn: { kind: 'certificate' } },
      warnings: [],
    });
  });

  it('asks for what the named way needs', async () => {
    expect(await only({ signIn: 'certificate' })).toContain('no client certificate is given');
    expect(
      await only(
        { signIn: 'secret' },
        { ...full, AZURE_CLIENT_SECRET: undefined, AZURE_CLIENT_CERTIFICATE_PATH: pair() },
      ),
    ).toContain('no client secret is given');
  });

  it.each(['device-code', 'browser', 'managed-identity'])('with %s is not available yet', async (signIn) => {
    expect(await only({ signIn })).toContain(`${signIn} is not available yet in this version`);
  });

  it('in an unknown way is refused', async () => {
    expect(await only({ signIn: 'magic' })).toContain('none of secret, certificate');
  });

  it('takes an encrypted key with its password, and asks for the password', async () => {
    const path = put('enc.pem', encrypted());
    expect(await only({ clientCertificate: path, signIn: 'certificate' })).toContain(
      'AZURE_CLIENT_CERTIFICATE_PASSWORD',
    );
    const { tenant } = await load(
      { clientCertificate: path, signIn: 'certificate' },
      { ...full, AZURE_CLIENT_CERTIFICATE_PASSWORD: 'pass' },
    );
    expect(tenant?.signIn.kind === 'certificate' && tenant.signIn.password?.reveal()).toBe('pass');
  });

  it('refuses a file with one of the two parts, or none', async () => {
    const flags = (content: string | Uint8Array) => ({
      signIn: 'certificate',
      clientCertificate: put('x.pem', content),
    });
    expect(await only(flags(certificates.certPem))).toContain('has no private key');
    expect(await only(flags(certificates.keyPem))).toContain('no certificate');
    expect(await only(flags(Buffer.from([0x30, 0x82, 1, 2])))).toContain('openssl pkcs12');
    expect(await only({ signIn: 'certificate', clientCertificate: 'no.pem' })).toContain('there is no such file');
  });

  it("warns of a secret that looks like the secret's id", async () => {
    expect((await load({}, { ...full, AZURE_CLIENT_SECRET: clientGuid })).warnings).toEqual([
      expect.stringContaining("secret's id"),
    ]);
  });
});

describe('run options', () => {
  it.each([
    ['auto', { kind: 'auto' }],
    ['AUTO', { kind: 'auto' }],
    ['objectguid', { kind: 'objectGUID' }],
    ['ms-ds-consistencyguid', { kind: 'mS-DS-ConsistencyGuid' }],
    ['attribute:objectGUID', { kind: 'objectGUID' }],
    ['Attribute: MS-DS-CONSISTENCYGUID', { kind: 'mS-DS-ConsistencyGuid' }],
    ['attribute:employeeID', { kind: 'attribute', name: 'employeeID' }],
  ])('--source-anchor %s', async (sourceAnchor, read) => {
    expect((await load({ sourceAnchor })).run.sourceAnchor).toEqual(read);
  });

  it.each([
    [{ maxConsecutiveFailures: '0' }, { maxConsecutiveFailures: 0 }],
    [{ stopAt: '5:30' }, { stopAt: { kind: 'daily', hour: 5, minute: 30 } }],
    [{ stopAt: '2026-11-26T05:30Z' }, { stopAt: { kind: 'once', at: Date.parse('2026-11-26T05:30:00Z') } }],
    [{ stopAt: '2026-11-26 05:30+01:00' }, { stopAt: { kind: 'once', at: Date.parse('2026-11-26T04:30:00Z') } }],
    [{ maxFailures: '20' }, { maxFailures: { kind: 'count', count: 20 } }],
    [{ maxFailures: '0' }, { maxFailures: { kind: 'count', count: 0 } }],
    [{ maxFailures: '2.5%' }, { maxFailures: { kind: 'percent', percent: 2.5 } }],
    [{ maxAge: '30m' }, { maxAge: 1_800_000 }],
    [{ maxAge: '24H' }, { maxAge: 86_400_000 }],
    [{ maxAge: '7d' }, { maxAge: 604_800_000 }],
    [{ columns: 'ad=Login Name, cloud=New UPN' }, { columns: { ad: 'Login Name', cloud: 'New UPN' } }],
    [{ columns: 'cloud=UPN' }, { columns: { cloud: 'UPN' } }],
    [{ encoding: 'Windows-1252' }, { encoding: 'windows-1252' }],
    [{ federatedDetour: 'Contoso.onMicrosoft.com' }, { federatedDetour: 'contoso.onmicrosoft.com' }],
    [{ confirmSourceAnchor: 'objectguid' }, { confirmSourceAnchor: 'objectGUID' }],
    [{ confirmSourceAnchor: 'attribute: employeeID' }, { confirmSourceAnchor: 'attribute:employeeID' }],
    [{ expect: `SHA256:${'AB'.repeat(32)}` }, { expect: `sha256:${'ab'.repeat(32)}` }],
    [{ expect: 'ab'.repeat(32) }, { expect: `sha256:${'ab'.repeat(32)}` }],
    [
      { concurrency: '64', first: '10', allowRelink: true },
      { concurrency: 64, first: 10, allowRelink: true },
    ],
    [
      { adKey: 'employeeID', cloudKey: 'employeeId', logLevel: 'debug' },
      { adKey: 'employeeID', cloudKey: 'employeeId', logLevel: 'debug' },
    ],
  ])('%j', async (flags, read) => {
    expect((await load(flags, {}, neither)).run).toMatchObject(read);
  });

  it.each([
    { sourceAnchor: 'employeeID' },
    { sourceAnchor: 'attribute:' },
    { sourceAnchor: 'attribute:a b' },
    { confirmSourceAnchor: 'yes' },
    { federatedDetour: 'onmicrosoft' },
    { federatedDetour: 'nora@contoso.onmicrosoft.com' },
    { maxConsecutiveFailures: '-1' },
    { stopAt: '24:00' },
    { stopAt: '05:60' },
    { stopAt: 'tomorrow' },
    { stopAt: '2026-13-40T05:30Z' },
    { maxFailures: '-1' },
    { maxFailures: '101%' },
    { maxFailures: 'many' },
    { maxAge: '0h' },
    { maxAge: '24' },
    { maxAge: '1w' },
    { columns: 'Login' },
    { columns: 'ad=a,ad=b' },
    { columns: 'ad=' },
    { encoding: 'latin1' },
    { expect: 'sha256:abc' },
    { concurrency: '0' },
    { concurrency: '8x' },
    { concurrency: '' },
    { first: '1e3' },
    { adKey: 'a)(b=*' },
    { logLevel: 'loud' },
  ])('%j is refused, naming the flag', async (flags) => {
    const flag = `--${Object.keys(flags)[0]?.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
    const [problem] = await problemsOf(flags, {}, neither);
    expect(problem?.what).toContain(flag);
    expect(problem?.remedy).toContain(flag);
  });
});

describe('secrets', () => {
  it('do not print, in whatever way the settings are shown', async () => {
    const path = put('app.pem', certificates.certPem + certificates.keyPem);
    for (const env of [
      full,
      { ...full, AZURE_CLIENT_CERTIFICATE_PATH: path, AZURE_CLIENT_CERTIFICATE_PASSWORD: 'key-pass' },
    ]) {
      const settings = await load({}, env);
      const ldap = settings.directory?.kind === 'ldap' ? settings.directory : undefined;
      const shown = [
        JSON.stringify(settings),
        inspect(settings, { depth: 9, showHidden: true }),
        String(ldap?.password),
      ].join('\n');
      for (const secret of ['ad-pass', 'app-secret', 'key-pass', 'PRIVATE KEY']) expect(shown).not.toContain(secret);
      expect(shown).toContain('[secret]');
      expect(ldap?.password.reveal()).toBe('ad-pass');
    }
  });
});
