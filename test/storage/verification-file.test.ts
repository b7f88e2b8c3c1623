import { mkdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Plan } from '../../src/core/plan.ts';
import type { VerdictKind, VerificationRow } from '../../src/core/result.ts';
import type { PlanRow } from '../../src/core/row.ts';
import { beginChain } from '../../src/storage/chain.ts';
import { writeVerification } from '../../src/storage/verification-file.ts';
import { at, header, rows } from './examples-plain.ts';
import { faultOf, temporaryFolder } from './examples.ts';
import { verificationInFull } from '../support/in-full.ts';

const folder = temporaryFolder();
const file = join(folder, 'verification.ndjson');

const verdicts: Readonly<Record<VerdictKind, true>> = {
  matches: true,
  differs: true,
  missing: true,
  unreadable: true,
  'not-checked': true,
  'taken-over': true,
  waiting: true,
  'sync-error': true,
};
const every = Object.keys(verdicts) as VerdictKind[];

const planned = every.map((_verdict, place): PlanRow => ({ ...(rows[1] as PlanRow), line: place + 2 }));
const plan: Plan = {
  header,
  rows: planned,
  fingerprint: `sha256:${'7'.repeat(64)}`,
};
const verifications = every.map((verdict, place): VerificationRow => ({
  row: planned[place] as PlanRow,
  verdict,
  expected: 'Uh26aD5C+UGp5ul88++e1Q==',
  actual: null,
  checkedAt: verdict === 'not-checked' ? null : at,
  detail: 'PropertyConflict: "proxyAddresses"\u2028\r\n',
}));

describe("a run's verification", () => {
  it('comes back with its rows as it was written, every verdict there is', async () => {
    await writeVerification(folder, plan.fingerprint, verifications);
    expect(await verificationInFull(folder, plan)).toEqual(verifications);
  });

  it('is null where there is none', async () => {
    expect(await verificationInFull(join(folder, 'nowhere'), plan)).toBeNull();
  });

  it('is refused when a line was changed, doubled or taken away, or when it is of another plan', async () => {
    await writeVerification(folder, plan.fingerprint, verifications);
    const text = await readFile(file, 'utf8');
    const lines = text.trimEnd().split('\n');
    const sealed = (...values: readonly object[]): string => {
      const chain = beginChain();
      return values.map((value) => `${chain.seal(value)}\n`).join('');
    };
    const head = { kind: 'header', format: 2, fingerprint: plan.fingerprint };
    const told = { line: 300, verdict: 'matches', expected: null, actual: null, checkedAt: null, detail: '' };
    for (const [changed, says] of [
      [sealed({ ...head, fingerprint: `sha256:${'8'.repeat(64)}` }), /line 1: it belongs to another plan/],
      [sealed(head, told), /line 2: line 300 of the plan does not come here/],
      [sealed(head, { ...told, line: 2, verdict: 'wating' }), /line 2: verdict: /],
      [text.replace('"waiting"', '"matches"'), /line 8: it is not the line that was written there/],
      [`${lines.slice(0, -1).join('\n')}\n`, /it ends too early/],
      [[...lines.slice(0, 2), lines[1], ...lines.slice(3), ''].join('\n'), /line 3: it is not the line/],
    ] as const) {
      await writeFile(file, changed);
      const fault = await faultOf(verificationInFull(folder, plan));
      expect([fault.code, fault.exitCode]).toEqual(['verification-unreadable', 3]);
      expect(fault.message).toMatch(says);
    }
  });

  it.skipIf(process.platform === 'win32')('is refused when it is a link out of the folder', async () => {
    await writeVerification(folder, plan.fingerprint, verifications);
    const own = join(folder, 'own');
    await mkdir(own);
    await symlink(file, join(own, 'verification.ndjson'));
    expect(await faultOf(verificationInFull(own, plan))).toMatchObject({ code: 'run-file-not-own', exitCode: 3 });
  });
});
