// Files that settings name and that are none: nothing of them is waited for, or read without end.
import { execFileSync } from 'node:child_process';
import { truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { absent, readAuthorities, readClientCertificate, readPasswordFile } from '../../src/config/files.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const folder = temporaryFolder();
const pipe = join(folder, 'pipe');
const image = join(folder, 'image');

const readers = [
  ['password file', readPasswordFile],
  ['CA file', readAuthorities],
  ['client certificate', (path: string) => readClientCertificate(path, false)],
] as const;

beforeAll(() => {
  if (process.platform !== 'win32') execFileSync('mkfifo', [pipe]);
  writeFileSync(image, '');
  truncateSync(image, 2 ** 31);
});

describe.skipIf(process.platform === 'win32')('a pipe or a device', () => {
  it.each(readers)(
    'is refused as a %s, and not waited for',
    async (name, read) => {
      expect(await read(pipe)).toEqual({
        what: `the ${name} ${pipe} cannot be read: it is not a regular file but a pipe`,
        remedy: 'Write it to a file that this account alone may read, and name that.',
      });
      expect(await read('/dev/zero')).toMatchObject({
        what: `the ${name} /dev/zero cannot be read: it is not a regular file but a device`,
      });
    },
    5_000,
  );

  it('is refused as an AD export before anything is contacted', async () => {
    expect(await absent(pipe, 'AD export')).toMatchObject({ what: expect.stringContaining('but a pipe') });
  }, 5_000);
});

it.each(readers)('a file as large as a disk is refused as a %s, unread', async (_name, read) => {
  expect(await read(image)).toMatchObject({ what: expect.stringContaining('larger than 1 MiB') });
});
