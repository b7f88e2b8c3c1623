// Writes that take effect and are denied, while readings still show the time before: one after the other, in one cell.
import { type Exchange, type HttpMisbehaviour, json, withObjects, parsed } from './exchange.ts';

/** Readings of after a write show the users of before it for so long; the program's waits are as much shorter. */
const lagMs = 1_200;

type Refusal = { readonly status: number; readonly body: string };

/** The first answer to each user's PATCH is lost after the effect; every later one is this. Readings lag meanwhile. */
function lostThen(refusal: Refusal): HttpMisbehaviour['play'] {
  const begun = new WeakMap<object, Map<string, number>>();
  return async (exchange) => {
    // One cell's throws are its own, so they name the cell.
    const seen = begun.get(exchange.throws) ?? new Map<string, number>();
    begun.set(exchange.throws, seen);
    if (exchange.kind !== 'PATCH') {
      await lagging(exchange, seen);
      return;
    }
    const isFirst = !seen.has(exchange.asked.path);
    exchange.note();
    if (isFirst) {
      await exchange.pass();
      seen.set(exchange.asked.path, Date.now());
      exchange.send({ status: 504, headers: {}, body: '' });
      return;
    }
    exchange.send({ status: refusal.status, headers: json, body: refusal.body });
  };
}

async function lagging(exchange: Exchange, seen: ReadonlyMap<string, number>): Promise<void> {
  const answer = await exchange.pass();
  const isLate = (id: string): boolean => [...seen].some(([path, at]) => path.includes(id) && Date.now() - at < lagMs);
  const aged = (body: unknown): unknown =>
    withObjects(body, (object) => {
      const id = String(object['id']);
      return isLate(id) ? (exchange.memory.get(id) ?? object) : object;
    });
  const body = parsed(answer.body) as { responses?: readonly { body?: unknown }[] } | null;
  const old = body?.responses
    ? { ...body, responses: body.responses.map((item) => ({ ...item, body: aged(item.body) })) }
    : aged(body);
  exchange.send({ ...answer, body: JSON.stringify(old) });
}

const error = (code: string, message: string): string => JSON.stringify({ error: { code, message } });

const refusals: readonly (readonly [name: string, refusal: Refusal])[] = [
  [
    'refused as mastered on premises',
    {
      status: 400,
      body: error(
        'Request_BadRequest',
        'Unable to update the specified properties for on-premises mastered Directory Sync objects.',
      ),
    },
  ],
  ['refused with 400 in other words', { status: 400, body: error('BadRequest', 'Something is wrong.') }],
  ['refused with 403', { status: 403, body: error('Authorization_RequestDenied', 'Insufficient privileges.') }],
  ['refused with 404', { status: 404, body: error('Request_ResourceNotFound', 'It does not exist.') }],
];

export const writeMisbehaviours: readonly HttpMisbehaviour[] = refusals.map(([name, refusal]): HttpMisbehaviour => ({
  name: `504 after the effect, readings lag, then ${name}`,
  on: ['PATCH'],
  also: ['guard reading', 'read-back'],
  doses: ['always'],
  play: lostThen(refusal),
}));
