// Tokens, and answers to the question for one, that are not what they should be.
import { inspect } from 'node:util';
import { describe, expect, it, onTestFinished } from 'vitest';
import { RunFault } from '../../../src/core/failure.ts';
import { openTenant, type Tenant } from '../../../src/graph/tenant.ts';
import { makeRetry } from '../../../src/run/retry.ts';
import { json, type OddServer, silent, startOddServer, testClock } from '../graph-server.ts';

const tenantId = '46c82861-23b9-470b-ab37-a08402a70c67';

type Told = { readonly status?: number; readonly text: string };

/** A sign-in service that answers the n-th question for a token as the test says, and a Graph that takes any but `refused`. */
async function given(
  told: (n: number) => Told,
  refused: readonly string[] = [],
): Promise<{ server: OddServer; signIns: () => number; sign: () => Promise<Tenant>; slept: readonly number[] }> {
  let signIns = 0;
  const server: OddServer = await startOddServer((request, response) => {
    if (request.url.endsWith('/.well-known/openid-configuration')) {
      const at = `${server.url}/${tenantId}/oauth2/v2.0`;
      const endpoints = { token_endpoint: `${at}/token`, authorization_endpoint: `${at}/authorize` };
      json(response, 200, { ...endpoints, issuer: `${server.url}/${tenantId}/v2.0`, jwks_uri: `${at}/keys` });
      return;
    }
    if (request.method === 'POST') {
      const { status = 200, text } = told(signIns++);
      response.writeHead(status, { 'content-type': 'application/json' }).end(text);
      return;
    }
    const isRefused = refused.some((token) => request.headers.authorization === `Bearer ${token}`);
    if (isRefused) json(response, 401, { error: { code: 'InvalidAuthenticationToken', message: 'No.' } });
    else json(response, 200, { value: [{ id: tenantId, displayName: 'Practice' }] });
  });
  const clock = testClock();
  const sign = async (): Promise<Tenant> => {
    const credential = { kind: 'secret', secret: 'client-secret-of-the-test' } as const;
    const at = { cloud: 'public', graphUrl: server.url, authorityHost: server.url } as const;
    const tenant = await openTenant(
      { tenantId, clientId: tenantId, credential, ...at },
      { clock, log: silent, retry: makeRetry(clock), http: { caPem: server.caPem } },
    );
    onTestFinished(() => tenant.close());
    return tenant;
  };
  return { server, signIns: () => signIns, sign, slept: clock.slept };
}

const issued = (more: Record<string, unknown>): Told => ({
  text: JSON.stringify({ token_type: 'Bearer', expires_in: 3_599, access_token: 'a-fine-token', ...more }),
});

describe('a token that is no header value', () => {
  it.each([
    ['a line break', 'first-part\nsecond-part'],
    ['a header of its own', 'first-part\r\nx-more: second-part'],
    ['a NUL', 'first-part\0second-part'],
    ['letters of the world', 'first-part-世界-second-part'],
    ['a blank', 'first-part second-part'],
    ['64 KiB and more', `first-part${'x'.repeat(70_000)}second-part`],
    ['nothing', ''],
    ['no text', { 'first-part': 'second-part' }],
    ['a list', ['first-part', 'second-part']],
    ['a number', 12],
    ['null', null],
  ])('for it has %s ends the run at once, and is told nowhere', async (_what, token) => {
    const { sign, signIns, slept, server } = await given(() => issued({ access_token: token }));
    const error: unknown = await sign().catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(RunFault);
    expect(error).toMatchObject({ code: 'sign-in-unusable', exitCode: 2 });
    expect(inspect(error, { depth: 20, showHidden: true })).not.toMatch(/first-part|second-part|client-secret-of/);
    expect(signIns()).toBe(1);
    expect(slept).toEqual([]);
    expect(server.seen.filter(({ headers }) => headers.authorization !== undefined)).toEqual([]);
  });
});

describe('an odd answer to the question for a token', () => {
  it.each([
    ['HTML', { text: '<html>Log in to the hotel</html>' }],
    ['nothing', { text: '' }],
    ['a list', { text: '[]' }],
    ['null', { text: 'null' }],
    ['a text', { text: '"access_token"' }],
    ['no token', issued({ access_token: undefined })],
    ['an error without words', { status: 400, text: '{"error":{}}' }],
    ['a status that is none of it', { status: 302, text: '' }],
  ])('(%s) ends the run in a sentence', async (_what, told) => {
    const { sign } = await given(() => told);
    const error: unknown = await sign().catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(RunFault);
    expect((error as RunFault).message).toMatch(/^Sign-in failed: /);
  });

  it.each([[0], [-5], [1e300], ['3599'], ['soon'], [null], [undefined], [60], [299]])(
    'that gives the token %j seconds to live does not have every request sign in anew',
    async (lifetime) => {
      const { sign, signIns } = await given(() => issued({ expires_in: lifetime }));
      const { reader } = await sign();
      for (let n = 0; n < 5; n++) expect((await reader.describe()).name).toBe('Practice');
      expect(signIns()).toBe(1);
    },
  );

  it('that is an error with status 200 is told in our words, and not in those of a library', async () => {
    const { sign } = await given(() => ({ text: JSON.stringify({ error: { code: 'odd' }, error_codes: 7 }) }));
    const fault: unknown = await sign().catch((thrown: unknown) => thrown);
    expect(fault).toMatchObject({
      code: 'sign-in-unusable',
      message: 'Sign-in failed: the answer is not one of the sign-in service.',
    });
  });

  it('without a type of token is taken', async () => {
    const { sign } = await given(() => issued({ token_type: undefined }));
    expect((await (await sign()).reader.describe()).name).toBe('Practice');
  });
});

describe('a token that Graph refuses', () => {
  it('and gets again as the new one ends the run, after one sign-in more', async () => {
    const { sign, signIns, server } = await given(() => issued({}), ['a-fine-token']);
    const { reader } = await sign();
    await expect(reader.describe()).rejects.toMatchObject({ code: 'token-refused' });
    expect(signIns()).toBe(2);
    expect(server.seen.filter(({ headers }) => headers.authorization !== undefined).length).toBeLessThanOrEqual(2);
  });

  it('and in whose place comes one that cannot be sent ends it too, and nothing is told', async () => {
    const { sign } = await given(
      (n) => issued({ access_token: n === 0 ? 'a-fine-token' : 'first-part\nsecond-part' }),
      ['a-fine-token'],
    );
    const { reader } = await sign();
    const error: unknown = await reader.describe().catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: 'sign-in-unusable' });
    expect(inspect(error, { depth: 20, showHidden: true })).not.toMatch(/first-part|second-part/);
  });
});

describe('the end of the run', () => {
  it('gives up a sign-in under way', async () => {
    const server = await startOddServer(() => undefined);
    const ending = new AbortController();
    const clock = testClock();
    const opening = openTenant(
      {
        tenantId,
        clientId: tenantId,
        credential: { kind: 'secret', secret: 'x'.repeat(20) },
        cloud: 'public',
        graphUrl: server.url,
        authorityHost: server.url,
      },
      { clock, log: silent, retry: makeRetry(clock), http: { caPem: server.caPem }, signal: ending.signal },
    ).catch((thrown: unknown) => thrown);
    setTimeout(() => ending.abort(), 200);
    const error = await opening;
    expect(error).toBeInstanceOf(RunFault);
    expect(error).toMatchObject({ code: 'run-ended', message: expect.stringContaining('The run has ended before') });
    expect(clock.slept).toEqual([]);
  });
});
