import { describe, expect, it } from 'vitest';
import type { Guid } from '../../src/core/guid.ts';
import { cast, idOf, practice } from './practice.ts';
import { failureOf } from '../support/ends.ts';

const live = cast.cloudUsers.filter((user) => user.deletedDateTime === null);

describe('readUsers', () => {
  it('reads everybody by id, 20 to a request, each answer laid by its own id', async () => {
    const { open, tenant } = await practice();
    const { reader } = await open();
    const ids = cast.cloudUsers.map((user) => user.id as Guid);
    const readings = await reader.readUsers([...ids, ...ids]);
    expect([...readings.keys()]).toEqual(ids);
    for (const user of cast.cloudUsers) {
      const reading = readings.get(user.id as Guid);
      if (user.deletedDateTime !== null) expect(reading).toEqual({ kind: 'missing' });
      else
        expect(reading).toMatchObject({
          kind: 'user',
          user: { id: user.id, onPremisesImmutableId: user.onPremisesImmutableId },
        });
    }
    const graph = tenant.requests.filter((one) => one.path.includes('/v1.0/'));
    const batches = Math.ceil(cast.cloudUsers.length / 20);
    expect(graph.map((one) => one.path)).toEqual(Array.from({ length: batches }, () => '/v1.0/$batch'));
    expect(reader.counts()).toEqual({ graph: batches, graphWrites: 0, graphThrottled: 0 });
  });

  it('asks again for the items that were refused for now, and only for those', async () => {
    const { open, tenant, clock } = await practice();
    const { reader } = await open();
    const slow = new Map([
      [idOf('nora.quill') as string, '3'],
      [idOf('iris.vance') as string, '12.25'],
    ]);
    tenant.hooks.onRequest = (request) => {
      const id = request.batchItem ? [...slow.keys()].find((one) => request.path.includes(one)) : undefined;
      if (id === undefined) return undefined;
      const wait = slow.get(id) ?? '0';
      slow.delete(id);
      return {
        status: 429,
        headers: { 'Retry-After': wait },
        body: { error: { code: 'TooManyRequests', message: 'later' } },
      };
    };
    const readings = await reader.readUsers(live.slice(0, 20).map((user) => user.id as Guid));
    expect([...readings.values()].every((one) => one.kind === 'user')).toBe(true);
    expect(clock.slept).toEqual([12_250]);
    expect(tenant.requests.filter((one) => one.batchItem)).toHaveLength(22);
    expect(reader.counts()).toEqual({ graph: 2, graphWrites: 0, graphThrottled: 2 });
  });

  it('says of one user that it is unreadable, and reads the others', async () => {
    const { open, tenant } = await practice();
    const { reader } = await open();
    tenant.hooks.onRequest = (request) =>
      request.batchItem && request.path.includes(idOf('nora.quill'))
        ? {
            status: 500,
            body: { error: { code: 'InternalServerError', message: 'broken', innerError: { 'request-id': 'r-7' } } },
          }
        : undefined;
    const readings = await reader.readUsers([idOf('nora.quill'), idOf('iris.vance')]);
    expect(readings.get(idOf('nora.quill'))).toMatchObject({
      kind: 'unreadable',
      failure: { message: 'broken', facts: { code: 'server-error', status: 500, requestId: 'r-7' } },
    });
    expect(readings.get(idOf('iris.vance'))).toMatchObject({ kind: 'user' });
  });

  it('reads nothing when asked for nobody', async () => {
    const { open } = await practice();
    const { reader } = await open();
    expect(await reader.readUsers([])).toEqual(new Map());
    expect(reader.counts().graph).toBe(0);
  });
});

describe('setImmutableId', () => {
  it('sets, and clears with JSON null, by object id in one PATCH each', async () => {
    const { open, tenant } = await practice();
    const { openWriters, reader } = await open();
    const id = idOf('nora.quill');
    const bodies: string[] = [];
    tenant.hooks.onRequest = (request) => {
      if (request.method === 'PATCH') bodies.push(request.body);
      return undefined;
    };
    const { requestId } = await openWriters()[0].setImmutableId(id, 'Ur26aD5C+UGp5ul88++e1Q==');
    expect(tenant.user(id)?.onPremisesImmutableId).toBe('Ur26aD5C+UGp5ul88++e1Q==');
    const patch = tenant.requests.find((one) => one.method === 'PATCH');
    expect(patch).toMatchObject({ path: `/v1.0/users/${id}`, status: 204, requestId });
    await openWriters()[0].setImmutableId(id, null);
    expect(tenant.user(id)?.onPremisesImmutableId).toBeNull();
    expect(bodies.map((body) => JSON.parse(body) as unknown)).toEqual([
      { onPremisesImmutableId: 'Ur26aD5C+UGp5ul88++e1Q==' },
      { onPremisesImmutableId: null },
    ]);
    expect(reader.counts()).toEqual({ graph: 2, graphWrites: 2, graphThrottled: 0 });
  });

  it('names the live or deleted user who has the ID already', async () => {
    const { open } = await practice();
    const writer = (await open()).openWriters()[0];
    const twin = await failureOf(writer.setImmutableId(idOf('lena.twin'), '2g+Tvksmgk2pXe4lKP5/Dw=='));
    expect(twin.facts).toMatchObject({
      code: 'conflict',
      scope: 'row',
      retry: 'never',
      effect: 'none',
      conflictingId: idOf('ltwin1234'),
    });
    expect(twin.message).toContain('onPremisesImmutableId already exists');
    const bin = await failureOf(writer.setImmutableId(idOf('gus.bin'), 'NKT48cjPGEWnXTXkSfzB8w=='));
    expect(bin.facts).toMatchObject({ code: 'conflict', conflictingId: '672c888b-d0fd-4dda-a38b-c7fe8874141a' });
  });

  it('tells what Graph says of a synced user, of a user who is gone, and of a value that is not taken', async () => {
    const { open, tenant } = await practice();
    const writer = (await open()).openWriters()[0];
    const synced = await failureOf(writer.setImmutableId(idOf('will.sync'), 'x'));
    expect(synced.facts).toMatchObject({
      code: 'bad-request',
      status: 400,
      serviceCode: 'Request_BadRequest',
      effect: 'none',
    });
    expect(synced.message).toContain('on-premises mastered');
    expect(synced.facts.requestId).toBe(tenant.requests.at(-1)?.requestId);
    const gone = await failureOf(writer.setImmutableId('41bb3eff-2ee7-4290-a3d8-d5791c04c901' as Guid, 'x'));
    expect(gone.facts).toMatchObject({ code: 'bad-request', status: 404, effect: 'none' });
    expect((await failureOf(writer.setImmutableId(idOf('nora.quill'), 'a$b'))).facts.code).toBe('bad-request');
  });

  it('is refused as a row, not as a run, where the application may only read', async () => {
    const { open } = await practice({ permissions: ['User.Read.All'] });
    const failure = await failureOf((await open()).openWriters()[0].setImmutableId(idOf('nora.quill'), 'x'));
    expect(failure.facts).toMatchObject({
      code: 'forbidden',
      scope: 'row',
      retry: 'never',
      effect: 'none',
      status: 403,
    });
  });

  it('is sent once: repeating what was throttled, failed or cut off is the caller’s', async () => {
    const { open, tenant, clock } = await practice();
    const writer = (await open()).openWriters()[0];
    const id = idOf('nora.quill');
    const cases = [
      [
        { status: 429, headers: { 'Retry-After': '2.128' }, body: {} },
        { code: 'throttled', retry: 'later', effect: 'none', retryAfterMs: 2_128 },
      ],
      [
        { status: 503, body: {} },
        { code: 'server-error', retry: 'later', effect: 'unknown' },
      ],
      ['reset-before', { code: 'unreachable', retry: 'later', effect: 'unknown' }],
      ['reset-after', { code: 'unreachable', retry: 'later', effect: 'unknown' }],
    ] as const;
    for (const [answer, facts] of cases) {
      tenant.hooks.onRequest = (request) => (request.method === 'PATCH' ? answer : undefined);
      expect((await failureOf(writer.setImmutableId(id, 'x'))).facts).toMatchObject(facts);
    }
    expect(tenant.user(id)?.onPremisesImmutableId).toBe('x');
    expect(tenant.requests.filter((one) => one.method === 'PATCH')).toHaveLength(cases.length);
    expect(clock.slept).toEqual([]);
  });

  it('is not even sent when the token cannot be renewed, which stops the run', async () => {
    const { open, tenant, clock } = await practice();
    const writer = (await open()).openWriters()[0];
    await clock.sleep(3_600_000);
    tenant.hooks.onRequest = (request) =>
      request.kind === 'sign-in' && request.method === 'POST'
        ? {
            status: 401,
            body: {
              error: 'invalid_client',
              error_description: 'AADSTS7000222: The provided client secret keys are expired.',
            },
          }
        : undefined;
    const failure = await failureOf(writer.setImmutableId(idOf('nora.quill'), 'x'));
    expect(failure.facts).toEqual({ code: 'forbidden', scope: 'run', retry: 'never', effect: 'none' });
    expect(failure.cause).toMatchObject({ code: 'client-secret-expired', exitCode: 2 });
    expect(tenant.counters.writes).toBe(0);
  });
});

describe('setUserPrincipalName', () => {
  it('moves a user to another name, by object id in one PATCH that touches nothing else', async () => {
    const { open, tenant } = await practice();
    const { openWriters, reader } = await open();
    const id = idOf('nora.quill');
    const before = tenant.user(id);
    const bodies: string[] = [];
    tenant.hooks.onRequest = (request) => {
      if (request.method === 'PATCH') bodies.push(request.body);
      return undefined;
    };
    const { requestId } = await openWriters()[0].setUserPrincipalName(id, "o'nora#quill@example.onmicrosoft.test");
    expect(tenant.user(id)).toEqual({ ...before, userPrincipalName: "o'nora#quill@example.onmicrosoft.test" });
    const patch = tenant.requests.find((one) => one.method === 'PATCH');
    expect(patch).toMatchObject({ path: `/v1.0/users/${id}`, status: 204, requestId });
    expect(bodies.map((body) => JSON.parse(body) as unknown)).toEqual([
      { userPrincipalName: "o'nora#quill@example.onmicrosoft.test" },
    ]);
    expect(reader.counts()).toEqual({ graph: 1, graphWrites: 1, graphThrottled: 0 });
  });

  it('fails as any write does: a name that is taken, an unknown domain, a lost answer', async () => {
    const { open, tenant } = await practice();
    const writer = (await open()).openWriters()[0];
    const id = idOf('nora.quill');
    const taken = await failureOf(writer.setUserPrincipalName(id, 'iris.vance@example.test'));
    expect(taken.facts).toMatchObject({ code: 'conflict', effect: 'none', conflictingId: idOf('iris.vance') });
    const unknown = await failureOf(writer.setUserPrincipalName(id, 'nora@unverified.invalid'));
    expect(unknown.facts).toMatchObject({ code: 'bad-request', effect: 'none' });
    tenant.hooks.onRequest = (request) => (request.method === 'PATCH' ? 'reset-after' : undefined);
    const lost = await failureOf(writer.setUserPrincipalName(id, 'nora@example.onmicrosoft.test'));
    expect(lost.facts).toMatchObject({ code: 'unreachable', retry: 'later', effect: 'unknown' });
    expect(tenant.user(id)?.userPrincipalName).toBe('nora@example.onmicrosoft.test');
  });
});

describe('a tenant', () => {
  it('is planned with a reader that has no way to write', async () => {
    const { open } = await practice();
    const { reader } = await open();
    expect(Object.keys(reader).toSorted()).toEqual([
      'counts',
      'describe',
      'preflight',
      'readUsers',
      'survey',
      'switches',
      'syncStates',
      'syncedUsers',
    ]);
  });
});
