import { inspect } from 'node:util';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { Failure, RunFault } from '../../../src/core/failure.ts';
import { endpointsOf } from '../../../src/graph/http/clouds.ts';
import { heldTokens } from '../../../src/graph/sign-in/sign-in.ts';
import { refusedSignIn } from '../../../src/graph/sign-in/faults.ts';
import type { Tenant } from '../../../src/graph/tenant.ts';
import type { Clock } from '../../../src/run/ports.ts';
import { clientCertificates } from '../client-certificate.ts';
import { startProxy } from '../graph-server.ts';
import { cast, practice, secret } from '../practice.ts';

async function faultOf(opening: Promise<Tenant>): Promise<RunFault> {
  const error: unknown = await opening.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(RunFault);
  // Nothing that could be printed of it, stack and causes included, may give the secret away.
  expect(inspect(error, { depth: 20, showHidden: true })).not.toContain(secret);
  return error as RunFault;
}

describe('signing in', () => {
  it('with a secret gives a token that Graph takes', async () => {
    const { open, tenant } = await practice();
    const { reader } = await open();
    expect(await reader.describe()).toEqual({ id: cast.tenant.id, name: cast.tenant.displayName });
    expect(tenant.counters.signIns).toBe(1);
  });

  it('with a certificate gives one too, its key encrypted or not', async () => {
    const [made] = await clientCertificates();
    const { open } = await practice({ clientCertificate: made.certPem });
    const credentials = [
      { kind: 'certificate', pem: made.certPem + made.keyPem },
      { kind: 'certificate', pem: made.encryptedKeyPem('open sesame') + made.certPem, passphrase: 'open sesame' },
    ] as const;
    for (const credential of credentials) {
      const { reader } = await open({ settings: { credential } });
      expect((await reader.describe()).name).toBe(cast.tenant.displayName);
    }
  });

  it('with a certificate the application does not have is refused with a hint', async () => {
    const [known, other] = await clientCertificates();
    const { open } = await practice({ clientCertificate: known.certPem });
    const fault = await faultOf(
      open({ settings: { credential: { kind: 'certificate', pem: other.certPem + other.keyPem } } }),
    );
    expect(fault).toMatchObject({ code: 'client-certificate-refused', exitCode: 2 });
  });

  it('with a wrong secret is refused at once, before anything else is asked', async () => {
    const { open, tenant, clock } = await practice({ clientSecret: 'another' });
    const fault = await faultOf(open());
    expect(fault).toMatchObject({ code: 'client-secret-wrong', exitCode: 2 });
    expect(fault.message).toContain('AADSTS7000215');
    expect(fault.hint).toContain('AZURE_CLIENT_SECRET');
    expect(tenant.counters).toMatchObject({ signIns: 1, total: 0 });
    expect(clock.slept).toEqual([]);
  });

  it('as an application the tenant does not have, or to a tenant that is none, says which', async () => {
    const { open } = await practice();
    expect(await faultOf(open({ settings: { clientId: '00000000-0000-4000-8000-000000000001' } }))).toMatchObject({
      code: 'app-not-found',
    });
    expect(await faultOf(open({ settings: { tenantId: '00000000-0000-4000-8000-000000000002' } }))).toMatchObject({
      code: 'tenant-not-found',
    });
  });

  it('where nobody listens says that the service cannot be reached, after trying again', async () => {
    const { open, tenant, clock } = await practice();
    await tenant.close();
    const fault = await faultOf(open());
    expect(fault.code).toBe('unreachable');
    expect(fault.message).toContain('ECONNREFUSED');
    expect(clock.slept.length).toBeGreaterThan(2);
  });

  it('tries again when the service is down for a moment', async () => {
    const { open, tenant, clock } = await practice();
    let refusals = 0;
    tenant.hooks.onRequest = (request) =>
      request.kind === 'sign-in' && request.method === 'POST' && refusals++ < 2
        ? {
            status: 503,
            headers: { 'Retry-After': '4' },
            body: { error: 'temporarily_unavailable', error_description: 'AADSTS90033: A transient error.' },
          }
        : undefined;
    const { reader } = await open();
    expect((await reader.describe()).id).toBe(cast.tenant.id);
    expect(clock.slept).toEqual([4_000, 4_000]);
  });

  it("goes through the proxy too, to the cloud's own host when no other is given", async () => {
    const { open, tenant } = await practice();
    const proxy = await startProxy(Number(new URL(tenant.url).port));
    vi.stubEnv('HTTPS_PROXY', proxy.url);
    for (const name of ['https_proxy', 'NO_PROXY', 'no_proxy']) vi.stubEnv(name, undefined);
    onTestFinished(() => void vi.unstubAllEnvs());
    const { reader } = await open({ atMicrosoft: true });
    expect((await reader.describe()).id).toBe(cast.tenant.id);
    expect(new Set(proxy.tunnels)).toEqual(new Set(['login.microsoftonline.com:443']));
  });

  it('tells a page that is not the service’s from a refusal', async () => {
    const { open, tenant } = await practice();
    tenant.hooks.onRequest = (request) =>
      request.kind === 'sign-in' ? { status: 200, body: '<html>Log in to the network</html>' } : undefined;
    expect(await faultOf(open())).toMatchObject({ code: 'sign-in-unusable' });
  });

  it('outlives its token: one that Graph no longer takes is renewed once, for all who met it', async () => {
    const { open, tenant } = await practice();
    const { reader, openWriters } = await open();
    const ids = cast.cloudUsers.filter((user) => user.deletedDateTime === null).map((user) => user.id);
    const refused = new Set<string | undefined>();
    tenant.hooks.onRequest = (request) => {
      const token = request.headers['authorization'];
      if (request.kind === 'sign-in' || request.batchItem) return undefined;
      if (refused.size === 0) refused.add(token);
      return refused.has(token)
        ? {
            status: 401,
            body: {
              error: {
                code: 'InvalidAuthenticationToken',
                message: 'Lifetime validation failed, the token is expired.',
              },
            },
          }
        : undefined;
    };
    const readings = await reader.readUsers(ids as never);
    expect([...readings.values()].every((one) => one.kind === 'user')).toBe(true);
    await openWriters()[0].setImmutableId(ids[0] as never, 'bmV3IGFmdGVyIHJlbmV3YWw=');
    expect(tenant.counters.signIns).toBe(2);
  });

  it('with a token that really expires goes on by itself', async () => {
    let ahead = 0;
    const { open, tenant } = await practice({ tokenLifetimeS: 2, now: () => Date.now() + ahead });
    const { reader } = await open();
    ahead = 10_000;
    expect((await reader.describe()).id).toBe(cast.tenant.id);
    expect(tenant.requests.filter((one) => one.status === 401).length).toBeLessThan(2);
  });
});

describe('a held token', () => {
  const at = (ms: number): Clock => ({ now: () => new Date(ms), sleep: () => Promise.resolve(), random: () => 0 });
  const minute = 60_000;

  it('is asked for once, however many want it at the same time', async () => {
    let issued = 0;
    const tokens = heldTokens(at(0), () => Promise.resolve({ token: `t-${++issued}`, expiresAt: 60 * minute }));
    expect(await Promise.all([tokens.token(), tokens.token(), tokens.token({ fresh: true })])).toEqual([
      't-1',
      't-1',
      't-1',
    ]);
    expect(await tokens.token()).toBe('t-1');
    expect(await tokens.token({ fresh: true })).toBe('t-2');
  });

  it('is renewed five minutes ahead, and used on while renewing fails only for now', async () => {
    let time = 0;
    let issue = (): Promise<{ token: string; expiresAt: number }> =>
      Promise.resolve({ token: 'first', expiresAt: 60 * minute });
    const clock: Clock = { ...at(0), now: () => new Date(time) };
    const tokens = heldTokens(clock, () => issue());
    expect(await tokens.token()).toBe('first');
    issue = () =>
      Promise.reject(new Failure({ code: 'unreachable', scope: 'run', retry: 'later', effect: 'none' }, 'down'));
    time = 54 * minute;
    expect(await tokens.token()).toBe('first');
    time = 56 * minute;
    expect(await tokens.token()).toBe('first');
    await expect(tokens.token({ fresh: true })).rejects.toThrow('down');
    time = 60 * minute;
    await expect(tokens.token()).rejects.toThrow('down');
    issue = () => Promise.resolve({ token: 'second', expiresAt: 120 * minute });
    expect(await tokens.token()).toBe('second');
  });

  it('is not used on when renewing is refused for good', async () => {
    let time = 0;
    let refuse = false;
    const tokens = heldTokens({ ...at(0), now: () => new Date(time) }, () =>
      refuse
        ? Promise.reject(
            new Failure({ code: 'forbidden', scope: 'run', retry: 'never', effect: 'none' }, 'secret expired'),
          )
        : Promise.resolve({ token: 'first', expiresAt: 60 * minute }),
    );
    await tokens.token();
    [time, refuse] = [56 * minute, true];
    await expect(tokens.token()).rejects.toThrow('secret expired');
  });
});

describe('refusedSignIn', () => {
  it.each([
    [1, 'AADSTS7000215: x', /^Set AZURE_CLIENT_SECRET to/],
    [3, 'AADSTS7000215: x', /^Set AZURE_CLIENT_SECRET_3 to/],
    [1, 'AADSTS700016: x', /^Check --client-id and --tenant-id \(AZURE_CLIENT_ID,/],
    [2, 'AADSTS700016: x', /^Check AZURE_CLIENT_ID_2 and/],
  ])('names the settings of application %s for %s', (number, text, hint) => {
    const { cause } = refusedSignIn({ text, cause: undefined }, { number, secrets: [] });
    expect(cause).toMatchObject({ hint: expect.stringMatching(hint) as string });
  });

  it('tells an unknown code with the first line of the text, secrets blacked out', () => {
    const text = "AADSTS99999: Not 's3cret' today.\r\nTrace ID: x";
    const failure = refusedSignIn({ text, cause: undefined }, { number: 1, secrets: ['s3cret', ''] });
    expect(failure.message).toBe("Sign-in failed: AADSTS99999: Not '***' today.");
    expect(failure.facts).toEqual({ code: 'forbidden', scope: 'run', retry: 'never', effect: 'none' });
    expect(failure.cause).toMatchObject({ code: 'sign-in-refused', exitCode: 2 });
  });
});

describe('endpointsOf', () => {
  it('knows the clouds and takes own endpoints as they are written', () => {
    expect(endpointsOf('usgov-dod', {})).toEqual({
      authorityHost: 'https://login.microsoftonline.us',
      graphUrl: 'https://dod-graph.microsoft.us',
      isMicrosoftAuthority: true,
    });
    expect(endpointsOf('public', { graphUrl: 'https://127.0.0.1:8443/', authorityHost: 'login.own.test' })).toEqual({
      authorityHost: 'https://login.own.test',
      graphUrl: 'https://127.0.0.1:8443',
      isMicrosoftAuthority: false,
    });
    expect(endpointsOf('public', { authorityHost: 'https://login.microsoftonline.com/' }).isMicrosoftAuthority).toBe(
      true,
    );
  });

  it.each(['http://graph.test', 'https://graph.test?x=1', 'https://', 'https://name:password@graph.test'])(
    'refuses %s: secrets cross only https, and nothing but the host counts',
    (graphUrl) => {
      expect(() => endpointsOf('public', { graphUrl })).toThrow(RunFault);
    },
  );
});
