// The order of an apply, on ports in memory: what is done before what, and what is done when it is broken off.
import { describe, expect, it } from 'vitest';
import { RunFault } from '../../../src/core/failure.ts';
import type { JournalEntry } from '../../../src/core/journal.ts';
import type { Plan } from '../../../src/core/plan.ts';
import { applyPlan } from '../../../src/run/apply/apply.ts';
import type { ApplyPorts, ApplySettings } from '../../../src/run/apply/apply-ports.ts';
import type { Standing } from '../../../src/run/ports.ts';
import { makeRunEnd } from '../../../src/run/run-end.ts';
import { makePlan } from '../../../src/run/plan/plan.ts';
import {
  handClock,
  memoryDirectory,
  type MemoryTenant,
  memoryTenant,
  noProgress,
  silentLog,
} from '../../support/in-memory.ts';
import { adUser, cloudUser, guid, mappings, pairing } from '../../support/people.ts';
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

async function planFor(tenant: MemoryTenant): Promise<Plan> {
  const { header, rows } = await makePlan(
    mappings(numbers(2).map((n) => pairing(n, [`u${n}`, guid('cloud', n)]))),
    {
      directory: memoryDirectory(numbers(2).map((n) => adUser(n))),
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

/** A world whose ports write down what they were asked for, in order. */
async function world(more: { readonly entries?: JournalEntry[] } & Partial<ApplyPorts> = {}) {
  const { entries = [], ...ports } = more;
  const tenant = memoryTenant(numbers(2).map((n) => cloudUser(n)));
  const plan = await planFor(tenant);
  const done: string[] = [];
  const note = (what: string) => async (): Promise<void> => void done.push(what);
  const tasks: (() => Promise<void>)[] = [];
  const all: ApplyPorts = {
    tenant: {
      reader: tenant.reader,
      openWriters: () => {
        done.push('writers');
        return [tenant.writer];
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
      openJournal: async () => {
        done.push('journal');
        return { entries: [...entries], append: async (entry) => void entries.push(entry), close: async () => {} };
      },
      removeVerification: note('old verification away'),
      writeVerification: note('verification'),
    },
    reports: {
      write: async (standing) => void done.push(`report ${counted(standing)}`),
      finish: async (standing) => void done.push(`finish ${counted(standing)}`),
    },
    progress: { stage: (name) => void done.push(name), advance() {}, say() {}, end() {} },
    clock: handClock(),
    log: silentLog,
    end: makeRunEnd({ now: () => new Date(), start: () => () => undefined }),
    askConsent: async (rows) => void done.push(`ask for ${rows.length}`),
    alarm: () => undefined,
    whileWriting: (work) => work(),
    whenCutShort: (task) => {
      tasks.push(task);
      return () => void tasks.splice(tasks.indexOf(task), 1);
    },
    ...ports,
  };
  return { run: () => applyPlan(plan, all, settings), done, tasks, tenant };
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
