// The adapter under the sandbox's fault script: what it gets over by itself, and what it says of what it cannot.
import { describe, expect, it } from 'vitest';
import type { Guid } from '../../src/core/guid.ts';
import { Failure, RunFault } from '../../src/core/failure.ts';
import type { CertificateFlaw } from '../../src/sandbox/http/certificate-flaws.ts';
import { issueWith, makeAuthority } from '../../src/sandbox/http/certificates.ts';
import { createFaults, type Faults } from '../../src/sandbox/faults/engine.ts';
import { faultMix } from '../../src/sandbox/faults/mix.ts';
import type { FaultRule, FaultScript } from '../../src/sandbox/faults/script.ts';
import type { Tenant } from '../../src/graph/tenant.ts';
import { cast, idOf, practice, type Practice } from './practice.ts';
import { thrownBy } from '../support/ends.ts';

const everybody = cast.cloudUsers.filter((user) => user.deletedDateTime === null).map((user) => user.id as Guid);

async function faulty(
  script: FaultScript | readonly FaultRule[],
): Promise<Practice & { readonly faults: Faults; readonly opened: Tenant }> {
  const faults = createFaults('length' in script ? { rules: script } : script);
  const made = await practice({ faults });
  return { ...made, faults, opened: await made.open({ tools: {} }) };
}

/** How many of everybody could be read. */
async function readable({ reader }: Tenant): Promise<number> {
  const readings = await reader.readUsers(everybody);
  return [...readings.values()].filter(({ kind }) => kind === 'user').length;
}

const all = { kind: 'graph' } as const;

it('reads everybody on a bad day', async () => {
  const { opened, faults } = await faulty(faultMix(0.2, 5, { hangForMs: 20 }));
  for (let n = 0; n < 5; n++) expect(await readable(opened)).toBe(everybody.length);
  expect(faults.counts().reduce((sum, { strikes }) => sum + strikes, 0)).toBeGreaterThan(20);
});

describe('a token that ends in the middle', () => {
  it('is renewed for reads and writes, and nobody notices', async () => {
    const { opened, tenant, faults } = await faulty([]);
    const expire = (after: number): void =>
      faults.replace({ rules: [{ on: all, after, times: 1, do: { kind: 'expire-tokens' } }] });
    for (const after of [0, 1, 7]) {
      expire(after);
      expect(await readable(opened)).toBe(everybody.length);
    }
    const nora = idOf('nora.quill');
    const value = Buffer.alloc(16, 3).toString('base64');
    expire(0);
    await opened.openWriters()[0].setImmutableId(nora, value);
    expect(tenant.user(nora)?.onPremisesImmutableId).toBe(value);
    expect(tenant.counters.signIns).toBeGreaterThan(3);
  });

  it('is renewed for the items of a batch that it fails', async () => {
    const on = { ...all, batchItem: true };
    const { opened, tenant } = await faulty([{ on, times: 2, do: { kind: 'answer', status: 401 } }]);
    expect(await readable(opened)).toBe(everybody.length);
    expect(tenant.counters.signIns).toBeGreaterThan(1);
  });

  it('ends the run when new ones are refused too', async () => {
    const { opened, tenant, faults } = await faulty([]);
    faults.replace({ rules: [{ on: all, do: { kind: 'answer', status: 401 } }] });
    const error = await thrownBy(opened.reader.describe());
    expect(error).toBeInstanceOf(RunFault);
    expect(error).toMatchObject({ code: 'token-refused', exitCode: 2 });
    expect(tenant.counters.signIns).toBe(2);
  });
});

describe('a write', () => {
  it.each([
    [{ kind: 'answer', status: 503, when: 'after' }, 'server-error'],
    [{ kind: 'answer', status: 502, when: 'before' }, 'server-error'],
    [{ kind: 'reset', when: 'before' }, 'unreachable'],
    [{ kind: 'reset', when: 'after' }, 'unreachable'],
    [{ kind: 'hang', when: 'after', forMs: 50 }, 'unreachable'],
  ] as const)('that meets %j may have taken effect or not, and says so', async (fault, code) => {
    const { opened } = await faulty([{ on: { ...all, method: 'PATCH' }, do: fault }]);
    const value = Buffer.alloc(16, 9).toString('base64');
    const error = await thrownBy(opened.openWriters()[0].setImmutableId(idOf('nora.quill'), value));
    expect(error).toBeInstanceOf(Failure);
    expect(error).toMatchObject({ facts: { code, effect: 'unknown', retry: 'later' } });
  });
});

describe('signing in', () => {
  it.each([
    { kind: 'answer', status: 429, retryAfter: 1 },
    { kind: 'answer', status: 503 },
    { kind: 'reset' },
    { kind: 'hang', forMs: 50 },
  ] as const)('waits out %j', async (fault) => {
    const { clock, opened } = await faulty([
      { on: { kind: 'sign-in', path: '/*/oauth2/v2.0/token' }, times: 2, do: fault },
    ]);
    expect(clock.slept.length).toBe(2);
    expect((await opened.reader.describe()).id).toBe(cast.tenant.id);
  });
});

describe('a certificate', () => {
  const hints: Readonly<Record<CertificateFlaw, RegExp>> = {
    expired: /clock/,
    'wrong-host': /--graph-url/,
    'unknown-ca': /NODE_EXTRA_CA_CERTS/,
  };
  it.each(Object.keys(hints) as CertificateFlaw[])(
    'that is bad (%s) ends the run with its own remedy',
    async (flaw) => {
      const authority = await makeAuthority();
      const { open } = await practice({ tls: await issueWith(flaw, authority) });
      const error = await thrownBy(open({ tools: { http: { caPem: authority.caPem } } }));
      expect(error).toBeInstanceOf(RunFault);
      expect(error).toMatchObject({ code: 'tls-untrusted', exitCode: 2, hint: expect.stringMatching(hints[flaw]) });
    },
  );
});
