import { describe, expect, it } from 'vitest';
import { Failure, RunFault } from '../../../src/core/failure.ts';
import {
  type Answer,
  type Attempt,
  failureOfAnswer,
  retryAfter,
  runFaultOf,
} from '../../../src/graph/http/failures.ts';
import { failureOfNetwork } from '../../../src/graph/http/network-failures.ts';

const now = new Date('2026-03-02T10:00:00Z');
const read: Attempt = { writes: false, needs: 'User.Read.All', service: 'Graph' };
const write: Attempt = { ...read, writes: true, needs: 'User.ReadWrite.All' };

const answer = (status: number, error?: object, headers: Record<string, string> = {}): Answer => ({
  status,
  headers,
  body: error === undefined ? null : { error },
});
const judge = (given: Answer, attempt: Attempt = write) => failureOfAnswer(given, attempt, now);

describe('failureOfAnswer', () => {
  it('reads a conflict with the other user out of the details (400)', () => {
    const message = 'Another object with the same value for property onPremisesImmutableId already exists.';
    const failure = judge(
      answer(400, {
        code: 'Request_BadRequest',
        message,
        details: [
          { code: 'ObjectConflict', message, target: 'onPremisesImmutableId' },
          { code: 'ConflictingObjects', message, target: 'User_8702DE56-f754-4fe8-aeba-b0c60782e7ce' },
        ],
      }),
    );
    expect(failure.facts).toMatchObject({
      code: 'conflict',
      scope: 'row',
      retry: 'never',
      effect: 'none',
      conflictingId: '8702de56-f754-4fe8-aeba-b0c60782e7ce',
    });
    expect(failure.message).toBe(message);
  });

  it.each([
    ['a target', { details: [{ code: 'ObjectConflict', message: 'x', target: 'OnPremisesImmutableID' }] }],
    [
      'the sentence',
      { message: 'Another object with the same value for property OnPremisesImmutableId already exists.' },
    ],
    [
      'the second of two details',
      {
        details: [
          { code: 'ObjectConflict', target: 'proxyAddresses' },
          { code: 'ObjectConflict', target: 'onPremisesImmutableId' },
        ],
      },
    ],
  ])('names the immutable ID as the property in conflict when %s does', (_where, said) => {
    const failure = judge(answer(400, { code: 'ObjectConflict', message: 'x', ...said }));
    expect(failure.facts).toMatchObject({ code: 'conflict', property: 'onPremisesImmutableId' });
  });

  it('names another property where that is the one, and none where none is told', () => {
    const target = { code: 'ObjectConflict', target: 'proxyAddresses' };
    const conflict = judge(answer(400, { code: 'Request_BadRequest', message: 'x', details: [target] }));
    expect(conflict.facts).toMatchObject({ code: 'conflict', property: 'proxyAddresses' });
    const message = "Invalid value specified for property 'userPrincipalName' of resource 'User'.";
    const refused = judge(answer(400, { code: 'Request_BadRequest', message }));
    expect(refused.facts).toMatchObject({ code: 'bad-request', property: 'userPrincipalName' });
    const other = { code: 'ConflictingObjects', target: 'User_8702DE56-f754-4fe8-aeba-b0c60782e7ce' };
    for (const error of [{ details: [other] }, {}]) {
      const failure = judge(answer(409, { code: 'x', message: 'One or more properties are not valid.', ...error }));
      expect(failure.facts).not.toHaveProperty('property');
    }
  });

  it.each([409, 400])('takes a meeting of two changes for passing, and for no conflict (%i)', (status) => {
    const failure = judge(answer(status, { code: 'Directory_ConcurrencyViolation', message: 'x' }));
    expect(failure.facts).toMatchObject({ code: 'server-error', scope: 'row', retry: 'later', effect: 'none' });
  });

  it('leaves the effect of a write open after an answer that is none of Graph', () => {
    expect(judge(answer(302)).facts).toMatchObject({ code: 'unexpected', retry: 'never', effect: 'unknown' });
    expect(judge(answer(302), read).facts).toMatchObject({ code: 'unexpected', effect: 'none' });
  });

  it('takes a 409, a bare message and other kinds of object for a conflict too, without inventing a user', () => {
    for (const given of [
      answer(409, { code: 'Request_MultipleObjectsWithSameKeyValue', message: 'x' }),
      answer(400, {
        code: 'Request_BadRequest',
        message: 'Another object with the same value for property proxyAddresses already exists.',
      }),
      answer(400, {
        code: 'Request_BadRequest',
        message: 'x',
        details: [{ code: 'ConflictingObjects', target: 'Group_8702de56-f754-4fe8-aeba-b0c60782e7ce' }],
      }),
      answer(409),
    ]) {
      const failure = judge(given);
      expect(failure.facts.code).toBe('conflict');
      expect(failure.facts).not.toHaveProperty('conflictingId');
    }
  });

  it('takes the refusal to change a synced user for a bad request, with its text', () => {
    const message = 'Unable to update the specified properties for on-premises mastered Directory Sync objects.';
    const failure = judge(answer(400, { code: 'Request_BadRequest', message, innerError: { 'request-id': 'r-1' } }));
    expect(failure.facts).toMatchObject({
      code: 'bad-request',
      retry: 'never',
      effect: 'none',
      requestId: 'r-1',
      serviceCode: 'Request_BadRequest',
    });
    expect(failure.message).toBe(message);
  });

  it('leaves the effect of a write open after a 5xx, and of a read never', () => {
    for (const status of [500, 502, 503, 504]) {
      expect(judge(answer(status)).facts).toMatchObject({ code: 'server-error', retry: 'later', effect: 'unknown' });
      expect(judge(answer(status), read).facts).toMatchObject({ code: 'server-error', retry: 'later', effect: 'none' });
    }
  });

  it('does not repeat what is not implemented: asking again makes no difference', () => {
    expect(judge(answer(501), read).facts).toMatchObject({ code: 'server-error', retry: 'never', effect: 'none' });
  });

  it('knows that a throttled write had no effect, and how long to wait', () => {
    const failure = judge(answer(429, { code: 'TooManyRequests', message: 'm' }, { 'retry-after': '2.128' }));
    expect(failure.facts).toMatchObject({
      code: 'throttled',
      scope: 'row',
      retry: 'later',
      effect: 'none',
      retryAfterMs: 2128,
    });
  });

  it('stops the run for a refused read, naming the permission; a refused write concerns its row alone', () => {
    const denied = answer(403, { code: 'Authorization_RequestDenied', message: 'Insufficient privileges.' });
    const stop = judge(denied, read);
    expect(stop.facts).toMatchObject({ code: 'forbidden', scope: 'run', retry: 'never' });
    expect(stop.cause).toBeInstanceOf(RunFault);
    expect((stop.cause as RunFault).hint).toContain('User.Read.All');
    expect(judge(denied).facts).toMatchObject({ code: 'forbidden', scope: 'row', effect: 'none' });
  });

  it('says of a write to a user who is gone that the user is gone', () => {
    const failure = judge(answer(404, { code: 'Request_ResourceNotFound', message: "Resource 'x' does not exist." }));
    expect(failure.facts.code).toBe('bad-request');
    expect(failure.message).toMatch(/^The user does not exist any more/);
  });

  it('prefers the request id of the header to the one in the body', () => {
    const failure = judge(answer(400, { code: 'c', innerError: { 'request-id': 'body' } }, { 'request-id': 'header' }));
    expect(failure.facts.requestId).toBe('header');
  });

  it('does not take a redirect for success', () => {
    expect(judge(answer(302), read).facts).toMatchObject({ code: 'unexpected', scope: 'run', retry: 'never' });
  });
});

describe('retryAfter', () => {
  it.each([
    ['3', 3000],
    ['0', 0],
    ['2.128', 2128],
    ['Mon, 02 Mar 2026 10:00:07 GMT', 7000],
    ['Mon, 02 Mar 2026 09:59:00 GMT', 0],
    ['soon', undefined],
    ['-5', undefined],
    ['', undefined],
    [undefined, undefined],
  ])('reads %s as %s ms', (value, expected) => {
    expect(retryAfter(value, now)).toBe(expected);
  });
});

describe('failureOfNetwork', () => {
  const broken = (code: string, more: object = {}): Error =>
    new TypeError('fetch failed', { cause: Object.assign(new Error(`it was ${code}`), { code, ...more }) });

  it.each(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'UND_ERR_CONNECT_TIMEOUT', 'EHOSTUNREACH'])(
    'knows that nothing was sent when there was no connection (%s)',
    (code) => {
      const error = broken(code, { syscall: 'connect' });
      const failure = failureOfNetwork(error, 'graph.test', write);
      expect(failure.facts).toEqual({ code: 'unreachable', scope: 'run', retry: 'later', effect: 'none' });
      expect(failure.cause).toBeInstanceOf(RunFault);
      expect((failure.cause as RunFault).cause).toBe(error);
      expect(failure.message).toContain(`it was ${code}`);
    },
  );

  it.each([
    ['EHOSTUNREACH', 'unreachable'],
    ['ENETUNREACH', 'unreachable'],
    ['ECONNRESET', 'unreachable'],
    ['UND_ERR_SOCKET', 'unreachable'],
    ['EPIPE', 'unreachable'],
    ['UND_ERR_HEADERS_TIMEOUT', 'timed-out'],
    ['UND_ERR_BODY_TIMEOUT', 'timed-out'],
    ['ETIMEDOUT', 'timed-out'],
    ['SOMETHING_NEW', 'unreachable'],
  ])('leaves the effect of a write open when the connection broke (%s)', (code, expected) => {
    const error = broken(code);
    const failure = failureOfNetwork(error, 'graph.test', write);
    expect(failure.facts).toEqual({ code: expected, scope: 'row', retry: 'later', effect: 'unknown' });
    expect(failure.cause).toBe(error);
    expect(failureOfNetwork(error, 'graph.test', read).facts.effect).toBe('none');
  });

  it('tells a connect time-out from one after sending', () => {
    expect(failureOfNetwork(broken('ETIMEDOUT', { syscall: 'connect' }), 'h', write).facts.effect).toBe('none');
    const all = new TypeError('fetch failed', { cause: Object.assign(new AggregateError([]), { code: 'ETIMEDOUT' }) });
    expect(failureOfNetwork(all, 'h', write).facts.effect).toBe('none');
  });

  it.each([
    ['SELF_SIGNED_CERT_IN_CHAIN', 'NODE_EXTRA_CA_CERTS'],
    ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'NODE_EXTRA_CA_CERTS'],
    ['CERT_HAS_EXPIRED', 'clock'],
    ['CERT_NOT_YET_VALID', 'clock'],
    ['ERR_TLS_CERT_ALTNAME_INVALID', '--graph-url'],
  ] as const)('stops at a certificate that is not trusted and says what helps (%s: %s)', (code, remedy) => {
    const failure = failureOfNetwork(broken(code), 'graph.test', read);
    expect(failure.facts).toMatchObject({ scope: 'run', retry: 'never', effect: 'none' });
    expect((failure.cause as RunFault).hint).toContain(remedy);
  });

  it('names the proxy when it was the proxy that refused', () => {
    const error = new TypeError('fetch failed', {
      cause: new Error('Proxy response (407) !== 200 when HTTP Tunneling'),
    });
    expect(failureOfNetwork(error, 'graph.test', read).message).toBe(
      'The proxy refused to connect to graph.test, with status 407.',
    );
  });
});

describe('runFaultOf', () => {
  it('gives the fault behind a failure, makes one where there is none, and lets bugs through', () => {
    const stop = failureOfAnswer(answer(401), read, now);
    expect(runFaultOf(stop)).toBe(stop.cause);
    const made = runFaultOf(failureOfAnswer(answer(503, undefined, { 'request-id': 'r-9' }), read, now));
    expect(made).toBeInstanceOf(RunFault);
    expect((made as RunFault).message).toContain('r-9');
    expect((made as RunFault).cause).toBeInstanceOf(Failure);
    const bug = new TypeError('bug');
    expect(runFaultOf(bug)).toBe(bug);
  });
});
