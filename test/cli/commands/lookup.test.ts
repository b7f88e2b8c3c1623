// `lookup` on the sandbox, over LDAP and Graph.
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { LookupAnswer } from '../../../src/core/lookup/answer.ts';
import { readPeople } from '../../../src/sandbox/people/people.ts';
import { type Sandbox, startSandbox } from '../../../src/sandbox/sandbox.ts';
import { hardmatch, type Ran, type RunOptions } from '../../support/program.ts';

let sandbox: Sandbox;
let cwd: string;

beforeAll(async () => {
  sandbox = await startSandbox(readPeople('fixtures/cast.json'));
  cwd = await mkdtemp(join(tmpdir(), 'hardmatch-lookup-'));
});

afterAll(async () => {
  await sandbox.close();
  await rm(cwd, { recursive: true, force: true });
});

type More = Pick<Partial<RunOptions>, 'input'> & { readonly env?: Record<string, string> };

const run = (words: readonly string[], { env, ...more }: More = {}): Promise<Ran> =>
  hardmatch(['lookup', ...words], { cwd, env: { ...sandbox.environment, ...env }, ...more });

async function answers(
  words: readonly string[],
  more: More = {},
): Promise<{ code: number | null; all: LookupAnswer[] }> {
  const ran = await run([...words, '--json'], more);
  return { code: ran.code, all: JSON.parse(ran.stdout) as LookupAnswer[] };
}

const theo = 'CN=Theo Marsh,OU=People,DC=example,DC=test';
const withoutAd = { HARDMATCH_AD_URL: '', HARDMATCH_AD_USER: '', HARDMATCH_AD_PASSWORD: '', HARDMATCH_AD_CA_FILE: '' };

describe('lookup', () => {
  it('finds one person by whatever names it, in AD and in the tenant', async () => {
    const { code, all } = await answers([
      'tmarsh',
      'EXAMPLE\\tmarsh',
      'tmarsh@example.test',
      theo,
      'bbfdc43d-4890-4558-bb89-50d802014a97',
      'PcT9u5BIWEW7iVDYAgFKlw==',
    ]);
    expect(code).toBe(0);
    for (const { value, ad, live } of all) {
      expect([value, ad?.map(({ user }) => user.dn)]).toEqual([value, [theo]]);
      expect(live.map((hit) => [hit.userPrincipalName, hit.owner])).toEqual([
        ['theo.marsh@example.test', { kind: 'anchor', dn: theo }],
      ]);
    }
    const sid = all[0]?.ad?.[0]?.user.sid ?? '';
    expect((await answers([sid])).all[0]).toMatchObject({ kind: 'SID', ad: [{ user: { dn: theo } }] });
  });

  it('finds a deleted user by object id, by the name it had and by its immutable ID, and says whose that is', async () => {
    const { code, all } = await answers([
      '672c888b-d0fd-4dda-a38b-c7fe8874141a',
      'gbin5678@example.onmicrosoft.test',
      'NKT48cjPGEWnXTXkSfzB8w==',
    ]);
    expect(code).toBe(0);
    for (const { live, deleted } of all) {
      expect(live).toEqual([]);
      expect(deleted).toMatchObject([
        {
          userPrincipalName: 'gbin5678@example.onmicrosoft.test',
          deletedDateTime: '2026-11-02T08:15:00Z',
          owner: { kind: 'anchor', dn: 'CN=Gus Bin,OU=People,DC=example,DC=test' },
        },
      ]);
    }
  });

  it('finds the wrong encodings of an ID from the right one, and the other way round', async () => {
    const wrong = 'ZDM2NzJkNjYtNTcxZi00ZGI5LWE1NGUtZDkxYjZkMjEyYzg4';
    const { all } = await answers(['utext', wrong, 'd3672d66-571f-4db9-a54e-d91b6d212c88']);
    for (const { live } of all) {
      expect(live).toMatchObject([{ userPrincipalName: 'ulla.text@example.test', owner: { kind: 'wrong-encoding' } }]);
    }
    expect(all[1]?.notes.join()).toContain('base64 of the text of the GUID');
  });

  it('finds who has an address, a group too, and an AD object that is no user', async () => {
    const { all } = await answers(['team.news@example.test', 'all-staff']);
    expect(all[0]?.objects).toMatchObject([{ kind: 'group' }]);
    expect(all[1]?.adOthers).toMatchObject([{ objectClass: 'group' }]);
  });

  it('shows it for reading, and ends with 1 when somebody was found nowhere', async () => {
    const ran = await run(['tmarsh', 'nobody@example.test']);
    expect(ran.code).toBe(1);
    expect(ran.stdout).toContain(`  Active Directory\n    ${theo}, by sAMAccountName\n`);
    expect(ran.stdout).toContain('by immutable ID');
    expect(ran.stdout).toMatch(/2 values, 1 found\. Nowhere: nobody@example\.test\n$/);
  });

  it('takes values from standard input, as Windows writes them', async () => {
    const { all } = await answers(['-'], { input: '\uFEFFtmarsh\r\n\r\n bbfdc43d-4890-4558-bb89-50d802014a97 \r\n' });
    expect(all.map(({ value }) => value)).toEqual(['tmarsh', 'bbfdc43d-4890-4558-bb89-50d802014a97']);
    expect((await run(['-'], { input: '\n' })).code).toBe(2);
  });

  it('does without AD, and says so', async () => {
    const ran = await run(['theo.marsh@example.test'], { env: withoutAd });
    expect({ code: ran.code, stderr: ran.stderr }).toEqual({
      code: 0,
      stderr: expect.not.stringContaining('Note') as string,
    });
    expect(ran.stdout).toContain('AD was not asked');
    const { all } = await answers(['theo.marsh@example.test', 'tmarsh'], { env: withoutAd });
    expect(all.map(({ ad, isFound }) => [ad, isFound])).toEqual([
      [null, true],
      [null, false],
    ]);
  });

  it('needs the tenant', async () => {
    const ran = await run(['x'], { env: { AZURE_CLIENT_SECRET: '' } });
    expect({ code: ran.code, stdout: ran.stdout }).toEqual({ code: 2, stdout: '' });
  });

  it('asks for hundreds of values in few requests, writes nothing and leaves no file behind', async () => {
    const before = { requests: sandbox.tenant.requests.length, searches: sandbox.directory.log.length };
    const values = Array.from({ length: 300 }, (_, n) => `u${n}@example.test`);
    expect((await run(['-'], { input: values.join('\n') })).code).toBe(1);
    const sent = sandbox.tenant.requests.slice(before.requests).filter(({ path }) => !path.includes('token'));
    expect(sent.filter(({ batchItem }) => !batchItem).length).toBeLessThan(40);
    expect(sandbox.directory.log.slice(before.searches).filter(({ kind }) => kind === 'search').length).toBeLessThan(
      40,
    );
    expect(sandbox.tenant.requests.filter(({ method }) => method === 'PATCH' || method === 'DELETE')).toEqual([]);
    expect(await readdir(cwd)).toEqual([]);
  });
});
