import { PresenceFilter } from 'ldapts';
import { foldKey } from '../../core/references.ts';
import { MalformedAnswer } from './ber.ts';
import { textsOf } from './convert.ts';
import { dnKey, domainOf, isWithin, parseDn } from '../dn.ts';
import { baseFault } from './faults.ts';
import type { Connection } from './connection.ts';
import { domainScope } from './paging.ts';

/** What the root DSE says about the domain a controller serves. */
export type Domain = {
  /** DNS name, lower case. */
  readonly name: string;
  readonly namingContext: string;
  readonly configuration: string;
  readonly schema: string;
};

/** Reads the root DSE (RFC 4512 5.1). Throws RunFault when the server is not a domain controller. */
export async function readDomain(connection: Connection): Promise<Domain> {
  const attributes = ['defaultNamingContext', 'configurationNamingContext', 'schemaNamingContext'];
  const { searchEntries } = await connection.search('', { scope: 'base', attributes });
  const [entry] = searchEntries;
  const told = attributes.map((name) => (entry ? textsOf(entry, name) : []));
  // There is one root, and one of each in it; whoever says otherwise is not believed in anything else.
  if (searchEntries.length > 1 || told.some((values) => values.length > 1)) {
    throw new MalformedAnswer('its root DSE contradicts itself');
  }
  const [namingContext = '', configuration = '', schema = ''] = told.map(([value]) => value);
  const dn = parseDn(namingContext);
  if (dn === null || domainOf(dn) === '') {
    throw baseFault('', `${connection.controller.url} names no default naming context; it is not a domain controller`);
  }
  return { name: domainOf(dn), namingContext, configuration, schema };
}

/** The search base: the whole domain, or the one given, which must exist in it. Throws RunFault. */
export async function checkBase(connection: Connection, domain: Domain, base: string | undefined): Promise<string> {
  if (base === undefined) return domain.namingContext;
  const [dn, context] = [parseDn(base), parseDn(domain.namingContext)];
  if (dn === null || context === null) throw baseFault(base, 'it is not a distinguished name');
  if (!isWithin(dnKey(dn), dnKey(context))) {
    throw baseFault(base, `it is not in the domain ${domain.name}, which ${connection.controller.url} serves`);
  }
  await connection.search(base, { scope: 'base', attributes: ['objectClass'] });
  return base;
}

/** The names of the forest's domains: folded NetBIOS name → DNS name. */
export async function readNetbiosNames(connection: Connection, domain: Domain): Promise<ReadonlyMap<string, string>> {
  const base = `CN=Partitions,${domain.configuration}`;
  const filter = new PresenceFilter({ attribute: 'nETBIOSName' });
  const attributes = ['nETBIOSName', 'nCName'];
  const { searchEntries } = await connection.search(base, { scope: 'one', filter, attributes }, [domainScope()]);
  const names = new Map<string, Set<string>>();
  for (const entry of searchEntries) {
    const [netbios] = textsOf(entry, 'nETBIOSName');
    const dn = parseDn(textsOf(entry, 'nCName')[0] ?? '');
    if (netbios === undefined || dn === null) continue;
    const folded = foldKey(netbios);
    names.set(folded, (names.get(folded) ?? new Set()).add(domainOf(dn)));
  }
  // Two domains of one name: both together are the name of none, so that nobody is looked for in the wrong one.
  return new Map([...names].map(([name, domains]) => [name, [...domains].join(' and ')] as const));
}
