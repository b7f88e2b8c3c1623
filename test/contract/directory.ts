// What every Directory promises, told on the cast (fixtures/cast.json). Run on the AD export, on the practice directory and,
// where there is one, on a Samba domain controller.
import { resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { dnKey, formatDn, parseDn } from '../../src/ad/dn.ts';
import { RunFault } from '../../src/core/failure.ts';
import { type Guid, guidFromBytes, guidFromText, guidToBytes } from '../../src/core/guid.ts';
import { type AdRef, foldKey } from '../../src/core/references.ts';
import { parseAdRef } from '../../src/core/ids/parse-reference.ts';
import type { AdAnswer, AdUser, AnchorValue } from '../../src/core/users.ts';
import type { Directory } from '../../src/run/ports.ts';
import { type PracticeAdOther, type PracticeAdUser, readPeople, sidOfAdUser } from '../../src/sandbox/people/people.ts';

const castPath = resolve(import.meta.dirname, '../../fixtures/cast.json');
export const cast = readPeople(castPath);

const baseDn = 'DC=example,DC=test';

export function dnOf({ cn, ou }: Pick<PracticeAdUser | PracticeAdOther, 'cn' | 'ou'>): string {
  const part = (type: string, value: string) => [{ type, value }];
  return formatDn([part('CN', cn), part('OU', ou), part('DC', 'example'), part('DC', 'test')]);
}

export function person(sam: string): PracticeAdUser {
  const found = cast.adUsers.find((user) => user.sAMAccountName === sam);
  if (!found) throw new Error(`${sam} is not in the cast`);
  return found;
}

function consistencyGuidOf(user: PracticeAdUser): AnchorValue | null {
  const value = user['mS-DS-ConsistencyGuid'];
  if (value === undefined) return null;
  if (typeof value === 'string') return { kind: 'guid', guid: value as Guid };
  const bytes = Buffer.from(value.hex, 'hex');
  return bytes.length === 16
    ? { kind: 'guid', guid: guidFromBytes(bytes) }
    : { kind: 'bytes', base64: bytes.toString('base64') };
}

/** What a directory cannot be given from outside: a domain controller makes SIDs itself, and may lack the Exchange schema. */
export type Holds = { readonly givenSids: boolean; readonly exchange: boolean };
const everything: Holds = { givenSids: true, exchange: true };

function expectedUser(user: PracticeAdUser, holds: Holds): Omit<AdUser, 'dn' | 'sid'> & { sid: unknown } {
  return {
    objectGuid: user.objectGUID as Guid,
    samAccountName: user.sAMAccountName,
    userPrincipalName: user.userPrincipalName,
    mail: user.mail,
    proxyAddresses: [...user.proxyAddresses].sort(),
    enabled: user.disabled !== true,
    adminDescription: user.adminDescription ?? null,
    sid: holds.givenSids ? sidOfAdUser(cast, cast.adUsers.indexOf(user)) : expect.stringMatching(domainAccount),
    isCriticalSystemObject: user.isCriticalSystemObject === true,
    mailNickname: (holds.exchange && user.mailNickname) || null,
    recipientTypeDetails: (holds.exchange && user.msExchRecipientTypeDetails) || null,
    displayName: user.displayName === undefined ? user.cn : user.displayName,
    givenName: user.givenName ?? null,
    surname: user.sn ?? null,
    employeeId: user.employeeID ?? null,
    targetAddress: (holds.exchange && user.targetAddress) || null,
    hasMailbox: holds.exchange && user.msExchMailboxGuid !== undefined,
    consistencyGuid: consistencyGuidOf(user),
    customAnchor: null,
  };
}

// A SID of a domain's own accounts: three numbers for the domain and the RID (MS-DTYP 2.4.2.4).
const domainAccount = /^S-1-5-21-\d+-\d+-\d+-\d+$/;

export function ref(text: string, key?: string): AdRef {
  const parsed = parseAdRef(text, key);
  if (parsed.kind === 'bad') throw new Error(`${text}: ${parsed.why}`);
  return parsed.ref;
}

function keyOfDn(text: string): string {
  const dn = parseDn(text);
  if (!dn) throw new Error(`not a DN: ${text}`);
  return dnKey(dn);
}

/** The answer is this person, to the last attribute; DNs may be spelt differently. */
export function expectPerson(lookup: AdAnswer | undefined, sam: string, holds: Holds = everything): void {
  if (lookup?.kind !== 'found') throw new Error(`${sam} was not found but ${JSON.stringify(lookup)}`);
  const { dn, proxyAddresses, ...rest } = lookup.user;
  expect({ ...rest, proxyAddresses: [...proxyAddresses].sort() }).toEqual(expectedUser(person(sam), holds));
  expect(keyOfDn(dn)).toBe(keyOfDn(dnOf(person(sam))));
}

type Having = ReadonlyMap<string, readonly string[]>;

/** By immutable ID and by address, the objectGUIDs of the cast's users that have it; worked out from the file alone. */
function keysOfCast(): { readonly ids: Having; readonly addresses: Having } {
  const ids = new Map<string, string[]>();
  const addresses = new Map<string, string[]>();
  const note = (map: Map<string, string[]>, key: string, guid: string): void => {
    const there = map.get(key) ?? [];
    if (!there.includes(guid)) map.set(key, [...there, guid]);
  };
  for (const user of cast.adUsers) {
    const { objectGUID: guid } = user;
    note(ids, guidToBytes(guid as Guid).toString('base64'), guid);
    const consistency = consistencyGuidOf(user);
    if (consistency?.kind === 'guid') note(ids, guidToBytes(consistency.guid).toString('base64'), guid);
    const upn = user.userPrincipalName ?? `${user.sAMAccountName}@example.test`;
    const smtp = user.proxyAddresses.flatMap((address) => /^smtp:(.+)$/i.exec(address)?.[1] ?? []);
    for (const address of [upn, user.mail ?? '', ...smtp]) if (address !== '') note(addresses, foldKey(address), guid);
  }
  return { ids, addresses };
}

function severalOf(having: Having, least: number): Record<string, readonly string[]> {
  const found = [...having].filter(([, guids]) => guids.length >= least);
  return Object.fromEntries(found.map(([key, guids]) => [key, [...guids].sort()]));
}

function guidsBy(holders: ReadonlyMap<string, readonly AdUser[]>): Record<string, readonly string[]> {
  return Object.fromEntries([...holders].map(([key, users]) => [key, users.map((user) => user.objectGuid).sort()]));
}

export type OpenedDirectory = { readonly directory: Directory; readonly close?: () => Promise<void> };

/** Declares the suite. `open` is called once; the directory is closed at the end. */
export function directoryContract(
  which: string,
  open: () => Promise<OpenedDirectory>,
  holds: Holds = everything,
): void {
  describe(`the directory contract on ${which}`, () => {
    let opened: OpenedDirectory | undefined;
    const expectUser = (lookup: AdAnswer | undefined, sam: string): void => expectPerson(lookup, sam, holds);
    const locate = async (refs: readonly AdRef[], customAnchor: string | null = null): Promise<readonly AdAnswer[]> => {
      if (!opened) throw new Error('not open');
      return [...(await opened.directory.locate(refs, customAnchor))];
    };
    const one = async (text: string, key?: string): Promise<AdAnswer | undefined> =>
      (await locate([ref(text, key)]))[0];

    beforeAll(async () => {
      opened = await open();
    });
    afterAll(async () => {
      await opened?.directory.close();
      await opened?.close?.();
    });

    it('says which domain it is', async () => {
      const info = await opened?.directory.describe();
      expect(info?.domain).toBe('example.test');
      expect(info?.namingContext.toUpperCase()).toBe(baseDn.toUpperCase());
      expect(info?.source).not.toBe('');
    });

    it('finds every user of the cast by sAMAccountName with every attribute', async () => {
      const answers = await locate(cast.adUsers.map((user) => ({ kind: 'sam', name: user.sAMAccountName })));
      for (const [index, user] of cast.adUsers.entries()) expectUser(answers[index], user.sAMAccountName);
    });

    it('finds every user by objectGUID, also where the bytes are readable text or begin with a byte-order mark', async () => {
      expect(Buffer.from('another readable').equals(rawOf(person('utf.guid').objectGUID))).toBe(true);
      expect(rawOf(person('bom.guid').objectGUID).subarray(0, 3)).toEqual(Buffer.from([0xef, 0xbb, 0xbf]));
      const answers = await locate(cast.adUsers.map((user) => ref(user.objectGUID)));
      for (const [index, user] of cast.adUsers.entries()) expectUser(answers[index], user.sAMAccountName);
    });

    it('finds every user by distinguished name: commas, plus, hash, asterisk, brackets, backslash, a blank at the end, CJK', async () => {
      const answers = await locate(cast.adUsers.map((user) => ref(dnOf(user))));
      for (const [index, user] of cast.adUsers.entries()) expectUser(answers[index], user.sAMAccountName);
    });

    it('finds every user who has a UPN by it, except where two have it', async () => {
      const upns = cast.adUsers.map((user) => user.userPrincipalName?.toLowerCase());
      const users = cast.adUsers.filter(
        (user) =>
          user.userPrincipalName !== null &&
          upns.indexOf(user.userPrincipalName.toLowerCase()) === upns.lastIndexOf(user.userPrincipalName.toLowerCase()),
      );
      const answers = await locate(users.map((user) => ref(user.userPrincipalName ?? '')));
      for (const [index, user] of users.entries()) expectUser(answers[index], user.sAMAccountName);
    });

    it('finds every user by its SID, and nobody by one of another account or by a text that is none', async () => {
      const located = await locate(cast.adUsers.map((user) => ({ kind: 'sam', name: user.sAMAccountName })));
      const sids = located.map((answer) => (answer.kind === 'found' ? (answer.user.sid ?? '') : ''));
      expect(new Set(sids).size).toBe(cast.adUsers.length);
      const answers = await locate(sids.map((sid) => ({ kind: 'sid', sid })));
      for (const [index, user] of cast.adUsers.entries()) expectUser(answers[index], user.sAMAccountName);
      const [first = ''] = sids;
      const [stranger, foreigner, broken, lower] = await locate([
        { kind: 'sid', sid: first.replace(/\d+$/, '999999') },
        { kind: 'sid', sid: 'S-1-5-21-1-2-3-1105' },
        { kind: 'sid', sid: 'S-1-5-' },
        { kind: 'sid', sid: first.toLowerCase() },
      ]);
      expect([stranger, foreigner]).toEqual([{ kind: 'none' }, { kind: 'none' }]);
      expect(broken).toMatchObject({ kind: 'none', note: expect.stringMatching(/no security identifier/) });
      const [bare] = answers;
      expect(lower).toEqual(bare);
    });

    it('answers with plain data: a copy of an answer, however made, has the user in it', async () => {
      const answer = await one('nquill');
      const text = JSON.stringify(answer);
      const copies = [{ ...answer }, structuredClone(answer), JSON.parse(text)] as (AdAnswer | undefined)[];
      for (const copy of copies) expectUser(copy, 'nquill');
    });

    it('says whose an anchor is, be it the objectGUID or the mS-DS-ConsistencyGuid, and names all when it is several', async () => {
      const objects = [...cast.adUsers, ...cast.adOthers];
      const anchors = [...new Set(objects.flatMap(anchorsOf))];
      expect(anchors.length).toBeGreaterThan(cast.adUsers.length);
      const answers = await locate(anchors.map((guid) => ({ kind: 'anchor', guid })));
      for (const [index, guid] of anchors.entries()) {
        const owners = objects.filter((object) => anchorsOf(object).includes(guid));
        expectOwners(answers[index], owners, holds);
      }
      const nobody = guidFromText('00000000-0000-4000-8000-00000000dead') as Guid;
      expect(await locate([{ kind: 'anchor', guid: nobody }])).toEqual([{ kind: 'none' }]);
    });

    it(String.raw`finds users by DOMAIN\name and refuses another domain with a note that says so`, async () => {
      const answers = await locate([
        ref(String.raw`EXAMPLE\nquill`),
        ref(String.raw`example\NQUILL`),
        ref(String.raw`example.test\nquill`),
        ref(String.raw`OTHER\nquill`),
      ]);
      for (const answer of answers.slice(0, 3)) expectUser(answer, 'nquill');
      const last = answers[3];
      expect(last?.kind).toBe('none');
      expect(last?.kind === 'none' ? last.note : '').toMatch(/OTHER.*example\.test|example\.test.*OTHER/);
    });

    it('finds users by another attribute, indexed or not, whatever the case of its name', async () => {
      expectUser(await one('juergen.mueller@example.test', 'MAIL'), 'jmueller');
      expectUser(await one('1003', 'employeeid'), 'apires');
      expect(await one('no-such-number', 'employeeID')).toEqual({ kind: 'none' });
    });

    it('finds users by mS-DS-ConsistencyGuid as a GUID, as an immutable ID, and says when two have it', async () => {
      expectUser(await one('eeeef6ed-31bd-4ed0-a0cc-cc8165748d51', 'mS-DS-ConsistencyGuid'), 'mokafor');
      const readable = Buffer.from('sixteen.letters!').toString('base64');
      expectUser(await one(readable, 'ms-ds-consistencyguid'), 'butf');
      const copied = await one('7871bc5f-595f-4a0a-a0c4-61de42be3025', 'mS-DS-ConsistencyGuid');
      expect(copied?.kind).toBe('several');
      expect((await one('no guid', 'mS-DS-ConsistencyGuid'))?.kind).toBe('none');
    });

    it('compares without regard to case, beyond ASCII too, and to how accents are composed', async () => {
      expectUser(await one('NQUILL'), 'nquill');
      expectUser(await one('JÜRGEN.Müller@EXAMPLE.test'), 'jmueller');
      expectUser(await one('jürgen.müller@example.test'.normalize('NFD')), 'jmueller');
      expectUser(await one('cn=jürgen MÜLLER, ou=people, dc=EXAMPLE, dc=test'), 'jmueller');
      expectUser(await one('{FCC7E67F-FEC6-4A65-B821-2F40A292D185}'), 'ivance');
    });

    it('takes the same DN in other writings for the same', async () => {
      expectUser(await one(`CN=Comma\\2C Plus\\2bHash\\23,OU=Odd Names,${baseDn}`), 'comma.plus');
      expectUser(await one(`CN=Trailing Space\\20,OU=Odd Names,${baseDn}`), 'trailing.space');
      expectUser(await one(`CN="Comma, Plus+Hash#",OU=Odd Names,${baseDn}`), 'comma.plus');
      expectUser(await one(String.raw`CN=\e4\b8\ad\e6\9d\91 \e5\85\89,OU=Odd Names,` + baseDn), 'nakamura');
    });

    it('does not take wildcards and filter characters for anything but themselves', async () => {
      const answers = await locate([
        { kind: 'sam', name: '*' },
        { kind: 'sam', name: 'nq*' },
        { kind: 'sam', name: 'x)(objectClass=*' },
        { kind: 'upn', upn: '*@example.test' },
        ref(`CN=*,OU=People,${baseDn}`),
      ]);
      expect(answers).toEqual(Array.from({ length: 5 }, () => ({ kind: 'none' })));
    });

    it('says that two users have a UPN, and names them', async () => {
      const answer = await one('twice@example.test');
      if (answer?.kind !== 'several') throw new Error(JSON.stringify(answer));
      expect(answer.dns.map(keyOfDn).sort()).toEqual(
        ['twice1', 'twice2'].map((sam) => keyOfDn(dnOf(person(sam)))).sort(),
      );
    });

    it('answers "none" for what is not there', async () => {
      const nowhere = guidFromText('00000000-0000-4000-8000-00000000dead');
      const answers = await locate([
        ref('nobody'),
        ref('nobody@example.test'),
        ref(`CN=Nobody,OU=People,${baseDn}`),
        ref('CN=Nora Quill,OU=People,DC=elsewhere,DC=test'),
        { kind: 'guid', guid: nowhere as Guid },
      ]);
      expect(answers.map((answer) => answer.kind)).toEqual(['none', 'none', 'none', 'none', 'none']);
    });

    it('says what is wrong with a malformed distinguished name', async () => {
      const answer = await one('CN=,,,');
      expect(answer).toMatchObject({ kind: 'none', note: expect.stringMatching(/malformed/) });
    });

    it('says of a group, a computer and a contact that they are no users', async () => {
      for (const other of cast.adOthers) {
        const names = [
          other.objectGUID,
          dnOf(other),
          ...(other.sAMAccountName === undefined ? [] : [other.sAMAccountName]),
        ];
        for (const name of names) {
          const answer = await one(name);
          if (answer?.kind !== 'not-a-user') throw new Error(`${name}: ${JSON.stringify(answer)}`);
          expect(answer.objectClass).toBe(other.objectClass);
          expect(keyOfDn(answer.dn)).toBe(keyOfDn(dnOf(other)));
        }
      }
    });

    it('answers 2,500 references of every kind in one go, in their order, the same one many times', async () => {
      const refs: AdRef[] = [];
      const wanted: (string | null)[] = [];
      for (let n = 0; refs.length < 2_500; n += 1) {
        const user = cast.adUsers[n % cast.adUsers.length];
        if (!user) throw new Error('the cast is empty');
        refs.push({ kind: 'sam', name: user.sAMAccountName }, { kind: 'sam', name: `absent-${n}` });
        refs.push(ref(dnOf(user)), ref(user.objectGUID), { kind: 'upn', upn: `absent-${n}@example.test` });
        wanted.push(user.sAMAccountName, null, user.sAMAccountName, user.sAMAccountName, null);
      }
      const answers = await locate(refs);
      expect(answers.length).toBe(refs.length);
      const got = answers.map((answer) => (answer.kind === 'found' ? answer.user.samAccountName : null));
      expect(got).toEqual(wanted);
    });

    it.each([
      ['few', 1],
      ['many', 2_000],
    ])(
      'says who has an anchor or an address, and which of them several have, after a reading of %s',
      async (_some, atLeast) => {
        if (!opened) throw new Error('not open');
        const { directory } = opened;
        const users = cast.adUsers;
        const refs = users.map((user): AdRef => ({ kind: 'sam', name: user.sAMAccountName }));
        const located = [];
        while (located.length < atLeast) located.push(...refs);
        const answers = await directory.locate(located, null, { everybody: true });
        for (const [index, user] of users.entries()) expectUser(answers.at(index), user.sAMAccountName);
        // What is looked up in between loses nothing of it.
        await directory.locate(refs.slice(0, 1), null);
        const searches = directory.searches();
        const having = keysOfCast();
        const asked = { immutableIds: [...having.ids.keys()], addresses: [...having.addresses.keys()] };
        for (const least of [1, 2]) {
          const found = await directory.whoHas({ ...asked, least }, null);
          expect(guidsBy(found.anchors)).toEqual(severalOf(having.ids, least));
          expect(guidsBy(found.addresses)).toEqual(severalOf(having.addresses, least));
          for (const user of [...found.anchors.values(), ...found.addresses.values()].flat()) {
            expectUser({ kind: 'found', user }, user.samAccountName ?? '');
          }
        }
        if (atLeast > 1) expect(directory.searches()).toBe(searches);
        const nobody = { immutableIds: ['AAAAAAAAAAAAAAAAAAAAAQ=='], addresses: ['nobody.has@example.test'], least: 1 };
        expect(await directory.whoHas(nobody, null)).toEqual({ anchors: new Map(), addresses: new Map() });
      },
    );

    it('answers nothing to no references', async () => {
      expect(await locate([])).toEqual([]);
    });

    it('reads one more attribute as source anchor: text as it stands, bytes as a GUID', async () => {
      const [text] = await locate([ref('apires')], 'EMPLOYEEID');
      expect(text?.kind === 'found' && text.user.customAnchor).toEqual({ kind: 'text', text: '1003' });
      const [bytes, short, none] = await locate([ref('bmark'), ref('mformed'), ref('nquill')], 'ms-ds-consistencyguid');
      expect(bytes?.kind === 'found' && bytes.user.customAnchor).toEqual(consistencyGuidOf(person('bmark')));
      expect(short?.kind === 'found' && short.user.customAnchor).toEqual({ kind: 'bytes', base64: 'AQIDBAU=' });
      expect(none?.kind === 'found' && none.user.customAnchor).toBeNull();
    });

    it('faults the run for a key or an anchor that does not exist, naming it', async () => {
      for (const [key, anchor] of [
        ['noSuchAttribute', null],
        [undefined, 'noSuchAttribute'],
      ] as const) {
        const error = await locate([ref('nquill', key)], anchor).catch((caught: unknown) => caught);
        if (!(error instanceof RunFault)) throw new Error(`no fault but ${JSON.stringify(error)}`);
        expect(error.exitCode).toBe(2);
        expect(error.message).toContain('noSuchAttribute');
      }
    });
  });
}

/** The GUIDs that lead to an object as an anchor: one or two. */
function anchorsOf(object: PracticeAdUser | PracticeAdOther): readonly Guid[] {
  const value = 'objectClass' in object ? null : consistencyGuidOf(object);
  return [object.objectGUID as Guid, ...(value?.kind === 'guid' ? [value.guid] : [])];
}

function expectOwners(
  answer: AdAnswer | undefined,
  owners: readonly (PracticeAdUser | PracticeAdOther)[],
  holds: Holds,
): void {
  const [only, ...more] = owners;
  if (only === undefined) throw new Error('an anchor of the cast belongs to nobody');
  if (more.length > 0) {
    if (answer?.kind !== 'several') throw new Error(JSON.stringify(answer));
    expect(answer.dns.map(keyOfDn).sort()).toEqual(owners.map((owner) => keyOfDn(dnOf(owner))).sort());
  } else if ('objectClass' in only) {
    expect(answer).toMatchObject({ kind: 'not-a-user', objectClass: only.objectClass });
  } else {
    expectPerson(answer, only.sAMAccountName, holds);
  }
}

function rawOf(guid: string): Buffer {
  const bytes = Buffer.from(guid.replaceAll('-', ''), 'hex');
  bytes.subarray(0, 4).reverse();
  bytes.subarray(4, 6).reverse();
  bytes.subarray(6, 8).reverse();
  return bytes;
}
