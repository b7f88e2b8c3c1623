// Settings of the applications that write beside the first.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { loadSettings } from '../../src/config/load.ts';
import { SettingsFault } from '../../src/config/problems.ts';
import type { TenantSettings } from '../../src/config/tenant.ts';
import { testCertificates } from '../support/certificates.ts';

const [first, second, third] = [
  '0b6f6a3e-55f0-4f0c-8a3b-7c1d9e2f4a60',
  '1d2f6c0a-4b0e-4f0f-9a51-7a2d3c5e8b62',
  '2e9b7d41-8c3a-4d6e-b7f0-5f1a9c0d4e73',
] as const;

let cwd = '';
beforeEach(() => {
  cwd = mkdtempSync(join(tmpdir(), 'hardmatch-applications-'));
});
afterEach(() => {
  rmSync(cwd, { recursive: true, force: true });
});

async function load(env: Record<string, string>, flags: Record<string, unknown> = {}): Promise<TenantSettings> {
  const common = { AZURE_TENANT_ID: 'example.test', AZURE_CLIENT_ID: first, AZURE_CLIENT_SECRET: 'one' };
  const needs = { directory: false, tenant: true };
  const { tenant } = await loadSettings({ flags, env: { ...common, ...env }, cwd, needs });
  if (!tenant) throw new Error('no tenant');
  return tenant;
}

async function problems(env: Record<string, string>): Promise<readonly string[]> {
  const fault = await load(env).catch((error: unknown) => error);
  if (!(fault instanceof SettingsFault)) throw new Error('it should not have loaded');
  return fault.problems.map(({ what, remedy }) => `${what}. ${remedy}`);
}

describe('further applications', () => {
  it('are none unless they are named', async () => {
    expect((await load({})).others).toEqual([]);
  });

  it('sign in each in its own way: by secret, or by certificate', async () => {
    const { clientPem } = await certificate();
    const { signIn, others } = await load({
      AZURE_CLIENT_ID_2: second,
      AZURE_CLIENT_SECRET_2: 'two',
      AZURE_CLIENT_ID_3: third,
      AZURE_CLIENT_CERTIFICATE_PATH_3: clientPem,
    });
    expect(signIn.kind).toBe('secret');
    expect(others.map((one) => [one.clientId, one.signIn.kind])).toEqual([
      [second, 'secret'],
      [third, 'certificate'],
    ]);
    const [two] = others;
    expect(two?.signIn.kind === 'secret' && two.signIn.secret.reveal()).toBe('two');
  });

  it('may leave out the second', async () => {
    const { others } = await load({ AZURE_CLIENT_ID_3: third, AZURE_CLIENT_SECRET_3: 'three' });
    expect(others.map(({ number, clientId }) => [number, clientId])).toEqual([[3, third]]);
  });

  it.each([
    ['a secret without an id', { AZURE_CLIENT_SECRET_2: 'two' }, /and no id\. Give AZURE_CLIENT_ID_2/],
    [
      'an id without a secret',
      { AZURE_CLIENT_ID_2: second },
      /no client secret or certificate is given for the application of AZURE_CLIENT_ID_2\. Give AZURE_CLIENT_SECRET_2/,
    ],
    ['the first again', { AZURE_CLIENT_ID_2: first.toUpperCase(), AZURE_CLIENT_SECRET_2: 'x' }, /named already/],
    [
      'the second again',
      {
        AZURE_CLIENT_ID_2: second,
        AZURE_CLIENT_SECRET_2: 'x',
        AZURE_CLIENT_ID_3: second,
        AZURE_CLIENT_SECRET_3: 'x',
      },
      /AZURE_CLIENT_ID_3 names an application that is named already/,
    ],
    [
      'an id that is none',
      { AZURE_CLIENT_ID_2: 'x', AZURE_CLIENT_SECRET_2: 'x' },
      /^AZURE_CLIENT_ID_2: it is not a GUID/,
    ],
  ])('are refused with the setting and the remedy: %s', async (_what, env, said) => {
    expect(await problems(env)).toEqual([expect.stringMatching(said)]);
  });
});

async function certificate(): Promise<{ readonly clientPem: string }> {
  const { certPem, keyPem } = await testCertificates();
  const clientPem = join(cwd, 'client.pem');
  writeFileSync(clientPem, `${certPem}\n${keyPem}`, { mode: 0o600 });
  return { clientPem };
}
