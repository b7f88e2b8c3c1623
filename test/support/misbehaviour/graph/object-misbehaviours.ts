// Objects that are somebody else's, or not whole.
import {
  altering,
  type Exchange,
  type Fields,
  type HttpMisbehaviour,
  isFields,
  type ItemAnswer,
  parsed,
  rewriting,
  withObjects,
} from './exchange.ts';
import type { HttpKind } from '../request-kinds.ts';

const ofUsers: readonly HttpKind[] = ['listing', 'next page', 'guard reading', 'read-back', 'recycle bin'];
const ofObjects: readonly HttpKind[] = [...ofUsers, 'organization', 'batch', 'roles'];
const batches: readonly HttpKind[] = ['batch', 'guard reading'];
const doses = ['once', 'always'] as const;

const stranger = 'dddddddd-0000-4000-8000-00000000dddd';

/** Changes each object of an answer. */
const eachObject = (change: (object: Fields, index: number) => unknown): HttpMisbehaviour['play'] =>
  altering(({ body }) => ({ body: withObjects(body, change) }));

/** Changes the items of a batch, all together. */
const allItems = (change: (items: readonly ItemAnswer[], exchange: Exchange) => unknown): HttpMisbehaviour['play'] =>
  rewriting((answer, exchange) => {
    const body = parsed(answer.body);
    if (!isFields(body) || !Array.isArray(body['responses'])) return answer;
    const responses = change(body['responses'] as readonly ItemAnswer[], exchange);
    return { ...answer, body: JSON.stringify({ ...body, responses }) };
  });

/** Some property of an object, not its id: another one each time. */
function someProperty(object: Fields, index: number): string {
  const names = Object.keys(object).filter((name) => name !== 'id' && !name.startsWith('@'));
  return names[index % Math.max(1, names.length)] ?? 'id';
}

const without = (object: Fields, name: string): Fields =>
  Object.fromEntries(Object.entries(object).filter(([key]) => key !== name));

const ofAnotherType = (value: unknown): unknown =>
  typeof value === 'string' ? 7 : Array.isArray(value) ? 'a,b' : isFields(value) ? [] : { is: 'wrong' };

export const objectMisbehaviours: readonly HttpMisbehaviour[] = [
  {
    name: 'wrong ids',
    on: ofUsers,
    // A listing of strangers is a listing.
    isBelievable: true,
    play: altering(({ body }, { memory, throws }) => {
      const known = [...memory.values()];
      return {
        body: withObjects(body, () => known[throws.whole(0, Math.max(0, known.length - 1))] ?? { id: stranger }),
      };
    }),
  },
  {
    name: 'another id on each object',
    on: ofUsers,
    isBelievable: true,
    play: eachObject((object) => ({ ...object, id: stranger })),
  },
  { name: 'ids that are none', on: ofObjects, doses, play: eachObject((object) => ({ ...object, id: '../users/x' })) },
  {
    name: 'ids in capitals',
    on: ofUsers,
    doses,
    isBelievable: true,
    play: eachObject((object) => ({ ...object, id: String(object['id']).toUpperCase() })),
  },
  {
    name: 'swapped ids within a batch',
    on: batches,
    play: allItems((items) => items.map((item, at) => ({ ...item, id: items.at(at - 1)?.id }))),
  },
  { name: 'missing batch items', on: batches, play: allItems((items) => items.slice(1)) },
  { name: 'no batch items', on: batches, doses, play: allItems(() => []) },
  { name: 'doubled batch items', on: batches, doses, play: allItems((items) => [...items, ...items]) },
  {
    name: 'doubled batch items that differ',
    on: batches,
    doses,
    play: allItems((items) => [...items, ...items.map((item, at) => ({ ...item, body: items.at(at - 1)?.body }))]),
  },
  { name: 'null for batch items', on: batches, doses, play: allItems((items) => items.map(() => null)) },
  {
    name: 'batch items of unknown ids',
    on: batches,
    doses,
    play: allItems((items) => items.map((item, at) => ({ ...item, id: `${at}-of-nobody` }))),
  },
  {
    name: 'batch statuses as text',
    on: batches,
    doses,
    play: allItems((items) => items.map((item) => ({ ...item, status: String(item.status) }))),
  },
  { name: 'missing id', on: ofObjects, doses, play: eachObject((object) => without(object, 'id')) },
  {
    name: 'missing properties',
    on: ofObjects,
    doses,
    play: eachObject((object, index) => without(object, someProperty(object, index))),
  },
  {
    name: 'no immutable ID property',
    on: ofUsers,
    doses,
    play: eachObject((object) => without(object, 'onPremisesImmutableId')),
  },
  {
    name: 'null properties',
    on: ofObjects,
    doses,
    // That nothing is known of a property cannot be told from that it has no value.
    isBelievable: true,
    play: eachObject((object, index) => ({ ...object, [someProperty(object, index)]: null })),
  },
  {
    name: 'properties of another type',
    on: ofObjects,
    doses,
    play: eachObject((object, index) => {
      const name = someProperty(object, index);
      return { ...object, [name]: ofAnotherType(object[name]) };
    }),
  },
  {
    name: 'objects that are null',
    on: ofObjects,
    doses,
    play: altering(({ body }) => ({
      body: isFields(body) && Array.isArray(body['value']) ? { ...body, value: body['value'].map(() => null) } : null,
    })),
  },
  {
    name: 'hidden characters in names',
    on: ofUsers,
    doses,
    isBelievable: true,
    play: eachObject((object) => ({ ...object, displayName: '\u001b[2J\u202e=cmd|x\r\n<script>' })),
  },
  { name: 'stale readings', on: ['read-back'], play: eachRemembered((old) => old) },
  {
    name: 'torn readings',
    on: ['read-back'],
    play: eachRemembered((old, object) => {
      const changed = Object.keys(object).find((name) => object[name] !== old[name]);
      // Of what has changed at least one thing shows as it was.
      return Object.fromEntries(
        Object.entries(object).map(([name, value], at) => [name, name === changed || at % 2 === 1 ? old[name] : value]),
      );
    }),
  },
  {
    name: 'another tenant id',
    on: ['organization'],
    doses,
    // In a plan the id is what is asked for; later it has been read before.
    isBelievable: true,
    play: eachObject((object) => ({ ...object, id: 'eeeeeeee-1111-4111-8111-00000000eeee' })),
  },
  {
    name: 'two organizations',
    on: ['organization'],
    doses,
    play: altering(({ body }) => ({
      body:
        isFields(body) && Array.isArray(body['value'])
          ? { ...body, value: [{ id: stranger }, ...body['value']] }
          : body,
    })),
  },
];

/** Shows users as they were first seen, or something between then and now. */
function eachRemembered(change: (old: Fields, object: Fields) => Fields): HttpMisbehaviour['play'] {
  return altering(({ body }, { memory }) => ({
    body: withObjects(body, (object) => {
      const old = memory.get(String(object['id']));
      return old === undefined ? object : change(old, object);
    }),
  }));
}
