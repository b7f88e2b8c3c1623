// A small tenant with a plan in it, the peer in front of it, and what is right for each user: worked out without the program.
import { randomBytes } from 'node:crypto';
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Guid } from '../../../src/core/guid.ts';
import { immutableIdOfGuid } from '../../../src/core/ids/immutable-id.ts';
import { makeAuthority, type ServerCertificate } from '../../../src/sandbox/http/certificates.ts';
import type { People } from '../../../src/sandbox/people/people.ts';
import { type Sandbox, startSandbox } from '../../../src/sandbox/sandbox.ts';
import { crowd } from '../crowd.ts';
import { watchWrites, type WriteWatch } from '../write-watch.ts';
import { type GraphPeer, startGraphPeer } from './graph/graph-peer.ts';
import { type LdapPeer, startLdapPeer } from './ldap/ldap-peer.ts';
import { type ProgramRun, type ProgramRunOptions, runProgram } from './program-run.ts';
import type { Stage } from './request-kinds.ts';

const rows = 14;
const managed = 'example.test';
const federated = 'fed.example.test';
/** Places in the crowd of those whose rows are not plain links. */
const place = { relinks: new Set([7, 8, 12]), kept: 9, twin: 10, roleHolder: 11, drifted: 12, federated: 13 };

/** How a user is: what a run of ours may change of it. */
export type UserState = { readonly immutableId: string | null; readonly userPrincipalName: string };

/** What the rows may come to. */
export type Rights = {
  /** By object id: the immutable ID that a right plan gives. Users beside these are nobody's to write. */
  readonly planned: ReadonlyMap<string, string>;
  /** Whom another administrator has changed since the plan: never to be written. */
  readonly drifted: string;
  /** Held for a role, which nobody can know who cannot read roles. */
  readonly roleHolder: string;
  readonly roleHolderId: string;
  /** Held for a deleted user who has the same immutable ID. */
  readonly twin: string;
};

const idOf = ({ adUsers }: People, index: number): string => {
  const user = adUsers[index];
  if (user === undefined) throw new Error(`there is no row ${index}`);
  return immutableIdOfGuid((user['mS-DS-ConsistencyGuid'] ?? user.objectGUID) as Guid);
};

/** Fourteen rows: seven links, two relinks, one kept, two held, one drifted, one by the detour; and many who are no row. */
function makePeople(): { readonly people: People; readonly rights: Rights } {
  const plain = crowd(rows, { synced: 4, tenantUsers: 24, deleted: 6 });
  const cloudId = (index: number): string => plain.cloudUsers[index]?.id ?? '';
  const old = (index: number): string => immutableIdOfGuid(plain.cloudUsers[index]?.id as Guid);
  const firstDeleted = 24;
  const cloudUsers = plain.cloudUsers.map((user, index) => {
    if (place.relinks.has(index)) return { ...user, onPremisesImmutableId: old(index) };
    if (index === place.kept) return { ...user, onPremisesImmutableId: idOf(plain, index) };
    if (index === firstDeleted) return { ...user, onPremisesImmutableId: idOf(plain, place.twin) };
    if (index !== place.federated) return user;
    const userPrincipalName = user.userPrincipalName.replace(managed, federated);
    return { ...user, userPrincipalName, onPremisesImmutableId: old(index) };
  });
  const role = 'fe930be7-5e62-47db-91af-98c3a49a38b1';
  const people: People = {
    ...plain,
    cloudUsers,
    tenant: {
      ...plain.tenant,
      domains: [
        ...plain.tenant.domains,
        { id: federated, isDefault: false, isInitial: false, isVerified: true, authenticationType: 'Federated' },
      ],
    },
    roles: {
      definitions: [{ id: role, displayName: 'User Administrator' }],
      assignments: [{ principalId: cloudId(place.roleHolder), roleDefinitionId: role, directoryScopeId: '/' }],
      eligibilities: [],
    },
  };
  const written = [0, 1, 2, 3, 4, 5, 6, ...place.relinks, place.federated];
  const rights: Rights = {
    planned: new Map(written.map((index) => [cloudId(index), idOf(plain, index)])),
    drifted: cloudId(place.drifted),
    roleHolder: cloudId(place.roleHolder),
    roleHolderId: idOf(plain, place.roleHolder),
    twin: cloudId(place.twin),
  };
  return { people, rights };
}

// A name that no filter takes, so that everybody is listed, page by page.
const nobody = `${'nobody-of-this-name-'.repeat(7)}@${managed}`;

function mappingsOf({ adUsers, cloudUsers }: People): string {
  const lines = Array.from(
    { length: rows },
    (_, index) => `${adUsers[index]?.sAMAccountName},${cloudUsers[index]?.userPrincipalName}`,
  );
  return `ad_user,cloud_user\n${lines.join('\n')}\nnobody,${nobody}\n`;
}

/** Rows of the mappings file, the one that nobody answers to included. */
export const rowCount = rows + 1;

/** What all worlds share: certificates, and what plan and apply leave when nobody disturbs them. */
export type Ground = {
  /** `plan` in it is the run folder after a plan, `apply` the same after the apply. */
  readonly folder: string;
  readonly caFile: string;
  readonly tls: ServerCertificate;
  /** MB that a plan takes when nobody misbehaves; 0 where that cannot be seen. */
  readonly usualMb: number;
  close(): Promise<void>;
};

export type World = {
  readonly sandbox: Sandbox;
  readonly graph: GraphPeer;
  readonly ldap: LdapPeer;
  readonly watch: WriteWatch;
  readonly rights: Rights;
  /** Working directory of the program; `run` in it is the run folder. */
  readonly cwd: string;
  readonly runFolder: string;
  /** Every user as it was before the plan, by object id; and as it is. */
  readonly before: ReadonlyMap<string, UserState>;
  now(): ReadonlyMap<string, UserState>;
  /** What must be in no output and in no file. */
  secrets(): ReadonlyMap<string, string>;
  run(words: readonly string[], options: Omit<ProgramRunOptions, 'cwd' | 'env'>): Promise<ProgramRun>;
  /** Another administrator changes the drifted row's user. */
  drift(): void;
  close(): Promise<void>;
};

export const planWords = ['plan', 'mappings.csv', '--run', 'run', '--allow-relink', '--federated-detour', managed];

/** The setting that says how long an answer of sign-in or Graph may take. */
export const answerMs = 2_000;

export const applyWords = ['apply', 'run', '--yes'];

/** Makes the plan that worlds begin with, and applies it. */
export async function openGround(): Promise<Ground> {
  const authority = await makeAuthority();
  const folder = await mkdtemp(join(tmpdir(), 'hardmatch-ground-'));
  const caFile = join(folder, 'ca.pem');
  await writeFile(caFile, authority.caPem);
  const ground = { folder, caFile, tls: await authority.issue() };
  const world = await openWorld({ ...ground, usualMb: 0 }, 'plan');
  const undisturbed = async (name: Stage, words: readonly string[]): Promise<number> => {
    world.graph.enter(name);
    const { code, stderr, peakMb } = await world.run(words, { boundMs: 60_000, hurry: 1 });
    if (code !== 1) throw new Error(`${name} undisturbed ended with ${code}: ${stderr}`);
    await cp(world.runFolder, join(folder, name), { recursive: true });
    return peakMb;
  };
  try {
    const usualMb = await undisturbed('plan', planWords);
    world.drift();
    await undisturbed('apply', applyWords);
    return { ...ground, usualMb, close: () => rm(folder, { recursive: true, force: true }) };
  } finally {
    await world.close();
  }
}

type OpenGround = Omit<Ground, 'close'>;

/**
 * A tenant and a directory of its own, with the peer before both: as they are before the stage, the commands before it having
 * met nobody who misbehaves.
 */
export async function openWorld(ground: OpenGround, before: Stage): Promise<World> {
  const { people, rights } = makePeople();
  const sandbox = await startSandbox(people, {
    tenant: { pageSizeCap: 5, requestLogSize: 2_000 },
    directory: { maxPageSize: 6 },
  });
  const ca = await readFile(sandbox.caFile, 'utf8');
  const graph = await startGraphPeer({ origin: sandbox.tenant.url, ca }, ground.tls);
  const ldap = await startLdapPeer({ port: Number(new URL(sandbox.directory.ldapsUrl).port), ca }, ground.tls);
  const cwd = await mkdtemp(join(tmpdir(), 'hardmatch-peer-'));
  await writeFile(join(cwd, 'mappings.csv'), mappingsOf(people));
  const runFolder = join(cwd, 'run');
  if (before !== 'plan') {
    await cp(join(ground.folder, before === 'apply' ? 'plan' : 'apply'), runFolder, { recursive: true });
  }
  const env = {
    ...sandbox.environment,
    HARDMATCH_AD_URL: ldap.url,
    HARDMATCH_AD_CA_FILE: ground.caFile,
    HARDMATCH_GRAPH_URL: graph.origin,
    AZURE_AUTHORITY_HOST: graph.origin,
    NODE_EXTRA_CA_CERTS: ground.caFile,
    HARDMATCH_ANSWER_TIMEOUT: `${answerMs / 1_000}s`,
  };
  const now = (): Map<string, UserState> =>
    new Map(
      sandbox.tenant
        .users()
        .map(({ id, onPremisesImmutableId, userPrincipalName }) => [
          id,
          { immutableId: onPremisesImmutableId, userPrincipalName },
        ]),
    );
  const atFirst = now();
  if (before === 'verify') {
    for (const [id, onPremisesImmutableId] of rights.planned) {
      if (id !== rights.drifted) sandbox.tenant.change(id, { onPremisesImmutableId });
    }
  }
  const own = new Map([
    ['client secret', sandbox.environment['AZURE_CLIENT_SECRET'] ?? ''],
    ['bind password', sandbox.environment['HARDMATCH_AD_PASSWORD'] ?? ''],
  ]);
  return {
    sandbox,
    graph,
    ldap,
    watch: watchWrites(sandbox.tenant),
    rights,
    cwd,
    runFolder,
    before: atFirst,
    now,
    secrets: () => new Map([...own, ...graph.secrets]),
    run: (words, options) => runProgram(words, { ...options, cwd, env }),
    drift: () => {
      const onPremisesImmutableId = immutableIdOfGuid(randomGuid());
      sandbox.tenant.change(rights.drifted, { onPremisesImmutableId });
    },
    close: async () => {
      await Promise.all([graph.close(), ldap.close()]);
      await sandbox.close();
      await rm(cwd, { recursive: true, force: true });
    },
  };
}

function randomGuid(): Guid {
  const hex = randomBytes(16).toString('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}` as Guid;
}
