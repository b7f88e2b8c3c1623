import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type BatchAnswer, type Client, batch, cast, id, openTenant } from '../tenant-client.ts';

let client: Client;
beforeEach(async () => {
  client = await openTenant();
});
afterEach(() => client.close());

async function run(
  requests: readonly unknown[],
  headers: Record<string, string> = {},
): Promise<Map<string, BatchAnswer>> {
  const reply = await client.graph('/$batch', { ...batch(requests), headers });
  expect(reply.status).toBe(200);
  return new Map(reply.json.responses.map((item) => [item.id, item]));
}

const json = { 'Content-Type': 'application/json' };
const values = Array.from({ length: 20 }, (_unused, n) => Buffer.alloc(16, n + 1).toString('base64'));
const writable = cast().cloudUsers.filter(
  (user) => user.deletedDateTime === null && user.onPremisesSyncEnabled === null,
);

describe('POST /$batch', () => {
  it('writes 20 users, each answered under its id, in an order of its own', async () => {
    const requests = writable.slice(0, 20).map((user, n) => ({
      id: String(n),
      method: 'PATCH',
      url: `/users/${user.id}`,
      headers: json,
      body: { onPremisesImmutableId: values[n] },
    }));
    const reply = await client.graph('/$batch', batch(requests));
    const answers = reply.json.responses;
    expect(answers.map((item) => item.status)).toEqual(Array.from({ length: 20 }, () => 204));
    const order = answers.map((item) => item.id);
    expect(order).not.toEqual(requests.map((request) => request.id));
    expect(order.toSorted()).toEqual(requests.map((request) => request.id).toSorted());
    // An empty answer comes with `body: null` and without `body`, and with a JSON content type.
    expect(new Set(answers.map((item) => item.body))).toEqual(new Set([null, undefined]));
    expect(answers.every((item) => item.headers['Content-Type']?.startsWith('application/json'))).toBe(true);
    for (const [n, user] of writable.slice(0, 20).entries()) {
      expect(client.tenant.user(user.id)?.onPremisesImmutableId).toBe(values[n]);
    }
  });

  it('gives each item its own status and body', async () => {
    const answers = await run([
      { id: 'a', method: 'GET', url: `/users/${id('theo.marsh')}?$select=onPremisesImmutableId` },
      { id: 'b', method: 'GET', url: `users/${id('rosa.gone')}` },
      {
        id: 'c',
        method: 'PATCH',
        url: `/users/${id('will.sync')}`,
        headers: json,
        body: { onPremisesImmutableId: 'x' },
      },
      {
        id: 'd',
        method: 'get',
        url: `/users/${encodeURIComponent('petra_partner.test#EXT#@example.onmicrosoft.test')}`,
      },
      { id: 'e', method: 'GET', url: '/v1.0/users' },
    ]);
    expect(answers.get('a')?.body.onPremisesImmutableId).toBe('PcT9u5BIWEW7iVDYAgFKlw==');
    expect([answers.get('b')?.status, answers.get('b')?.body.error.code]).toEqual([404, 'Request_ResourceNotFound']);
    expect([answers.get('c')?.status, answers.get('c')?.body.error.code]).toEqual([400, 'Request_BadRequest']);
    expect(answers.get('d')?.body.id).toBe(id('petra_partner.test#EXT#'));
    expect(answers.get('e')?.status).toBe(400);
  });

  it('passes an item its own headers, and the batch’s token', async () => {
    const url = `/users?$select=id&$count=true&$filter=${encodeURIComponent("userType ne 'Member'")}`;
    const answers = await run([
      { id: '1', method: 'GET', url, headers: { ConsistencyLevel: 'eventual' } },
      { id: '2', method: 'GET', url },
    ]);
    expect([answers.get('1')?.status, answers.get('1')?.body['@odata.count']]).toEqual([200, 1]);
    expect(answers.get('2')?.status).toBe(400);
  });

  it('lets an advanced filter be longer than a URL may be', async () => {
    const list = Array.from({ length: 90 }, (_unused, n) => `'u${n}@example.test'`).join(',');
    const url = `/users?$count=true&$filter=${encodeURIComponent(`mail in (${list})`)}`;
    const answers = await run([{ id: '1', method: 'GET', url, headers: { ConsistencyLevel: 'eventual' } }]);
    expect(answers.get('1')?.status).toBe(200);
  });

  it('runs dependent items in order, and fails those whose dependency failed', async () => {
    const write = (item: string, value: string | null, dependsOn: string[]) => ({
      id: item,
      method: 'PATCH',
      url: `/users/${id('nora.quill')}`,
      headers: json,
      body: { onPremisesImmutableId: value },
      dependsOn,
    });
    const answers = await run([
      write('third', null, ['second']),
      write('second', '', ['FIRST']),
      write('first', values[0] ?? '', []),
    ]);
    expect(Object.fromEntries([...answers].map(([item, answer]) => [item, answer.status]))).toEqual({
      first: 204,
      second: 400,
      third: 424,
    });
    expect(client.tenant.user(id('nora.quill'))?.onPremisesImmutableId).toBe(values[0]);
  });

  const get = (item: string, more: object = {}) => ({ id: item, method: 'GET', url: '/domains', ...more });

  it.each([
    ['more than 20 items', Array.from({ length: 21 }, (_unused, n) => get(String(n)))],
    ['ids that differ by case only', [get('a'), get('A')]],
    ['an item without id', [{ method: 'GET', url: '/domains' }]],
    ['an item without method', [{ id: '1', url: '/domains' }]],
    ['a body without Content-Type', [{ id: '1', method: 'PATCH', url: '/users/x', body: {} }]],
    ['a dependency that is not there', [get('1', { dependsOn: ['2'] })]],
    ['a circle', [get('1', { dependsOn: ['2'] }), get('2', { dependsOn: ['1'] })]],
    ['no list', 'nothing'],
  ])('refuses a batch with %s, as a whole', async (_what, requests: unknown) => {
    const reply = await client.graph('/$batch', batch(requests));
    expect([reply.status, reply.json.error.code]).toEqual([400, 'BadRequest']);
  });

  it('needs a token as a whole', async () => {
    expect((await client.raw('/v1.0/$batch', batch([get('1')]))).status).toBe(401);
  });

  it('does not hold batches within', async () => {
    const answers = await run([{ id: '1', method: 'POST', url: '/$batch', headers: json, body: { requests: [] } }]);
    expect(answers.get('1')?.status).toBe(400);
  });

  it('is one request in the counters, its writes counted one by one', async () => {
    await run([
      get('1'),
      ...writable.slice(0, 3).map((user, n) => ({
        id: `w${n}`,
        method: 'PATCH',
        url: `/users/${user.id}`,
        headers: json,
        body: { onPremisesImmutableId: null },
      })),
    ]);
    expect(client.tenant.counters).toMatchObject({ total: 1, writes: 3, throttled: 0, signIns: 1 });
    const log = client.tenant.requests.filter((one) => !one.path.includes('/oauth2/'));
    expect(log.map((one) => [one.method, one.status, one.batchItem])).toEqual([
      ['GET', 200, true],
      ['PATCH', 204, true],
      ['PATCH', 204, true],
      ['PATCH', 204, true],
      ['POST', 200, false],
    ]);
    expect(new Set(log.map((one) => one.requestId)).size).toBe(1);
  });
});
