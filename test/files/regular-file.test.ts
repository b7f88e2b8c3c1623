import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { constants } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bytesFrom, openRegular, openRegularNow, readRegular, readRegularNow } from '../../src/files/regular-file.ts';
import { isSystemError } from '../../src/files/system-error.ts';

const folder = mkdtempSync(join(tmpdir(), 'hardmatch-files-'));
const at = (name: string): string => join(folder, name);
const sockets = createServer();
afterAll(() => {
  sockets.close();
  rmSync(folder, { recursive: true, force: true });
});

async function firstOf(pieces: AsyncIterable<Buffer>): Promise<Buffer | undefined> {
  for await (const piece of pieces) return piece;
  return undefined;
}

const ways: readonly (readonly [name: string, read: (path: string) => unknown])[] = [
  ['openRegular', (path) => openRegular(path)],
  ['openRegular to write', (path) => openRegular(path, constants.O_RDWR)],
  ['openRegularNow', (path) => Promise.resolve(path).then(openRegularNow)],
  ['readRegular', (path) => readRegular(path, 100)],
  ['readRegularNow', (path) => Promise.resolve(path).then((where) => readRegularNow(where, 100))],
  ['bytesFrom', (path) => firstOf(bytesFrom(path, 0))],
];

describe.skipIf(process.platform === 'win32')('what is no regular file', () => {
  beforeAll(async () => {
    execFileSync('mkfifo', [at('pipe')]);
    symlinkSync('pipe', at('link to the pipe'));
    symlinkSync('/dev/zero', at('link to the device'));
    await new Promise<void>((done) => void sockets.listen(at('socket'), () => done()));
  });
  const traps = [
    ['a pipe', () => at('pipe'), 'it is not a regular file but a pipe'],
    ['a link to a pipe', () => at('link to the pipe'), 'it is not a regular file but a pipe'],
    ['a socket', () => at('socket'), 'it is not a regular file but a socket'],
    ['an endless device', () => '/dev/zero', 'it is not a regular file but a device'],
    ['a link to a device', () => at('link to the device'), 'it is not a regular file but a device'],
    ['a folder', () => folder, 'it is a folder'],
  ] as const;

  it.each(ways.flatMap(([way, read]) => traps.map(([trap, path, says]) => ({ way, read, trap, path, says }))))(
    'is refused at once, and not waited for: $trap by $way',
    async ({ read, path, says }) => {
      await expect(read(path())).rejects.toMatchObject({ name: 'NotRegular', message: says });
    },
    5_000,
  );
});

describe('a regular file', () => {
  it('is read to its end, with its rights', async () => {
    const path = at('text');
    writeFileSync(path, 'x'.repeat(300_000), { mode: 0o640 });
    for (const { bytes, mode } of [await readRegular(path, 300_000), readRegularNow(path, 300_000)]) {
      expect(bytes.toString()).toBe('x'.repeat(300_000));
      if (process.platform !== 'win32') expect(mode & 0o777).toBe(0o640);
    }
  });

  it('is not read when it is larger than its kind ever is', async () => {
    const path = at('disk image');
    writeFileSync(path, '');
    truncateSync(path, 2 ** 31);
    const says = { name: 'TooLarge', message: 'it is larger than 1 MiB, so it is something else' };
    await expect(readRegular(path, 1024 * 1024)).rejects.toMatchObject(says);
    expect(() => readRegularNow(path, 1024 * 1024)).toThrow(expect.objectContaining(says));
  });

  it.skipIf(process.platform !== 'linux')('is measured as it is read where the system says no size', async () => {
    expect((await readRegular('/proc/self/status', 100_000)).bytes.length).toBeGreaterThan(100);
    await expect(readRegular('/proc/self/status', 100)).rejects.toMatchObject({ name: 'TooLarge' });
    expect(() => readRegularNow('/proc/self/status', 100)).toThrow('larger');
  });
});

describe('an error', () => {
  const made = (more: object): Error => Object.assign(new Error('no'), more);

  it.each([
    [{ code: 'ENOENT', syscall: 'open', errno: -2 }, true],
    [{ code: 'UNKNOWN', syscall: 'rename', errno: -4094 }, true],
    [{ code: 'ERR_FS_EISDIR', syscall: 'rm', errno: 21 }, true],
    [{ code: 'EIO' }, true],
    [{ code: 'ERR_INVALID_ARG_TYPE' }, false],
    [{ code: 'Z_DATA_ERROR', errno: -3 }, false],
    [{}, false],
  ])("is the system's by its shape, whatever its name: %j", (more, isSystem) => {
    expect(isSystemError(made(more))).toBe(isSystem);
  });

  it("that is no Error is not the system's", () => {
    expect(isSystemError({ code: 'ENOENT', syscall: 'open' })).toBe(false);
  });
});
