import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { openSandbox } from '../../src/cli/commands/sandbox.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const folder = temporaryFolder();
const cast = JSON.parse(readFileSync('fixtures/cast.json', 'utf8')) as Record<string, unknown>;
const path = join(folder, 'people.json');

async function saidOf(content: string | Uint8Array): Promise<unknown> {
  writeFileSync(path, content);
  return openSandbox(path).catch((error: unknown) => error);
}

describe('a people file that cannot be used', () => {
  it.each([
    ['is no JSON', '{\n  people: []\n}', 'it cannot be read: line 2 is not JSON: a name has no quotes'],
    ['is cut off', '{ "directory": {', 'it cannot be read: line 1 is not JSON: the file ends in the middle'],
    ['is empty', '', 'it cannot be read: line 1 is not JSON: the file is empty'],
    ['is no text', Uint8Array.of(0xff, 0xfe, 0x00, 0xd8), 'it cannot be read: it is not text in UTF-8'],
    ['is a list', '[]', 'the file: expected object, received array'],
    ['has a wrong field', JSON.stringify({ ...cast, directory: 7 }), 'directory: expected object, received number'],
  ])('is told with the place when it %s', async (_how, content, says) => {
    expect(await saidOf(content)).toMatchObject({
      name: 'RunFault',
      code: 'people-file',
      exitCode: 2,
      message: `The people file ${path} cannot be used: ${says}.`,
    });
  });

  it('is told by its first places when it is another file entirely', async () => {
    expect(await saidOf(JSON.stringify({ ...cast, adUsers: Array.from({ length: 100 }, () => ({})) }))).toMatchObject({
      message: expect.stringMatching(/: adUsers\.0\.cn: .*; and \d+ more\.$/),
    });
  });

  it.skipIf(process.platform === 'win32')(
    'is told when it is not there, a folder, a pipe or a device',
    async () => {
      const pipe = join(folder, 'pipe');
      execFileSync('mkfifo', [pipe]);
      for (const [at, says] of [
        [join(folder, 'none.json'), 'there is no such file'],
        [folder, 'it is a folder'],
        [pipe, 'it is not a regular file but a pipe'],
        ['/dev/zero', 'it is not a regular file but a device'],
      ] as const) {
        await expect(openSandbox(at)).rejects.toMatchObject({
          code: 'people-file',
          message: expect.stringContaining(says),
        });
      }
    },
    10_000,
  );
});
