// The command line against a sandbox in which things go wrong.
import { copyFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readPeople } from '../../src/sandbox/people/people.ts';
import { type Sandbox, type SandboxOptions, startSandbox } from '../../src/sandbox/sandbox.ts';
import { hardmatch, type Ran } from '../support/program.ts';

let cwd: string;
const closing: Sandbox[] = [];

beforeEach(() => {
  cwd = mkdtempSync(join(tmpdir(), 'hardmatch-faults-'));
  copyFileSync('mappings.example.csv', join(cwd, 'mappings.csv'));
});
afterEach(async () => {
  for (const sandbox of closing.splice(0)) await sandbox.close();
  rmSync(cwd, { recursive: true, force: true });
});

async function planOn(options: SandboxOptions): Promise<Ran & { readonly sandbox: Sandbox }> {
  const sandbox = await startSandbox(readPeople('fixtures/cast.json'), options);
  closing.push(sandbox);
  return { ...(await hardmatch(['plan', 'mappings.csv'], { cwd, env: sandbox.environment })), sandbox };
}

describe('hardmatch sandbox --faults', () => {
  it('refuses a script that cannot be used with one sentence that names rule and field', async () => {
    const rules = [{ name: 'slow', on: { kind: 'graph' }, do: { kind: 'delay', ms: 'long' } }];
    writeFileSync(join(cwd, 'faults.json'), JSON.stringify({ rules }));
    const ran = await hardmatch(['sandbox', '--faults', 'faults.json'], { cwd });
    expect(ran.code).toBe(2);
    expect(ran.stderr).toMatch(
      /^hardmatch: The fault script faults\.json cannot be used: rule 1 \("slow"\), do\.ms: .*\.\n/,
    );
    expect(ran.stderr).toContain('docs/sandbox-faults.md');
  });

  it('refuses a file that is not there', async () => {
    const ran = await hardmatch(['sandbox', '--faults', 'none.json'], { cwd });
    expect(ran.code).toBe(2);
    expect(ran.stderr).toMatch(/none\.json cannot be used: it cannot be read: there is no such file/);
  });
});

describe('hardmatch plan', () => {
  it.each([
    ['directory', 'expired', /No domain controller can be used.*has expired.*\n.*Renew the certificate/],
    ['tenant', 'wrong-host', /TLS certificate of .* is not trusted.*\n.*--graph-url/],
  ] as const)('ends with 2 and a remedy where the certificate of the %s is bad (%s)', async (server, flaw, said) => {
    const ran = await planOn({ certificates: { [server]: flaw } });
    expect(ran.code).toBe(2);
    expect(ran.stderr).toMatch(said);
  });

  it('makes the same plan when the first controller dies and tokens end in the middle', async () => {
    const fingerprint = ({ stdout, stderr }: Ran) => /fingerprint\W+(\w+)/i.exec(`${stdout}${stderr}`)?.[1];
    const usual = await planOn({});
    const troubled = await planOn({
      directory: { controllers: 2 },
      faults: {
        rules: [
          { on: { kind: 'directory', controller: 1, filter: 'sAMAccountName' }, times: 1, do: { kind: 'stop' } },
          { on: { kind: 'graph' }, after: 3, times: 1, do: { kind: 'expire-tokens' } },
        ],
      },
    });
    expect(troubled.code).toBe(usual.code);
    expect(troubled.sandbox.faults.counts().map(({ strikes }) => strikes)).toEqual([1, 1]);
    expect(fingerprint(usual)).toBeDefined();
    expect(fingerprint(troubled)).toBe(fingerprint(usual));
  });
});
