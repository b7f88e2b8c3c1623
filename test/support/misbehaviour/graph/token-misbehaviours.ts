// What a sign-in service can give in place of a token.
import { altering, type Fields, type HttpMisbehaviour, isFields } from './exchange.ts';

const doses = ['once', 'always'] as const;

const instead = (change: (token: Fields) => Fields): HttpMisbehaviour['play'] =>
  altering(({ body }) => ({ body: isFields(body) ? change(body) : body }));

const token = (value: unknown): HttpMisbehaviour['play'] => instead((body) => ({ ...body, access_token: value }));
const life = (value: unknown): HttpMisbehaviour['play'] => instead((body) => ({ ...body, expires_in: value }));

const long = 'S3cr3t'.repeat(35_000);

const odd: readonly (readonly [name: string, play: HttpMisbehaviour['play']])[] = [
  ['an empty token', token('')],
  ['a token with a line break', token('S3cr3t-of-the-first-line\r\nX-Led: S3cr3t-of-the-second-line')],
  ['a token with letters of no header', token('S3cr3t-тайна-秘密-of-no-header')],
  ['a token that is a number', token(1_234_567_890_123)],
  ['a token of 200 KB', token(long)],
  ['a token that is null', token(null)],
  ['no token', instead(({ access_token: _token, ...rest }) => rest)],
  ['a token of another kind', instead((body) => ({ ...body, token_type: 'pop' }))],
  ['a token that nobody takes', token('S3cr3t.that.nobody-takes')],
  ['a token ended long ago', life(-86_400)],
  ['a token for ever', life(1e300)],
  ['a token with a life in words', life('an hour or so')],
  ['a token without a life', instead(({ expires_in: _life, ...rest }) => rest)],
  ['an error beside the token', instead((body) => ({ ...body, error: 'odd', error_description: 'S3cr3t beside it' }))],
];

/** Discovery that leads elsewhere. */
const discovery: readonly HttpMisbehaviour[] = [
  {
    name: 'endpoints on another host',
    on: ['sign-in discovery'],
    doses,
    play: altering(({ body }, { origin, elsewhere }) => ({
      body: JSON.parse(JSON.stringify(body).replaceAll(origin, elsewhere)) as unknown,
    })),
  },
  {
    name: 'endpoints that are none',
    on: ['sign-in discovery'],
    doses,
    play: altering(({ body }) => ({ body: isFields(body) ? { ...body, token_endpoint: 'nowhere' } : body })),
  },
];

export const tokenMisbehaviours: readonly HttpMisbehaviour[] = [
  ...odd.map(([name, play]): HttpMisbehaviour => ({ name, on: ['sign-in token'], doses, play })),
  ...discovery,
];
