// What a fault script does to requests of the practice tenant, on the wire.
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { createFaults, type Faults } from '../../../src/sandbox/faults/engine.ts';
import type { FaultRule, FaultScript, GraphFaultRule } from '../../../src/sandbox/faults/script.ts';
import { batch, cast, type Client, id, openTenant, patch, tokenRequest } from '../tenant-client.ts';

type Practice = Client & { readonly faults: Faults };

async function withFaults(script: FaultScript | readonly FaultRule[], use: (client: Practice) => Promise<void>) {
  const faults = createFaults('length' in script ? { rules: script } : script);
  const client = await openTenant({ faults });
  try {
    await use({ ...client, faults });
  } finally {
    await client.close();
  }
}

/** What the client says of a connection that ended without an answer. */
const lost = /socket hang up|ECONNRESET/;

const nora = id('nora.quill');
const iris = id('iris.vance');
const value = (n: number): string => Buffer.alloc(16, n).toString('base64');
const setTo = (n: number) => patch({ onPremisesImmutableId: value(n) });
const item = (name: string, user: string, n: number) => ({
  id: name,
  method: 'PATCH',
  url: `/users/${user}`,
  headers: { 'Content-Type': 'application/json' },
  body: { onPremisesImmutableId: value(n) },
});
const patches = { kind: 'graph', method: 'PATCH' } as const;
const graphRule = (fault: GraphFaultRule['do'], on: Partial<GraphFaultRule['on']> = {}): FaultRule => ({
  on: { ...patches, ...on },
  do: fault,
});
const immutableId = (client: Practice, user = nora) => client.tenant.user(user)?.onPremisesImmutableId;

describe('an answer in place of the right one', () => {
  it.each([
    ['whole seconds', 2, /^2$/],
    ['a fraction', 0.25, /^0\.25$/],
    ['a date', { date: 2 }, /^\w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d GMT$/],
  ] as const)('is 429 with Retry-After as %s', async (_name, retryAfter, form) => {
    await withFaults([graphRule({ kind: 'answer', status: 429, retryAfter })], async (client) => {
      const before = Date.now();
      const reply = await client.graph(`/users/${nora}`, setTo(1));
      expect(reply.status).toBe(429);
      expect(reply.headers['retry-after']).toMatch(form);
      expect(reply.json.error).toMatchObject({ code: 'TooManyRequests', innerError: { status: '429' } });
      expect(immutableId(client)).not.toBe(value(1));
      if (typeof retryAfter !== 'object') return;
      // Never earlier than asked for.
      const waits = Date.parse(reply.headers['retry-after'] ?? '') - before;
      expect(waits).toBeGreaterThanOrEqual(2_000);
      expect(waits).toBeLessThan(4_000);
    });
  });

  it('is 429 without Retry-After', async () => {
    await withFaults([graphRule({ kind: 'answer', status: 429 })], async ({ graph, tenant }) => {
      const reply = await graph(`/users/${nora}`, setTo(1));
      expect(reply.status).toBe(429);
      expect(reply.headers['retry-after']).toBeUndefined();
      expect(tenant.counters.throttled).toBe(1);
    });
  });

  it.each([500, 502, 503, 504])('is %i before the effect, or after it', async (status) => {
    await withFaults([graphRule({ kind: 'answer', status, when: 'before' })], async (client) => {
      expect((await client.graph(`/users/${nora}`, setTo(1))).status).toBe(status);
      expect(immutableId(client)).not.toBe(value(1));
      client.faults.replace({ rules: [graphRule({ kind: 'answer', status, when: 'after' })] });
      expect((await client.graph(`/users/${nora}`, setTo(1))).status).toBe(status);
      expect(immutableId(client)).toBe(value(1));
    });
  });

  it('is a page of HTML for a 502, as a gateway gives it, and JSON in a batch', async () => {
    await withFaults([graphRule({ kind: 'answer', status: 502 })], async ({ graph }) => {
      const alone = await graph(`/users/${nora}`, setTo(1));
      expect(alone.headers['content-type']).toBe('text/html');
      expect(alone.text).toContain('Bad Gateway');
      const [inside] = (await graph('/$batch', batch([item('1', nora, 1)]))).json.responses;
      expect(inside).toMatchObject({ status: 502, body: { error: { code: 'BadGateway' } } });
    });
  });

  it('strikes a single item of a batch, with Retry-After in its own headers', async () => {
    const path = `/users/${nora}`;
    const rule = graphRule({ kind: 'answer', status: 429, retryAfter: 0.5 }, { batchItem: true, path });
    await withFaults([rule], async (client) => {
      const reply = await client.graph('/$batch', batch([item('a', nora, 1), item('b', iris, 2)]));
      expect(reply.status).toBe(200);
      const answers = new Map(reply.json.responses.map((one) => [one.id, one]));
      expect(answers.get('a')).toMatchObject({ status: 429, headers: { 'Retry-After': '0.5' } });
      expect(answers.get('b')).toMatchObject({ status: 204 });
      expect((await client.graph(path, setTo(3))).status).toBe(204);
    });
  });

  it('strikes a batch as a whole, before its items or after them', async () => {
    const on = { method: 'POST', path: '/$batch' } as const;
    await withFaults([graphRule({ kind: 'answer', status: 429, retryAfter: 1 }, on)], async (client) => {
      const send = () => client.graph('/$batch', batch([item('a', nora, 1)]));
      expect(await send()).toMatchObject({ status: 429, headers: { 'retry-after': '1' } });
      expect(immutableId(client)).not.toBe(value(1));
      client.faults.replace({ rules: [graphRule({ kind: 'answer', status: 503, when: 'after' }, on)] });
      expect((await send()).status).toBe(503);
      expect(immutableId(client)).toBe(value(1));
    });
  });

  it('says what the rule says', async () => {
    const rule = graphRule({ kind: 'answer', status: 400, code: 'Request_BadRequest', message: 'No.' });
    await withFaults([rule], async ({ graph }) => {
      const { json } = await graph(`/users/${nora}`, setTo(1));
      expect(json.error).toMatchObject({ code: 'Request_BadRequest', message: 'No.' });
    });
  });
});

describe('no answer', () => {
  it('cuts the connection before the effect, or after it', async () => {
    await withFaults([graphRule({ kind: 'reset' })], async (client) => {
      await expect(client.graph(`/users/${nora}`, setTo(1))).rejects.toThrow(lost);
      expect(immutableId(client)).not.toBe(value(1));
      client.faults.replace({ rules: [graphRule({ kind: 'reset', when: 'after' })] });
      await expect(client.graph(`/users/${nora}`, setTo(1))).rejects.toThrow(lost);
      expect(immutableId(client)).toBe(value(1));
      expect(client.tenant.requests.map(({ cut }) => cut).filter(Boolean)).toEqual(['before', 'after']);
    });
  });

  it('hangs before the effect, or after it, until the time of the rule is over', async () => {
    await withFaults([graphRule({ kind: 'hang', forMs: 150 })], async (client) => {
      const began = performance.now();
      await expect(client.graph(`/users/${nora}`, setTo(1))).rejects.toThrow(lost);
      expect(performance.now() - began).toBeGreaterThan(140);
      expect(immutableId(client)).not.toBe(value(1));
      client.faults.replace({ rules: [graphRule({ kind: 'hang', when: 'after', forMs: 50 })] });
      await expect(client.graph(`/users/${nora}`, setTo(1))).rejects.toThrow(lost);
      expect(immutableId(client)).toBe(value(1));
      expect(client.tenant.requests.at(-1)).toMatchObject({ hung: 'after', status: 204 });
    });
  });

  it('hangs the whole batch at the item it strikes; items before it have been done', async () => {
    const rule = graphRule({ kind: 'hang', forMs: 50 }, { batchItem: true, path: `/users/${iris}` });
    await withFaults([rule], async (client) => {
      await expect(client.graph('/$batch', batch([item('a', nora, 1), item('b', iris, 2)]))).rejects.toThrow(lost);
      expect(immutableId(client)).toBe(value(1));
      expect(immutableId(client, iris)).not.toBe(value(2));
    });
  });

  it('ends when the tenant closes, as do the waits', async () => {
    const rules: FaultRule[] = [
      { on: { ...patches, path: `/users/${nora}` }, do: { kind: 'hang' } },
      { on: patches, do: { kind: 'delay', ms: 600_000 } },
      { on: { kind: 'graph', method: 'GET' }, do: { kind: 'hang', forMs: 600_000 } },
    ];
    const client = await openTenant({ faults: createFaults({ rules }) });
    await client.token();
    const asked = [
      client.graph(`/users/${nora}`, setTo(1)),
      client.graph(`/users/${iris}`, setTo(1)),
      client.graph('/users'),
    ];
    const settled = Promise.allSettled(asked);
    await sleep(100);
    await client.close();
    expect((await settled).map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected']);
    // Not one timer of theirs is left to keep the process alive.
    expect(process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length).toBeLessThan(5);
  });

  it('can be had from a hook, which comes before the script', async () => {
    await withFaults([graphRule({ kind: 'answer', status: 503 })], async (client) => {
      client.tenant.hooks.onRequest = ({ method }) => (method === 'PATCH' ? 'hang-after' : undefined);
      const pending = client.graph(`/users/${nora}`, setTo(1)).catch(() => 'gone');
      await sleep(200);
      expect(immutableId(client)).toBe(value(1));
      expect(client.faults.counts()).toMatchObject([{ matches: 0 }]);
      await client.tenant.close();
      expect(await pending).toBe('gone');
    });
  });
});

describe('what goes on', () => {
  it('delays an answer, and asks the rules behind it too', async () => {
    await withFaults(
      [graphRule({ kind: 'delay', ms: 80 }), graphRule({ kind: 'delay', ms: 80, when: 'after' })],
      async (client) => {
        const began = performance.now();
        expect((await client.graph(`/users/${nora}`, setTo(1))).status).toBe(204);
        expect(performance.now() - began).toBeGreaterThan(150);
      },
    );
  });

  it('shows old values for a while after the writes it strikes, in batches too', async () => {
    const rule = graphRule({ kind: 'stale-reads', ms: 250 }, { path: `/users/${nora}` });
    await withFaults([rule], async (client) => {
      const read = async (user: string) =>
        (await client.graph(`/users/${user}?$select=onPremisesImmutableId`)).json.onPremisesImmutableId;
      await client.graph('/$batch', batch([item('a', nora, 1), item('b', iris, 2)]));
      expect(await read(nora)).not.toBe(value(1));
      expect(await read(iris)).toBe(value(2));
      expect(immutableId(client)).toBe(value(1));
      await sleep(260);
      expect(await read(nora)).toBe(value(1));
    });
  });

  it('expires all tokens there are; a new sign-in works', async () => {
    const rule: FaultRule = { on: { kind: 'graph' }, after: 1, times: 1, do: { kind: 'expire-tokens' } };
    await withFaults([rule], async (client) => {
      const old = `Bearer ${await client.token()}`;
      const read = (authorization: string) => client.raw('/v1.0/organization', { headers: { authorization } });
      expect((await read(old)).status).toBe(200);
      expect((await read(old)).json.error.code).toBe('InvalidAuthenticationToken');
      expect((await read(old)).status).toBe(401);
      expect((await read(`Bearer ${await client.token()}`)).status).toBe(200);
    });
  });

  it.each([
    [401, 'InvalidAuthenticationToken'],
    [403, 'Authorization_RequestDenied'],
  ] as const)('refuses everything with %i, new tokens too', async (status, code) => {
    await withFaults([{ on: { kind: 'graph' }, do: { kind: 'answer', status } }], async (client) => {
      const authorization = `Bearer ${await client.token()}`;
      const reply = await client.raw('/v1.0/users', { headers: { authorization } });
      expect(reply.status).toBe(status);
      expect(reply.json.error.code).toBe(code);
    });
  });

  it('refuses the same share of users, whether they are named by id or UPN, alone or in a batch', async () => {
    const rule: FaultRule = { on: { kind: 'graph', users: 0.5 }, do: { kind: 'answer', status: 403 } };
    await withFaults([rule], async ({ graph, tenant }) => {
      const users = tenant.users().filter((user) => user.deletedDateTime === null);
      const statuses = async (key: (user: (typeof users)[number]) => string) => {
        const found: number[] = [];
        for (const user of users) found.push((await graph(`/users/${encodeURIComponent(key(user))}`)).status);
        return found;
      };
      const byId = await statuses((user) => user.id);
      expect(await statuses((user) => user.userPrincipalName)).toEqual(byId);
      const refused = byId.filter((status) => status === 403).length / users.length;
      expect(refused).toBeGreaterThan(0.2);
      expect(refused).toBeLessThan(0.8);
      const some = users.slice(0, 20);
      const requests = some.map((user, n) => ({ id: String(n), method: 'GET', url: `/users/${user.id}` }));
      const answers = (await graph('/$batch', batch(requests))).json.responses;
      expect(some.map((_user, n) => answers.find((one) => one.id === String(n))?.status)).toEqual(byId.slice(0, 20));
      expect((await graph('/users')).status).toBe(200);
    });
  });
});

describe('sign-in', () => {
  const path = '/*/oauth2/v2.0/token';
  const signIn = { kind: 'sign-in', path } as const;

  it.each([429, 500, 503])('is answered with %i in the form of Entra', async (status) => {
    const rule: FaultRule = { on: signIn, times: 1, do: { kind: 'answer', status, retryAfter: 1 } };
    await withFaults([rule], async ({ raw, tenant }) => {
      const ask = () => raw(`/${tenant.tenantId}/oauth2/v2.0/token`, tokenRequest(tenant));
      const reply = await ask();
      expect(reply).toMatchObject({ status, headers: { 'retry-after': '1' } });
      expect(reply.json.error_description).toMatch(/^AADSTS900(55|33): /);
      expect((await ask()).status).toBe(200);
      expect((await raw(`/${tenant.tenantId}/v2.0/.well-known/openid-configuration`)).status).toBe(200);
    });
  });

  it('is cut, or hangs', async () => {
    const rules: FaultRule[] = [
      { on: signIn, times: 1, do: { kind: 'reset' } },
      { on: signIn, times: 1, do: { kind: 'hang', forMs: 50 } },
    ];
    await withFaults(rules, async ({ token }) => {
      await expect(token()).rejects.toThrow(lost);
      await expect(token()).rejects.toThrow(lost);
      expect(await token()).toMatch(/^ey/);
    });
  });
});

it('fills a tenant without faults as ever', async () => {
  await withFaults({}, async ({ graph, tenant }) => {
    expect((await graph('/users?$top=999')).json.value.length).toBeGreaterThan(10);
    expect(tenant.users().length).toBe(cast().cloudUsers.length);
  });
});
