// The attributes the practice directory knows, with the facts of their attributeSchema entries.
// Source: MS-ADA1, MS-ADA2, MS-ADA3; mailNickname, msExchMailboxGuid, msExchRecipientTypeDetails, targetAddress and
// extensionAttribute1..15 from the Exchange schema.

/** How values are compared. `text` folds case and accents, `octets` and `sid` compare bytes. */
export type Syntax = 'text' | 'octets' | 'integer' | 'large-integer' | 'boolean' | 'time' | 'dn' | 'oid' | 'sid';

export type SchemaAttribute = {
  /** lDAPDisplayName: the spelling in answers, however it was asked for. */
  readonly name: string;
  /** cn of its attributeSchema entry. */
  readonly schemaCn: string;
  /** attributeID. */
  readonly oid: string;
  readonly syntax: Syntax;
  /** attributeSyntax and oMSyntax. */
  readonly attributeSyntax: string;
  readonly omSyntax: number;
  /** 1 is an index; 128 confidential; see MS-ADTS 2.2.9. */
  readonly searchFlags: number;
  readonly isSingleValued: boolean;
  readonly isInGlobalCatalog: boolean;
};

/** attributeSyntax and oMSyntax of each kind, MS-ADTS 3.1.1.2.2.2. */
const wire = {
  text: ['text', '2.5.5.12', 64],
  ia5: ['text', '2.5.5.5', 22],
  octets: ['octets', '2.5.5.10', 4],
  integer: ['integer', '2.5.5.9', 2],
  enumeration: ['integer', '2.5.5.9', 10],
  large: ['large-integer', '2.5.5.16', 65],
  boolean: ['boolean', '2.5.5.8', 1],
  time: ['time', '2.5.5.11', 24],
  dn: ['dn', '2.5.5.1', 127],
  oid: ['oid', '2.5.5.2', 6],
  sid: ['sid', '2.5.5.17', 4],
} as const satisfies Record<string, readonly [Syntax, string, number]>;

const ms2 = (last: number): string => `1.2.840.113556.1.2.${last}`;
const ms4 = (last: number | string): string => `1.2.840.113556.1.4.${last}`;

/** name, schema cn, OID, syntax, searchFlags, then `m` for multi-valued and `g` for in the global catalog. */
type Line = readonly [string, string, string, keyof typeof wire, number, string?];

const lines: readonly Line[] = [
  ['adminDescription', 'Admin-Description', ms2(226), 'text', 0],
  ['attributeID', 'Attribute-ID', ms2(30), 'oid', 8],
  ['attributeSyntax', 'Attribute-Syntax', ms2(32), 'oid', 8],
  ['cn', 'Common-Name', '2.5.4.3', 'text', 1, 'g'],
  ['dc', 'Domain-Component', '0.9.2342.19200300.100.1.25', 'text', 0, 'g'],
  ['description', 'Description', '2.5.4.13', 'text', 0, 'mg'],
  ['displayName', 'Display-Name', ms2(13), 'text', 5, 'g'],
  ['distinguishedName', 'Obj-Dist-Name', '2.5.4.49', 'dn', 8, 'g'],
  ['dnsRoot', 'Dns-Root', ms4(28), 'text', 1, 'm'],
  ['employeeID', 'Employee-ID', ms4(35), 'text', 0],
  ['employeeNumber', 'Employee-Number', ms2(610), 'text', 0],
  ['givenName', 'Given-Name', '2.5.4.42', 'text', 5, 'g'],
  ['groupType', 'Group-Type', ms4(750), 'integer', 9, 'g'],
  ['info', 'Comment', ms2(81), 'text', 0],
  ['instanceType', 'Instance-Type', ms2(1), 'integer', 8, 'g'],
  ['isCriticalSystemObject', 'Is-Critical-System-Object', ms4(868), 'boolean', 0],
  ['isDeleted', 'Is-Deleted', ms2(48), 'boolean', 0, 'g'],
  ['isMemberOfPartialAttributeSet', 'Is-Member-Of-Partial-Attribute-Set', ms4(639), 'boolean', 0],
  ['isRecycled', 'Is-Recycled', ms4(2058), 'boolean', 8, 'g'],
  ['isSingleValued', 'Is-Single-Valued', ms2(33), 'boolean', 8],
  ['lDAPAdminLimits', 'LDAP-Admin-Limits', ms4(843), 'text', 0, 'm'],
  ['lDAPDisplayName', 'LDAP-Display-Name', ms2(460), 'text', 9],
  ['mail', 'E-mail-Addresses', '0.9.2342.19200300.100.1.3', 'text', 1, 'g'],
  ['mailNickname', 'ms-Exch-Mail-Nickname', ms2(447), 'text', 5, 'g'],
  ['manager', 'Manager', '0.9.2342.19200300.100.1.10', 'dn', 16],
  ['memberOf', 'Is-Member-Of-DL', ms2(102), 'dn', 16, 'm'],
  ['mS-DS-ConsistencyGuid', 'MS-DS-Consistency-Guid', ms4(1360), 'octets', 0],
  ['msExchMailboxGuid', 'ms-Exch-Mailbox-Guid', ms4('7000.102.11058'), 'octets', 1, 'g'],
  ['msExchRecipientTypeDetails', 'ms-Exch-Recipient-Type-Details', ms4('7000.102.50855'), 'large', 1, 'g'],
  ['msDS-ExternalDirectoryObjectId', 'ms-DS-External-Directory-Object-Id', ms4(2310), 'text', 9, 'g'],
  ['msDS-SourceAnchor', 'ms-DS-Source-Anchor', ms4(2352), 'text', 0xa],
  ['name', 'RDN', ms4(1), 'text', 13, 'g'],
  ['nCName', 'NC-Name', ms2(16), 'dn', 8],
  ['nETBIOSName', 'NETBIOS-Name', ms4(87), 'text', 1],
  ['objectCategory', 'Object-Category', ms4(782), 'dn', 1, 'g'],
  ['objectClass', 'Object-Class', '2.5.4.0', 'oid', 9, 'mg'],
  ['objectGUID', 'Object-Guid', ms4(2), 'octets', 9, 'g'],
  ['objectSid', 'Object-Sid', ms4(146), 'sid', 9, 'g'],
  ['oMSyntax', 'OM-Syntax', ms2(231), 'integer', 8],
  ['ou', 'Organizational-Unit-Name', '2.5.4.11', 'text', 1, 'mg'],
  ['primaryGroupID', 'Primary-Group-ID', ms4(98), 'integer', 17, 'g'],
  ['proxyAddresses', 'Proxy-Addresses', ms2(210), 'text', 5, 'm'],
  ['sAMAccountName', 'SAM-Account-Name', ms4(221), 'text', 13, 'g'],
  ['sAMAccountType', 'SAM-Account-Type', ms4(302), 'integer', 1, 'g'],
  ['schemaIDGUID', 'Schema-ID-GUID', ms4(148), 'octets', 8],
  ['searchFlags', 'Search-Flags', ms2(334), 'enumeration', 0],
  ['sn', 'Surname', '2.5.4.4', 'text', 5, 'g'],
  ['systemFlags', 'System-Flags', ms4(375), 'integer', 8, 'g'],
  ['targetAddress', 'Target-Address', ms2(352), 'text', 1, 'g'],
  ['userAccountControl', 'User-Account-Control', ms4(8), 'integer', 25, 'g'],
  ['userPrincipalName', 'User-Principal-Name', ms4(656), 'text', 1, 'g'],
  ['uSNChanged', 'USN-Changed', ms2(120), 'large', 9, 'g'],
  ['uSNCreated', 'USN-Created', ms2(19), 'large', 9, 'g'],
  ['whenChanged', 'When-Changed', ms2(3), 'time', 0, 'g'],
  ['whenCreated', 'When-Created', ms2(2), 'time', 0, 'g'],
  // Exchange numbers the first ten and the last five in two runs.
  ...Array.from({ length: 15 }, (_none, index): Line => {
    const number = index + 1;
    const oid = ms2(number <= 10 ? 422 + number : 588 + number);
    return [`extensionAttribute${number}`, `ms-Exch-Extension-Attribute-${number}`, oid, 'text', 16, 'g'];
  }),
];

/** Every attribute of the practice schema. */
export const attributes: readonly SchemaAttribute[] = lines.map(
  ([name, schemaCn, oid, kind, searchFlags, marks = '']) => {
    const [syntax, attributeSyntax, omSyntax] = wire[kind];
    return {
      name,
      schemaCn,
      oid,
      syntax,
      attributeSyntax,
      omSyntax,
      searchFlags,
      isSingleValued: !marks.includes('m'),
      isInGlobalCatalog: marks.includes('g'),
    };
  },
);

const byKey = new Map(attributes.flatMap((facts) => [[facts.name.toLowerCase(), facts] as const, [facts.oid, facts]]));

/** Looks an attribute up by lDAPDisplayName in any case, or by OID; undefined when the schema has none such. */
export function attributeFacts(name: string): SchemaAttribute | undefined {
  return byKey.get(name.toLowerCase());
}

/** The objectClass chains, most general first (MS-ADSC), and the class whose objectCategory each has. */
export const classes = {
  user: { chain: ['top', 'person', 'organizationalPerson', 'user'], category: 'Person' },
  contact: { chain: ['top', 'person', 'organizationalPerson', 'contact'], category: 'Person' },
  computer: { chain: ['top', 'person', 'organizationalPerson', 'user', 'computer'], category: 'Computer' },
  group: { chain: ['top', 'group'], category: 'Group' },
  organizationalUnit: { chain: ['top', 'organizationalUnit'], category: 'Organizational-Unit' },
  container: { chain: ['top', 'container'], category: 'Container' },
  domainDNS: { chain: ['top', 'domain', 'domainDNS'], category: 'Domain-DNS' },
  configuration: { chain: ['top', 'configuration'], category: 'Configuration' },
  crossRefContainer: { chain: ['top', 'crossRefContainer'], category: 'Cross-Ref-Container' },
  crossRef: { chain: ['top', 'crossRef'], category: 'Cross-Ref' },
  queryPolicy: { chain: ['top', 'queryPolicy'], category: 'Query-Policy' },
  dMD: { chain: ['top', 'dMD'], category: 'DMD' },
  attributeSchema: { chain: ['top', 'attributeSchema'], category: 'Attribute-Schema' },
} as const;

export type ClassName = keyof typeof classes;

// A class may be named for what is above it too: `(objectCategory=person)` is the usual way to write a user filter.
const categories = new Map<string, string>([
  ['person', 'Person'],
  ['organizationalperson', 'Person'],
  ...Object.entries(classes).map(([name, { category }]) => [name.toLowerCase(), category] as const),
]);

/** cn of the class `(objectCategory=<class name>)` stands for (MS-ADTS 3.1.1.3.1.3.5). */
export function categoryOf(className: string): string | undefined {
  return categories.get(className.toLowerCase());
}
