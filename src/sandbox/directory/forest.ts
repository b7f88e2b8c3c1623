import { type AnswerAttribute, pagedResults } from './answers.ts';
import {
  type Attributes,
  type DirectoryEntry,
  type Forest,
  fixedEntries,
  forestOf,
  peopleEntries,
  serviceAccount,
  userEntry,
} from './entries.ts';
import { foldText } from './names.ts';
import { attributes } from './schema.ts';
import type { People } from '../people/people.ts';

/** OIDs of what the practice directory can do beyond RFC 4511. */
export const capabilities = {
  /** LDAP_SERVER_DOMAIN_SCOPE_OID: no continuation references, MS-ADTS 3.1.1.3.4.1.4. */
  domainScope: '1.2.840.113556.1.4.1339',
  /** LDAP_SERVER_SHOW_DELETED_OID: what is in the recycle bin too, MS-ADTS 3.1.1.3.4.1.14. */
  showDeleted: '1.2.840.113556.1.4.417',
  startTls: '1.3.6.1.4.1.1466.20037',
  whoAmI: '1.3.6.1.4.1.4203.1.11.3',
} as const;

/** Everything in the directory but the root DSE, parents before children. */
export function entriesOf(
  people: People,
  limits: { readonly maxPageSize: number },
): { forest: Forest; entries: DirectoryEntry[] } {
  const forest = forestOf(people);
  const fixed = fixedEntries(forest);
  const domain = fixed(forest.domainDn, 'domainDNS', { objectSid: [forest.domainSid] });
  const users = fixed(`CN=Users,${forest.domainDn}`, 'container');
  const entries = [
    domain,
    users,
    ...peopleEntries(people, forest),
    ...configurationEntries(forest, limits.maxPageSize),
    ...schemaEntries(forest),
  ];
  const account = serviceAccount(people, forest);
  const known = people.adUsers.some(
    (user) =>
      foldText(user.sAMAccountName) === foldText(account.sAMAccountName) ||
      foldText(user.userPrincipalName ?? '') === foldText(people.directory.bindUser),
  );
  if (!known) {
    const number = people.adUsers.length + people.adOthers.length;
    entries.push(userEntry(account, { forest, parentDn: users.dn, parentKey: users.key, number }));
  }
  return { forest, entries };
}

/** The naming context Configuration: the partitions (where a NetBIOS name is looked up) and the LDAP policy. */
function configurationEntries(forest: Forest, maxPageSize: number): DirectoryEntry[] {
  const { configurationDn, domain, domainDn, netbiosName, schemaDn } = forest;
  const fixed = fixedEntries(forest);
  // systemFlags 1: a naming context; 2: a domain (MS-ADTS 2.2.10).
  const crossRef = (cn: string, nCName: string, more: Attributes): DirectoryEntry =>
    fixed(`CN=${cn},CN=Partitions,${configurationDn}`, 'crossRef', {
      nCName: [nCName],
      dnsRoot: [domain],
      ...more,
    });
  const containers = [
    `CN=Services,${configurationDn}`,
    `CN=Windows NT,CN=Services,${configurationDn}`,
    `CN=Directory Service,CN=Windows NT,CN=Services,${configurationDn}`,
    `CN=Query-Policies,CN=Directory Service,CN=Windows NT,CN=Services,${configurationDn}`,
  ];
  return [
    fixed(configurationDn, 'configuration'),
    fixed(`CN=Partitions,${configurationDn}`, 'crossRefContainer'),
    crossRef('Enterprise Configuration', configurationDn, { systemFlags: ['1'] }),
    crossRef('Enterprise Schema', schemaDn, { systemFlags: ['1'] }),
    crossRef(netbiosName, domainDn, { systemFlags: ['3'], nETBIOSName: [netbiosName] }),
    ...containers.map((dn) => fixed(dn, 'container')),
    fixed(`CN=Default Query Policy,${containers[3] ?? ''}`, 'queryPolicy', {
      lDAPAdminLimits: [
        `MaxPageSize=${maxPageSize}`,
        'MaxQueryDuration=120',
        'MaxResultSetsPerConn=10',
        'MaxValRange=1500',
      ],
    }),
  ];
}

/** The naming context Schema: one attributeSchema entry for each attribute the directory knows. */
function schemaEntries(forest: Forest): DirectoryEntry[] {
  const fixed = fixedEntries(forest);
  return [
    fixed(forest.schemaDn, 'dMD'),
    ...attributes.map((facts) =>
      fixed(`CN=${facts.schemaCn},${forest.schemaDn}`, 'attributeSchema', {
        lDAPDisplayName: [facts.name],
        attributeID: [facts.oid],
        attributeSyntax: [facts.attributeSyntax],
        oMSyntax: [String(facts.omSyntax)],
        isSingleValued: [facts.isSingleValued ? 'TRUE' : 'FALSE'],
        searchFlags: [String(facts.searchFlags)],
        // Absent is false for this one, as in AD.
        isMemberOfPartialAttributeSet: facts.isInGlobalCatalog ? ['TRUE'] : [],
      }),
    ),
  ];
}

/** The root DSE, MS-ADTS 3.1.1.3.2: the one entry anybody may read. */
export function rootDse(forest: Forest): AnswerAttribute[] {
  const { configurationDn, dnsHostName, domain, domainDn, schemaDn } = forest;
  const server = `CN=DC1,CN=Servers,CN=Default-First-Site-Name,CN=Sites,${configurationDn}`;
  const values: Record<string, readonly string[]> = {
    domainFunctionality: ['7'],
    forestFunctionality: ['7'],
    domainControllerFunctionality: ['7'],
    rootDomainNamingContext: [domainDn],
    ldapServiceName: [`${domain}:dc1$@${domain.toUpperCase()}`],
    isGlobalCatalogReady: ['TRUE'],
    isSynchronized: ['TRUE'],
    supportedExtension: [capabilities.startTls, capabilities.whoAmI],
    supportedControl: [pagedResults, capabilities.domainScope, capabilities.showDeleted],
    supportedLDAPVersion: ['3', '2'],
    supportedLDAPPolicies: ['MaxPageSize', 'MaxQueryDuration', 'MaxResultSetsPerConn', 'MaxValRange'],
    // Active Directory, and the releases up to Windows Server 2012 (MS-ADTS 3.1.1.3.4.3).
    supportedCapabilities: ['800', '1670', '1791', '1935', '2080', '2237'].map((last) => `1.2.840.113556.1.4.${last}`),
    subschemaSubentry: [`CN=Aggregate,${schemaDn}`],
    serverName: [server],
    schemaNamingContext: [schemaDn],
    namingContexts: [domainDn, configurationDn, schemaDn],
    dsServiceName: [`CN=NTDS Settings,${server}`],
    dnsHostName: [dnsHostName],
    defaultNamingContext: [domainDn],
    configurationNamingContext: [configurationDn],
  };
  return Object.entries(values).map(([name, texts]) => ({ name, values: texts }));
}
