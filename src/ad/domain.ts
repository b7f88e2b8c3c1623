import { PresenceFilter } from 'ldapts';
import { foldKey } from '../core/references.ts';
import { textsOf } from './convert.ts';
import { dnKey, domainOf, isWithin, parseDn } from './dn.ts';
import { baseFault } from './faults.ts';
import type { Link } from './link.ts';
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
export async function readDomain(link: Link): Promise<Domain> {
  const attributes = ['defaultNamingContext', 'configurationNamingContext', 'schemaNamingContext'];
  const { searchEntries } = await link.search('', { scope: 'base', attributes });
  const [namingContext = '', configuration = '', schema = ''] = attributes.map((name) =>
    searchEntries[0] ? textsOf(searchEntries[0], name)[0] : undefined,
  );
  const dn = parseDn(namingContext);
  if (dn === null || domainOf(dn) === '') {
    throw baseFault('', `${link.controller.url} names no default naming context; it is not a domain controller`);
  }
  return { name: domainOf(dn), namingContext, configuration, schema };
}

/** The search base: the whole domain, or the one given, which must exist in it. Throws RunFault. */
export async function checkBase(link: Link, domain: Domain, base: string | undefined): Promise<string> {
  if (base === undefined) return domain.namingContext;
  const [dn, context] = [parseDn(base), parseDn(domain.namingContext)];
  if (dn === null || context === null) throw baseFault(base, 'it is not a distinguished name');
  if (!isWithin(dnKey(dn), dnKey(context))) {
    throw baseFault(base, `it is not in the domain ${domain.name}, which ${link.controller.url} serves`);
  }
  await link.search(base, { scope: 'base', attributes: ['objectClass'] });
  return base;
}

/** The names of the forest's domains: folded NetBIOS name → DNS name. */
export async function readNetbiosNames(link: Link, domain: Domain): Promise<ReadonlyMap<string, string>> {
  const base = `CN=Partitions,${domain.configuration}`;
  const filter = new PresenceFilter({ attribute: 'nETBIOSName' });
  const attributes = ['nETBIOSName', 'nCName'];
  const { searchEntries } = await link.search(base, { scope: 'one', filter, attributes }, [domainScope()]);
  return new Map(
    searchEntries.flatMap((entry) => {
      const [netbios] = textsOf(entry, 'nETBIOSName');
      const dn = parseDn(textsOf(entry, 'nCName')[0] ?? '');
      return netbios === undefined || dn === null ? [] : [[foldKey(netbios), domainOf(dn)] as const];
    }),
  );
}
