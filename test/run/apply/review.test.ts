// When a plan is held against AD and the tenant once more, and what whoever waits is told of it.
import { describe, expect, it } from 'vitest';
import { RunFault } from '../../../src/core/failure.ts';
import type { Plan, PlanKind } from '../../../src/core/plan.ts';
import { openReview, type ReviewPorts } from '../../../src/run/apply/review.ts';
import type { ReadyRow } from '../../../src/run/apply/row/row-outcome.ts';
import type { Directory } from '../../../src/run/ports.ts';
import { handClock, memoryDirectory, memoryTenant, openFacts, silentLog } from '../../support/in-memory.ts';
import { adUser, cloudUser, guid, idOf, planRow } from '../../support/people.ts';
import { planHeader } from '../plan-header.ts';
import { numbers } from '../ready-rows.ts';

const minute = 60_000;
const noAd = 'Note: AD was not read again before the first write; the plan is believed in what it says of AD.';
const ofAd = (code: string, more: { readonly exitCode?: 3 } = {}): RunFault =>
  new RunFault(code, `AD says ${code}.`, { hint: 'Look.', exitCode: 2, ...more });

type World = {
  readonly kind?: PlanKind;
  readonly count?: number;
  /** Null: this command did not plan. */
  readonly plannedAt?: Date | null;
  readonly openDirectory?: () => Promise<Directory | null>;
};

/** A review on ports in memory, with all that was asked and told. */
function world({ kind = 'link', count = 3, plannedAt = null, openDirectory = async () => null }: World = {}) {
  const tenant = memoryTenant(numbers(count).map((n) => cloudUser(n)));
  const rows = numbers(count).map((n) => planRow(n) as ReadyRow);
  const plan: Plan = { header: { ...planHeader, kind }, rows, fingerprint: 'sha256:00' };
  const clock = handClock();
  const said: string[] = [];
  const logged: unknown[] = [];
  let readings = 0;
  const ports: ReviewPorts = {
    tenant: {
      reader: {
        ...tenant.reader,
        preflight: () => {
          readings++;
          return tenant.reader.preflight();
        },
      },
    },
    openDirectory,
    progress: { stage() {}, advance() {}, end: () => void said.push('—'), say: (text: string) => void said.push(text) },
    clock,
    log: { ...silentLog, warn: (event: string, facts?: object) => void logged.push([event, facts]) },
  };
  const review = openReview(plan, ports, { sourceAnchor: { kind: 'auto' }, plannedAt });
  const grant = (n: number): void => {
    const holding = { role: 'Global Administrator', how: 'assigned', through: null } as const;
    tenant.facts = { ...openFacts, roles: new Map([[guid('cloud', n), [holding]]]) };
  };
  return { review, rows, tenant, clock, said, logged, grant, readings: () => readings };
}

/** AD in memory that counts how often it was opened and closed. */
function watchedAd(more: Partial<Directory> = {}) {
  const state = { open: 0 };
  const openDirectory = async (): Promise<Directory> => {
    state.open++;
    return {
      ...memoryDirectory(numbers(3).map((n) => adUser(n))),
      searches: () => 4,
      close: async () => void state.open--,
      ...more,
    };
  };
  return { state, openDirectory };
}

describe('a plan is read again', () => {
  it('before its first write where it was saved, and not again within five minutes', async () => {
    const { review, rows, clock, readings } = world();
    await review.readIfOld(rows);
    await clock.sleep(5 * minute);
    await review.readIfOld(rows);
    expect(readings()).toBe(1);
    await clock.sleep(1);
    await review.readIfOld(rows);
    expect(readings()).toBe(2);
  });

  it('not where this command has just made it, nor where no row is to be written', async () => {
    const just = world({ plannedAt: handClock().now() });
    await just.review.readIfOld(just.rows);
    expect(just.readings()).toBe(0);
    const nobody = world();
    await nobody.review.readIfOld([]);
    expect(nobody.readings()).toBe(0);
  });

  it('where the clock was put back since: nobody knows how long ago that was', async () => {
    const { review, rows, readings } = world({ plannedAt: new Date(handClock().now().getTime() + 6 * minute) });
    await review.readIfOld(rows);
    expect(readings()).toBe(1);
  });

  it('with AD where it can be opened, which is closed again, and its searches counted', async () => {
    const { state, openDirectory } = watchedAd();
    const { review, rows, said } = world({ openDirectory });
    expect(review.ldapSearches()).toBe(0);
    await review.readIfOld(rows);
    expect([state.open, review.ldapSearches(), said]).toEqual([0, 4, ['—']]);
  });

  it('in the tenant alone where it is a rollback, which rests on nothing of AD', async () => {
    const { state, openDirectory } = watchedAd();
    const { review, rows, said, tenant } = world({ kind: 'rollback', openDirectory });
    tenant.users.set(guid('cloud', 9), cloudUser(9, { onPremisesImmutableId: idOf(3) }));
    await review.readIfOld(rows);
    expect([state.open, review.ldapSearches()]).toEqual([0, 0]);
    expect(said.join()).not.toContain('AD was not read');
    expect(rows.map((row) => review.against(row) !== null)).toEqual([false, true, false]);
  });
});

describe('what the reading has found', () => {
  it('speaks against the rows, and is told with the first five of them', async () => {
    const { review, rows, tenant, said } = world({ count: 7 });
    for (const n of numbers(7)) tenant.users.set(guid('cloud', n), cloudUser(n, { deletedDateTime: '2026-11-23' }));
    await review.readIfOld(rows);
    expect(rows.every((row) => review.against(row) !== null)).toBe(true);
    const told = said.filter((text) => text.startsWith('  '));
    expect(said).toContain('Note: 7 rows are not as reviewed, and will not be written (stale):');
    expect(told).toHaveLength(6);
    expect(told[0]).toBe(`  line 2: ${review.against(rows[0] as ReadyRow)}`);
    expect(told[5]).toBe('  and 2 more, see results.csv.');
  });

  it('is told of one row as of one, and of five without a rest', async () => {
    const { review, rows, said, grant } = world();
    grant(3);
    await review.readIfOld(rows);
    expect(said).toEqual([
      '—',
      noAd,
      'Note: 1 row is not as reviewed, and will not be written (stale):',
      `  line 3: ${review.against(rows[1] as ReadyRow)}`,
    ]);
    const five = world({ count: 5 });
    five.tenant.users.clear();
    await five.review.readIfOld(five.rows);
    expect(five.said.filter((text) => text.startsWith('  '))).toHaveLength(5);
  });

  it('is nothing to tell of where nothing has changed, but that AD was not read', async () => {
    const { review, rows, said } = world();
    await review.readIfOld(rows);
    expect(said).toEqual(['—', noAd]);
    expect(rows.map((row) => review.against(row))).toEqual([null, null, null]);
  });

  it('names what could not be checked again, and logs why', async () => {
    const { review, rows, said, logged, tenant } = world();
    const unchecked = [
      { check: 'roles-assigned', kind: 'not-permitted', needs: 'RoleManagement.Read.Directory', why: 'refused' },
      {
        check: 'roles-eligible',
        kind: 'not-permitted',
        needs: 'RoleEligibilitySchedule.Read.Directory',
        why: 'refused',
      },
    ] as const;
    tenant.facts = { ...openFacts, unchecked };
    await review.readIfOld(rows);
    expect(said.at(-1)).toBe('Note: not read again, for want of a right: roles-assigned, roles-eligible.');
    expect(logged).toEqual(unchecked.map(({ check, needs, why }) => ['check-not-permitted', { check, needs, why }]));
  });
});

describe('roles that are looked at while rows are written', () => {
  it('speak against whoever has one by now', async () => {
    const { review, rows, grant } = world();
    expect(review.against(rows[1] as ReadyRow)).toBeNull();
    grant(3);
    await review.readRoles();
    expect(rows.map((row) => review.against(row))).toEqual([
      null,
      'The cloud user holds the role Global Administrator. It was not so when the plan was reviewed.',
      null,
    ]);
  });

  it('keep no rollback from anybody, and are not even read for one', async () => {
    const { review, rows, grant, readings } = world({ kind: 'rollback' });
    grant(3);
    await review.readRoles();
    expect([readings(), rows.map((row) => review.against(row))]).toEqual([0, [null, null, null]]);
  });

  it('stop nothing where they cannot be read', async () => {
    for (const failure of [new Error('no answer'), 'no answer']) {
      const { review, rows, tenant, logged } = world();
      tenant.reader.preflight = () => Promise.reject(failure);
      await review.readRoles();
      expect(logged).toEqual([['roles-unread', { message: 'no answer' }]]);
      expect(review.against(rows[0] as ReadyRow)).toBeNull();
    }
  });
});

describe('AD that cannot be read again', () => {
  it('does not keep the tenant from being read: that is said, and nothing is left open', async () => {
    const inFlight = watchedAd({ locate: () => Promise.reject(ofAd('ad-unreachable')) });
    const unopened = { state: { open: 0 }, openDirectory: () => Promise.reject(ofAd('ad-unreachable')) };
    const undescribed = watchedAd({ describe: () => Promise.reject(ofAd('ad-unreachable')) });
    for (const { state, openDirectory } of [inFlight, unopened, undescribed]) {
      const { review, rows, said, logged, grant } = world({ openDirectory });
      grant(3);
      await review.readIfOld(rows);
      expect(said.slice(0, 3)).toEqual(['Note: AD says ad-unreachable.', '—', noAd]);
      expect(logged).toEqual([['ad-not-read-again', { message: 'AD says ad-unreachable.' }]]);
      expect(review.against(rows[1] as ReadyRow)).toContain('Global Administrator');
      expect(state.open).toBe(0);
    }
  });

  it('told in a mere text is told so', async () => {
    const { openDirectory } = watchedAd({ describe: () => Promise.reject('gone') });
    const { review, rows, said } = world({ openDirectory });
    await review.readIfOld(rows);
    expect(said[0]).toBe('Note: gone');
  });

  it('ends the run where it is a bug, and where it is the tenant that cannot be read', async () => {
    const bug = new TypeError('a bug');
    const opening = world({ openDirectory: () => Promise.reject(bug) });
    await expect(opening.review.readIfOld(opening.rows)).rejects.toBe(bug);
    const { state, openDirectory } = watchedAd({ locate: () => Promise.reject(bug) });
    const reading = world({ openDirectory });
    await expect(reading.review.readIfOld(reading.rows)).rejects.toBe(bug);
    expect([state.open, reading.review.ldapSearches()]).toEqual([0, 4]);
    const refused = new RunFault('sign-in-refused', 'Refused.', { hint: 'Ask.' });
    for (const ad of [watchedAd().openDirectory, async () => null]) {
      const tenantless = world({ openDirectory: ad });
      tenantless.tenant.reader.preflight = () => Promise.reject(refused);
      await expect(tenantless.review.readIfOld(tenantless.rows)).rejects.toBe(refused);
      expect(tenantless.said).toEqual([]);
    }
  });

  it('ends the run where it is the AD of another domain, and is closed', async () => {
    const { state, openDirectory } = watchedAd({
      describe: async () => ({
        domain: 'other.test',
        domains: ['other.test'],
        namingContext: 'DC=other,DC=test',
        source: 'dc1.other.test',
      }),
    });
    const { review, rows, readings } = world({ openDirectory });
    await expect(review.readIfOld(rows)).rejects.toMatchObject({
      code: 'other-directory',
      exitCode: 3,
      message: 'The plan is for example.test; dc1.other.test is other.test.',
      hint: 'Give the domain controllers of the plan, or leave the settings of AD out: it is then not read again.',
    });
    expect([state.open, readings()]).toEqual([0, 0]);
  });

  it('is read again the next time', async () => {
    let isDown = true;
    const ad = watchedAd();
    const openDirectory = (): Promise<Directory | null> =>
      isDown ? Promise.reject(ofAd('ad-unreachable')) : ad.openDirectory();
    const { review, rows, clock, said } = world({ openDirectory });
    await review.readIfOld(rows);
    isDown = false;
    await clock.sleep(6 * minute);
    said.length = 0;
    await review.readIfOld(rows);
    expect(said).toEqual(['—']);
  });
});
