// Users of a federated domain, by way of a managed one, when the program is cut off on the way.
import { type ChildProcess } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { readPeople } from '../../src/sandbox/people/people.ts';
import { type Sandbox, startSandbox } from '../../src/sandbox/sandbox.ts';
import { hardmatch } from '../support/program.ts';
import { hardmatchProcess } from '../support/program-process.ts';

const detour = ['--federated-detour', 'example.onmicrosoft.test', '--allow-relink'];
let sandbox: Sandbox;
let cwd: string;

beforeEach(async () => {
  sandbox = await startSandbox(readPeople('fixtures/cast.json'));
  cwd = await mkdtemp(join(tmpdir(), 'hardmatch-federated-'));
  const lines = (await readFile('mappings.example.csv', 'utf8')).split('\n');
  // Frank Fed has an earlier immutable ID; a federated domain takes nobody back in without one.
  const chosen = lines.filter((line, index) => index === 0 || line.startsWith('frankfed,'));
  await writeFile(join(cwd, 'mappings.csv'), `${chosen.join('\n')}\n`);
});

afterEach(async () => {
  await sandbox.close();
  await rm(cwd, { recursive: true, force: true });
});

const frank = () => {
  const user = sandbox.tenant.users().find((one) => one.displayName.startsWith('Frank'));
  if (!user) throw new Error('no Frank in the cast');
  return user;
};

it.each([
  ['apply', 'run', '--yes'],
  ['rollback', 'run', '--run', 'back', '--yes'],
])('brings a user home whom a killed run has left on the way: %s', async (...words) => {
  const before = frank();
  let child: ChildProcess | undefined;
  // The move away takes effect, and then the machine is gone.
  sandbox.tenant.hooks.onRequest = (request) => {
    if (request.method !== 'PATCH' || frank().userPrincipalName === before.userPrincipalName) return undefined;
    child?.kill('SIGKILL');
    return 'reset-before';
  };
  await hardmatchProcess(['apply', 'mappings.csv', '--run', 'run', '--yes', ...detour], {
    cwd,
    env: sandbox.environment,
    onStart: (started) => {
      child = started;
    },
  });
  delete sandbox.tenant.hooks.onRequest;
  expect(frank().userPrincipalName).toMatch(/^hardmatch-.*@example\.onmicrosoft\.test$/);

  const fixed = await hardmatch(words, { cwd, env: sandbox.environment });
  expect([fixed.code, fixed.stderr]).toEqual([0, expect.any(String)]);
  expect(frank().userPrincipalName).toBe(before.userPrincipalName);
  expect(frank().onPremisesImmutableId === before.onPremisesImmutableId).toBe(words[0] === 'rollback');
});
