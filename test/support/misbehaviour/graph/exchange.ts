import type { ServerResponse } from 'node:http';
import type { Dice } from '../../dice.ts';
import { type Asked, type HttpKind, httpKinds } from '../request-kinds.ts';

/** An answer as text. */
export type Answer = {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[]>>;
  readonly body: string;
};

/** One request that the peer misbehaves with. */
export type Exchange = {
  readonly kind: HttpKind;
  readonly asked: Asked;
  /** Passes the request on to the tenant, where it takes effect, and gives the true answer. */
  readonly pass: () => Promise<Answer>;
  readonly send: (answer: Answer) => void;
  /** For what is no HTTP any more. */
  readonly response: ServerResponse;
  readonly throws: Dice;
  /** The peer's own origin, and the same machine by another name, where nobody may ever go. */
  readonly origin: string;
  readonly elsewhere: string;
  /** Users as they were first seen, by object id. */
  readonly memory: ReadonlyMap<string, Fields>;
  /** How often this was played before. */
  readonly turn: number;
  /** Says that it was played: an answer that came out as it was is none. */
  readonly note: () => void;
};

export type Fields = Readonly<Record<string, unknown>>;

/** A way to misbehave towards the client of sign-in and Graph. */
export type HttpMisbehaviour = {
  readonly name: string;
  readonly on: readonly HttpKind[];
  /** Kinds that are played with as well, in the same cell. */
  readonly also?: readonly HttpKind[];
  /** Default: all three. */
  readonly doses?: readonly ('once' | 'first 3' | 'always')[];
  /** Waits for as long as the client does. */
  readonly isSlow?: true;
  /** Asks for a wait of hours: such a run has to be ended from outside. */
  readonly needsWayOut?: true;
  /** A lie that nobody could see through: what follows from it is no fault of the program. */
  readonly isBelievable?: true;
  readonly play: (exchange: Exchange) => void | Promise<void>;
};

/** The answer, or of a batch one item's, with its body read. */
export type Part = { readonly status: number; readonly body: unknown };

/** Answers without passing the request on. */
export function answering(answer: (exchange: Exchange) => Answer): HttpMisbehaviour['play'] {
  return (exchange) => {
    exchange.note();
    exchange.send(answer(exchange));
  };
}

/** Passes the request on and changes the text of the answer. */
export function rewriting(change: (answer: Answer, exchange: Exchange) => Answer): HttpMisbehaviour['play'] {
  return async (exchange) => {
    const answer = change(await exchange.pass(), exchange);
    exchange.note();
    exchange.send(answer);
  };
}

/**
 * Passes the request on and changes what was asked for: the answer itself, or those items of a batch that are of the
 * exchange's kind. Counts as played only where something has changed.
 */
export function altering(change: (part: Part, exchange: Exchange) => Partial<Part>): HttpMisbehaviour['play'] {
  return async (exchange) => {
    const answer = await exchange.pass();
    const altered = exchange.asked.items === null ? whole(answer, change, exchange) : items(answer, change, exchange);
    if (altered.body !== answer.body || altered.status !== answer.status) exchange.note();
    exchange.send(altered);
  };
}

type Change = (part: Part, exchange: Exchange) => Partial<Part>;

function whole(answer: Answer, change: Change, exchange: Exchange): Answer {
  const part = { status: answer.status, body: parsed(answer.body) };
  const changed = { ...part, ...change(part, exchange) };
  return { ...answer, status: changed.status, body: changed.body === undefined ? '' : JSON.stringify(changed.body) };
}

function items(answer: Answer, change: Change, exchange: Exchange): Answer {
  const body = parsed(answer.body) as { responses?: readonly ItemAnswer[] };
  const { part } = httpKinds[exchange.kind];
  const responses = body.responses?.map((item) => {
    const url = exchange.asked.items?.get(item.id) ?? '';
    if (part !== undefined && !part.test(url)) return item;
    const given = { status: item.status, body: item.body };
    return { ...item, ...given, ...change(given, exchange) };
  });
  return { ...answer, body: JSON.stringify({ ...body, responses }) };
}

/** One answer inside a batch. */
export type ItemAnswer = { readonly id: string; readonly status: number; readonly body?: unknown };

/** JSON, or null where it is none. */
export function parsed(text: string): unknown {
  try {
    return text === '' ? null : (JSON.parse(text) as unknown);
  } catch {
    return null;
  }
}

export function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The objects that an answer speaks of: those of a list, or itself. Gives back what `change` makes of them. */
export function withObjects(body: unknown, change: (object: Fields, index: number) => unknown): unknown {
  if (!isFields(body)) return body;
  const { value } = body;
  if (Array.isArray(value)) return { ...body, value: value.map((one, at) => (isFields(one) ? change(one, at) : one)) };
  return change(body, 0);
}

export const json = { 'content-type': 'application/json; charset=utf-8' } as const;
