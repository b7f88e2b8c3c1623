import { type Entry, EqualityFilter } from 'ldapts';
import { guidOfImmutableId } from '../../core/ids/immutable-id.ts';
import type { AdHolders } from '../../core/users.ts';
import { dnKey, isWithin, parseDn } from '../dn.ts';
import type { Holders } from '../holders.ts';
import type { AttributeFacts } from '../search-plan.ts';
import { Sightings } from '../sightings.ts';
import { readEntry } from './convert.ts';
import { knownAttribute, type Search, type Searches } from './searches.ts';

/** From how many references on reading every user costs less than asking for each of their addresses. */
export const fewestForAll = 2_000;

/** What a listing of all users answers as a look-up would: no other object has the same. */
export const listedAttributes: ReadonlySet<string> = new Set([
  'sAMAccountName',
  'userPrincipalName',
  'distinguishedName',
  'objectGUID',
  'objectSid',
  'mS-DS-ConsistencyGuid',
]);

// sAMAccountType (MS-ADTS 2.2.21); computers and trusts have others. Indexed in every AD.
const userAccount = 0x3000_0000;

/** Whatever a search of the whole domain goes by. */
export type WholeDomain = Pick<Search, 'base' | 'custom'>;

/** Reads every user of the domain; returns how many there are. */
export function readEverybody(searches: Searches, domain: WholeDomain, take: Search['take']): Promise<number> {
  const key = knownAttribute('sAMAccountType');
  const filter = new EqualityFilter({ attribute: key.name, value: String(userAccount) });
  return searches.search(filter, 'listing', { ...domain, key, fitting: { isTooLong: true }, take });
}

/** Whether an entry lies in the search base, where that is not the whole domain. */
export function inBase(base: string, { base: whole }: WholeDomain): (entry: Entry) => boolean {
  const within = base === whole ? null : parseDn(base);
  if (within === null) return () => true;
  const baseKey = dnKey(within);
  return ({ dn: text }) => {
    const dn = parseDn(text);
    return dn !== null && isWithin(dnKey(dn), baseKey);
  };
}

/** Searches for those who have what is asked for, where not everybody was read. */
export async function searchHolders(searches: Searches, domain: WholeDomain, holders: Holders): Promise<AdHolders> {
  const sightings = new Sightings();
  const take = (entry: Entry): void => sightings.take(readEntry(entry, domain.custom).candidate);
  const { ids, addresses } = holders;
  const [mail, proxies] = await Promise.all(['mail', 'proxyAddresses'].map((name) => searches.attribute(name, 'key')));
  const rounds: readonly Round[] = [
    ...(await anchorRounds(searches, domain.custom, [...ids.keys()])),
    ...[knownAttribute('userPrincipalName'), mail].map((key) => ({ key, terms: [...addresses.keys()] })),
    { key: proxies, terms: [...addresses.keys()].map((address) => `smtp:${address}`) },
  ];
  for (const { key, terms } of rounds) {
    if (key === undefined || terms.length === 0) continue;
    const fitting = { isTooLong: !key.isIndexed };
    await searches.inquire({ ...domain, key, terms, count: terms.length, fitting, take });
  }
  return sightings.holdersOf(holders);
}

type Round = { readonly key: AttributeFacts | undefined; readonly terms: readonly (string | Buffer)[] };

/** By the attribute that was named, or by both that sync may have taken. */
async function anchorRounds(
  searches: Searches,
  custom: AttributeFacts | null,
  ids: readonly string[],
): Promise<Round[]> {
  if (custom !== null) {
    const term = (id: string): string | Buffer => (custom.values === 'octets' ? Buffer.from(id, 'base64') : id);
    return [{ key: custom, terms: ids.map(term) }];
  }
  const terms = ids.filter((id) => guidOfImmutableId(id) !== undefined).map((id) => Buffer.from(id, 'base64'));
  const keys = [knownAttribute('objectGUID'), await searches.attribute('mS-DS-ConsistencyGuid', 'key')];
  return keys.map((key) => ({ key, terms }));
}
