import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { hardmatch } from '../../support/program.ts';

let cwd: string;

beforeAll(async () => {
  cwd = await mkdtemp(join(tmpdir(), 'hardmatch-demo-test-'));
});

afterAll(() => rm(cwd, { recursive: true, force: true }));

describe('demo', () => {
  it('runs plan, apply and verify with no set-up, tells what to do then, and leaves its run folder alone behind', async () => {
    const folder = join(cwd, 'Übung & Söhne');
    const temporary = join(cwd, 'temporary');
    await mkdir(folder);
    await mkdir(temporary);
    // What a user has set for the real thing must neither keep the demo from running nor be touched by it.
    await writeFile(join(folder, 'hardmatch.config.json'), JSON.stringify({ tenantId: 'example.test', first: 1 }));
    const env = {
      HARDMATCH_AD_PASSWORD_FILE: 'absent',
      HARDMATCH_SIGN_IN: 'certificate',
      AZURE_CLIENT_ID_2: 'x',
    };
    vi.stubEnv('TMPDIR', temporary);
    const ran = await hardmatch(['demo'], { cwd: folder, env });
    vi.unstubAllEnvs();
    expect(ran.code).toBe(0);
    for (const words of ['$ hardmatch plan', '$ hardmatch apply', '$ hardmatch verify'])
      expect(ran.stdout).toContain(words);
    // Its servers are gone: no step says to go on with them.
    expect(ran.stdout).not.toMatch(/^Next$/m);
    expect(ran.stdout).toMatch(/ended as it is meant to(.|\n)*npx hardmatch sandbox(.|\n)*npx hardmatch plan /);
    const made = /The run folder: (\S+)/.exec(ran.stdout)?.[1] ?? '';
    expect((await readdir(join(folder, made))).sort()).toEqual(
      expect.arrayContaining([
        'journal.ndjson',
        'plan.csv',
        'plan.ndjson',
        'report.html',
        'results.csv',
        'summary.json',
      ]),
    );
    expect((await readdir(folder)).sort()).toEqual(['hardmatch.config.json', 'runs']);
    expect(await readdir(temporary)).toEqual([]);
  });

  it('ends with what it runs when it alone is told to', async () => {
    const ran = await hardmatch(['demo'], {
      cwd,
      onStart: (running) => {
        running.stdout.on('data', (text: string) => {
          if (text.includes('$ hardmatch apply')) running.kill('SIGTERM');
        });
      },
    });
    expect(ran.code).toBe(130);
    expect(ran.stdout).not.toContain('$ hardmatch verify');
    expect(ran.stderr).not.toContain('Left at once');
  });

  it('prints one JSON object with --json, in ASCII, and nothing else', async () => {
    const ran = await hardmatch(['demo', '--json', '--quiet'], { cwd });
    expect([ran.code, ran.stderr]).toEqual([0, '']);
    expect(ran.stdout).toMatch(/^[\n -~]*$/);
    expect(JSON.parse(ran.stdout)).toMatchObject({
      isAsMeant: true,
      problems: [],
      steps: [
        { exitCode: 1, summary: { command: 'plan' } },
        { exitCode: 1, summary: { command: 'apply' } },
        { exitCode: 1, summary: { command: 'verify' } },
      ],
    });
  });
});
