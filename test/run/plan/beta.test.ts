// A plan over a large tenant is made from /beta (docs/decisions.md, 24): what must hold if that is wrong.
import { describe, expect, it } from 'vitest';
import { makePlan } from '../../../src/run/plan/plan.ts';
import type { PracticeTenant } from '../../../src/sandbox/tenant/tenant.ts';
import { cast, practice } from '../../graph/practice.ts';
import { handClock, memoryDirectory, noProgress } from '../../support/in-memory.ts';
import { adUser, guid, idOf, mappings, pairing } from '../../support/people.ts';
import { apply } from '../apply/federation.ts';
import { verifiedInFull } from '../../support/in-full.ts';

const other = 'AAAAAAAAAAAAAAAAAAAAAA==';
const [someone] = cast.cloudUsers;
if (!someone) throw new Error('the cast is empty');
const free = { userType: 'Member' as const, onPremisesSyncEnabled: null, deletedDateTime: null, proxyAddresses: [] };
const user = { ...someone, ...free, id: guid('cloud', 2), userPrincipalName: 'u2@example.test', mail: null };

/** /beta says that the user has `told`; v1.0 says `real`. */
async function planFrom({ told, real }: { readonly told: string | null; readonly real: string | null }) {
  const people = { ...cast, cloudUsers: [...cast.cloudUsers, { ...user, onPremisesImmutableId: real }] };
  const { open, tenant: server } = await practice({}, people);
  server.hooks.onRequest = lying(told);
  const tenant = await open({ tools: { surveyMode: 'listing' } });
  const made = await makePlan(
    mappings([pairing(2, ['u2', user.userPrincipalName])]),
    {
      directory: memoryDirectory([adUser(2)]),
      tenant: tenant.reader,
      clock: handClock(),
      progress: noProgress,
    },
    {
      sourceAnchor: { kind: 'objectGUID' },
      confirmSourceAnchor: 'objectGUID',
      allowRelink: false,
      federatedDetour: null,
      sync: 'connect',
      toolVersion: '0',
    },
  );
  const rows = [...made.rows];
  const tools = { reader: tenant.reader, clock: handClock(), progress: noProgress };
  return {
    rows,
    wire: { reader: tenant.reader, writer: tenant.openWriters()[0] },
    verified: () => verifiedInFull(rows, tools, { justWritten: new Set(), includeHeld: false, skip: new Set() }),
    now: () => server.user(user.id)?.onPremisesImmutableId,
    asked: () => server.requests.map(({ path }) => path).filter((path) => path.startsWith('/beta/')),
  };
}

function lying(told: string | null): NonNullable<PracticeTenant['hooks']['onRequest']> {
  const value = [{ ...user, assignedLicenses: [], onPremisesObjectIdentifier: null, onPremisesImmutableId: told }];
  return ({ path }) => (path.startsWith('/beta/users?') ? { status: 200, body: { value } } : undefined);
}

describe('a value that /beta told wrongly', () => {
  it('ends as stale where it led to a write: v1.0 is read before', async () => {
    const { rows, wire, now, asked } = await planFrom({ told: null, real: other });
    expect(rows[0]).toMatchObject({ state: 'ready', step: 'link', cloud: { before: null }, after: idOf(2) });
    expect(asked()).toHaveLength(1);
    const { results } = await apply(rows, wire);
    expect(results[0]).toMatchObject({ outcome: 'stale', detail: expect.stringContaining(other) });
    expect(now()).toBe(other);
  });

  it('is found out by a verification where it led to none, for that reads v1.0 alone', async () => {
    const { rows, verified, asked } = await planFrom({ told: idOf(2), real: null });
    expect(rows[0]).toMatchObject({ step: 'keep' });
    expect(await verified()).toMatchObject([{ verdict: 'differs', actual: null }]);
    expect(asked()).toHaveLength(1);
  });
});
