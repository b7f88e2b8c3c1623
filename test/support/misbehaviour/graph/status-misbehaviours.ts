// Statuses that do not go with what was done, or with what can be answered.
import type { Dice } from '../../dice.ts';
import { altering, type Answer, answering, type Exchange, type HttpMisbehaviour, json } from './exchange.ts';
import type { HttpKind } from '../request-kinds.ts';

const reads: readonly HttpKind[] = [
  'organization',
  'listing',
  'next page',
  'batch',
  'guard reading',
  'read-back',
  'recycle bin',
  'roles',
];
const readsAndSignIn: readonly HttpKind[] = ['sign-in discovery', 'sign-in token', ...reads];

type Some<Item> = readonly [Item, ...Item[]];

/** One of them, the same each time in a cell. */
const oneOf = <Item>(all: Some<Item>, throws: Dice, chosen: Map<Dice, Item>): Item => {
  const item = chosen.get(throws) ?? all[throws.whole(0, all.length - 1)] ?? all[0];
  chosen.set(throws, item);
  return item;
};

const graphError = (code: string, message: string): string => JSON.stringify({ error: { code, message } });
const plainError = graphError('SomethingElse', 'It is not as it was thought to be.');
const otherProperty = JSON.stringify({
  error: {
    code: 'Request_BadRequest',
    message: "Invalid value specified for property 'mailNickname' of resource 'User'.",
    details: [{ code: 'InvalidValue', target: 'mailNickname', message: 'Invalid value.' }],
  },
});

function status(code: number, body = plainError, headers: Answer['headers'] = json): HttpMisbehaviour['play'] {
  return answering(() => ({ status: code, headers, body }));
}

/** Of a batch the items are refused, and the batch itself is not. */
function refusing(statuses: Some<number>): HttpMisbehaviour['play'] {
  const chosen = new Map<Dice, number>();
  return altering((_part, { throws }) => ({
    status: oneOf(statuses, throws, chosen),
    body: { error: { code: 'SomethingElse', message: 'It is not as it was thought to be.' } },
  }));
}

/** After the effect: the request is passed on first. */
function afterwards(answer: Answer): HttpMisbehaviour['play'] {
  return async ({ pass, send, note }: Exchange) => {
    await pass();
    note();
    send(answer);
  };
}

const redirect = answering(({ elsewhere, asked }) => ({
  status: 302,
  headers: { location: `${elsewhere}${asked.path}` },
  body: '',
}));

const absurdWaits: Some<string> = ['99999999999', '1e9', 'Fri, 31 Dec 9999 23:59:59 GMT', '86400'];
const chosenWait = new Map<Dice, string>();
const absurdWait = answering(({ throws }) => ({
  status: 429,
  headers: { ...json, 'retry-after': oneOf(absurdWaits, throws, chosenWait) },
  body: graphError('TooManyRequests', 'Later.'),
}));

const writes: readonly (readonly [name: string, play: HttpMisbehaviour['play']])[] = [
  ['200 for 204', afterwards({ status: 200, headers: json, body: '{}' })],
  ['201', afterwards({ status: 201, headers: json, body: '{"id":"x"}' })],
  ['200 without effect', status(200, '{}')],
  ['acknowledged and not made', status(204, '', {})],
  ['304', status(304, '', {})],
  ['400 without a body', status(400, '', {})],
  ['400 of another property', status(400, otherProperty)],
  ['401', status(401, graphError('InvalidAuthenticationToken', 'Access token has expired or is not yet valid.'))],
  ['403', status(403, graphError('Authorization_RequestDenied', 'Insufficient privileges.'))],
  ['404', status(404, graphError('Request_ResourceNotFound', 'It does not exist.'))],
  ['409', status(409, graphError('ObjectConflict', 'Another object with the same value exists.'))],
  ['500', status(500)],
  ['503', status(503)],
  ['504 after the effect', afterwards({ status: 504, headers: {}, body: '<html>Gateway Timeout</html>' })],
  ['408 after the effect', afterwards({ status: 408, headers: {}, body: '' })],
];

/** A GET answered 204, with the body that a 204 cannot have. */
const noContentWithBody: HttpMisbehaviour['play'] = async ({ pass, response, note }) => {
  const { body } = await pass();
  note();
  response.socket?.write(`HTTP/1.1 204 No Content\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`);
};

const odd = [201, 202, 205, 206, 226, 299];

export const statusMisbehaviours: readonly HttpMisbehaviour[] = [
  ...writes.map(([name, play]): HttpMisbehaviour => ({ name: `status ${name}`, on: ['PATCH'], play })),
  { name: 'redirect to another host', on: [...readsAndSignIn, 'PATCH'], play: redirect },
  { name: '429 with absurd Retry-After', on: [...readsAndSignIn, 'PATCH'], needsWayOut: true, play: absurdWait },
  { name: '204 with a body', on: readsAndSignIn, doses: ['once', 'always'], play: noContentWithBody },
  { name: '204 without a body', on: readsAndSignIn, doses: ['once', 'always'], play: status(204, '', {}) },
  { name: '304 to a question', on: readsAndSignIn, doses: ['once', 'always'], play: status(304, '', {}) },
  {
    name: 'odd success',
    on: reads,
    doses: ['once', 'always'],
    play: altering(({ body }, { throws }) => ({ status: odd[throws.whole(0, odd.length - 1)] ?? 299, body })),
  },
  { name: 'refused (400, 403, 404, 405, 410, 418)', on: reads, play: refusing([400, 403, 404, 405, 410, 418]) },
  { name: 'refused with 401', on: readsAndSignIn, play: refusing([401]) },
  { name: 'broken (500, 502, 503, 504)', on: readsAndSignIn, play: refusing([500, 502, 503, 504]) },
  { name: 'empty refusal', on: readsAndSignIn, doses: ['once', 'always'], play: status(400, '', {}) },
];
