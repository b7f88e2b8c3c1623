// References that no input has: by SID and by anchor. What all directories do alike is in the contract.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { openAdExport } from '../../src/ad/export/directory.ts';
import { type Guid, guidFromText } from '../../src/core/guid.ts';
import type { AdRef } from '../../src/core/references.ts';
import type { Directory } from '../../src/run/ports.ts';
import type { PracticeDirectory } from '../../src/sandbox/directory/directory.ts';
import { type People, type PracticeAdUser, sidOfAdUser } from '../../src/sandbox/people/people.ts';
import { cast, dnOf, expectPerson } from '../contract/directory.ts';
import { castCells, crowd, csvOf, keptLog, openOn, practice } from './tools.ts';

let folder = '';
const closing: (() => Promise<unknown>)[] = [];
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'hardmatch-evidence-'));
});
afterAll(() => rm(folder, { recursive: true }));
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

async function overLdap(people: People): Promise<[Directory, PracticeDirectory]> {
  const server = await practice({}, people);
  closing.push(() => server.close());
  const directory = await openOn(server);
  closing.push(() => directory.close());
  return [directory, server];
}

async function fromFile(people: People, without: readonly string[] = []): Promise<Directory> {
  const rows = castCells(people);
  const columns = Object.keys(rows[0] ?? {}).filter((name) => !without.includes(name));
  const path = join(folder, `${without.join('-')}.csv`);
  await writeFile(path, csvOf(rows, { columns }));
  return openAdExport(path, { log: keptLog(), consistencyGuidNeeded: !without.includes('mS-DS-ConsistencyGuid') });
}

const guid = (n: number): Guid => guidFromText(`bbbbbbbb-0000-4000-8000-${n.toString(16).padStart(12, '0')}`) as Guid;
const anchor = (n: number): AdRef => ({ kind: 'anchor', guid: guid(n) });

function made(name: string, objectGuid: number, consistencyGuid?: number): PracticeAdUser {
  const [first] = cast.adUsers;
  if (!first) throw new Error('the cast is empty');
  const { 'mS-DS-ConsistencyGuid': _none, objectSid: _other, ...rest } = first;
  return {
    ...rest,
    cn: name,
    sAMAccountName: name,
    userPrincipalName: null,
    objectGUID: guid(objectGuid),
    ...(consistencyGuid === undefined ? {} : { 'mS-DS-ConsistencyGuid': guid(consistencyGuid) }),
  };
}

// 1 is kept by its migrated owner in ConsistencyGuid, while another user has it as objectGUID; sync wrote 3 back.
const moved = made('moved', 2, 1);
const original = made('original', 1);
const written = made('written', 3, 3);
const people: People = { ...cast, adUsers: [...cast.adUsers, moved, original, written] };

describe.each([
  ['over LDAP', async () => (await overLdap(people))[0]],
  ['from a file', () => fromFile(people)],
] as const)('an anchor %s', (_how, open) => {
  it("that is one user's ConsistencyGuid and another one's objectGUID is both users'", async () => {
    const [answer] = await (await open()).locate([anchor(1)], null);
    expect(answer).toEqual({ kind: 'several', dns: [dnOf(moved), dnOf(original)] });
  });

  it('that one user has in both attributes is this user', async () => {
    const [both, byObject] = await (await open()).locate([anchor(3), anchor(2)], null);
    expect(both?.kind === 'found' && both.user.samAccountName).toBe('written');
    expect(byObject?.kind === 'found' && byObject.user.samAccountName).toBe('moved');
  });

  it('is looked for in both attributes, and a GUID beside it in one', async () => {
    const [asAnchor, asGuid, asKey] = await (
      await open()
    ).locate(
      [anchor(1), { kind: 'guid', guid: guid(1) }, { kind: 'key', attribute: 'mS-DS-ConsistencyGuid', value: guid(1) }],
      null,
    );
    expect(asAnchor?.kind).toBe('several');
    expect(asGuid?.kind === 'found' && asGuid.user.samAccountName).toBe('original');
    expect(asKey?.kind === 'found' && asKey.user.samAccountName).toBe('moved');
  });
});

describe('over LDAP', () => {
  const filters = (server: PracticeDirectory): string[] =>
    server.log.flatMap((line) => (line.kind === 'search' ? [line.filter] : []));

  it('few anchors are looked up, many are found by listing those who have a ConsistencyGuid, once', async () => {
    const [directory, server] = await overLdap(people);
    await directory.locate(
      Array.from({ length: 400 }, (_none, n) => anchor(n)),
      null,
    );
    expect(filters(server)).not.toContain('(mS-DS-ConsistencyGuid=*)');
    const answers = await directory.locate(
      Array.from({ length: 401 }, (_none, n) => anchor(n)),
      null,
    );
    expect(filters(server).filter((filter) => filter === '(mS-DS-ConsistencyGuid=*)')).toHaveLength(1);
    expect([...answers].map(({ kind }) => kind).slice(0, 5)).toEqual(['none', 'several', 'found', 'found', 'none']);
  });

  it('SIDs are looked up by the hundred, as octets', async () => {
    const many = crowd(250);
    const [directory, server] = await overLdap(many);
    const sids = many.adUsers.map((_user, place): AdRef => ({ kind: 'sid', sid: sidOfAdUser(many, place) }));
    const answers = await directory.locate(sids, null);
    expect([...answers].map((answer) => (answer.kind === 'found' ? answer.user.samAccountName : answer))).toEqual(
      many.adUsers.map((user) => user.sAMAccountName),
    );
    const asked = filters(server).filter((filter) => filter.includes('objectSid'));
    expect(asked).toHaveLength(Math.ceil(sids.length / 100));
    expect(asked.join('')).not.toContain('S-1-5');
  });

  it('a SID may be the key of an input', async () => {
    const [directory] = await overLdap(cast);
    const key = (value: string): AdRef => ({ kind: 'key', attribute: 'OBJECTSID', value });
    const [nora, nonsense] = await directory.locate([key(sidOfAdUser(cast, 0)), key('1105')], null);
    expectPerson(nora, cast.adUsers[0]?.sAMAccountName ?? '');
    expect(nonsense).toMatchObject({ kind: 'none', note: expect.stringContaining('no security identifier') });
  });
});

describe('from a file without the column', () => {
  it('SID, nobody is found by SID, and the answer says why', async () => {
    const directory = await fromFile(people, ['SID']);
    const [answer] = await directory.locate([{ kind: 'sid', sid: sidOfAdUser(people, 0) }], null);
    expect(answer).toEqual({ kind: 'none', note: 'The export has no column SID.' });
  });

  it('mS-DS-ConsistencyGuid, anchors are found by objectGUID, and the answer to others says why', async () => {
    const directory = await fromFile(people, ['mS-DS-ConsistencyGuid']);
    const [found, nobody] = await directory.locate([anchor(1), anchor(9)], null);
    expect(found?.kind === 'found' && found.user.samAccountName).toBe('original');
    expect(nobody).toEqual({ kind: 'none', note: 'The export has no column mS-DS-ConsistencyGuid.' });
  });
});
