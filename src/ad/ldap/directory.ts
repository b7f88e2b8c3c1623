// ad/ldap/: a live directory behind the Directory port. Start here.
//   settings         what is asked for, checked             connection      one connection, signed in
//   connections      several of them, over controllers      paging          follows the cookie
//   message-parser   messages off the wire (ber), strictly  entry-parser    the entries among them
//   domain, schema   what is read about the directory       convert         an entry becomes an AD user
//   failures         sorts errors, faults says them
import { EqualityFilter, type Filter, PresenceFilter } from 'ldapts';
import { type AdRef, foldKey } from '../../core/references.ts';
import { itemAt, type List } from '../../core/list.ts';
import type { AdAnswer } from '../../core/users.ts';
import type { Directory, DirectoryInfo } from '../../run/ports.ts';
import {
  type SearchPlan,
  searchPlanOf,
  type AttributeFacts,
  searchesFor,
  type ValueKind,
  wayToRead,
} from '../search-plan.ts';
import { Connections, type LdapTimeouts, type LdapTools, type Role } from './connections.ts';
import { askFor, keysOf, readEntry } from './convert.ts';
import { checkBase, type Domain, readNetbiosNames } from './domain.ts';
import { hiddenFault } from './faults.ts';
import { checkSettings, type LdapSettings } from './settings.ts';
import { fewOf, type Fitting, pagesOf } from './paging.ts';
import { Questions } from '../questions.ts';
import { readAttribute } from './schema.ts';
import { Sightings } from '../sightings.ts';

export type { LdapSettings } from './settings.ts';
export type { LdapTimeouts, LdapTools } from './connections.ts';

const defaultTimeouts: LdapTimeouts = { connect: 10_000, lookUp: 60_000, listing: 130_000 };

// Searches in flight, each on a connection of its own; more brought nothing against a two-core controller.
const lanes = 4;

/** The Directory port, and how much of its users the account can read. */
export type LdapDirectory = Directory & {
  /** Of up to a thousand users: how many there are, and of how many the account cannot read what an anchor depends on. */
  readability(): Promise<{ readonly users: number; readonly hidden: number }>;
};

/**
 * Connects and signs in to the first controller that answers, and checks the search base. `retry` decides how often a lost
 * connection is made good; a refused sign-in is never tried again. Throws RunFault (exit 2) with a hint.
 */
export async function openLdapDirectory(
  settings: LdapSettings,
  tools: LdapTools & { readonly timeouts?: Partial<LdapTimeouts> },
): Promise<LdapDirectory> {
  const timeouts = { ...defaultTimeouts, ...tools.timeouts };
  const connections = new Connections(checkSettings(settings), settings, { ...tools, timeouts });
  try {
    const domain = await connections.start();
    const base = await connections.use('look-up', (connection) => checkBase(connection, domain, settings.base));
    return new LdapReader(connections, { domain, base, log: tools.log });
  } catch (error) {
    await connections.close();
    throw error;
  }
}

/** Folded name → facts. */
type KeyAttributes = ReadonlyMap<string, AttributeFacts>;

type Place = { readonly domain: Domain; readonly base: string; readonly log: LdapTools['log'] };

/** One round of searches over the same attribute. */
type Inquiry = {
  readonly questions: Questions;
  /** What to put to the server, for each key once; made when it is asked for. */
  readonly terms: Iterable<string | Buffer>;
  /** Of this `locate`, whatever was asked: a user may be found by its name in one row, by its GUID in another. */
  readonly sightings: Sightings;
  readonly key: AttributeFacts;
  readonly custom: AttributeFacts | null;
  readonly fitting: Fitting;
};

class LdapReader implements LdapDirectory {
  readonly #connections: Connections;
  readonly #place: Place;

  constructor(connections: Connections, place: Place) {
    this.#connections = connections;
    this.#place = place;
  }

  async describe(): Promise<DirectoryInfo> {
    const { name, namingContext } = this.#place.domain;
    return { domain: name, domains: [name], namingContext, source: this.#connections.source() };
  }

  searches(): number {
    return this.#connections.searches();
  }

  async close(): Promise<void> {
    await this.#connections.close();
  }

  async locate(refs: readonly AdRef[], customAnchor: string | null): Promise<List<AdAnswer>> {
    const custom = customAnchor === null ? null : await this.#attribute(customAnchor, 'anchor');
    const keys = await this.#keyAttributes(refs);
    const domains = refs.some((ref) => ref.kind === 'domain-sam')
      ? await this.#netbiosNames()
      : new Map<string, string>();
    const questions = new Questions(refs.length);
    const sightings = new Sightings();
    const planOf = (reference: number): SearchPlan => this.#askOf(itemAt(refs, reference), keys, domains);
    for (let reference = 0; reference < refs.length; reference++) questions.ask(reference, planOf(reference));
    for (const attribute of questions.attributes()) {
      const key = keys.get(foldKey(attribute)) ?? knownAttribute(attribute);
      const terms = { [Symbol.iterator]: () => termsOf(questions.firstReferences(attribute), planOf) };
      // A search without index takes long, and AD gives what it has so far only to those who page.
      await this.#inquire({ questions, terms, sightings, key, custom, fitting: { isTooLong: !key.isIndexed } });
    }
    return questions.answers({ doubts: sightings.doubts });
  }

  async readability(): Promise<{ readonly users: number; readonly hidden: number }> {
    const options = { filter: new EqualityFilter({ attribute: 'objectClass', value: 'user' }), ...askFor([]) };
    return this.#connections.use('listing', async (connection) => {
      for await (const page of pagesOf(connection, this.#place.base, options)) {
        const users = page
          .map((entry) => readEntry(entry, null))
          .filter((read) => read.candidate.found.kind === 'user');
        if (users.length > 0)
          return { users: users.length, hidden: users.filter(({ hidden }) => hidden.length > 0).length };
      }
      return { users: 0, hidden: 0 };
    });
  }

  #attribute(name: string, use: 'key' | 'anchor'): Promise<AttributeFacts> {
    return this.#connections.use('look-up', (connection) =>
      readAttribute(connection, this.#place.domain, { name, use }),
    );
  }

  /** The schema's word on each attribute that may or may not have an index here, by its folded name. */
  async #keyAttributes(refs: readonly AdRef[]): Promise<KeyAttributes> {
    const names = new Map(refs.flatMap(looselyIndexed).map((name) => [foldKey(name), name] as const));
    const found = [...names].map(async ([folded, name]) => [folded, await this.#attribute(name, 'key')] as const);
    return new Map(await Promise.all(found));
  }

  #netbiosNames(): Promise<ReadonlyMap<string, string>> {
    return this.#connections.use('look-up', (connection) => readNetbiosNames(connection, this.#place.domain));
  }

  #askOf(ref: AdRef, keys: KeyAttributes, domains: ReadonlyMap<string, string>): SearchPlan {
    if (ref.kind === 'key') {
      const facts = keys.get(foldKey(ref.attribute));
      if (!facts) throw new Error(`the key attribute ${ref.attribute} was not looked up`);
      return searchPlanOf({ ...ref, attribute: facts.name }, facts.values);
    }
    if (ref.kind !== 'domain-sam') return searchPlanOf(ref);
    const { name: here } = this.#place.domain;
    const named = domains.get(foldKey(ref.domain)) ?? foldKey(ref.domain);
    if (named === here) return searchPlanOf({ kind: 'sam', name: ref.name });
    const what = domains.has(foldKey(ref.domain)) ? `the domain ${named}` : 'no domain that this forest knows';
    return { kind: 'nowhere', note: `${ref.domain} is ${what}; the domain being read is ${here}.` };
  }

  /** Asks everything about one attribute. */
  async #inquire(inquiry: Inquiry): Promise<void> {
    const { questions, terms, key } = inquiry;
    const count = questions.countOf(key.name);
    const way = wayToRead(key.isIndexed, count);
    this.#place.log.info('ad-reading', { attribute: key.name, keys: count, way, indexed: key.isIndexed });
    const role: Role = key.isIndexed ? 'look-up' : 'listing';
    const filters = way === 'list' ? [new PresenceFilter({ attribute: key.name })] : searchesFor(key.name, terms);
    let seen = 0;
    await eachInLanes(filters, key.isIndexed ? lanes : 1, async (filter) => {
      const brought = await this.#search(filter, role, inquiry);
      seen += brought;
    });
    if (seen === 0 && !alwaysVisible.has(key.name)) await this.#faultWhenBlind(key.name);
  }

  /** One search to its last page; returns how many entries it brought. May be repeated after a lost connection. */
  #search(filter: Filter, role: Role, { questions, sightings, key, custom, fitting }: Inquiry): Promise<number> {
    const options = { filter, fitting, ...askFor([key.values === 'dn' ? null : key, custom]) };
    return this.#connections.use(role, async (connection) => {
      let seen = 0;
      for await (const page of fewOf(connection, this.#place.base, options)) {
        seen += page.length;
        for (const entry of page) {
          // AD's own comparison is wider than ours (accents): what was not asked for is not an answer.
          const asked = questions.fitting(key.name, keysOf(entry, key));
          const { candidate, hidden } = readEntry(entry, custom);
          sightings.take(candidate);
          if (asked.length > 0 && hidden.length > 0) throw hiddenFault(candidate.dn, hidden);
          if (asked.length > 0) questions.offer(asked, candidate);
        }
      }
      return seen;
    });
  }

  /** Nothing found by a key may mean that the key cannot be seen: a filter on a hidden attribute matches nothing. */
  async #faultWhenBlind(attribute: string): Promise<void> {
    const { users, hidden } = await this.readability();
    // Not "all": every account can read itself.
    if (hidden > users / 2) throw hiddenFault(`${hidden} of ${users} users`, [attribute, 'whenCreated']);
  }
}

// In the property sets General and Public Information, which every account of the domain may read by default
// (MS-ADTS 3.1.1.2.3.3; attributeSecurityGuid in MS-ADA2 and MS-ADA3).
const alwaysVisible = new Set(['sAMAccountName', 'userPrincipalName', 'distinguishedName', 'objectGUID', 'objectSid']);

const fixedValues: Readonly<Record<string, ValueKind>> = {
  objectGUID: 'octets',
  objectSid: 'sid',
  distinguishedName: 'dn',
};

/** How these references are put to the server. */
function* termsOf(references: Iterable<number>, planOf: (reference: number) => SearchPlan): Generator<string | Buffer> {
  for (const reference of references) {
    const plan = planOf(reference);
    if (plan.kind === 'ask') yield plan.term;
  }
}

/** The attributes that references of the fixed kinds ask about: indexed in every AD. */
function knownAttribute(name: string): AttributeFacts {
  return { name, values: fixedValues[name] ?? 'text', isIndexed: true, isSingleValued: true };
}

/** What the schema has to be asked about before the reference can be: administrators add indexes. */
function looselyIndexed(ref: AdRef): readonly string[] {
  if (ref.kind === 'anchor') return ['mS-DS-ConsistencyGuid'];
  return ref.kind === 'key' ? [ref.attribute] : [];
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
