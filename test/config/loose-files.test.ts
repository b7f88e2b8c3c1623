import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { loadSettings } from '../../src/config/load.ts';
import { testCertificates } from '../support/certificates.ts';

describe.skipIf(process.platform === 'win32')('files with loose modes', () => {
  it('warns of a settings file and a CA file that others can change', async () => {
    const cwd = mkdtempSync(join(tmpdir(), 'hardmatch-loose-'));
    const { caPem } = await testCertificates();
    writeFileSync(join(cwd, 'ca.pem'), caPem);
    writeFileSync(
      join(cwd, 'hardmatch.config.json'),
      '{ "adCaFile": "ca.pem", "adUrl": "ldaps://dc1", "adUser": "a@b" }',
    );
    const warnings = async (): Promise<readonly string[]> =>
      (
        await loadSettings({
          flags: {},
          env: { HARDMATCH_AD_PASSWORD: 'long-enough' },
          cwd,
          needs: { directory: true, tenant: false },
        })
      ).warnings;
    for (const name of ['ca.pem', 'hardmatch.config.json']) chmodSync(join(cwd, name), 0o644);
    expect(await warnings()).toEqual([]);
    for (const name of ['ca.pem', 'hardmatch.config.json']) chmodSync(join(cwd, name), 0o664);
    expect(await warnings()).toEqual([
      expect.stringMatching(/settings file .* can be changed by others/),
      expect.stringMatching(/CA file .* can be changed by others/),
    ]);
    rmSync(cwd, { recursive: true });
  });
});
