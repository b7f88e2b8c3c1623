// What a fault script does to requests of the practice directory, on the wire.
import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'ldapts';
import { describe, expect, it, onTestFinished } from 'vitest';
import { createFaults } from '../../../src/sandbox/faults/engine.ts';
import type { DirectoryFaultRule } from '../../../src/sandbox/faults/script.ts';
import { bound, client, crowd, password, start, type Started } from '../practice-directory.ts';

/** What the client says of a connection that was lost, or of silence. */
const lost = /closed|disconnected|ECONNRESET|timed? ?out/i;

const people = crowd(50);
const everybody = { filter: '(employeeID=*)', attributes: ['cn'] };

async function faulty(rules: readonly DirectoryFaultRule[], more: { readonly controllers?: number } = {}) {
  const faults = createFaults({ rules });
  return { faults, directory: await start({ people, faults, ...more }) };
}

const search = { kind: 'directory', filter: 'employeeid' } as const;
const lines = (directory: Started) =>
  directory.log.flatMap((line) => (line.kind === 'search' && line.filter.includes('employeeID') ? [line] : []));

/** A client bound to a certain controller. */
async function boundTo(directory: Started, number: number): Promise<Client> {
  const url = directory.controllers[number - 1]?.ldapsUrl ?? '';
  const made = client(directory, { url });
  await made.bind(directory.bindUser, password);
  return made;
}

describe('a search', () => {
  it.each([
    [3, /0x3/],
    [4, /0x4/],
    [51, /0x33/],
    [52, /0x34/],
  ])('is answered with result %i, after as many entries as the rule says', async (code, text) => {
    const { directory } = await faulty([{ on: search, do: { kind: 'answer', code, afterEntries: 7 } }]);
    const asking = (await bound(directory)).search(directory.baseDn, everybody);
    await expect(asking).rejects.toThrow(text);
    expect(lines(directory)).toMatchObject([{ entries: 7, code }]);
  });

  it('is cut in the middle of its second page', async () => {
    const { directory } = await faulty([
      { on: { ...search, page: 2 }, times: 1, do: { kind: 'reset', afterEntries: 3 } },
    ]);
    const pages = (await bound(directory)).search(directory.baseDn, { ...everybody, paged: { pageSize: 10 } });
    await expect(pages).rejects.toThrow(lost);
    expect(lines(directory)).toMatchObject([
      { page: 1, entries: 10, code: 0 },
      { page: 2, entries: 3, code: null },
    ]);
    const again = await (await bound(directory)).search(directory.baseDn, { ...everybody, paged: { pageSize: 10 } });
    expect(again.searchEntries.length).toBe(50);
  });

  it('is left without an answer, and the connection open', async () => {
    const { directory } = await faulty([{ on: search, do: { kind: 'hang', afterEntries: 2 } }]);
    const asking = client(directory, { timeout: 200 });
    await asking.bind(directory.bindUser, password);
    await expect(asking.search(directory.baseDn, everybody)).rejects.toThrow(/timed out/i);
    expect(lines(directory)).toMatchObject([{ entries: 2, code: null }]);
    expect(directory.connections().open).toBe(1);
  });

  it('waits', async () => {
    const { directory } = await faulty([{ on: search, do: { kind: 'delay', ms: 120 } }]);
    const asking = await bound(directory);
    const began = performance.now();
    expect((await asking.search(directory.baseDn, everybody)).searchEntries.length).toBe(50);
    expect(performance.now() - began).toBeGreaterThan(110);
  });
});

describe('a bind and a connection', () => {
  it('is answered with a result, and lets nobody in', async () => {
    const { directory } = await faulty([
      { on: { kind: 'directory', request: 'bind' }, times: 1, do: { kind: 'answer', code: 51 } },
    ]);
    await expect(client(directory).bind(directory.bindUser, password)).rejects.toThrow(/0x33/);
    await (await bound(directory)).search(directory.baseDn, everybody);
  });

  it.each([
    ['bind', 'reset'],
    ['bind', 'hang'],
    ['connect', 'reset'],
    ['connect', 'hang'],
  ] as const)('%s: %s', async (request, kind) => {
    const { directory, faults } = await faulty([{ on: { kind: 'directory', request }, times: 2, do: { kind } }]);
    const patience = { timeout: 200, connectTimeout: 200 };
    for (const url of [directory.ldapsUrl, directory.ldapUrl]) {
      const made = new Client({
        url,
        ...patience,
        ...(url.startsWith('ldaps') ? { tlsOptions: { ca: directory.caPem } } : {}),
      });
      onTestFinished(() => made.unbind().catch(() => undefined));
      await expect(made.bind(directory.bindUser, password)).rejects.toThrow(lost);
    }
    expect(faults.counts()[0]?.strikes).toBe(2);
    await bound(directory);
  });

  it('connect: delay', async () => {
    const { directory } = await faulty([
      { on: { kind: 'directory', request: 'connect' }, do: { kind: 'delay', ms: 120 } },
    ]);
    const began = performance.now();
    await bound(directory);
    expect(performance.now() - began).toBeGreaterThan(110);
  });
});

describe('several controllers', () => {
  it('serve the same people; one that stops refuses connections, and the other goes on', async () => {
    const { directory } = await faulty([{ on: { ...search, controller: 1 }, do: { kind: 'stop' } }], {
      controllers: 2,
    });
    expect(directory.controllers.length).toBe(2);
    expect(directory.controllers[0]?.ldapsUrl).toBe(directory.ldapsUrl);
    const [one, two] = [await boundTo(directory, 1), await boundTo(directory, 2)];
    await expect(one.search(directory.baseDn, everybody)).rejects.toThrow(lost);
    await expect(boundTo(directory, 1)).rejects.toThrow(/ECONNREFUSED/);
    expect((await two.search(directory.baseDn, everybody)).searchEntries.length).toBe(50);
  });

  it('come back after the time of the rule, on the same port', async () => {
    const { directory } = await faulty([{ on: search, times: 1, do: { kind: 'stop', forMs: 150 } }]);
    const one = await bound(directory);
    await expect(one.search(directory.baseDn, everybody)).rejects.toThrow(lost);
    await expect(bound(directory)).rejects.toThrow(/ECONNREFUSED/);
    await sleep(300);
    const again = await (await bound(directory)).search(directory.baseDn, everybody);
    expect(again.searchEntries.length).toBe(50);
  });

  it('are stopped and started by the handle', async () => {
    const { directory } = await faulty([], { controllers: 2 });
    await directory.controllers[1]?.stop();
    await expect(boundTo(directory, 2)).rejects.toThrow(/ECONNREFUSED/);
    await directory.controllers[1]?.start();
    await boundTo(directory, 2);
    await boundTo(directory, 1);
  });
});

it('ends with all its waits and hanging connections', async () => {
  const { directory } = await faulty([
    { on: { ...search, page: 1 }, do: { kind: 'hang' } },
    { on: search, do: { kind: 'delay', ms: 600_000 } },
    { on: { kind: 'directory', request: 'bind' }, after: 2, do: { kind: 'stop', forMs: 600_000 } },
  ]);
  const [one, two] = [await bound(directory), await bound(directory)];
  const asked = Promise.allSettled([
    one.search(directory.baseDn, { ...everybody, paged: { pageSize: 10 } }),
    two.search(directory.baseDn, everybody),
  ]);
  await sleep(50);
  await bound(directory).catch(() => undefined);
  await directory.close();
  expect((await asked).map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  expect(directory.connections().open).toBe(0);
});
