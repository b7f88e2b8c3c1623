// The script itself: what is taken, how what is not is told, and when a rule strikes.
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createFaults, type Faults } from '../../../src/sandbox/faults/engine.ts';
import { faultMix } from '../../../src/sandbox/faults/mix.ts';
import { type FaultScript, readFaultFile, readFaultScript } from '../../../src/sandbox/faults/script.ts';

const request = { kind: 'graph', method: 'PATCH', path: '/users/a', batchItem: false, userId: () => 'a' } as const;

/** Which of the first `count` requests were struck, from 1. */
function struck(faults: Faults, count: number): number[] {
  return Array.from({ length: count }, (_none, n) => n + 1).filter(() => faults.meetTenant(request).length > 0);
}

const often = (frequency: object): Faults =>
  createFaults({ rules: [{ on: { kind: 'graph' }, do: { kind: 'reset' }, ...frequency }] });

describe('how often a rule strikes', () => {
  it.each([
    ['always', {}, [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]],
    ['after some', { after: 7 }, [8, 9, 10]],
    ['some times', { times: 2 }, [1, 2]],
    ['every third', { every: 3 }, [3, 6, 9]],
    ['all of these', { after: 1, every: 3, times: 2 }, [4, 7]],
  ] as const)('%s', (_name, frequency, expected) => {
    expect(struck(often(frequency), 10)).toEqual(expected);
  });

  it('by chance, but the same chance each time with the same seed', () => {
    const script = (seed: number): FaultScript => ({
      seed,
      rules: [{ on: { kind: 'graph' }, share: 0.2, do: { kind: 'reset' } }],
    });
    const first = struck(createFaults(script(7)), 5_000);
    expect(first.length / 5_000).toBeCloseTo(0.2, 1);
    expect(struck(createFaults(script(7)), 5_000)).toEqual(first);
    expect(struck(createFaults(script(8)), 5_000)).not.toEqual(first);
  });

  it('is counted, and counted anew after a replacement', () => {
    const faults = often({ name: 'often', every: 2 });
    struck(faults, 5);
    expect(faults.counts()).toEqual([{ rule: 1, name: 'often', matches: 5, strikes: 2 }]);
    faults.replace({ rules: [{ on: { kind: 'sign-in' }, do: { kind: 'reset' } }] });
    expect(faults.counts()).toEqual([{ rule: 1, matches: 0, strikes: 0 }]);
    expect(struck(faults, 5)).toEqual([]);
    faults.clear();
    expect(faults.counts()).toEqual([]);
  });

  it('stops at the first rule that ends the request', () => {
    const on = { kind: 'graph' } as const;
    const faults = createFaults({
      rules: [
        { on, do: { kind: 'delay', ms: 1 } },
        { on, do: { kind: 'reset' } },
        { on, do: { kind: 'hang' } },
      ],
    });
    expect(faults.meetTenant(request).map(({ kind }) => kind)).toEqual(['delay', 'reset']);
    expect(faults.counts().map(({ matches }) => matches)).toEqual([1, 1, 0]);
  });
});

describe('which requests a rule is about', () => {
  it.each([
    ['/users/a', true],
    ['/USERS/*', true],
    ['/users', false],
    ['/*', false],
    ['/**', true],
    ['**/a', true],
  ] as const)('by the path %s: %s', (path, fits) => {
    const faults = createFaults({ rules: [{ on: { kind: 'graph', path }, do: { kind: 'reset' } }] });
    expect(faults.meetTenant(request).length).toBe(fits ? 1 : 0);
  });

  it('by one method or several', () => {
    for (const method of ['PATCH', ['GET', 'PATCH']] as const) {
      const rules = [{ on: { kind: 'graph' as const, method: [method].flat() }, do: { kind: 'reset' as const } }];
      expect(createFaults({ rules }).meetTenant(request).length).toBe(1);
      expect(createFaults({ rules }).meetTenant({ ...request, method: 'POST' }).length).toBe(0);
    }
  });
});

describe('the mix', () => {
  it('strikes its share of requests, with every kind of fault', () => {
    const faults = createFaults(faultMix(0.2, 3));
    const met = Array.from({ length: 20_000 }, () => faults.meetTenant(request)).filter(({ length }) => length > 0);
    expect(met.length / 20_000).toBeCloseTo(0.2, 1);
    expect(Math.abs(met.length / 20_000 - 0.2)).toBeLessThan(0.01);
    const items = Array.from({ length: 20_000 }, () => faults.meetTenant({ ...request, batchItem: true }));
    expect(Math.abs(items.filter(({ length }) => length > 0).length / 20_000 - 0.2)).toBeLessThan(0.01);
    expect(items.flat().every(({ kind }) => kind === 'answer')).toBe(true);
    const counts = faults.counts();
    expect(counts.every(({ strikes }) => strikes > 0)).toBe(true);
    const hangs = counts.filter(({ name }) => name?.includes('hang')).reduce((sum, { strikes }) => sum + strikes, 0);
    expect(hangs / met.length).toBeLessThan(0.04);
  });

  it('can be total, and limits its hangs when told to', () => {
    const faults = createFaults(faultMix(1, 1, { hangForMs: 40 }));
    const met = Array.from({ length: 2_000 }, () => faults.meetTenant(request)[0]);
    expect(met.every((fault) => fault !== undefined)).toBe(true);
    const hangs = met.filter((fault) => fault?.kind === 'hang');
    expect(hangs.length).toBeGreaterThan(0);
    expect(hangs.every((fault) => fault?.kind === 'hang' && fault.forMs === 40)).toBe(true);
  });
});

describe('a script that cannot be used', () => {
  const good = { on: { kind: 'graph' }, do: { kind: 'reset' } };
  it.each([
    [{ ...good, do: { kind: 'answer', status: 200 } }, /^rule 2, do\.status: .*400/],
    [{ ...good, name: 'slow', do: { kind: 'delay' } }, /^rule 2 \("slow"\), do\.ms: expected number/],
    [{ ...good, do: { kind: 'explode' } }, /^rule 2, do\.kind: the kind is none of answer, reset, hang/],
    [{ ...good, on: { kind: 'mail' } }, /^rule 2, on\.kind: the kind is none of graph, sign-in, directory/],
    [{ ...good, share: 20 }, /^rule 2, share: /],
    [{ ...good, every: 0 }, /^rule 2, every: /],
    [{ ...good, chance: 0.2 }, /^rule 2: .*"chance"/],
    [{ ...good, on: { kind: 'graph', path: 'users' } }, /^rule 2, on\.path: it begins neither/],
    [{ ...good, do: { kind: 'answer', status: 429, retryAfter: '1' } }, /^rule 2, do\.retryAfter: it is neither/],
    [{ on: { kind: 'sign-in' }, do: { kind: 'expire-tokens' } }, /^rule 2, do\.kind: /],
    [{ on: { kind: 'directory', request: 'connect' }, do: { kind: 'answer', code: 51 } }, /^rule 2, do\.kind: a conn/],
    ['reset', /^rule 2: /],
  ] as const)('is told by rule and field: %j', (rule, said) => {
    expect(() => readFaultScript({ rules: [good, rule] })).toThrow(said);
  });

  it('is told with all its problems at once', () => {
    const bad = { ...good, times: -1 };
    expect(() => readFaultScript({ rules: [bad, good, bad] })).toThrow(/rule 1, times: .*; rule 3, times: /);
  });

  it('is told when it is no script at all, and changes nothing', () => {
    expect(() => readFaultScript([])).toThrow(/^the script: /);
    expect(() => readFaultScript({ rules: {} })).toThrow(/^the script, rules: /);
    const faults = often({});
    expect(() => faults.replace({ seed: 0.5 })).toThrow(/^the script, seed: /);
    expect(struck(faults, 1)).toEqual([1]);
  });

  it('is told when the file is not there, or no JSON', () => {
    expect(() => readFaultFile('no-such-file.json')).toThrow(/cannot be read: there is no such file/);
    const file = join(mkdtempSync(join(tmpdir(), 'hardmatch-test-')), 'faults.json');
    writeFileSync(file, '{ rules: [] }');
    expect(() => readFaultFile(file)).toThrow(/cannot be read: line 1 is not JSON: a name has no quotes/);
  });
});

it('finds every example of docs/sandbox-faults.md usable', () => {
  const page = readFileSync('docs/sandbox-faults.md', 'utf8').replaceAll('\r\n', '\n');
  const examples = [...page.matchAll(/```json\n([\s\S]*?)```/g)].map(
    ([, text]) => JSON.parse(text ?? '') as FaultScript,
  );
  expect(examples.length).toBeGreaterThan(0);
  for (const example of examples) expect(() => createFaults(example)).not.toThrow();
});
