// Heads of answers that nobody should send.
import { type Answer, type Exchange, type HttpMisbehaviour, rewriting } from './exchange.ts';
import { type HttpKind, httpKinds } from '../request-kinds.ts';

const everything = Object.keys(httpKinds) as HttpKind[];
const doses = ['once', 'always'] as const;

const withHeaders = (headers: Answer['headers']): HttpMisbehaviour['play'] =>
  rewriting((answer) => ({ ...answer, headers: { ...answer.headers, ...headers } }));

/** Writes the answer byte by byte as told, past Node's own checks, and ends the connection. */
function onTheWire(head: (answer: Answer) => string): HttpMisbehaviour['play'] {
  return async ({ pass, response, note }: Exchange) => {
    const answer = await pass();
    note();
    response.socket?.end(`${head(answer)}\r\n\r\n${answer.body}`);
  };
}

const length = ({ body }: Answer): number => Buffer.byteLength(body);
const statusLine = ({ status }: Answer): string => `HTTP/1.1 ${status} OK`;
const shortHead = (answer: Answer): string => `${statusLine(answer)}\r\nContent-Type: application/json`;

export const headerMisbehaviours: readonly HttpMisbehaviour[] = [
  {
    name: 'hundreds of headers',
    on: everything,
    doses,
    play: withHeaders(Object.fromEntries(Array.from({ length: 400 }, (_, n) => [`x-more-${n}`, 'so it goes']))),
  },
  { name: 'a huge header', on: everything, doses, play: withHeaders({ 'x-huge': 'h'.repeat(200_000) }) },
  {
    name: 'headers with odd values',
    on: everything,
    doses,
    play: withHeaders({
      'request-id': '=cmd|calc\u00ff\u0080 "<script>alert(1)</script>',
      'x-ms-throttle-limit-percentage': 'NaN',
      'retry-after': '-1e999',
      date: 'the day after',
    }),
  },
  {
    name: 'control characters in a header',
    on: everything,
    doses,
    play: onTheWire(
      (answer) => `${shortHead(answer)}\r\nrequest-id: a\u0007\u001b[2Jb\r\nContent-Length: ${length(answer)}`,
    ),
  },
  {
    name: 'a content length that is too long',
    on: everything.filter((kind) => kind !== 'PATCH'),
    doses,
    play: onTheWire((answer) => `${shortHead(answer)}\r\nContent-Length: ${length(answer) + 99}`),
  },
  {
    name: 'a content length that is too short',
    on: everything.filter((kind) => kind !== 'PATCH'),
    doses,
    play: onTheWire((answer) => `${shortHead(answer)}\r\nContent-Length: ${Math.max(1, length(answer) - 9)}`),
  },
  {
    name: 'no HTTP at all',
    on: everything,
    doses,
    play: ({ response, note }) => {
      note();
      response.socket?.end('220 mail.example.test ESMTP\r\n');
    },
  },
  {
    name: 'gzip that is none',
    on: everything.filter((kind) => kind !== 'PATCH'),
    doses,
    play: withHeaders({ 'content-encoding': 'gzip' }),
  },
];
