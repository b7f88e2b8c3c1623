import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { RunFault } from '../../src/core/failure.ts';
import { openLog } from '../../src/log/log.ts';

describe.skipIf(process.platform === 'win32')('the log', () => {
  it('does not follow a link that was put in its place', () => {
    const folder = mkdtempSync(join(tmpdir(), 'hardmatch-link-'));
    const victim = join(folder, 'victim');
    writeFileSync(victim, 'mine');
    symlinkSync(victim, join(folder, 'hardmatch.log'));
    expect(() => openLog(join(folder, 'hardmatch.log'), 'info', [])).toThrow(RunFault);
    expect(readFileSync(victim, 'utf8')).toBe('mine');
    rmSync(folder, { recursive: true });
  });
});
