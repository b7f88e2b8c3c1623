// A tenant whose readings lag behind its writes for much longer than any of our patience.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { startSandbox } from '../../../src/sandbox/sandbox.ts';
import { crowd, crowdMappings } from '../../support/crowd.ts';
import { hardmatch } from '../../support/program.ts';

it('does not keep a rollback from taking back what was written a moment ago', async () => {
  const rows = 5;
  const sandbox = await startSandbox(crowd(rows), { tenant: { staleReadMs: 600_000 } });
  const cwd = await mkdtemp(join(tmpdir(), 'hardmatch-old-readings-'));
  try {
    await writeFile(join(cwd, 'mappings.csv'), crowdMappings(rows));
    const run = (words: readonly string[]) =>
      hardmatch([...words, '--yes', '--json'], { cwd, env: sandbox.environment });
    const ids = () => sandbox.tenant.users().map((user) => user.onPremisesImmutableId);
    // Nothing of it can be read back, which is told.
    const applied = await run(['apply', 'mappings.csv', '--run', 'run']);
    expect([applied.code, applied.stdout]).toEqual([1, expect.stringContaining('"differs": 5')]);
    expect(ids().filter((id) => id !== null)).toHaveLength(rows);
    const back = await run(['rollback', 'run', '--run', 'back']);
    expect([back.code, back.stdout]).toEqual([0, expect.stringContaining('"applied": 5')]);
    expect(ids()).toEqual(Array.from({ length: rows }, () => null));
  } finally {
    await sandbox.close();
    await rm(cwd, { recursive: true, force: true });
  }
});
