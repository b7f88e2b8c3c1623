// The order of an apply, on ports in memory: what is done before what, and what is done when it is broken off.
import { describe, expect, it } from 'vitest';
import { RunFault } from '../../../src/core/failure.ts';
import type { JournalEntry, JournalHeader } from '../../../src/core/journal.ts';
import type { Plan, PlanHeader } from '../../../src/core/plan.ts';
import type { PlanRow } from '../../../src/core/row.ts';
import { applyPlan } from '../../../src/run/apply/apply.ts';
import type { ApplyPorts, ApplySettings } from '../../../src/run/apply/apply-ports.ts';
import type { Standing, TenantWriter } from '../../../src/run/ports.ts';
import { makeRunEnd } from '../../../src/run/run-end.ts';
import { makePlan } from '../../../src/run/plan/plan.ts';
import {
  failure,
  handClock,
  memoryDirectory,
  type MemoryTenant,
  memoryTenant,
  noProgress,
  silentLog,
} from '../../support/in-memory.ts';
import { adUser, cloudUser, guid, idOf, mappings, pairing } from '../../support/people.ts';
import { numbers } from '../ready-rows.ts';

const settings: ApplySettings = {
  expect: null,
  maxAge: 3_600_000,
  first: null,
  concurrency: 1,
  maxFailures: null,
  maxConsecutiveFailures: null,
  sourceAnchor: { kind: 'auto' },
  plannedAt: null,
  ldapSearches: 0,
};

/** How many rows are in each outcome, as far as it has been told. */
function counted({ results }: Standing): string {
  const outcomes = [...(results ?? [])].map(({ outcome }) => outcome);
  return results === null ? 'the plan' : [...new Set(outcomes)].join(' and ');
}

async function planFor(tenant: MemoryTenant, count: number): Promise<Plan> {
  const { header, rows } = await makePlan(
    mappings(numbers(count).map((n) => pairing(n, [`u${n}`, guid('cloud', n)]))),
    {
      directory: memoryDirectory(numbers(count).map((n) => adUser(n))),
      tenant: tenant.reader,
      clock: handClock(),
      progress: noProgress,
    },
    {
      sourceAnchor: settings.sourceAnchor,
      confirmSourceAnchor: null,
      allowRelink: false,
      federatedDetour: null,
      sync: 'connect',
      toolVersion: '0',
    },
  );
  return { header, rows: [...rows], fingerprint: 'sha256:00' };
}

type World = Partial<ApplyPorts> & {
  readonly entries?: JournalEntry[];
  /** Default: one, the tenant's. */
  readonly applications?: readonly string[];
  readonly writer?: Partial<TenantWriter>;
  readonly settings?: Partial<ApplySettings>;
  readonly header?: Partial<PlanHeader>;
  /** Default: as planned. */
  readonly rows?: readonly PlanRow[];
  /** How many rows; default: two. */
  readonly count?: number;
  readonly writeVerification?: () => Promise<void>;
  readonly append?: (entry: JournalEntry) => Promise<void>;
};

/** A world whose ports write down what they were asked for, in order. */
async function world(more: World = {}) {
  const { entries = [], applications = ['app'], writer = {}, settings: chosen, header: changed, ...others } = more;
  const { rows, count = 2, writeVerification, append, ...ports } = others;
  const tenant = memoryTenant(numbers(count).map((n) => cloudUser(n)));
  const made = await planFor(tenant, count);
  const plan: Plan = { ...made, header: { ...made.header, ...changed }, rows: rows ?? made.rows };
  const done: string[] = [];
  const said: string[] = [];
  const standings: Standing[] = [];
  const logged: unknown[] = [];
  const opened: JournalHeader[] = [];
  const note = (what: string) => async (): Promise<void> => void done.push(what);
  const tasks: (() => Promise<void>)[] = [];
  const all: ApplyPorts = {
    tenant: {
      reader: tenant.reader,
      openWriters: () => {
        done.push('writers');
        return applications.map((application) => ({ ...tenant.writer, ...writer, application }));
      },
    },
    openDirectory: async () => null,
    folder: {
      path: 'run',
      lock: async () => {
        done.push('lock');
        return { release: note('release') };
      },
      readJournal: async () => ({ entries: [...entries] }),
      openJournal: async (header) => {
        opened.push(header);
        done.push('journal');
        const keep = async (entry: JournalEntry): Promise<void> => void entries.push(entry);
        return { entries: [...entries], append: append ?? keep, close: async () => {} };
      },
      removeVerification: note('old verification away'),
      writeVerification: writeVerification ?? note('verification'),
    },
    reports: {
      write: async (standing) => void done.push(`report ${counted(standing)}`),
      finish: async (standing) => {
        standings.push(standing);
        done.push(`finish ${counted(standing)}`);
      },
    },
    progress: { stage: (name) => void done.push(name), advance() {}, say: (text) => void said.push(text), end() {} },
    clock: handClock(),
    log: {
      ...silentLog,
      warn: (event, facts) => void logged.push([event, facts]),
      error: (event, facts) => void logged.push([event, facts]),
    },
    end: makeRunEnd({ now: () => new Date(), start: () => () => undefined }),
    askConsent: async (asked) => void done.push(`ask for ${asked.length}`),
    alarm: () => undefined,
    whileWriting: (work) => work(),
    whenCutShort: (task) => {
      tasks.push(task);
      return () => void tasks.splice(tasks.indexOf(task), 1);
    },
    ...ports,
  };
  const run = () => applyPlan(plan, all, { ...settings, ...chosen });
  return { run, done, tasks, tenant, plan, said, standings, logged, opened, entries, end: all.end };
}

const untilAsked = ['lock', 'Reading again what the plan rests on', 'report the plan'];

describe('an apply', () => {
  it('checks, reviews again, asks, writes, reads back and reports, in this order', async () => {
    const { run, done, tasks, tenant } = await world();
    expect(await run()).toEqual({ exitCode: 0, stopped: null });
    expect(done).toEqual([
      ...untilAsked,
      'ask for 2',
      'journal',
      'old verification away',
      'report not-reached',
      'writers',
      'Writing to the tenant',
      'Reading back',
      'verification',
      'finish applied',
      'release',
    ]);
    expect([tenant.effects.length, tasks]).toEqual([2, []]);
  });

  it('opens neither writers nor journal when the answer is no, and gives the folder back', async () => {
    const no = new RunFault('not-confirmed', 'Not confirmed.', { hint: '', exitCode: 3 });
    const { run, done, tasks } = await world({ askConsent: () => Promise.reject(no) });
    await expect(run()).rejects.toBe(no);
    expect([done, tasks]).toEqual([[...untilAsked, 'release'], []]);
  });

  it('reports what the journal knows when the writing is broken off, and throws what broke it', async () => {
    const bug = new Error('a bug');
    const { run, done } = await world({ whileWriting: (work) => work().then(() => Promise.reject(bug)) });
    await expect(run()).rejects.toBe(bug);
    expect(done.slice(-3)).toEqual(['finish applied', 'report applied', 'release']);
  });

  it('leaves word, while it writes, what is to be done should the process end: report first, then the folder', async () => {
    const { run, done, tasks } = await world({
      whileWriting: async (work) => {
        const end = await work();
        for (const task of tasks.toReversed()) await task();
        return end;
      },
    });
    await run();
    expect(done.slice(-4)).toEqual(['finish applied', 'report applied', 'release', 'release']);
  });
});

describe('an apply that is to go on', () => {
  /** What a first apply leaves in its journal when its second row is refused. */
  async function begun() {
    const { run, entries, tenant, plan } = await world();
    tenant.fault = (id) =>
      id === guid('cloud', 3) ? { facts: { code: 'forbidden', status: 403 }, takesEffect: false } : undefined;
    await run();
    return { entries, plan };
  }

  it('asks for what is left alone, and reports before what the journal knows', async () => {
    const { entries } = await begun();
    const { run, done, opened, plan } = await world({ entries });
    await run();
    expect(done.slice(0, 4)).toEqual([
      'lock',
      'Reading again what the plan rests on',
      'report applied and rejected',
      'ask for 1',
    ]);
    const { fingerprint, header } = plan;
    expect(opened).toEqual([
      { kind: 'header', format: 2, fingerprint, tenantId: header.tenant.id, at: '2026-11-23T12:00:00.000Z' },
    ]);
  });

  it('asks nobody where nothing is left, and says so', async () => {
    const first = await world();
    await first.run();
    const { run, done, said, tenant } = await world({ entries: first.entries });
    for (const [id, user] of first.tenant.users) tenant.users.set(id, user);
    expect(await run()).toEqual({ exitCode: 0, stopped: null });
    expect(said).toContain('Nothing is left to write.');
    expect(done.filter((what) => what.startsWith('ask'))).toEqual([]);
  });

  it('begins anew in a folder where nothing was ever written', async () => {
    const { plan, tenant } = await world();
    const folder = {
      path: 'run',
      lock: async () => ({ release: async () => {} }),
      readJournal: async () => null,
      openJournal: async () => ({ entries: [], append: async () => {}, close: async () => {} }),
      removeVerification: async () => {},
      writeVerification: async () => {},
    };
    const bug = new Error('a bug');
    const broken = await world({ folder, whileWriting: () => Promise.reject(bug) });
    await expect(broken.run()).rejects.toBe(bug);
    // By a journal that is not there the plan is all there is to report.
    expect(broken.done.at(-1)).toBe('report the plan');
    expect([plan.rows.length, tenant.effects.length]).toEqual([2, 0]);
  });

  it('throws what broke it off, and logs why the reports could not be written', async () => {
    const bug = new Error('a bug');
    let writes = 0;
    const { run, logged } = await world({
      whileWriting: () => Promise.reject(bug),
      reports: {
        write: () => (writes++ === 0 ? Promise.resolve() : Promise.reject(new Error('the disk is full'))),
        finish: async () => {},
      },
    });
    await expect(run()).rejects.toBe(bug);
    expect(logged).toContainEqual(['reports-unwritten', { message: 'Error: the disk is full' }]);
  });
});

describe('what is not as reviewed', () => {
  it('is not asked about, and not written', async () => {
    const { run, done, tenant } = await world();
    tenant.users.set(guid('cloud', 3), cloudUser(3, { onPremisesImmutableId: 'AAAAAAAAAAAAAAAAAAAAAA==' }));
    await run();
    expect(done).toContain('ask for 1');
    expect(tenant.effects.map(({ id }) => id)).toEqual([guid('cloud', 2)]);
  });

  it('is looked at again after a long answer, and found out', async () => {
    const clock = handClock();
    const { run, tenant } = await world({ clock, askConsent: () => clock.sleep(600_000) });
    const holding = { role: 'Global Administrator', how: 'assigned', through: null } as const;
    const preflight = tenant.reader.preflight.bind(tenant.reader);
    let readings = 0;
    tenant.reader.preflight = async () => {
      const facts = await preflight();
      return readings++ === 0 ? facts : { ...facts, roles: new Map([[guid('cloud', 3), [holding]]]) };
    };
    await run();
    expect([readings, tenant.effects.map(({ id }) => id)]).toEqual([2, [guid('cloud', 2)]]);
  });
});

describe('what keeps a plan from being applied', () => {
  it('ends it before anybody is asked, the folder given back', async () => {
    const { run, done, tenant } = await world();
    tenant.reader.switches = async () => ({ hardMatchBlocked: true, softMatchBlocked: false });
    await expect(run()).rejects.toMatchObject({ code: 'hard-match-blocked' });
    expect(done).toEqual(['lock', 'release']);
  });

  it('ends it when what the plan rests on cannot be read', async () => {
    const { run, done, tenant } = await world();
    const refused = new RunFault('sign-in-refused', 'Refused.', { hint: 'Ask.' });
    tenant.reader.survey = () => Promise.reject(refused);
    await expect(run()).rejects.toBe(refused);
    expect(done.at(-1)).toBe('release');
  });

  it('is another plan than was expected, or another tenant, before the folder is even taken', async () => {
    const expecting = await world({ settings: { expect: 'sha256:11' } });
    await expect(expecting.run()).rejects.toMatchObject({ code: 'fingerprint-differs' });
    const elsewhere = await world({ header: { tenant: { id: guid('other', 9), name: 'Another' } } });
    await expect(elsewhere.run()).rejects.toMatchObject({ code: 'other-tenant' });
    expect([expecting.done, elsewhere.done]).toEqual([[], []]);
  });

  it('is a journal that the plan could not have caused', async () => {
    const first = await world();
    await first.run();
    const strange = first.entries.map((entry) => ({ ...entry, line: 99 }));
    const { run, tenant } = await world({ entries: strange });
    await expect(run()).rejects.toMatchObject({ code: 'journal-tampered' });
    expect(tenant.effects).toEqual([]);
  });
});

describe('users who were left away', () => {
  /** A folder whose first row was moved away by an earlier apply that then broke off. */
  async function stranded(more: World = {}) {
    const { tenant, plan } = await world();
    const away = 'hardmatch-2@managed.test';
    const home = 'u2@example.test';
    const rows = [...plan.rows].map((row) => ({ ...row, detour: row.line === 2 ? { home, away } : null }));
    const at = '2026-11-23T12:00:00.000Z';
    const about = { line: 2, userId: guid('cloud', 2), step: 'upn-away', at } as const;
    const entries: JournalEntry[] = [
      { kind: 'detour-intent', ...about, userPrincipalName: home, before: home, after: away },
      { kind: 'detour-outcome', ...about, outcome: 'applied', code: null, attempts: 1, requestId: null, detail: '' },
    ];
    const one = await world({ entries, ...more, rows });
    one.tenant.users.set(guid('cloud', 2), cloudUser(2, { userPrincipalName: away }));
    return { ...one, home, isUntouched: tenant.effects.length === 0 };
  }
  const upnOf = (tenant: MemoryTenant): string | undefined => tenant.users.get(guid('cloud', 2))?.userPrincipalName;

  it('are brought home though the plan is too old, and nobody else is written; the run tells why', async () => {
    const { run, tenant, home, standings, done } = await stranded({ settings: { maxAge: -1 } });
    const { exitCode, stopped } = await run();
    expect(upnOf(tenant)).toBe(home);
    expect(new Set(tenant.effects.map(({ id }) => id))).toEqual(new Set([guid('cloud', 2)]));
    expect(stopped).toMatchObject({ kind: 'fault', error: { code: 'plan-too-old' } });
    expect([exitCode, standings[0]?.exitCode]).toEqual([3, 3]);
    // Nothing of it rests on what was reviewed.
    expect(done).not.toContain('Reading again what the plan rests on');
    expect(done).toContain('ask for 1');
  });

  it('are brought home though what the plan rests on cannot be read', async () => {
    const { run, tenant, home } = await stranded();
    const survey = tenant.reader.survey.bind(tenant.reader);
    let surveys = 0;
    const refused = new RunFault('tenant-unreadable', 'Refused.', { hint: 'Ask.' });
    tenant.reader.survey = (request) => (surveys++ === 0 ? Promise.reject(refused) : survey(request));
    expect((await run()).stopped).toEqual({ kind: 'fault', error: refused });
    expect(upnOf(tenant)).toBe(home);
  });

  it('wait for the next run where it is a bug that keeps the plan from being read again', async () => {
    const { run, tenant } = await stranded();
    const bug = new TypeError('a bug');
    tenant.reader.survey = () => Promise.reject(bug);
    await expect(run()).rejects.toBe(bug);
    expect(tenant.effects).toEqual([]);
  });
});

describe('several applications', () => {
  it('are told of where one may not write users, and what to grant', async () => {
    const { run, said, logged, tenant } = await world({ applications: ['one', 'two'], count: 12 });
    const setImmutableId = tenant.writer.setImmutableId.bind(tenant.writer);
    let turn = 0;
    // Every other write is the second application's.
    tenant.writer.setImmutableId = (id, value) => {
      if (turn++ % 2 === 1) return Promise.reject(failure({ code: 'forbidden', status: 403 }));
      return setImmutableId(id, value);
    };
    await run();
    expect(logged).toContainEqual(['application-set-aside', { application: 'two' }]);
    expect(said).toContain(
      'Note: application two may not write users, and is not used any more; the others go on. ' +
        'Grant it User.ReadWrite.All, with admin consent, for the next run.',
    );
  });

  it('have eight rows each side by side, where nothing else is said', async () => {
    const clock = handClock();
    let [underWay, most] = [0, 0];
    const { run, tenant } = await world({
      applications: ['one', 'two'],
      count: 40,
      settings: { concurrency: null },
      clock,
      writer: {
        setImmutableId: async (id, value) => {
          most = Math.max(most, ++underWay);
          await new Promise((done) => setImmediate(done));
          underWay--;
          return tenant.writer.setImmutableId(id, value);
        },
      },
    });
    await run();
    expect(most).toBe(16);
  });
});

describe('a rollback that is applied', () => {
  it('believes no reading of the value that it puts back', async () => {
    const { run, tenant } = await world({ header: { kind: 'rollback' } });
    const written = new Map([2, 3].map((n) => [guid('cloud', n), cloudUser(n, { onPremisesImmutableId: idOf(n) })]));
    const readUsers = tenant.reader.readUsers.bind(tenant.reader);
    let reads = 0;
    tenant.reader.readUsers = async (ids) =>
      reads++ === 0
        ? new Map(ids.map((id) => [id, { kind: 'user', user: written.get(id) ?? cloudUser(9) }]))
        : readUsers(ids);
    await run();
    // The readings show what it is to write, and are older than the write that it takes back.
    expect(tenant.effects).toHaveLength(2);
  });

  it('has no value for its own where a plan does: there nothing has to be written', async () => {
    const { run, tenant, done } = await world();
    for (const n of [2, 3]) tenant.users.set(guid('cloud', n), cloudUser(n, { onPremisesImmutableId: idOf(n) }));
    await run();
    expect([tenant.effects, done.at(-2)]).toEqual([[], 'finish already']);
  });
});

describe('reading back', () => {
  it('is left out once somebody wants out, and once a fault has ended the run', async () => {
    for (const ends of ['interrupt', 'fault'] as const) {
      const { run, done, end, tenant } = await world();
      tenant.fault = () => {
        if (ends === 'interrupt') end.interrupt();
        const scope = ends === 'fault' ? 'run' : 'row';
        return { facts: { code: 'forbidden', scope }, takesEffect: false };
      };
      const { stopped } = await run();
      expect(stopped?.kind).toBe(ends === 'interrupt' ? 'interrupted' : 'fault');
      expect(done).not.toContain('Reading back');
      expect(done).not.toContain('verification');
    }
  });

  it('that is cut off is no verification, and the run says what cut it off', async () => {
    const { run, done, end, tenant } = await world();
    const survey = tenant.reader.survey.bind(tenant.reader);
    let surveys = 0;
    tenant.reader.survey = (request) => {
      if (++surveys === 2) end.interrupt();
      return survey(request);
    };
    expect(await run()).toEqual({ exitCode: 130, stopped: { kind: 'interrupted' } });
    expect(done).toContain('finish applied');
    expect(done).not.toContain('verification');
  });

  it('that the end of the window cuts off is told as that', async () => {
    const { run, end, tenant } = await world();
    const survey = tenant.reader.survey.bind(tenant.reader);
    const at = new Date(0);
    let surveys = 0;
    tenant.reader.survey = (request) => {
      if (++surveys === 2) end.closeAt(at);
      return survey(request);
    };
    expect(await run()).toEqual({ exitCode: 130, stopped: { kind: 'window-over', at } });
  });

  it('does not look at rows that were held', async () => {
    const { plan } = await world();
    const reasons = [{ code: 'relink-not-allowed', facts: { current: 'x' } }] as const;
    const rows = [...plan.rows].map((row) =>
      row.line === 3 ? ({ ...row, state: 'held', step: null, reasons, after: null } as const) : row,
    );
    const { run, standings } = await world({ rows });
    await run();
    const verdicts = [...(standings[0]?.verifications ?? [])].map(({ verdict }) => verdict);
    expect(verdicts).toEqual(['matches', 'not-checked']);
  });

  it('that fails costs nothing of what was written, and is told like a fault', async () => {
    const { run, done, tenant } = await world();
    const survey = tenant.reader.survey.bind(tenant.reader);
    const error = new RunFault('answer-unexpected', 'No.', { hint: 'Look.' });
    let surveys = 0;
    tenant.reader.survey = (request) => (++surveys === 2 ? Promise.reject(error) : survey(request));
    expect((await run()).stopped).toEqual({ kind: 'fault', error });
    expect(done).toContain('finish applied');
  });

  it('has patience with what was just written, and reads nobody whom the run did not come to', async () => {
    const clock = handClock();
    const { run, standings, tenant } = await world({ clock, settings: { first: 1 } });
    tenant.isStale = () => tenant.effects.length > 0 && clock.slept.length < 3;
    const survey = tenant.reader.survey.bind(tenant.reader);
    tenant.reader.survey = async (request) => {
      const found = await survey(request);
      return tenant.effects.length === 0 ? found : { ...found, users: [{ kind: 'found', user: cloudUser(2) }] };
    };
    await run();
    const verdicts = [...(standings[0]?.verifications ?? [])].map(({ verdict }) => verdict);
    expect(verdicts).toEqual(['matches', 'not-checked']);
  });
});

describe('the end of an apply', () => {
  it('counts what was asked of both sides, in planning too', async () => {
    const { run, standings, tenant } = await world({
      settings: { ldapSearches: 3 },
      openDirectory: async () => memoryDirectory(numbers(2).map((n) => adUser(n))),
    });
    await run();
    expect(standings[0]?.requests).toEqual({ ...tenant.reader.counts(), ldapSearches: 4 });
  });

  it('writes no verification where there is none, and reports all the same when it cannot be written', async () => {
    const full = new Error('the disk is full');
    const { run, done } = await world({ writeVerification: () => Promise.reject(full) });
    await expect(run()).rejects.toBe(full);
    expect(done).toContain('finish applied');
  });

  it('throws what keeps the reports from being written, unless something else had stopped the run before', async () => {
    const full = new Error('the disk is full');
    const reports = { write: async () => {}, finish: () => Promise.reject(full) };
    const whole = await world({ reports });
    await expect(whole.run()).rejects.toBe(full);
    const stopped = await world({ reports });
    stopped.tenant.fault = () => ({ facts: { code: 'forbidden', scope: 'run' }, takesEffect: false });
    expect((await stopped.run()).stopped?.kind).toBe('fault');
  });

  it('prints what the journal could not take any more, in numbers that fit', async () => {
    const endOf = async (rows: number) => {
      const alarms: string[] = [];
      const full = new Error('the disk is full');
      const { run } = await world({
        alarm: (text) => void alarms.push(text),
        settings: { concurrency: rows },
        append: (entry) => (entry.kind === 'outcome' ? Promise.reject(full) : Promise.resolve()),
      });
      expect((await run()).stopped).toEqual({ kind: 'fault', error: full });
      return alarms;
    };
    const [one = ''] = await endOf(1);
    const [what, entry = '', ...rest] = one.trim().split('\n');
    expect(what).toBe('The journal could not take this entry; keep this text with the run folder:');
    expect(JSON.parse(entry)).toMatchObject({ kind: 'outcome', line: 2, outcome: 'applied' });
    expect(rest).toEqual([]);
    const [two = ''] = await endOf(2);
    expect(two).toContain('could not take these 2 entries;');
    expect(two.trim().split('\n')).toHaveLength(3);
  });

  it('prints nothing where the journal has taken all of it', async () => {
    const alarms: string[] = [];
    const { run } = await world({ alarm: (text) => void alarms.push(text) });
    await run();
    expect(alarms).toEqual([]);
  });
});

describe('the look at the tenant every few minutes', () => {
  /** 45 rows, and six minutes that pass at the tenth write. */
  async function longRun(meanwhile: (tenant: MemoryTenant) => void) {
    const clock = handClock();
    const one = await world({ count: 45, clock });
    let writes = 0;
    one.tenant.fault = () => {
      if (++writes !== 10) return undefined;
      void clock.sleep(360_000);
      meanwhile(one.tenant);
      return undefined;
    };
    return one;
  }

  it('stops the run over hard match that is blocked by now', async () => {
    const { run, tenant } = await longRun((one) => {
      one.reader.switches = async () => ({ hardMatchBlocked: true, softMatchBlocked: false });
    });
    expect((await run()).stopped).toMatchObject({ kind: 'fault', error: { code: 'hard-match-blocked' } });
    expect(tenant.effects.length).toBeLessThan(45);
  });

  it('leaves out whoever has a role by now, and writes the others', async () => {
    const { run, tenant } = await longRun((one) => {
      const holding = { role: 'Global Administrator', how: 'assigned', through: null } as const;
      one.facts = { ...one.facts, roles: new Map([[guid('cloud', 46), [holding]]]) };
    });
    expect((await run()).stopped).toBeNull();
    expect(tenant.effects).toHaveLength(44);
  });
});
