import { Control, EqualityFilter, OrFilter } from 'ldapts';
import { describe, expect, it } from 'vitest';
import { type Guid, guidToBytes } from '../../../src/core/guid.ts';
import { type Started, bound, cast, start } from '../practice-directory.ts';

/** cn of what a filter finds in the whole domain, sorted. */
async function find(directory: Started, filter: string, base = directory.baseDn): Promise<string[]> {
  const { searchEntries } = await (await bound(directory)).search(base, { filter, attributes: ['cn'] });
  return searchEntries.map(({ cn }) => String(cn)).sort();
}

const people = 'OU=People,DC=example,DC=test';

describe('the root DSE', () => {
  it('tells the naming contexts and the controls that work', async () => {
    const directory = await start();
    const { searchEntries } = await (await bound(directory)).search('', { scope: 'base' });
    expect(searchEntries[0]).toMatchObject({
      defaultNamingContext: 'DC=example,DC=test',
      rootDomainNamingContext: 'DC=example,DC=test',
      configurationNamingContext: 'CN=Configuration,DC=example,DC=test',
      schemaNamingContext: 'CN=Schema,CN=Configuration,DC=example,DC=test',
      dnsHostName: 'dc1.example.test',
      ldapServiceName: 'example.test:dc1$@EXAMPLE.TEST',
      supportedControl: ['1.2.840.113556.1.4.319', '1.2.840.113556.1.4.1339', '1.2.840.113556.1.4.417'],
      isGlobalCatalogReady: 'TRUE',
      domainFunctionality: '7',
    });
  });

  it('answers with the asked attributes only', async () => {
    const directory = await start();
    const { searchEntries } = await (
      await bound(directory)
    ).search('', { scope: 'base', attributes: ['DNSHOSTNAME', 'nothing'] });
    expect(Object.keys(searchEntries[0] ?? {})).toEqual(['dn', 'dnsHostName', 'nothing']);
  });
});

describe('an entry', () => {
  it('has the attributes AD gives a user, named as in the schema', async () => {
    const directory = await start();
    const { searchEntries } = await (
      await bound(directory)
    ).search(directory.baseDn, {
      filter: '(sAMAccountName=mokafor)',
      explicitBufferAttributes: ['objectGUID', 'mS-DS-ConsistencyGuid', 'objectSid'],
    });
    const [user] = searchEntries;
    expect(user).toMatchObject({
      dn: `CN=Mina Okafor,${people}`,
      distinguishedName: `CN=Mina Okafor,${people}`,
      objectClass: ['top', 'person', 'organizationalPerson', 'user'],
      objectCategory: 'CN=Person,CN=Schema,CN=Configuration,DC=example,DC=test',
      cn: 'Mina Okafor',
      displayName: 'Mina Okafor',
      sAMAccountName: 'mokafor',
      sAMAccountType: '805306368',
      userAccountControl: '512',
      userPrincipalName: 'mokafor@example.test',
      mail: 'mokafor@example.test',
      proxyAddresses: 'SMTP:mokafor@example.test',
      employeeID: '1006',
      objectGUID: guidToBytes('da83ea3d-06f0-49ab-a9dc-b7ba54f88f1b' as Guid),
      'mS-DS-ConsistencyGuid': guidToBytes('eeeef6ed-31bd-4ed0-a0cc-cc8165748d51' as Guid),
    });
    expect(user?.['whenCreated']).toMatch(/^20\d{12}\.0Z$/);
    expect(Buffer.from(user?.['objectSid'] as Buffer).toString('hex')).toMatch(/^010500000000000515000000/);
  });

  it('has no attribute twice, none without a value, and none that the schema does not describe', async () => {
    const directory = await start();
    const user = await bound(directory);
    const schema = await user.search('CN=Schema,CN=Configuration,DC=example,DC=test', {
      filter: '(objectClass=attributeSchema)',
      attributes: ['lDAPDisplayName'],
    });
    const known = new Set(schema.searchEntries.map((entry) => String(entry['lDAPDisplayName'])));
    const { searchEntries } = await user.search(directory.baseDn, {});
    const configuration = await user.search('CN=Configuration,DC=example,DC=test', {});
    for (const { dn: _dn, ...entry } of [...searchEntries, ...configuration.searchEntries]) {
      for (const [name, value] of Object.entries(entry)) {
        expect(known).toContain(name);
        expect(value).not.toEqual([]);
      }
    }
  });

  it('shows disabled users, groups, computers and contacts for what they are', async () => {
    const directory = await start();
    expect(await find(directory, '(userAccountControl=514)')).toEqual(['Dana Frost']);
    expect(await find(directory, '(sAMAccountType=268435456)')).toEqual(['All Staff']);
    expect(await find(directory, '(sAMAccountType=805306369)')).toEqual(['PC-0042']);
    expect(await find(directory, '(objectClass=contact)')).toEqual(['Outside Contact']);
    expect(await find(directory, '(sAMAccountType=805306368)')).toHaveLength(cast.adUsers.length + 1);
  });

  it('comes with schema names whatever was asked, once each, and without what it does not have', async () => {
    const directory = await start();
    const { searchEntries } = await (
      await bound(directory)
    ).search(directory.baseDn, {
      filter: '(sAMAccountName=noupn)',
      attributes: ['MAIL', 'mail', '0.9.2342.19200300.100.1.3', 'userprincipalname', 'noSuchAttribute'],
    });
    // The client adds asked attributes that did not come as [].
    expect(searchEntries[0]?.['mail']).toBe('noupn@example.test');
    expect(searchEntries[0]?.['userPrincipalName']).toBeUndefined();
    expect(searchEntries[0]?.['noSuchAttribute']).toEqual([]);
  });

  it('comes bare with 1.1, and with names alone when values are not wanted', async () => {
    const directory = await start();
    const user = await bound(directory);
    const options = { filter: '(sAMAccountName=nquill)' };
    const bare = await user.search(directory.baseDn, { ...options, attributes: ['1.1'] });
    expect(bare.searchEntries[0]).not.toHaveProperty('cn');
    const names = await user.search(directory.baseDn, { ...options, attributes: ['cn'], returnAttributeValues: false });
    expect(names.searchEntries[0]?.['cn']).toEqual([]);
  });
});

describe('a filter', () => {
  it('finds a GUID by its bytes, in an OR of many too', async () => {
    const directory = await start();
    const filters = cast.adUsers.map(
      ({ objectGUID }) => new EqualityFilter({ attribute: 'objectGUID', value: guidToBytes(objectGUID as Guid) }),
    );
    const user = await bound(directory);
    const one = await user.search(directory.baseDn, { filter: filters[0] ?? '', attributes: ['cn'] });
    expect(one.searchEntries).toEqual([{ dn: `CN=Nora Quill,${people}`, cn: 'Nora Quill' }]);
    const all = await user.search(directory.baseDn, { filter: new OrFilter({ filters }), attributes: ['cn'] });
    expect(all.searchEntries).toHaveLength(cast.adUsers.length);
  });

  it('finds by GUID whose bytes are readable text or begin with a byte-order mark, and logs the bytes', async () => {
    const directory = await start();
    const user = await bound(directory);
    for (const cn of ['Utf Guid', 'Bom Guid']) {
      const guid = cast.adUsers.find((one) => one.cn === cn)?.objectGUID as Guid;
      const filter = new EqualityFilter({ attribute: 'objectGUID', value: guidToBytes(guid) });
      const { searchEntries } = await user.search(directory.baseDn, { filter, attributes: ['cn'] });
      expect(searchEntries.map((entry) => entry['cn'])).toEqual([cn]);
    }
    const consistency = new EqualityFilter({
      attribute: 'mS-DS-ConsistencyGuid',
      value: guidToBytes('7871bc5f-595f-4a0a-a0c4-61de42be3025' as Guid),
    });
    const { searchEntries } = await user.search(directory.baseDn, { filter: consistency, attributes: ['cn'] });
    expect(searchEntries.map((entry) => entry['cn'])).toEqual(['Copy One', 'Copy Two']);
    expect(directory.log.at(-1)).toMatchObject({ filter: expect.stringContaining(String.raw`=\5f\bc\71\78`) });
  });

  it('does not find a GUID given as text, nor by bytes written in the order of its text', async () => {
    const directory = await start();
    expect(await find(directory, '(objectGUID=68ba1d52-423e-41f9-a9e6-e97cf3ef9ed5)')).toEqual([]);
    const value = Buffer.from('68ba1d52423e41f9a9e6e97cf3ef9ed5', 'hex');
    const { searchEntries } = await (
      await bound(directory)
    ).search(directory.baseDn, {
      filter: new EqualityFilter({ attribute: 'objectGUID', value }),
    });
    expect(searchEntries).toEqual([]);
  });

  it.each([
    ['equality in any case', '(sAMAccountName=NQUILL)', ['Nora Quill']],
    ['equality with other accents', '(userPrincipalName=jurgen.muller@example.test)', ['Jürgen Müller']],
    ['equality with composed and decomposed accents', '(cn=Ju\u0308rgen Mu\u0308ller)', ['Jürgen Müller']],
    ['equality in another script', '(userPrincipalName=中村@example.test)', ['中村 光']],
    ['an apostrophe', "(userPrincipalName=sean.o'brien@example.test)", ["Sean O'Brien"]],
    ['parentheses', String.raw`(cn=Ana Pires \28Ext\29)`, ['Ana Pires (Ext)']],
    ['an asterisk that is a character', String.raw`(cn=Star \2a Name)`, ['Star * Name']],
    ['a backslash', String.raw`(cn=Back\5cSlash)`, ['Back\\Slash']],
    ['a trailing space', '(cn=Trailing Space )', ['Trailing Space ']],
    ['comma, plus and hash', '(cn=Comma, Plus+Hash#)', ['Comma, Plus+Hash#']],
    ['a DN', `(distinguishedName=cn=nora quill, ou=PEOPLE,dc=example,dc=test)`, ['Nora Quill']],
    ['one of several values', '(objectClass=computer)', ['PC-0042']],
    ['two with one UPN', '(userPrincipalName=twice@example.test)', ['Twice Named A', 'Twice Named B']],
    ['an attribute without an index', '(employeeID=1007)', ['Ben Utf']],
    [
      'an OR on an attribute without an index',
      '(|(employeeID=1007)(employeeID=1008)(employeeID=9))',
      ['Ben Utf', 'Bo Mark'],
    ],
    ['substrings at all three places', '(cn=J*RGEN*M*ller)', ['Jürgen Müller']],
    ['substrings that may not overlap', '(sAMAccountName=co*op*py1)', []],
    ['a substring at the end', '(mail=*@partner.test)', ['Outside Contact']],
    ['presence', '(&(mS-DS-ConsistencyGuid=*)(cn=copy*))', ['Copy One', 'Copy Two']],
    ['greater or equal', '(&(employeeID>=1033)(employeeID<=1034))', ['Bom Guid', 'Utf Guid']],
    ['less or equal', '(&(employeeID<=1001)(sAMAccountType=805306368))', ['Nora Quill', "Sean O'Brien"]],
    ['numbers as numbers', '(&(sAMAccountType>=805306369)(sAMAccountType<=1000000000))', ['PC-0042']],
    ['approximate, which is equal', '(cn~=nora quill)', ['Nora Quill']],
    ['all bits set', '(userAccountControl:1.2.840.113556.1.4.803:=2)', ['Dana Frost']],
    ['any bit set', '(&(userAccountControl:1.2.840.113556.1.4.804:=6)(cn=D*))', ['Dana Frost']],
    ['a category by class name', '(&(objectCategory=computer)(objectClass=user))', ['PC-0042']],
    ['a category by DN', '(objectCategory=CN=Group,CN=Schema,CN=Configuration,DC=example,DC=test)', ['All Staff']],
    ['not', '(&(sAMAccountName=copy*)(!(sAMAccountName=copy1)))', ['Copy Two']],
    ['not, where the attribute is absent', '(&(sAMAccountType=268435456)(!(mail=x)))', ['All Staff']],
    ['an attribute nobody knows', '(favouriteDrink=tea)', []],
    ['not, on an attribute nobody knows', '(!(favouriteDrink=tea))', []],
    ['or, one part of it unknown', '(|(favouriteDrink=tea)(sAMAccountName=nquill))', ['Nora Quill']],
    ['a number that is none', '(!(userAccountControl=many))', []],
    ['a matching rule nobody knows', '(!(cn:1.2.3.4:=x))', []],
    ['a malformed DN as value', '(distinguishedName=nonsense)', []],
  ])('compares as AD does: %s', async (_what, filter, expected) => {
    expect(await find(await start(), filter)).toEqual([...expected].sort());
  });

  it('finds an SID by its text form and by its bytes', async () => {
    const directory = await start();
    const user = await bound(directory);
    const read = await user.search(`CN=Nora Quill,${people}`, {
      scope: 'base',
      explicitBufferAttributes: ['objectSid'],
    });
    const sid = read.searchEntries[0]?.['objectSid'] as Buffer;
    const parts = [8, 12, 16, 20, 24].map((at) => sid.readUInt32LE(at));
    expect(await find(directory, `(objectSid=S-1-5-${parts.join('-')})`)).toEqual(['Nora Quill']);
    const bytes = new EqualityFilter({ attribute: 'objectSid', value: sid });
    expect((await user.search(directory.baseDn, { filter: bytes })).searchEntries).toHaveLength(1);
  });
});

describe('a search base', () => {
  it('reaches base, one level or the subtree', async () => {
    const directory = await start();
    const user = await bound(directory);
    const dns = async (base: string, scope: 'base' | 'one' | 'sub'): Promise<string[]> =>
      (await user.search(base, { scope, attributes: ['1.1'] })).searchEntries.map(({ dn }) => dn);
    expect(await dns(people, 'base')).toEqual([people]);
    expect(await dns(directory.baseDn, 'one')).toEqual([
      'CN=Users,DC=example,DC=test',
      people,
      'OU=Odd Names,DC=example,DC=test',
    ]);
    expect(await dns(people, 'one')).not.toContain(people);
    expect(await dns(people, 'sub')).toContain(people);
    expect((await dns(people, 'sub')).every((dn) => dn.endsWith(people))).toBe(true);
  });

  it.each([
    [String.raw`CN=Comma\, Plus\+Hash#,OU=Odd Names,DC=example,DC=test`, 'comma.plus'],
    [String.raw`CN=Comma\2C Plus\2bHash\#,OU=Odd Names,DC=example,DC=test`, 'comma.plus'],
    [String.raw`CN=Back\\Slash,OU=Odd Names,DC=example,DC=test`, 'back.slash'],
    [String.raw`CN=Trailing Space\ ,OU=Odd Names,DC=example,DC=test`, 'trailing.space'],
    [String.raw`CN=Trailing Space\20,OU=Odd Names,DC=example,DC=test`, 'trailing.space'],
    ['CN=Star * Name,OU=Odd Names,DC=example,DC=test', 'star.name'],
    ['cn=中村 光 , ou=odd names;dc=EXAMPLE,dc=test', 'nakamura'],
    ['2.5.4.3=Jurgen Muller,2.5.4.11=People,DC=example,DC=test', 'jmueller'],
    ['<GUID=68ba1d52-423e-41f9-a9e6-e97cf3ef9ed5>', 'nquill'],
    ['<GUID=521dba683e42f941a9e6e97cf3ef9ed5>', 'nquill'],
  ])('may be written %s', async (dn, expected) => {
    const { searchEntries } = await (await bound(await start())).search(dn, { scope: 'base' });
    expect(searchEntries.map((entry) => entry['sAMAccountName'])).toEqual([expected]);
  });

  it('comes back in the answer so that it can be used again', async () => {
    const directory = await start();
    const user = await bound(directory);
    const { searchEntries } = await user.search('OU=Odd Names,DC=example,DC=test', { scope: 'one' });
    expect(searchEntries.length).toBeGreaterThan(5);
    for (const { dn, cn } of searchEntries) {
      const again = await user.search(dn, { scope: 'base', attributes: ['cn'] });
      expect(again.searchEntries).toEqual([{ dn, cn }]);
    }
  });

  it.each([
    ['OU=Nowhere,DC=example,DC=test', 32, "best match of:\n\t'DC=example,DC=test'"],
    ['CN=x,CN=y,CN=Users,DC=example,DC=test', 32, "'CN=Users,DC=example,DC=test'"],
    ['<GUID=00000000-0000-0000-0000-000000000000>', 32, 'NO_OBJECT'],
    ['example.test', 34, 'BAD_NAME'],
    [String.raw`CN=bad\escape,DC=example,DC=test`, 34, 'BAD_NAME'],
    ['DC=other,DC=test', 10, '0000202B: RefErr'],
    ['OU=x,DC=child,DC=example,DC=test', 10, "'child.example.test'"],
  ])('is refused when it is %s: code %i', async (dn, code, text) => {
    const user = await bound(await start({ childDomains: ['child.example.test'] }));
    await expect(user.search(dn, {})).rejects.toMatchObject({ code, message: expect.stringContaining(text) });
  });
});

describe('other naming contexts', () => {
  const zones = [
    'ldap://DomainDnsZones.example.test/DC=DomainDnsZones,DC=example,DC=test',
    'ldap://ForestDnsZones.example.test/DC=ForestDnsZones,DC=example,DC=test',
  ];
  const configuration = 'ldap://example.test/CN=Configuration,DC=example,DC=test';

  it('are named by continuation references, a child domain among them, unless the client wants none', async () => {
    const directory = await start({ childDomains: ['child.example.test'] });
    const user = await bound(directory);
    const child = 'ldap://child.example.test/DC=child,DC=example,DC=test';
    const { searchReferences } = await user.search(directory.baseDn, { filter: '(sAMAccountName=nquill)' });
    expect(searchReferences).toEqual([...zones, child, configuration]);
    const one = await user.search(directory.baseDn, { scope: 'one' });
    expect(one.searchReferences).toEqual([...zones, child, configuration].map((url) => `${url}??base`));
    expect((await user.search(directory.baseDn, { scope: 'base' })).searchReferences).toEqual([]);
    expect((await user.search(people, {})).searchReferences).toEqual([]);
    const control = new Control('1.2.840.113556.1.4.1339', { critical: true });
    const quiet = await user.search(directory.baseDn, { filter: '(sAMAccountName=nquill)' }, [control]);
    expect(quiet).toMatchObject({ searchReferences: [], searchEntries: [{ sAMAccountName: 'nquill' }] });
  });

  it('tell the NetBIOS name of the domain', async () => {
    const user = await bound(await start());
    const { searchEntries } = await user.search('CN=Partitions,CN=Configuration,DC=example,DC=test', {
      filter: '(&(objectClass=crossRef)(nCName=DC=Example,DC=Test))',
      attributes: ['nETBIOSName', 'dnsRoot', 'nCName'],
    });
    expect(searchEntries).toEqual([
      {
        dn: 'CN=EXAMPLE,CN=Partitions,CN=Configuration,DC=example,DC=test',
        nETBIOSName: 'EXAMPLE',
        dnsRoot: 'example.test',
        nCName: 'DC=example,DC=test',
      },
    ]);
  });

  it.each([
    ['mS-DS-ConsistencyGuid', '2.5.5.10', '4', '0'],
    ['objectGUID', '2.5.5.10', '4', '9'],
    ['employeeNumber', '2.5.5.12', '64', '0'],
    ['msDS-SourceAnchor', '2.5.5.12', '64', '10'],
    ['extensionAttribute15', '2.5.5.12', '64', '16'],
    ['userAccountControl', '2.5.5.9', '2', '25'],
    ['uSNChanged', '2.5.5.16', '65', '9'],
    ['manager', '2.5.5.1', '127', '16'],
  ])('describe %s in the schema', async (name, ...facts) => {
    const [attributeSyntax, oMSyntax, searchFlags] = facts;
    const user = await bound(await start());
    const { searchEntries } = await user.search('CN=Schema,CN=Configuration,DC=example,DC=test', {
      scope: 'one',
      filter: `(lDAPDisplayName=${name.toLowerCase()})`,
      attributes: ['lDAPDisplayName', 'attributeSyntax', 'oMSyntax', 'searchFlags'],
    });
    expect(searchEntries).toMatchObject([{ lDAPDisplayName: name, attributeSyntax, oMSyntax, searchFlags }]);
  });
});

describe('attributes the account may not read', () => {
  it('are absent without a word, and no filter on them matches', async () => {
    const directory = await start({ hiddenAttributes: ['ms-ds-consistencyguid', 'whenCreated', 'userAccountControl'] });
    const { searchEntries } = await (
      await bound(directory)
    ).search(directory.baseDn, {
      filter: '(sAMAccountName=mokafor)',
    });
    expect(searchEntries[0]).toMatchObject({ sAMAccountName: 'mokafor' });
    expect(Object.keys(searchEntries[0] ?? {})).not.toContain('mS-DS-ConsistencyGuid');
    expect(Object.keys(searchEntries[0] ?? {})).not.toContain('whenCreated');
    expect(await find(directory, '(mS-DS-ConsistencyGuid=*)')).toEqual([]);
    expect(await find(directory, '(userAccountControl=512)')).toEqual([]);
    expect(await find(directory, '(userAccountControl:1.2.840.113556.1.4.803:=2)')).toEqual([]);
    expect(await find(directory, '(|(userAccountControl=512)(userAccountControl=514))')).toEqual([]);
    const all = await find(directory, '(&(!(mS-DS-ConsistencyGuid=*))(sAMAccountName=mokafor))');
    expect(all, 'as if nobody had the attribute').toEqual(['Mina Okafor']);
  });

  it('may differ by account', async () => {
    const directory = await start({
      hiddenAttributes: ['whenCreated'],
      accounts: [{ sAMAccountName: 'nquill', password: 'a', hiddenAttributes: [] }],
    });
    const user = await bound(directory);
    expect(await find(directory, '(whenCreated=*)')).toEqual([]);
    await user.bind('EXAMPLE\\nquill', 'a');
    const { searchEntries } = await user.search(directory.baseDn, { filter: '(&(whenCreated=*)(cn=copy*))' });
    expect(searchEntries).toHaveLength(2);
  });
});

describe('what would change the directory', () => {
  it('is refused as unwilling', async () => {
    const directory = await start();
    const user = await bound(directory);
    await expect(user.add('CN=New,DC=example,DC=test', { cn: 'New' })).rejects.toMatchObject({ code: 53 });
    await expect(user.del(`CN=Nora Quill,${people}`)).rejects.toMatchObject({ code: 53 });
    await expect(user.modifyDN(`CN=Nora Quill,${people}`, 'CN=Nora')).rejects.toMatchObject({ code: 53 });
    expect(directory.log.filter(({ kind }) => kind === 'refused')).toMatchObject([
      { name: 'add' },
      { name: 'delete' },
      { name: 'modify DN' },
    ]);
  });

  it('is refused when it is a critical control nobody knows', async () => {
    const directory = await start();
    const user = await bound(directory);
    const search = (critical: boolean) =>
      user.search(directory.baseDn, { filter: '(cn=Nora Quill)' }, [new Control('1.2.3.4', { critical })]);
    await expect(search(true)).rejects.toMatchObject({ code: 12 });
    expect((await search(false)).searchEntries).toHaveLength(1);
  });
});
