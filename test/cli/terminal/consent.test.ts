import { describe, expect, it } from 'vitest';
import { askConsent } from '../../../src/cli/terminal/consent.ts';
import type { Terminal } from '../../../src/cli/terminal/terminal.ts';
import { RunFault } from '../../../src/core/failure.ts';
import type { ConsentFacts } from '../../../src/report/consent.ts';
import { planRow } from '../../support/people.ts';

const facts: ConsentFacts = {
  tenant: { id: '5a3d1c0e-7b42-4c8e-9f16-d20b6a94e7c1', name: 'Example Practice Tenant' },
  directory: { domain: 'example.test', source: 'ldaps://dc1.example.test' },
  fingerprint: `sha256:${'ab'.repeat(32)}`,
  planCreatedAt: '2026-11-23T11:53:08.000Z',
  rows: [planRow(2), planRow(3)],
  held: 0,
  run: 'runs/x',
  applications: 1,
};

/** Somebody who gives this answer; null: who never answers, until the run ends. */
function somebody(says: string | null): Terminal {
  return {
    out: () => undefined,
    json: () => undefined,
    err: () => undefined,
    alarm: () => undefined,
    isInteractive: true,
    isScreen: true,
    color: false,
    width: 80,
    ask: (_question, end) =>
      says !== null
        ? Promise.resolve(says)
        : new Promise((answered) => end.addEventListener('abort', () => answered(null), { once: true })),
  };
}

const ask = (says: string | null, end = new AbortController()): Promise<unknown> =>
  askConsent(facts, somebody(says), { yes: false, end: end.signal, isExpected: false }).catch(
    (error: unknown) => error,
  );

describe('the question before a write', () => {
  it('is answered by the number of changes alone', async () => {
    expect(await ask('2')).toBeUndefined();
    expect(await ask('y')).toMatchObject({ code: 'not-confirmed', exitCode: 3 });
  });

  it('is not answered by --yes where the list looks wrong, but by the fingerprint', async () => {
    const finding = { code: 'pairings-look-shifted' as const, facts: { doubted: '8', judged: '8', how: 'it slipped' } };
    const preflight = {
      sync: { isEnabled: true, lastSyncAt: null },
      features: null,
      evidence: null,
      findings: [finding],
    };
    const answered = (isExpected: boolean): Promise<unknown> =>
      askConsent({ ...facts, preflight }, somebody(''), { yes: true, end: new AbortController().signal, isExpected });
    await expect(answered(false)).rejects.toMatchObject({ code: 'pairings-look-shifted', exitCode: 3 });
    await expect(answered(false)).rejects.toMatchObject({
      hint: expect.stringContaining(`--expect ${facts.fingerprint}`) as string,
    });
    expect(await answered(true)).toBeUndefined();
  });

  it('ends with the run, unanswered: nobody is waited for beyond the window, nor after a signal', async () => {
    const end = new AbortController();
    const asked = ask(null, end);
    end.abort();
    const fault = await asked;
    expect(fault).toBeInstanceOf(RunFault);
    expect(fault).toMatchObject({ code: 'run-over', exitCode: 130 });
  });
});
