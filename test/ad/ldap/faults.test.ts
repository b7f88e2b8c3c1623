// The LDAP adapter under the sandbox's fault script: what a search gets over, and how it ends where it cannot.
import { describe, expect, it, onTestFinished } from 'vitest';
import type { LdapDirectory } from '../../../src/ad/ldap/directory.ts';
import type { AdRef } from '../../../src/core/references.ts';
import { createFaults, type Faults } from '../../../src/sandbox/faults/engine.ts';
import type { DirectoryFaultRule } from '../../../src/sandbox/faults/script.ts';
import type { PracticeDirectory } from '../../../src/sandbox/directory/directory.ts';
import { crowd, hurriedClock, openOn, type OpenOptions, practice } from '../tools.ts';
import { faultOf } from '../../support/ends.ts';

// Three pages: the faults strike in the second, and begin again at the first.
const page = { maxPageSize: 250 };
const people = crowd(600);
const everybody: AdRef[] = Array.from({ length: 600 }, (_none, n) => ({
  kind: 'key',
  attribute: 'employeeID',
  value: `E${n}`,
}));
const listing = { kind: 'directory', filter: 'employeeid=*' } as const;

type Faulty = { readonly server: PracticeDirectory; readonly directory: LdapDirectory; readonly faults: Faults };

/** A directory of two controllers, unless told otherwise, and the adapter on it. */
async function faulty(
  rules: readonly DirectoryFaultRule[],
  { controllers = 2, ...options }: OpenOptions & { readonly controllers?: number } = {},
): Promise<Faulty> {
  const faults = createFaults({ rules });
  const server = await practice({ ...page, faults, controllers }, people);
  onTestFinished(() => server.close());
  const urls = server.controllers.map(({ ldapsUrl }) => ldapsUrl);
  const directory = await openOn(server, { urls, ...options });
  onTestFinished(() => directory.close());
  return { server, directory, faults };
}

async function findsEverybody(directory: LdapDirectory): Promise<boolean> {
  const answers = await directory.locate(everybody, null);
  return [...answers].every(({ kind }) => kind === 'found');
}

describe('a listing', () => {
  it.each([
    ['whose connection is cut in the middle of its second page', { kind: 'reset', afterEntries: 100 }],
    ['whose controller dies between two pages', { kind: 'stop' }],
    ['whose controller falls silent in the middle of a page', { kind: 'hang', afterEntries: 100 }],
    ['whose second page is refused as busy', { kind: 'answer', code: 51 }],
    ['whose second page is refused as unavailable', { kind: 'answer', code: 52 }],
    ['whose second page runs into the time limit', { kind: 'answer', code: 3, afterEntries: 100 }],
    ['whose second page runs into a size limit', { kind: 'answer', code: 4, afterEntries: 100 }],
    ['whose second page runs into a limit of the administrators', { kind: 'answer', code: 11 }],
  ] as const)('%s begins again at the other controller, and misses nobody', async (_name, fault) => {
    const rule: DirectoryFaultRule = { on: { ...listing, controller: 1, page: 2 }, do: fault };
    const { server, directory, faults } = await faulty(
      [rule],
      fault.kind === 'hang' ? { timeouts: { listing: 1_500 } } : {},
    );
    expect(await findsEverybody(directory)).toBe(true);
    expect(faults.counts()[0]?.strikes).toBe(1);
    expect((await directory.describe()).source).toBe(server.controllers[1]?.ldapsUrl);
  });

  it.each([3, 4])('that meets result %i everywhere is given up after one more try, with a remedy', async (code) => {
    const clock = hurriedClock();
    const { directory, faults } = await faulty([{ on: listing, do: { kind: 'answer', code } }], { clock });
    const fault = await faultOf(directory.locate(everybody, null));
    expect(fault).toMatchObject({ code: 'ad-refused', exitCode: 2 });
    expect(fault.hint).toMatch(/--ad-base|another domain controller/);
    expect(faults.counts()[0]?.strikes).toBe(2);
    expect(clock.slept.length).toBe(1);
  });

  it('waits for the one controller there is to come back', async () => {
    const slow = { ...hurriedClock(), sleep: () => new Promise<void>((done) => setTimeout(done, 100)) };
    const rule: DirectoryFaultRule = { on: { ...listing, page: 2 }, times: 1, do: { kind: 'stop', forMs: 200 } };
    const { directory } = await faulty([rule], { controllers: 1, clock: slow });
    expect(await findsEverybody(directory)).toBe(true);
  });
});

describe('signing in', () => {
  it.each([
    ['is down', { request: 'connect', controller: 1 }, { kind: 'stop' }],
    ['cuts connections', { request: 'connect', controller: 1 }, { kind: 'reset' }],
    ['never says a word', { request: 'connect', controller: 1 }, { kind: 'hang' }],
    ['is too busy for a bind', { request: 'bind', controller: 1 }, { kind: 'answer', code: 51 }],
    ['cuts the connection at the bind', { request: 'bind', controller: 1 }, { kind: 'reset' }],
  ] as const)('goes to the second controller where the first %s', async (_name, on, fault) => {
    const { server, directory } = await faulty([{ on: { kind: 'directory', ...on }, do: fault }], {
      timeouts: { connect: 500 },
    });
    expect((await directory.describe()).source).toBe(server.controllers[1]?.ldapsUrl);
  });

  it('says of a busy controller that it is busy, and what to do', async () => {
    const rule: DirectoryFaultRule = { on: { kind: 'directory', request: 'bind' }, do: { kind: 'answer', code: 51 } };
    const fault = await faultOf(faulty([rule], { controllers: 1 }));
    expect(fault).toMatchObject({ code: 'ad-unreachable', exitCode: 2 });
    expect(fault.message).toMatch(/result 51/);
    // AD ends its texts with a NUL.
    expect(fault.message).not.toContain('\0');
    expect(fault.hint).toMatch(/^Try again in a few minutes/);
  });
});
