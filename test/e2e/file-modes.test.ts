// Modes of all that a run leaves, under each umask and in folders that were open to everybody before.
import { chmodSync, copyFileSync, mkdirSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { readPeople } from '../../src/sandbox/people/people.ts';
import { type Sandbox, startSandbox } from '../../src/sandbox/sandbox.ts';
import { hardmatch } from '../support/program.ts';
import { filesBelow } from '../support/secret-search.ts';

describe.skipIf(process.platform === 'win32')('the files of a run', { timeout: 120_000 }, () => {
  let sandbox: Sandbox;
  let cwd: string;

  beforeAll(async () => {
    sandbox = await startSandbox(readPeople('fixtures/cast.json'));
    cwd = mkdtempSync(join(tmpdir(), 'hardmatch-modes-'));
    copyFileSync('mappings.example.csv', join(cwd, 'mappings.csv'));
  });

  afterAll(async () => {
    await sandbox.close();
    rmSync(cwd, { recursive: true, force: true });
  });

  it.each([0o000, 0o022, 0o077])("are the owner's alone, whatever the umask (%o)", async (mask) => {
    const folder = join(cwd, `run-${mask}`);
    mkdirSync(folder);
    chmodSync(folder, 0o777);
    const before = process.umask(mask);
    onTestFinished(() => void process.umask(before));
    const run = (...words: string[]) => hardmatch(words, { cwd, env: sandbox.environment });
    // It plans, applies and verifies in one.
    await run('apply', 'mappings.csv', '--run', relative(cwd, folder), '--yes');
    // With nothing taken away every command has to see to it by itself.
    if (mask === 0) await run('verify', relative(cwd, folder));
    await run('plan', 'mappings.csv');
    const files = filesBelow(cwd).filter((path) => dirname(path) !== cwd);
    expect(files.length).toBeGreaterThan(8);
    for (const path of files) {
      expect([path, statSync(path).mode & 0o777]).toEqual([path, 0o600]);
      expect([path, statSync(dirname(path)).mode & 0o777]).toEqual([path, 0o700]);
    }
    expect(statSync(join(cwd, 'runs')).mode & 0o077).toBe(0);
    rmSync(join(cwd, 'runs'), { recursive: true });
  });
});
