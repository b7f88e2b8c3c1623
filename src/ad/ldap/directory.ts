// ad/ldap/: a live directory behind the Directory port. Start here.
//   settings         what is asked for, checked             connection      one connection, signed in
//   connections      several of them, over controllers      paging          follows the cookie
//   message-parser   messages off the wire (ber), strictly  entry-parser    the entries among them
//   searches         any number of keys in few searches     everybody       all users, and who among them has something
//   domain, schema   what is read about the directory       convert         an entry becomes an AD user
//   failures         sorts errors, faults says them
import { EqualityFilter } from 'ldapts';
import { type AdRef, foldKey } from '../../core/references.ts';
import { itemAt, type List } from '../../core/list.ts';
import type { AdAnswer, AdHolders } from '../../core/users.ts';
import type { AskedOfAll, Directory, DirectoryInfo } from '../../run/ports.ts';
import { type AttributeFacts, type SearchPlan, searchPlanOf } from '../search-plan.ts';
import { Connections, type LdapTimeouts, type LdapTools } from './connections.ts';
import { askFor, keysOf, readEntry } from './convert.ts';
import { checkBase, type Domain, readNetbiosNames } from './domain.ts';
import { hiddenFault } from './faults.ts';
import { checkSettings, type LdapSettings } from './settings.ts';
import { fewestForAll, inBase, listedAttributes, readEverybody, searchHolders, type WholeDomain } from './everybody.ts';
import { pagesOf } from './paging.ts';
import { Holders } from '../holders.ts';
import { Questions } from '../questions.ts';
import { knownAttribute, type Search, Searches } from './searches.ts';
import { Sightings } from '../sightings.ts';

export type { LdapSettings } from './settings.ts';
export type { LdapTimeouts, LdapTools } from './connections.ts';

const defaultTimeouts: LdapTimeouts = { connect: 10_000, lookUp: 60_000, listing: 130_000 };

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

/** What a `locate` goes by. */
type Locating = {
  readonly questions: Questions;
  /** Whatever was asked: a user may be found by its name in one row, by its GUID in another. */
  readonly sightings: Sightings;
  readonly custom: AttributeFacts | null;
  /** Whether every user is read on the way, who answers what `listedAttributes` says. */
  readonly isListed: boolean;
};

class LdapReader implements LdapDirectory {
  readonly #connections: Connections;
  readonly #searches: Searches;
  readonly #place: Place;
  /** Since a `locate` that read all users. */
  #everybody: Sightings | null = null;

  constructor(connections: Connections, place: Place) {
    this.#connections = connections;
    this.#searches = new Searches(connections, place.domain, place.log);
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

  async locate(
    refs: readonly AdRef[],
    customAnchor: string | null,
    { everybody } = { everybody: false },
  ): Promise<List<AdAnswer>> {
    const custom = await this.#customAnchor(customAnchor);
    const keys = await this.#keyAttributes(refs);
    const domains = refs.some((ref) => ref.kind === 'domain-sam')
      ? await this.#netbiosNames()
      : new Map<string, string>();
    const isListed = everybody && refs.length >= fewestForAll;
    const locating: Locating = { questions: new Questions(refs.length), sightings: new Sightings(), custom, isListed };
    const { questions, sightings } = locating;
    const planOf = (reference: number): SearchPlan => this.#askOf(itemAt(refs, reference), keys, domains);
    for (let reference = 0; reference < refs.length; reference++) questions.ask(reference, planOf(reference));
    if (isListed) this.#everybody = await this.#readEverybody(locating, this.#wholeDomain(custom));
    for (const attribute of questions.attributes()) {
      await this.#lookUp(keys.get(foldKey(attribute)) ?? knownAttribute(attribute), locating, planOf);
    }
    return questions.answers({ doubts: sightings.doubts });
  }

  /** Answers the questions about one attribute, as far as a listing has not. */
  async #lookUp(key: AttributeFacts, locating: Locating, planOf: (reference: number) => SearchPlan): Promise<void> {
    const { questions, custom } = locating;
    const isListed = locating.isListed && listedAttributes.has(key.name);
    const open = isListed ? questions.openReferences(key.name) : null;
    const seen = await this.#searches.inquire({
      key,
      count: open?.length ?? questions.countOf(key.name),
      terms: { [Symbol.iterator]: () => termsOf(open ?? questions.firstReferences(key.name), planOf) },
      custom,
      base: this.#place.base,
      // A search without index takes long, and AD gives what it has so far only to those who page.
      fitting: { isTooLong: !key.isIndexed },
      take: takeFor([key], locating),
    });
    if (seen === 0 && !isListed && !alwaysVisible.has(key.name)) await this.#faultWhenBlind(key.name);
  }

  async whoHas(asked: AskedOfAll, customAnchor: string | null): Promise<AdHolders> {
    const holders = new Holders(asked);
    if (this.#everybody !== null) return this.#everybody.holdersOf(holders);
    return searchHolders(this.#searches, this.#wholeDomain(await this.#customAnchor(customAnchor)), holders);
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

  /** The schema's word on each attribute that may or may not have an index here, by its folded name. */
  async #keyAttributes(refs: readonly AdRef[]): Promise<KeyAttributes> {
    const names = new Map(refs.flatMap(looselyIndexed).map((name) => [foldKey(name), name] as const));
    const found = [...names].map(
      async ([folded, name]) => [folded, await this.#searches.attribute(name, 'key')] as const,
    );
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

  /** Answers what it can by reading every user of the domain, and keeps them all. */
  async #readEverybody(locating: Locating, domain: WholeDomain): Promise<Sightings> {
    const { questions, sightings } = locating;
    const attributes = questions.attributes().filter((name) => listedAttributes.has(name));
    const answer = takeFor(attributes.map(knownAttribute), locating);
    const isInBase = inBase(this.#place.base, domain);
    const users = await readEverybody(this.#searches, domain, (entry) => {
      if (isInBase(entry)) answer(entry);
      else sightings.take(readEntry(entry, domain.custom).candidate);
    });
    this.#place.log.info('ad-everybody-read', { users });
    return sightings;
  }

  #wholeDomain(custom: AttributeFacts | null): WholeDomain {
    return { base: this.#place.domain.namingContext, custom };
  }

  async #customAnchor(name: string | null): Promise<AttributeFacts | null> {
    return name === null ? null : this.#searches.attribute(name, 'anchor');
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

/** Answers the questions about these attributes, and keeps what was seen. */
function takeFor(keys: readonly AttributeFacts[], { questions, sightings, custom }: Locating): Search['take'] {
  return (entry) => {
    // AD's own comparison is wider than ours (accents): what was not asked for is not an answer.
    const asked = keys.flatMap((key) => questions.fitting(key.name, keysOf(entry, key)));
    const { candidate, hidden } = readEntry(entry, custom);
    sightings.take(candidate);
    if (asked.length > 0 && hidden.length > 0) throw hiddenFault(candidate.dn, hidden);
    if (asked.length > 0) questions.offer(asked, candidate);
  };
}

/** How these references are put to the server. */
function* termsOf(references: Iterable<number>, planOf: (reference: number) => SearchPlan): Generator<string | Buffer> {
  for (const reference of references) {
    const plan = planOf(reference);
    if (plan.kind === 'ask') yield plan.term;
  }
}

/** What the schema has to be asked about before the reference can be: administrators add indexes. */
function looselyIndexed(ref: AdRef): readonly string[] {
  if (ref.kind === 'anchor') return ['mS-DS-ConsistencyGuid'];
  return ref.kind === 'key' ? [ref.attribute] : [];
}
