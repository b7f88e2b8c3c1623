// What a connection can do to an answer: break, stand still, or have no end.
import type { ServerResponse } from 'node:http';
import { gzipSync } from 'node:zlib';
import { type Exchange, type HttpMisbehaviour, json } from './exchange.ts';
import { type HttpKind, httpKinds } from '../request-kinds.ts';

const everything = Object.keys(httpKinds) as HttpKind[];

/** Does something every so often until the other side has had enough. */
function every(ms: number, response: ServerResponse, work: () => void): void {
  const timer = setInterval(work, ms);
  response.once('close', () => clearInterval(timer));
}

async function drip(exchange: Exchange): Promise<void> {
  const { body } = await exchange.pass();
  exchange.note();
  exchange.response.writeHead(200, json);
  let at = 0;
  // A blank where the answer would end: white space is no end of JSON.
  every(300, exchange.response, () => exchange.response.write(at < body.length - 1 ? body.charAt(at++) : ' '));
}

function endless({ response, note }: Exchange): void {
  note();
  response.writeHead(200, json);
  response.write('{"value":[');
  const piece = `${' '.repeat(65_535)}\n`;
  every(20, response, () => {
    if (response.writableLength < 1_000_000) response.write(piece);
  });
}

const million = gzipSync(Buffer.alloc(1_000_000, ' '));
/** So many MB of blanks in valid JSON; gzip allows several streams behind each other, so it is made once and repeated. */
const hugeInMb = 400;
let huge: Buffer | undefined;

function oversized({ response, note }: Exchange): void {
  note();
  huge ??= Buffer.concat([gzipSync('{"value":[]'), ...Array.from({ length: hugeInMb }, () => million), gzipSync('}')]);
  response.writeHead(200, { ...json, 'content-encoding': 'gzip', 'content-length': huge.length });
  response.end(huge);
}

export const connectionMisbehaviours: readonly HttpMisbehaviour[] = [
  {
    name: 'reset before the effect',
    on: everything,
    play: ({ response, note }) => {
      note();
      response.destroy();
    },
  },
  {
    name: 'reset after the effect',
    on: everything,
    play: async ({ pass, response, note }) => {
      await pass();
      note();
      response.destroy();
    },
  },
  {
    name: 'reset within the answer',
    on: everything.filter((kind) => kind !== 'PATCH'),
    doses: ['once', 'always'],
    play: async ({ pass, response, note }) => {
      const { body } = await pass();
      note();
      response.writeHead(200, { ...json, 'content-length': Buffer.byteLength(body) });
      response.write(body.slice(0, body.length / 2));
      // What was written gets its way first.
      setTimeout(() => response.destroy(), 50);
    },
  },
  { name: 'hang', on: everything, isSlow: true, play: ({ note }) => note() },
  {
    name: 'hang after the effect',
    on: ['PATCH'],
    isSlow: true,
    play: async ({ pass, note }) => {
      await pass();
      note();
    },
  },
  { name: 'drip', on: everything, isSlow: true, play: drip },
  { name: 'endless body', on: everything, isSlow: true, play: endless },
  { name: 'oversized', on: everything, play: oversized },
];
