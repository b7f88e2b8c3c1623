// The scripts of the gate that judge something are judged here: they have to fail when there is reason to.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

const project = resolve(import.meta.dirname, '../..');

let scratch = '';
beforeEach(() => {
  scratch = mkdtempSync(join(tmpdir(), 'hardmatch-gate-'));
});
afterEach(() => rmSync(scratch, { recursive: true, force: true }));

function run(script: string, argument: string): { exitCode: number | null; lines: string[] } {
  const { status, stdout, stderr } = spawnSync(process.execPath, [join(project, 'scripts', script), argument], {
    cwd: project,
    encoding: 'utf8',
    timeout: 30_000,
  });
  return { exitCode: status, lines: (stdout + stderr).trimEnd().split(/\r?\n/) };
}

describe('the sum of the test reports', () => {
  type Verdict = 'passed' | 'failed' | 'skipped' | 'pending' | 'todo';

  /** One vitest run of one file, as its JSON reporter tells of it. */
  function report(name: string, tests: Record<string, Verdict>, status = 'passed'): void {
    const assertionResults = Object.entries(tests).map(([fullName, verdict]) => ({ fullName, status: verdict }));
    const testResults = [{ name: join(project, 'test', 'some.test.ts'), status, assertionResults }];
    writeFileSync(join(scratch, `${name}.json`), JSON.stringify({ testResults }));
  }

  const sum = (): { exitCode: number | null; lines: string[] } => run('sum-test-reports.mjs', scratch);

  it('counts a test once, however often it ran', () => {
    report('first', { a: 'passed', b: 'passed' });
    report('second', { a: 'passed', b: 'passed' });
    expect(sum()).toEqual({ exitCode: 0, lines: ['2 passed, 0 failed'] });
  });

  it('takes a test for failed when it failed in one run of two', () => {
    report('first', { a: 'failed', b: 'passed' }, 'failed');
    report('second', { a: 'passed', b: 'passed' });
    expect(sum()).toEqual({ exitCode: 1, lines: ['failed: test/some.test.ts > a', '1 passed, 1 failed'] });
  });

  it('forgives a skip that another run made good', () => {
    report('without-samba', { a: 'passed', b: 'skipped' });
    report('with-samba', { b: 'passed' });
    expect(sum()).toEqual({ exitCode: 0, lines: ['2 passed, 0 failed'] });
  });

  it.each(['skipped', 'pending', 'todo'] as const)('fails when a test was %s in every run', (verdict) => {
    report('first', { a: 'passed', b: verdict });
    const { exitCode, lines } = sum();
    expect(exitCode).toBe(1);
    expect(lines).toContain('skipped: test/some.test.ts > b');
    expect(lines.at(-1)).toBe('1 passed, 0 failed');
  });

  it('lets a test be skipped that says it can run on Windows only', () => {
    report('first', { a: 'passed', 'b [Windows only]': 'skipped' });
    expect(sum().exitCode).toBe(0);
  });

  it('counts a file that could not be loaded as a failure', () => {
    report('first', {}, 'failed');
    expect(sum()).toEqual({ exitCode: 1, lines: ['failed: test/some.test.ts', '0 passed, 1 failed'] });
  });

  it('counts a report that was cut off as a failure', () => {
    report('first', { a: 'passed' });
    writeFileSync(join(scratch, 'second.json'), '{"testResults":[');
    expect(sum()).toEqual({ exitCode: 1, lines: ['failed: second.json', '1 passed, 1 failed'] });
  });

  it('fails when nothing was run', () => {
    expect(sum()).toEqual({ exitCode: 1, lines: ['0 passed, 0 failed'] });
  });
});

describe('the check of the lock file', () => {
  function check(packages: Record<string, object>): { exitCode: number | null; lines: string[] } {
    const file = join(scratch, 'package-lock.json');
    writeFileSync(file, JSON.stringify({ packages }));
    return run('check-lock.mjs', file);
  }
  const tool = { version: '1.0.0', optionalDependencies: { 'tool-win32': '1.0.0' } };

  it('passes a lock that knows every optional package, wherever npm has put it', () => {
    const other = { version: '1.0.0' };
    expect(check({ '': {}, 'node_modules/tool': tool, 'node_modules/tool-win32': other }).exitCode).toBe(0);
    const nested = { 'node_modules/a/node_modules/tool': tool, 'node_modules/a/node_modules/tool-win32': other };
    expect(check({ '': {}, ...nested }).exitCode).toBe(0);
  });

  it('refuses a lock that lacks the package of another platform', () => {
    const { exitCode, lines } = check({ '': {}, 'node_modules/tool': tool });
    expect(exitCode).toBe(1);
    expect(lines[0]).toContain('tool-win32 is missing');
  });

  it('refuses a lock that names a registry', () => {
    const { exitCode, lines } = check({ '': {}, 'node_modules/a': { resolved: 'https://registry.example/a.tgz' } });
    expect(exitCode).toBe(1);
    expect(lines[0]).toContain('"resolved"');
  });
});
