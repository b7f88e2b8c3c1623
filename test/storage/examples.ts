// For the tests of storage/: folders, and what ends in a fault.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from 'vitest';

export { faultOf } from '../support/ends.ts';
export { entriesOf, header, journalHeader, rows, tenantId } from './examples-plain.ts';

/** A folder of the test's own, removed when the file's tests are over. */
export async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'hardmatch-storage-'));
  afterAll(() => rm(folder, { recursive: true, force: true }));
  return folder;
}
