import { describe, expect, it } from 'vitest';
import type { JournalEntry } from '../../../src/core/journal.ts';
import type { PlanRow } from '../../../src/core/row.ts';
import { rollbackInFull } from '../../support/in-full.ts';
import { handClock, type MemoryTenant, memoryTenant, noProgress } from '../../support/in-memory.ts';
import { cloudUser, guid, idOf } from '../../support/people.ts';
import { planHeader } from '../plan-header.ts';
import { rowFor } from '../ready-rows.ts';

const now = handClock().now().getTime();
const minutesAgo = (minutes: number): string => new Date(now - minutes * 60_000).toISOString();

function rowWith(n: number, before: string | null): PlanRow {
  const row = rowFor(n);
  return { ...row, cloud: row.cloud && { ...row.cloud, before } };
}

/** Begun then, and not known to have ended. */
function intentOf({ line, cloud, after }: PlanRow, at: string): JournalEntry {
  if (!cloud) throw new Error('no cloud user');
  const { id: userId, userPrincipalName, before } = cloud;
  return { kind: 'intent', line, userId, userPrincipalName, before, after, at };
}

async function backFrom(
  rows: readonly PlanRow[],
  entries: readonly JournalEntry[],
  { tenant, only = null }: { readonly tenant: MemoryTenant; readonly only?: ((row: PlanRow) => boolean) | null },
) {
  return rollbackInFull(
    { plan: { header: planHeader, rows, fingerprint: 'sha256:0123' }, entries },
    { tenant: tenant.reader, clock: handClock(), progress: noProgress },
    { only, toolVersion: '9', runPath: 'runs/x' },
  );
}

describe('a reading that shows the former value', () => {
  it.each([
    [9, 'ready'],
    [11, 'kept'],
    [10, 'kept'],
  ])('%i minutes after the write leaves the row %s', async (minutes, state) => {
    const row = rowWith(2, idOf(9));
    const tenant = memoryTenant([cloudUser(2, { onPremisesImmutableId: idOf(9) })]);
    const { rows } = await backFrom([row], [intentOf(row, minutesAgo(minutes))], { tenant });
    expect(rows).toMatchObject([{ state, after: idOf(9) }]);
  });
});

describe('the plan of a rollback', () => {
  it('is held where somebody has taken the earlier value, live or deleted, and asks for nobody without one', async () => {
    const [taken, empty] = [rowWith(2, idOf(9)), rowWith(3, null)];
    const tenant = memoryTenant([
      cloudUser(2, { onPremisesImmutableId: idOf(2) }),
      cloudUser(3, { onPremisesImmutableId: idOf(3) }),
      cloudUser(7, { onPremisesImmutableId: idOf(9) }),
    ]);
    const asked: unknown[] = [];
    const survey = tenant.reader.survey.bind(tenant.reader);
    tenant.reader.survey = (request) => {
      asked.push([[...request.refs], [...(request.immutableIds ?? [])], request.objectIdentifiers]);
      return survey(request);
    };
    const entries = [intentOf(taken, minutesAgo(60)), intentOf(empty, minutesAgo(60))];
    const { rows } = await backFrom([taken, empty], entries, { tenant });
    expect(rows.map(({ state, reasons }) => [state, reasons[0]?.code])).toEqual([
      ['held', 'immutable-id-held-by-other'],
      ['ready', undefined],
    ]);
    // Nothing of it may rest on /beta.
    const refs = [2, 3].map((n) => ({ kind: 'object-id', id: guid('cloud', n) }));
    expect(asked).toEqual([[refs, [idOf(9)], false]]);
  });

  it('takes back the chosen rows alone', async () => {
    const rows = [rowWith(2, null), rowWith(3, null)];
    const tenant = memoryTenant([2, 3].map((n) => cloudUser(n, { onPremisesImmutableId: idOf(n) })));
    const entries = rows.map((row) => intentOf(row, minutesAgo(60)));
    const back = await backFrom(rows, entries, { tenant, only: ({ line }) => line === 3 });
    expect(back.rows.map(({ line, step }) => [line, step])).toEqual([[3, 'unlink']]);
  });

  it('says what it takes back, when it was made, and of which tenant', async () => {
    const tenant = memoryTenant([cloudUser(2)]);
    const { header } = await backFrom([rowWith(2, null)], [], { tenant });
    expect(header).toMatchObject({
      kind: 'rollback',
      toolVersion: '9',
      tenant: { name: 'Example Practice Tenant' },
      allowRelink: true,
      input: { path: 'runs/x', sha256: '0123' },
      preflight: { evidence: null, findings: [], sync: planHeader.preflight.sync },
      createdAt: new Date(now).toISOString(),
    });
  });

  it('tells whoever waits how many users are read, and holds one that is gone', async () => {
    const row = rowWith(2, null);
    const stages: unknown[] = [];
    const { reader } = memoryTenant([]);
    const { rows } = await rollbackInFull(
      { plan: { header: planHeader, rows: [row], fingerprint: 'sha256:0' }, entries: [intentOf(row, minutesAgo(60))] },
      {
        // An answer of fewer users than were asked for says of the others nothing.
        tenant: {
          ...reader,
          survey: async () => ({ users: [], holders: new Map(), addresses: new Map(), unchecked: [] }),
        },
        clock: handClock(),
        progress: { stage: (...given) => void stages.push(given), advance() {} },
      },
      { only: null, toolVersion: '9', runPath: 'runs/x' },
    );
    expect(rows).toMatchObject([{ state: 'held', reasons: [{ code: 'cloud-user-not-found' }] }]);
    expect(rows[0]?.cloud?.id).toBe(guid('cloud', 2));
    expect(stages).toEqual([['Reading the tenant', 1]]);
  });
});
