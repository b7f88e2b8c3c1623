import { readFileSync } from 'node:fs';
import { request } from 'node:https';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { type People, readPeople } from '../../../src/sandbox/people/people.ts';
import { type Sandbox, startSandbox } from '../../../src/sandbox/sandbox.ts';
import { type SyncReport, practiceSync } from '../../../src/sandbox/sync/cycle.ts';
import type { TenantUser } from '../../../src/sandbox/tenant/tenant.ts';
import { adUser, bob, cloudUser, guids, idOf, peopleOf, synced, world } from '../practice-sync.ts';

const cast: People = readPeople(join(import.meta.dirname, '../../../fixtures/cast.json'));

/** A user without the time of its last sync. */
function timeless({
  onPremisesLastSyncDateTime: _at,
  ...user
}: TenantUser): Omit<TenantUser, 'onPremisesLastSyncDateTime'> {
  return user;
}

describe('a cycle over the cast', () => {
  it('has one line for each AD user, in the order of the file, on users that are there', async () => {
    const { sync, tenant } = await world(cast);
    const { lines } = sync();
    expect(lines.map(({ objectGuid }) => objectGuid)).toEqual(cast.adUsers.map(({ objectGUID }) => objectGUID));
    for (const line of lines) {
      const takesPart = ['joined', 'carried', 'soft-matched', 'restored', 'provisioned'].includes(line.outcome);
      const user = tenant.user(line.cloudId ?? '');
      if (takesPart)
        expect(user).toMatchObject({ onPremisesSyncEnabled: true, onPremisesObjectIdentifier: line.objectGuid });
      else expect(user?.onPremisesObjectIdentifier).not.toBe(line.objectGuid);
      expect(line.error !== undefined || line.outcome === 'out-of-scope').toBe(!takesPart);
    }
  });

  it('leaves nobody twice in the tenant: immutable IDs, UPNs and addresses of live users are unique', async () => {
    const { sync, tenant } = await world(cast);
    const twiceBefore = new Set(duplicates(tenant.users()));
    sync();
    expect(duplicates(tenant.users()).filter((value) => !twiceBefore.has(value))).toEqual([]);
  });

  it('changes nothing more when it runs again, but the time', async () => {
    const { sync, tenant } = await world(cast);
    const first = sync();
    const users = tenant.users().map(timeless);
    const second = sync();
    expect(tenant.users().map(timeless)).toEqual(users);
    const taken = new Set(['joined', 'soft-matched', 'restored', 'provisioned']);
    for (const [place, line] of first.lines.entries()) {
      const again = second.lines[place];
      const outcome = taken.has(line.outcome) || line.madeId !== undefined ? 'carried' : line.outcome;
      expect(again).toMatchObject({ objectGuid: line.objectGuid, outcome, quarantined: line.quarantined });
    }
  });

  it('is the same in every run', async () => {
    const [one, other] = [await world(cast), await world(cast)];
    expect(one.sync()).toEqual(other.sync());
    expect(one.tenant.users()).toEqual(other.tenant.users());
  });
});

function duplicates(users: readonly TenantUser[]): string[] {
  const live = users.filter(({ deletedDateTime }) => deletedDateTime === null);
  const values = live.flatMap((user) => [
    `upn ${user.userPrincipalName.toLowerCase()}`,
    ...(user.onPremisesImmutableId === null ? [] : [`id ${user.onPremisesImmutableId}`]),
    ...new Set(user.proxyAddresses.map((address) => `address ${address.toLowerCase()}`)),
  ]);
  return values.filter((value, place) => values.indexOf(value) !== place);
}

describe('a cycle', () => {
  it('makes a new user of nobody’s, a member with an id of its own', async () => {
    const { line, tenant } = await synced({ adUsers: [adUser()], cloudUsers: [cloudUser()] });
    expect(line.outcome).toBe('provisioned');
    expect(line.cloudId).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-8[0-9a-f]{3}-[0-9a-f]{12}$/);
    expect(tenant.users()).toHaveLength(2);
    expect(tenant.user(line.cloudId ?? '')).toMatchObject({
      userType: 'Member',
      userPrincipalName: 'ada@example.test',
      onPremisesImmutableId: idOf(guids.ada),
      accountEnabled: true,
      onPremisesSyncEnabled: true,
    });
  });

  it('gives a new id to one that comes again while its old user has another immutable ID', async () => {
    const made = await world(peopleOf({ adUsers: [adUser()] }));
    const first = made.sync().lines[0]?.cloudId ?? '';
    const away = { userPrincipalName: 'away@example.test', onPremisesSyncEnabled: false };
    made.tenant.change(first, { ...away, onPremisesImmutableId: idOf(guids.other) });
    const second = made.sync().lines[0];
    expect(second?.outcome).toBe('provisioned');
    expect(second?.cloudId).not.toBe(first);
  });

  it('anchors by the attribute it is told', async () => {
    const ad = adUser({ 'mS-DS-ConsistencyGuid': guids.consistency });
    const cloudUsers = [guids.ada, guids.consistency].map((guid) => cloudUser({ onPremisesImmutableId: idOf(guid) }));
    const auto = await synced({ adUsers: [ad], cloudUsers });
    const byGuid = await synced({ adUsers: [ad], cloudUsers }, { sourceAnchor: 'objectGUID' });
    expect([auto.line.cloudId, byGuid.line.cloudId]).toEqual([cloudUsers[1]?.id, cloudUsers[0]?.id]);
  });

  it('shows in the tenant as a sync that is on and has just run', async () => {
    const { tenant, report } = await synced({ adUsers: [adUser()], tenant: { onPremisesSyncEnabled: null } });
    expect(report.at).toBe('2026-11-23T00:00:00Z');
    expect(tenant.state).toMatchObject({ onPremisesSyncEnabled: true, onPremisesLastSyncDateTime: report.at });
  });

  it('goes by the tenant as it is now, not as it was in the file', async () => {
    const cloud = cloudUser({ onPremisesImmutableId: idOf(guids.ada) });
    const made = await world(peopleOf({ adUsers: [adUser()], cloudUsers: [cloud] }));
    const { state } = made.tenant;
    state.features = { ...state.features, blockCloudObjectTakeoverThroughHardMatchEnabled: true };
    expect(made.sync().lines[0]?.outcome).toBe('hard-match-refused');
    state.features = { ...state.features, blockCloudObjectTakeoverThroughHardMatchEnabled: false };
    expect(made.sync().lines[0]?.outcome).toBe('joined');
  });

  it('of Cloud Sync has one anchor alone', async () => {
    const made = await world(peopleOf({ adUsers: [adUser()] }));
    expect(() => made.sync({ sync: 'cloud', sourceAnchor: 'objectGUID' })).toThrow(RangeError);
    expect(made.sync({ sync: 'cloud', sourceAnchor: 'mS-DS-ConsistencyGuid' }).lines).toHaveLength(1);
  });

  it('needs a domain to name users in', async () => {
    const { tenant, people } = await world(peopleOf({ tenant: { domains: [] } }));
    expect(() => practiceSync({ people, tenant })).toThrow('no domain');
  });
});

describe('synced users whose AD user is out of scope or gone', () => {
  const synchronised = (guid: string) => cloudUser({ onPremisesImmutableId: idOf(guid), onPremisesSyncEnabled: true });

  it('stay unless deleting is asked for, and then go to the recycle bin as formerly synced', async () => {
    const [out, gone, kept, cloudOnly] = [
      synchronised(guids.ada),
      synchronised(guids.other),
      synchronised(guids.bob),
      cloudUser(),
    ];
    const adUsers = [adUser({ adminDescription: 'User_out' }), bob()];
    const made = await world(peopleOf({ adUsers, cloudUsers: [out, gone, kept, cloudOnly] }));
    expect(made.sync().deleted).toEqual([]);
    expect(made.tenant.user(gone.id)).toEqual(gone);
    expect(made.sync({ deletes: true }).deleted).toEqual([out.id, gone.id]);
    expect(made.tenant.user(out.id)).toMatchObject({
      onPremisesSyncEnabled: false,
      onPremisesImmutableId: out.onPremisesImmutableId,
      userPrincipalName: `${out.id.replaceAll('-', '')}${out.userPrincipalName}`,
    });
    expect(made.tenant.user(out.id)?.deletedDateTime).not.toBeNull();
    expect(made.sync({ deletes: true }).deleted).toEqual([]);
  });

  it('come back when their AD user is in scope again', async () => {
    const out = synchronised(guids.ada);
    const made = await world(peopleOf({ adUsers: [adUser({ adminDescription: 'User_out' })], cloudUsers: [out] }));
    made.sync({ deletes: true });
    const { lines } = practiceSync({ people: peopleOf({ adUsers: [adUser()] }), tenant: made.tenant });
    expect(lines[0]).toMatchObject({ outcome: 'restored', cloudId: out.id });
  });
});

describe('the sandbox', () => {
  async function post(sandbox: Sandbox, path: string, method = 'POST') {
    const ca = readFileSync(sandbox.caFile);
    return new Promise<{ readonly status: number; readonly text: string }>((done, fail) => {
      const sent = request(new URL(path, sandbox.tenant.url), { method, ca, agent: false }, (response) => {
        let text = '';
        response.setEncoding('utf8').on('data', (piece: string) => (text += piece));
        response.on('end', () => done({ status: response.statusCode ?? 0, text }));
      });
      sent.on('error', fail).end();
    });
  }

  async function start(): Promise<Sandbox> {
    const cloudUsers = [cloudUser({ onPremisesImmutableId: idOf(guids.ada) })];
    const sandbox = await startSandbox(peopleOf({ adUsers: [adUser()], cloudUsers }));
    onTestFinished(() => sandbox.close());
    return sandbox;
  }

  it('runs a cycle between its directory and its tenant', async () => {
    const sandbox = await start();
    const [line] = sandbox.syncCycle().lines;
    expect(line?.outcome).toBe('joined');
    // The DN is the one that the directory serves.
    expect(line?.dn.endsWith(sandbox.directory.baseDn)).toBe(true);
    expect(sandbox.tenant.user(line?.cloudId ?? '')?.onPremisesSyncEnabled).toBe(true);
  });

  it('runs one on request from outside, without a token', async () => {
    const sandbox = await start();
    const { status, text } = await post(sandbox, '/_practice/sync?deletes=true&sourceAnchor=objectGUID');
    expect(status).toBe(200);
    const { lines } = JSON.parse(text) as SyncReport;
    expect(lines.map(({ outcome }) => outcome)).toEqual(['joined']);
    expect(sandbox.tenant.users()[0]?.onPremisesSyncEnabled).toBe(true);
  });

  it.each([
    ['GET', '/_practice/sync', 405],
    ['POST', '/_practice/sync?anchor=objectGUID', 400],
    ['POST', '/_practice/sync?sourceAnchor=objectSid', 400],
    ['POST', '/_practice/sync?deletes=perhaps', 400],
    ['POST', '/_practice/sync?sync=dirsync', 400],
    ['POST', '/_practice/sync?sync=cloud&sourceAnchor=objectGUID', 400],
    ['POST', '/v1.0/users', 401],
  ])('does nothing for %s %s', async (method, path, status) => {
    const sandbox = await start();
    expect((await post(sandbox, path, method)).status).toBe(status);
    expect(sandbox.tenant.users()[0]?.onPremisesSyncEnabled).toBeNull();
  });
});
