// Bodies that are not what was asked for, whoever asked.
import { altering, answering, type HttpMisbehaviour, json, rewriting } from './exchange.ts';
import { type HttpKind, httpKinds } from '../request-kinds.ts';

const withBody = (Object.keys(httpKinds) as HttpKind[]).filter((kind) => kind !== 'PATCH');
const doses = ['once', 'always'] as const;

const page = `<!DOCTYPE html><html><head><title>Sign in to the network</title></head><body>${'<p>Welcome</p>'.repeat(
  200,
)}<script>alert(1)</script></body></html>`;

/** JSON of every kind but an object. */
const others: readonly unknown[] = [[], [null], 42, 'text', true, -0.5];

export const bodyMisbehaviours: readonly HttpMisbehaviour[] = [
  {
    name: 'HTML page with 200',
    on: [...withBody, 'PATCH'],
    play: answering(() => ({ status: 200, headers: { 'content-type': 'text/html' }, body: page })),
  },
  {
    name: 'truncated JSON',
    on: withBody,
    doses,
    play: rewriting((answer, { throws }) => ({
      ...answer,
      body: answer.body.slice(0, throws.whole(1, Math.max(1, answer.body.length - 2))),
    })),
  },
  {
    name: 'JSON twice',
    on: withBody,
    doses,
    play: rewriting((answer) => ({ ...answer, body: answer.body.repeat(2) })),
  },
  { name: 'empty body', on: withBody, doses, play: rewriting((answer) => ({ ...answer, body: '' })) },
  { name: 'JSON null', on: withBody, doses, play: altering(() => ({ body: null })) },
  {
    name: 'JSON of another kind',
    on: withBody,
    doses,
    play: altering((_part, { throws }) => ({ body: others[throws.whole(0, others.length - 1)] })),
  },
  {
    name: 'empty object',
    on: withBody,
    doses,
    play: altering(() => ({ body: {} })),
  },
  {
    name: 'error in a 200',
    on: withBody,
    doses,
    play: answering(() => ({
      status: 200,
      headers: json,
      body: JSON.stringify({ error: { code: 'UnknownError', message: 'It went wrong.' } }),
    })),
  },
  {
    name: 'JSON that is very deep',
    on: withBody,
    doses,
    play: answering(() => ({ status: 200, headers: json, body: '[{"value":'.repeat(50_000) })),
  },
  {
    name: 'names of Object.prototype',
    on: withBody,
    doses,
    play: rewriting((answer) => ({
      ...answer,
      body: answer.body.replace('{', '{"__proto__":{"id":"x","value":[]},"constructor":null,"toString":1,'),
    })),
  },
  {
    name: 'bytes that are no UTF-8',
    on: withBody,
    doses,
    play: async ({ pass, response, note }) => {
      const { body } = await pass();
      note();
      const bytes = Buffer.from(body);
      response.writeHead(200, { ...json, 'content-length': bytes.length });
      response.end(bytes.map((byte, at) => (at % 7 === 3 && byte > 0x60 && byte < 0x7b ? 0xff : byte)));
    },
  },
];
