import { X509Certificate, constants, createHash, sign as signBytes } from 'node:crypto';
import { ConfidentialClientApplication, type INetworkModule } from '@azure/msal-node';
import { beforeAll, describe, expect, it } from 'vitest';
import { clientCertificates, type MadeCertificate } from '../../graph/client-certificate.ts';
import { type Client, clientSecret, openTenant, sharedTenant, tokenRequest } from '../tenant-client.ts';

let client: Client;
let certificate: MadeCertificate;
let stranger: MadeCertificate;
beforeAll(async () => {
  [certificate, stranger] = await clientCertificates();
  client = await sharedTenant({ clientCertificate: certificate.certPem });
});

const tokenPath = (): string => `/${client.tenant.tenantId}/oauth2/v2.0/token`;
const claimsOf = (token: string): Record<string, unknown> =>
  JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()) as Record<string, unknown>;

/** One part of a JWT. */
const half = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');

/** The library as the product uses it, its requests sent with the test CA. */
function msal(auth: Record<string, unknown>): ConfidentialClientApplication {
  const { tenant } = client;
  const ask = async (
    url: string,
    method: 'GET' | 'POST',
    options?: { headers?: Record<string, string>; body?: string },
  ) => {
    const { pathname, search } = new URL(url);
    const body = options?.body === undefined ? {} : { body: options.body };
    const reply = await client.raw(pathname + search, { method, headers: options?.headers ?? {}, ...body });
    return { headers: reply.headers, body: reply.json, status: reply.status };
  };
  const networkClient = {
    sendGetRequestAsync: (url: string, options?: object) => ask(url, 'GET', options),
    sendPostRequestAsync: (url: string, options?: object) => ask(url, 'POST', options),
  } as INetworkModule;
  return new ConfidentialClientApplication({
    auth: {
      clientId: tenant.clientId,
      authority: `${tenant.authorityHost}/${tenant.tenantId}`,
      knownAuthorities: [new URL(tenant.authorityHost).host],
      ...auth,
    },
    system: { networkClient },
  });
}

describe('sign-in with msal-node', () => {
  const scopes = (): { scopes: string[] } => ({ scopes: [`${client.tenant.graphUrl}/.default`] });

  it('gives a token for the secret, and Graph takes it', async () => {
    const result = await msal({ clientSecret }).acquireTokenByClientCredential(scopes());
    const headers = { authorization: `Bearer ${result?.accessToken}` };
    expect((await client.raw('/v1.0/organization', { headers })).status).toBe(200);
  });

  it('gives a token for an assertion signed with the registered certificate (PS256, x5t#S256)', async () => {
    const thumbprintSha256 = new X509Certificate(certificate.certPem).fingerprint256.replaceAll(':', '');
    const clientCertificate = { thumbprintSha256, privateKey: certificate.keyPem };
    const result = await msal({ clientCertificate }).acquireTokenByClientCredential(scopes());
    expect(claimsOf(result?.accessToken ?? '')['appid']).toBe(client.tenant.clientId);
  });

  it('refuses an assertion signed with a certificate that is not registered', async () => {
    const thumbprintSha256 = new X509Certificate(stranger.certPem).fingerprint256.replaceAll(':', '');
    const clientCertificate = { thumbprintSha256, privateKey: stranger.keyPem };
    await expect(msal({ clientCertificate }).acquireTokenByClientCredential(scopes())).rejects.toThrow('AADSTS700027');
  });

  it('refuses a wrong secret in words the library passes on', async () => {
    await expect(msal({ clientSecret: 'wrong' }).acquireTokenByClientCredential(scopes())).rejects.toThrow(
      'AADSTS7000215',
    );
  });

  it('is not found under another tenant id', async () => {
    const authority = `${client.tenant.authorityHost}/99999999-0000-4000-8000-000000000000`;
    await expect(msal({ clientSecret, authority }).acquireTokenByClientCredential(scopes())).rejects.toThrow(
      'endpoints_resolution_error',
    );
  });
});

describe('the token endpoint', () => {
  it('lists the granted application permissions in the token', async () => {
    const reply = await client.raw(tokenPath(), tokenRequest(client.tenant));
    expect(reply.status).toBe(200);
    expect(reply.json).toMatchObject({ token_type: 'Bearer', expires_in: 3_600 });
    const claims = claimsOf(reply.json.access_token);
    expect(claims['roles']).toContain('User.ReadWrite.All');
    expect(claims).toMatchObject({ aud: client.tenant.graphUrl, tid: client.tenant.tenantId });
  });

  it('knows the tenant by a verified domain too', async () => {
    const reply = await client.raw('/example.test/oauth2/v2.0/token', tokenRequest(client.tenant));
    expect(reply.status).toBe(200);
  });

  it.each([
    ['a wrong secret', { client_secret: 'wrong' }, 401, 'invalid_client', 7_000_215],
    ['no secret', { client_secret: '' }, 401, 'invalid_client', 7_000_216],
    ['an unknown app', { client_id: '99999999-0000-4000-8000-000000000000' }, 400, 'unauthorized_client', 700_016],
    ['no scope', { scope: '' }, 400, 'invalid_request', 900_144],
    ['a scope that is not .default', { scope: 'User.Read.All' }, 400, 'invalid_scope', 1_002_012],
    ['another resource', { scope: 'https://graph.example.test/.default' }, 400, 'invalid_resource', 500_011],
    ['another grant', { grant_type: 'password' }, 400, 'unsupported_grant_type', 70_003],
  ])('refuses %s', async (...row) => {
    const [, changes, status, error, number] = row;
    const reply = await client.raw(tokenPath(), tokenRequest(client.tenant, changes));
    expect(reply.status).toBe(status);
    expect(reply.json).toMatchObject({ error, error_codes: [number] });
    expect(reply.json.error_description).toMatch(new RegExp(`^AADSTS${number}: `));
  });

  it('refuses an unknown tenant, for a token and for discovery', async () => {
    const token = await client.raw('/elsewhere.test/oauth2/v2.0/token', tokenRequest(client.tenant));
    const discovery = await client.raw('/elsewhere.test/v2.0/.well-known/openid-configuration');
    for (const reply of [token, discovery]) {
      expect(reply.status).toBe(400);
      expect(reply.json).toMatchObject({ error: 'invalid_request', error_codes: [90_002] });
    }
  });

  it('tells where its endpoints are', async () => {
    const { url, tenantId } = client.tenant;
    const { json } = await client.raw(`/${tenantId}/v2.0/.well-known/openid-configuration`);
    expect(json).toMatchObject({ issuer: `${url}/${tenantId}/v2.0`, token_endpoint: `${url}${tokenPath()}` });
    const discovery = await client.raw('/common/discovery/instance?api-version=1.1');
    expect(discovery.json.metadata[0]?.aliases).toEqual([new URL(url).host]);
  });

  it('answers 404 to a path that is neither sign-in nor Graph', async () => {
    expect((await client.raw('/favicon.ico')).status).toBe(404);
  });
});

describe('client assertions', () => {
  function assertion(changes: { header?: object; claims?: object; keyPem?: string; alg?: string } = {}): string {
    const { tenant } = client;
    const alg = changes.alg ?? 'RS256';
    const der = new X509Certificate(certificate.certPem).raw;
    const header = { alg, 'x5t#S256': createHash('sha256').update(der).digest('base64url'), ...changes.header };
    const nowS = Math.floor(Date.now() / 1000);
    const claims = {
      aud: `${tenant.url}${tokenPath()}`,
      iss: tenant.clientId,
      sub: tenant.clientId,
      nbf: nowS,
      exp: nowS + 600,
      ...changes.claims,
    };
    const signed = `${half(header)}.${half(claims)}`;
    const key = changes.keyPem ?? certificate.keyPem;
    const padding = alg === 'PS256' ? constants.RSA_PKCS1_PSS_PADDING : constants.RSA_PKCS1_PADDING;
    const signature = signBytes('sha256', Buffer.from(signed), {
      key,
      padding,
      ...(alg === 'PS256' ? { saltLength: constants.RSA_PSS_SALTLEN_DIGEST } : {}),
    });
    return `${signed}.${signature.toString('base64url')}`;
  }

  const present = (client_assertion: string) =>
    client.raw(
      tokenPath(),
      tokenRequest(client.tenant, {
        client_secret: '',
        client_assertion,
        client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
      }),
    );

  it.each(['RS256', 'PS256'])('takes one signed with %s', async (alg) => {
    expect((await present(assertion({ alg }))).status).toBe(200);
  });

  it('takes one that names the certificate by its SHA-1 hash', async () => {
    const der = new X509Certificate(certificate.certPem).raw;
    const header = { 'x5t#S256': undefined, x5t: createHash('sha1').update(der).digest('base64url') };
    expect((await present(assertion({ header }))).status).toBe(200);
  });

  it.each([
    ['of another key under the registered name', () => assertion({ keyPem: stranger.keyPem }), 700_027],
    ['that names no certificate', () => assertion({ header: { 'x5t#S256': undefined } }), 700_027],
    ['without signature algorithm', () => assertion({ header: { alg: 'none' } }), 700_027],
    ['that has expired', () => assertion({ claims: { exp: Date.now() / 1000 - 900 } }), 700_024],
    ['without expiry', () => assertion({ claims: { exp: undefined } }), 700_024],
    ['that is not valid yet', () => assertion({ claims: { nbf: Date.now() / 1000 + 900 } }), 700_024],
    ['for another audience', () => assertion({ claims: { aud: 'https://login.example.test/token' } }), 700_023],
    ['of another issuer', () => assertion({ claims: { iss: 'somebody' } }), 700_021],
    ['that is no JWT', () => 'nonsense', 50_027],
  ])('refuses one %s', async (_what, make, number) => {
    const reply = await present(make());
    expect(reply.status).toBe(401);
    expect(reply.json).toMatchObject({ error: 'invalid_client', error_codes: [number] });
  });

  it('refuses a changed claim under an untouched signature', async () => {
    const [header, , signature] = assertion().split('.');
    const claims = half({ aud: `${client.tenant.url}${tokenPath()}`, iss: client.tenant.clientId, exp: 9e9 });
    expect((await present(`${header}.${claims}.${signature}`)).json.error_codes).toEqual([700_027]);
  });

  it('are refused where no certificate is registered', async () => {
    const other = await openTenant();
    try {
      const body = tokenRequest(other.tenant, {
        client_secret: '',
        client_assertion: assertion(),
        client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
      });
      const reply = await other.raw(`/${other.tenant.tenantId}/oauth2/v2.0/token`, body);
      expect(reply.json.error_codes).toEqual([700_027]);
    } finally {
      await other.close();
    }
  });
});

describe('access tokens', () => {
  const organization = (authorization: string) => client.raw('/v1.0/organization', { headers: { authorization } });

  it.each([
    ['none', ''],
    ['nonsense', 'Bearer nonsense'],
    ['another scheme', 'Basic Zm9vOmJhcg=='],
  ])('are asked for when there is %s', async (_what, authorization) => {
    const reply = await organization(authorization);
    expect(reply.status).toBe(401);
    expect(reply.json.error.code).toBe('InvalidAuthenticationToken');
    expect(reply.headers['www-authenticate']).toMatch(/^Bearer /);
  });

  it('are refused when a claim was changed', async () => {
    const [header, payload, signature] = (await client.token()).split('.');
    const forged = half({ ...claimsOf(`.${payload}`), roles: ['Everything'] });
    expect((await organization(`Bearer ${header}.${forged}.${signature}`)).status).toBe(401);
  });

  it('are refused when they come from another tenant', async () => {
    const other = await openTenant();
    const token = await other.token();
    await other.close();
    expect((await organization(`Bearer ${token}`)).status).toBe(401);
  });

  it('expire, and a new one works', async () => {
    let now = Date.now();
    const short = await openTenant({ tokenLifetimeS: 60, now: () => now });
    try {
      const headers = { authorization: `Bearer ${await short.token()}` };
      expect((await short.raw('/v1.0/organization', { headers })).status).toBe(200);
      now += 60_000;
      const late = await short.raw('/v1.0/organization', { headers });
      expect(late.status).toBe(401);
      expect(late.json.error.message).toContain('expired');
      const renewed = { authorization: `Bearer ${await short.token()}` };
      expect((await short.raw('/v1.0/organization', { headers: renewed })).status).toBe(200);
    } finally {
      await short.close();
    }
  });
});
