import { type Entry, type Filter, PresenceFilter } from 'ldapts';
import type { Log } from '../../run/ports.ts';
import { type AttributeFacts, searchesFor, type ValueKind, wayToRead } from '../search-plan.ts';
import type { Connections, Role } from './connections.ts';
import { askFor } from './convert.ts';
import type { Domain } from './domain.ts';
import { fewOf, type Fitting } from './paging.ts';
import { readAttribute } from './schema.ts';

// Searches in flight, each on a connection of its own; more brought nothing against a two-core controller.
const lanes = 4;

/** One search: where, what is read of each entry, and what is done with it; an entry may come twice. */
export type Search = {
  readonly base: string;
  readonly key: AttributeFacts;
  /** The attribute of the source anchor, where one was named. */
  readonly custom: AttributeFacts | null;
  readonly fitting: Fitting;
  readonly take: (entry: Entry) => void;
};

/** One round of searches over the same attribute. */
export type Inquiry = Search & {
  /** What to put to the server, for each of `count` keys once; made when it is asked for. */
  readonly terms: Iterable<string | Buffer>;
  readonly count: number;
};

/** Searches of any number of keys, over as many connections as that takes. */
export class Searches {
  readonly #connections: Connections;
  readonly #domain: Domain;
  readonly #log: Log;

  constructor(connections: Connections, domain: Domain, log: Log) {
    this.#connections = connections;
    this.#domain = domain;
    this.#log = log;
  }

  /** The schema's word on an attribute. Throws RunFault where it cannot serve. */
  attribute(name: string, use: 'key' | 'anchor'): Promise<AttributeFacts> {
    return this.#connections.use('look-up', (connection) => readAttribute(connection, this.#domain, { name, use }));
  }

  /** Asks everything about one attribute; returns how many entries that brought. */
  async inquire(inquiry: Inquiry): Promise<number> {
    const { key, terms, count } = inquiry;
    const way = wayToRead(key.isIndexed, count);
    this.#log.info('ad-reading', { attribute: key.name, keys: count, way, indexed: key.isIndexed });
    const role: Role = key.isIndexed ? 'look-up' : 'listing';
    const filters = way === 'list' ? [new PresenceFilter({ attribute: key.name })] : searchesFor(key.name, terms);
    let seen = 0;
    await eachInLanes(filters, key.isIndexed ? lanes : 1, async (filter) => {
      const brought = await this.search(filter, role, inquiry);
      seen += brought;
    });
    return seen;
  }

  /** One search to its last page; returns how many entries it brought. May be repeated after a lost connection. */
  search(filter: Filter, role: Role, { key, custom, base, fitting, take }: Search): Promise<number> {
    const options = { filter, fitting, ...askFor([key.values === 'dn' ? null : key, custom]) };
    return this.#connections.use(role, async (connection) => {
      let seen = 0;
      for await (const page of fewOf(connection, base, options)) {
        seen += page.length;
        for (const entry of page) take(entry);
      }
      return seen;
    });
  }
}

const fixedValues: Readonly<Record<string, ValueKind>> = {
  objectGUID: 'octets',
  'mS-DS-ConsistencyGuid': 'octets',
  objectSid: 'sid',
  distinguishedName: 'dn',
};

/** The attributes that references of the fixed kinds ask about: indexed in every AD. */
export function knownAttribute(name: string): AttributeFacts {
  return { name, values: fixedValues[name] ?? 'text', isIndexed: true, isSingleValued: true };
}

/** Runs the work for each item, a few at a time. After a failure nothing new is begun, and it rejects when all have ended. */
async function eachInLanes<T>(items: Iterable<T>, width: number, work: (item: T) => Promise<void>): Promise<void> {
  const source = items[Symbol.iterator]();
  let failed = false;
  const lane = async (): Promise<void> => {
    for (let next = source.next(); !next.done && !failed; next = source.next()) {
      try {
        await work(next.value);
      } catch (error) {
        failed = true;
        throw error;
      }
    }
  };
  const ends = await Promise.allSettled(Array.from({ length: width }, lane));
  const broken = ends.find((end) => end.status === 'rejected');
  if (broken) throw broken.reason;
}
