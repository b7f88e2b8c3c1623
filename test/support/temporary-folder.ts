import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from 'vitest';

/** A folder of the file's own, removed when its tests are over. To be called at the top of the file, or of a `describe`. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'hardmatch-test-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}
