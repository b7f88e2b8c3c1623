// Whatever comes back, reading it gives a value, a Failure or a RunFault: never another exception.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Failure, RunFault } from '../../../src/core/failure.ts';
import type { Guid } from '../../../src/core/guid.ts';
import type { Answer } from '../../../src/graph/http/failures.ts';
import { failureOfAnswer } from '../../../src/graph/http/failures.ts';
import type { GraphClient } from '../../../src/graph/http/client.ts';
import { openReader } from '../../../src/graph/reader.ts';
import { openWriter } from '../../../src/graph/writer.ts';
import { makeRetry } from '../../../src/run/retry.ts';
import { silent, someTenant, testClock } from '../graph-server.ts';

const id = '46c82861-23b9-470b-ab37-a08402a70c67' as Guid;
const runs = { numRuns: 60 };

// Names that the readers look for, so that what is made is odd in its depths and not only at its surface.
const names = fc.constantFrom(
  'value',
  '@odata.nextLink',
  'responses',
  'id',
  'status',
  'headers',
  'body',
  'error',
  'code',
  'message',
  'details',
  'target',
  'innerError',
  'features',
  'userPrincipalName',
  'proxyAddresses',
  'onPremisesImmutableId',
  'onPremisesSyncEnabled',
  'displayName',
  'principalId',
  'roleDefinitionId',
  'isVerified',
  '__proto__',
  'request-id',
);
const { json } = fc.letrec<{ json: unknown }>((tie) => ({
  json: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.constantFrom<unknown>(null, true, '', id, '1', 'https://graph.test/v1.0/x', 'SMTP:', 200, -1, 1e300, '\u0000'),
    fc.string(),
    fc.array(tie('json'), { maxLength: 4 }),
    fc.dictionary(names, tie('json'), { maxKeys: 5 }),
  ),
}));
const status = fc.constantFrom(200, 204, 206, 302, 304, 400, 401, 403, 404, 409, 412, 429, 500, 501, 503, 999);

function answering(answers: readonly Answer[]): GraphClient {
  let n = 0;
  return {
    // The client's own part: whatever is no 2xx is a Failure.
    async call({ method, needs }) {
      const answer = answers[n++ % answers.length];
      if (answer === undefined) throw new Error('no answer was made');
      const attempt = { writes: method === 'PATCH', needs, service: 'Graph' };
      if (answer.status < 200 || answer.status > 299) throw failureOfAnswer(answer, attempt, new Date(0));
      return answer;
    },
    counts: () => ({ graph: n, graphWrites: 0, graphThrottled: 0 }),
    renewToken: () => Promise.resolve(),
    noteThrottled: () => undefined,
  };
}

const answers = fc.array(fc.record({ status, headers: fc.constant({}), body: json }), { minLength: 1, maxLength: 3 });

describe('any JSON at all', () => {
  it('from the tenant is read, or refused in a sentence', async () => {
    await fc.assert(
      fc.asyncProperty(answers, async (given) => {
        const clock = testClock();
        const client = answering(given);
        const reader = openReader(
          {
            client,
            retry: makeRetry(clock),
            clock,
            log: silent,
            inFlight: 2,
            mode: 'listing',
          },
          someTenant,
        );
        const asked = [
          () => reader.describe(),
          () => reader.preflight(),
          () => reader.switches(),
          () =>
            reader.survey({ refs: [{ kind: 'upn', upn: 'a@b.test' }], immutableIds: ['x'], addresses: ['a@b.test'] }),
          () => reader.syncedUsers(5),
        ];
        for (const ask of asked) {
          const end: unknown = await ask().catch((error: unknown) => error);
          if (end instanceof Error) expect(end).toBeInstanceOf(RunFault);
        }
        // These two say of each user how it went.
        expect([...(await reader.readUsers([id])).keys()]).toEqual([id]);
        expect([...(await reader.syncStates([id])).keys()]).toEqual([id]);
      }),
      runs,
    );
  }, 60_000);

  it('in a refusal makes a Failure of it', () => {
    fc.assert(
      fc.property(status, json, (code, body) => {
        const attempt = { writes: true, needs: '', service: 'Graph' };
        for (const answer of [body, { error: body }, { error: { code: 'x', details: body } }]) {
          const failure = failureOfAnswer({ status: code, headers: {}, body: answer }, attempt, new Date(0));
          expect(failure).toBeInstanceOf(Failure);
          expect(failure.message.trim()).not.toBe('');
        }
      }),
    );
  });

  it('and any status but 204 for a write leaves it open or refused, never acknowledged', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 200, max: 299 }), json, async (code, body) => {
        const writer = openWriter(answering([{ status: code, headers: {}, body }]), 'app');
        const end: unknown = await writer.setImmutableId(id, 'x').catch((error: unknown) => error);
        if (code === 204) expect(end).toEqual({ requestId: null, quotaUse: null });
        else expect(end).toMatchObject({ facts: { code: 'unexpected', effect: 'unknown', retry: 'later' } });
      }),
      runs,
    );
  });
});

describe('a batch', () => {
  const other = '11111111-1111-4111-8111-111111111111' as Guid;
  const user = (who: Guid, value: string | null = null): object => ({
    id: who,
    userPrincipalName: 'u@x.test',
    onPremisesImmutableId: value,
    onPremisesSyncEnabled: null,
  });
  const read = async (responses: readonly unknown[]): Promise<Record<string, string>> => {
    const clock = testClock();
    const client = answering([{ status: 200, headers: {}, body: { responses } }]);
    const reader = openReader({ client, retry: makeRetry(clock), clock, log: silent, inFlight: 2 }, someTenant);
    const found = await reader.readUsers([id, other]);
    return Object.fromEntries([...found].map(([who, { kind }]) => [who === id ? 'one' : 'other', kind]));
  };
  const item = (place: string, body: unknown, code = 200): object => ({ id: place, status: code, body });

  it.each([
    ['swapped', [item('1', user(other)), item('2', user(id))], { one: 'unreadable', other: 'unreadable' }],
    ['of one user alone', [item('1', user(id)), item('2', user(id))], { one: 'user', other: 'unreadable' }],
    ['with one left out', [item('2', user(other))], { one: 'unreadable', other: 'user' }],
    ['for ids nobody asked', [item('7', user(id)), item('8', user(other))], { one: 'unreadable', other: 'unreadable' }],
    [
      'more than the questions',
      [item('1', user(id)), item('2', user(other)), item('3', user(id)), item('x', null, 503)],
      { one: 'user', other: 'user' },
    ],
    [
      'that contradict each other for one id',
      [item('1', user(id, 'a')), item('2', user(other)), item('1', user(id, 'b'))],
      { one: 'unreadable', other: 'user' },
    ],
    [
      'without the immutable ID',
      [item('1', { id, userPrincipalName: 'u' }), item('2', user(other))],
      { one: 'unreadable', other: 'user' },
    ],
  ])('whose answers are %s gives no user in the place of another', async (_what, responses, kinds) => {
    expect(await read(responses)).toEqual(kinds);
  });
});
