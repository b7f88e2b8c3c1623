// Users of a federated domain, by way of a managed one: written and taken back.
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { readPeople } from '../../../src/sandbox/people/people.ts';
import { type Sandbox, startSandbox } from '../../../src/sandbox/sandbox.ts';
import { hardmatch, type Ran } from '../../support/program.ts';

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

const run = (words: readonly string[]): Promise<Ran> => hardmatch(words, { cwd, env: sandbox.environment });

const frank = () => {
  const user = sandbox.tenant.users().find((one) => one.displayName.startsWith('Frank'));
  if (!user) throw new Error('no Frank in the cast');
  return user;
};

it('holds a federated user without the detour, and writes and takes back with it', async () => {
  const before = frank();
  const held = await run(['plan', 'mappings.csv', '--run', 'held', '--allow-relink', '--json']);
  expect((JSON.parse(held.stdout) as { reasons: object }).reasons).toMatchObject({ 'cloud-user-federated': 1 });
  const applied = await run(['apply', 'mappings.csv', '--run', 'run', '--yes', ...detour]);
  expect([applied.code, applied.stderr]).toEqual([0, expect.any(String)]);
  expect(frank().userPrincipalName).toBe(before.userPrincipalName);
  expect(frank().onPremisesImmutableId).not.toBe(before.onPremisesImmutableId);
  const back = await run(['rollback', 'run', '--run', 'back', '--yes']);
  expect([back.code, back.stderr]).toEqual([0, expect.any(String)]);
  expect(frank()).toMatchObject({
    userPrincipalName: before.userPrincipalName,
    onPremisesImmutableId: before.onPremisesImmutableId,
  });
});
