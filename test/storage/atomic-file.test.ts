import { execFile } from 'node:child_process';
import { readdirSync, statSync } from 'node:fs';
import { mkdir, readdir, readFile, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { RunFault } from '../../src/core/failure.ts';
import { renameOver, syncFolder, writeAtomically } from '../../src/storage/atomic-file.ts';
import { readingFault, writingFault } from '../../src/storage/faults.ts';
import { faultOf, temporaryFolder } from './examples.ts';

const root = temporaryFolder();

async function newFolder(name: string): Promise<string> {
  await mkdir(join(root, name));
  return join(root, name);
}

describe('writeAtomically', () => {
  it('writes all chunks, of a list or of a stream, in order', async () => {
    const folder = await newFolder('whole');
    const chunks = Array.from({ length: 5000 }, (_chunk, count) => `${count} é 😀\r\n`);
    await writeAtomically(join(folder, 'list'), chunks);
    await writeAtomically(
      join(folder, 'stream'),
      (async function* () {
        for (const chunk of chunks) yield await Promise.resolve(chunk);
      })(),
    );
    await writeAtomically(join(folder, 'empty'), []);
    expect(await readFile(join(folder, 'list'), 'utf8')).toBe(chunks.join(''));
    expect(await readFile(join(folder, 'stream'), 'utf8')).toBe(chunks.join(''));
    expect(await readFile(join(folder, 'empty'), 'utf8')).toBe('');
  });

  it('replaces a file, whatever its rights were, by one for this account alone', async () => {
    const folder = await newFolder('replace');
    await writeFile(join(folder, 'file'), 'a longer text than the new one', { mode: 0o644 });
    await writeAtomically(join(folder, 'file'), ['new']);
    expect(await readFile(join(folder, 'file'), 'utf8')).toBe('new');
    if (process.platform !== 'win32') expect((await stat(join(folder, 'file'))).mode & 0o777).toBe(0o600);
  });

  it('shows the old file to everybody until the new one is whole', async () => {
    const folder = await newFolder('meanwhile');
    const path = join(folder, 'file');
    await writeAtomically(path, ['old']);
    const seen: string[] = [];
    await writeAtomically(
      path,
      (async function* () {
        for (const chunk of ['n', 'e'.repeat(200_000), 'w']) {
          seen.push(await readFile(path, 'utf8'));
          yield chunk;
        }
      })(),
    );
    expect(seen).toEqual(['old', 'old', 'old']);
    expect((await readFile(path, 'utf8')).length).toBe(200_002);
  });

  it('leaves the old file and nothing else when the text ends in an error, which it throws on', async () => {
    const folder = await newFolder('failing');
    await writeAtomically(join(folder, 'file'), ['old']);
    const failing = function* (): Generator<string> {
      yield 'new'.repeat(100_000);
      throw new TypeError('a bug');
    };
    await expect(writeAtomically(join(folder, 'file'), failing())).rejects.toThrow(TypeError);
    expect(await readdir(folder)).toEqual(['file']);
    expect(await readFile(join(folder, 'file'), 'utf8')).toBe('old');
  });

  it('ends in a fault with a remedy, and leaves nothing, where it cannot write', async () => {
    const folder = await newFolder('blocked');
    await mkdir(join(folder, 'taken'));
    const fault = await faultOf(writeAtomically(join(folder, 'taken'), ['text']));
    expect([fault.code, fault.exitCode]).toEqual(['output-unwritable', 2]);
    expect(await readdir(folder)).toEqual(['taken']);
    expect(await faultOf(writeAtomically(join(folder, 'absent', 'file'), ['x']))).toMatchObject({ exitCode: 2 });
  });

  // Windows has no such limit; a disk that is full is met in full-disk.test.ts.
  it.skipIf(process.platform === 'win32')(
    'leaves the old file and nothing else at the largest size allowed',
    async () => {
      const folder = await newFolder('limited');
      await writeAtomically(join(folder, 'file'), ['old']);
      const script = `
      import { renameOver, syncFolder, writeAtomically } from ${JSON.stringify(new URL('../../src/storage/atomic-file.ts', import.meta.url).href)};
      await writeAtomically(process.argv[1], ['x'.repeat(1_000_000)]).catch((error) => console.log(error.message));`;
      const { stdout } = await promisify(execFile)('bash', [
        '-c',
        'ulimit -f 64 && exec "$0" --import tsx --input-type=module -e "$1" "$2"',
        process.execPath,
        script,
        join(folder, 'file'),
      ]);
      expect(stdout).toContain(
        `${join(folder, 'file')} cannot be written: the file has reached the largest size allowed.`,
      );
      expect(await readdir(folder)).toEqual(['file']);
      expect(await readFile(join(folder, 'file'), 'utf8')).toBe('old');
    },
  );

  it('lets two that write the same file at once both end, with one of the two texts', async () => {
    const folder = await newFolder('both');
    const path = join(folder, 'file');
    await Promise.all(['a', 'b'].map((letter) => writeAtomically(path, [letter.repeat(100_000)])));
    expect(await readFile(path, 'utf8')).toMatch(/^(?:a{100000}|b{100000})$/);
    expect(await readdir(folder)).toEqual(['file']);
  });

  it('refuses a place outside the folder it is bound to, also through a link', async () => {
    const folder = await newFolder('bound');
    await mkdir(join(folder, 'below'));
    await symlink(root, join(folder, 'out'), 'junction');
    await writeAtomically(join(folder, 'file'), ['in'], { within: folder });
    await writeAtomically(join(folder, 'below', '..', 'below', 'file'), ['in'], { within: folder });
    await writeAtomically(join(folder, '..file'), ['in'], { within: folder });
    for (const path of [join(folder, '..', 'file'), join(folder, 'out', 'file'), join(root, 'boundary')]) {
      const fault = await faultOf(writeAtomically(path, ['out'], { within: folder }));
      expect([fault.code, fault.exitCode]).toEqual(['output-outside-folder', 3]);
      expect([fault.message, fault.hint]).toEqual([
        `${path} is not in the folder ${folder}.`,
        'Check the run folder for links that lead out of it.',
      ]);
    }
    expect(await readdir(root)).not.toContain('file');
    const absent = writeAtomically(join(folder, 'absent', 'file'), ['x'], { within: folder });
    expect(await faultOf(absent)).toMatchObject({ code: 'output-unwritable', exitCode: 2 });
  });
});

describe('a file that is renamed over one that another program holds open', () => {
  const failing = (codes: readonly string[]) => {
    const left = [...codes];
    const moves: string[] = [];
    const move = async (from: string, to: string): Promise<void> => {
      moves.push(`${from} > ${to}`);
      const code = left.shift();
      if (code !== undefined) throw Object.assign(new Error(`${code}: in words`), { code, syscall: 'rename' });
    };
    return { moves, move };
  };

  it.each(['EPERM', 'EACCES', 'EBUSY'])(
    'is tried again on Windows, where that is %s and mostly for moments',
    async (code) => {
      const { moves, move } = failing([code, code]);
      await renameOver('a', 'b', { platform: 'win32', move });
      expect(moves).toEqual(['a > b', 'a > b', 'a > b']);
    },
  );

  it('is given up on Windows after ten tries, which is a second', async () => {
    const { moves, move } = failing(Array.from({ length: 20 }, () => 'EBUSY'));
    await expect(renameOver('a', 'b', { platform: 'win32', move })).rejects.toMatchObject({ code: 'EBUSY' });
    expect(moves.length).toBe(10);
  });

  it.each([
    ['win32', 'ENOENT'],
    ['win32', 'ENOSPC'],
    ['linux', 'EPERM'],
    ['darwin', 'EBUSY'],
  ] as const)('is not tried again where it is something else: %s, %s', async (platform, code) => {
    const { moves, move } = failing([code]);
    await expect(renameOver('a', 'b', { platform, move })).rejects.toMatchObject({ code });
    expect(moves.length).toBe(1);
  });

  it('is not tried again for an error that is none of the system', async () => {
    const move = () => Promise.reject(new TypeError('a bug'));
    await expect(renameOver('a', 'b', { platform: 'win32', move })).rejects.toThrow('a bug');
  });
});

describe('a folder that is made to last', () => {
  it('is said to be unwritable where it is gone', async () => {
    expect(await faultOf(syncFolder(join(root, 'gone'), 'linux'))).toMatchObject({
      code: 'output-unwritable',
      exitCode: 2,
    });
  });

  it('is left alone on Windows, which cannot open one', async () => {
    await expect(syncFolder(join(root, 'gone'), 'win32')).resolves.toBeUndefined();
  });

  it.skipIf(process.platform !== 'linux')('may be on a file system that cannot do it', async () => {
    await expect(syncFolder('/proc/self')).resolves.toBeUndefined();
  });
});

describe.skipIf(process.platform !== 'linux')('files that are open', () => {
  it('are as many as before, whether writing has succeeded or failed', async () => {
    const folder = await newFolder('handles');
    const count = async (): Promise<number> => (await readdir('/proc/self/fd')).length;
    await writeAtomically(join(folder, 'file'), ['one']);
    const before = await count();
    const failing = function* (): Generator<string> {
      yield 'x';
      throw new TypeError('a bug');
    };
    for (let n = 0; n < 5; n++) {
      await writeAtomically(join(folder, 'file'), ['one']);
      await expect(writeAtomically(join(folder, 'file'), failing())).rejects.toThrow('a bug');
      await syncFolder('/proc/self');
    }
    expect(await count()).toBeLessThanOrEqual(before + 2);
  });

  it('are written in batches, so that a large text is never in memory as a whole', async () => {
    const folder = await newFolder('batches');
    const sizes: number[] = [];
    const text = function* (): Generator<string> {
      for (let n = 0; n < 40; n++) {
        sizes.push(statSync(join(folder, readdirSync(folder)[0] ?? '')).size);
        yield 'x'.repeat(10_000);
      }
    };
    await writeAtomically(join(folder, 'file'), text());
    // What comes after a batch finds the one before it on the disk.
    expect(sizes.slice(0, 7)).toEqual([0, 0, 0, 0, 0, 0, 0]);
    expect([sizes[7], sizes[14], sizes[39]]).toEqual([70_000, 140_000, 350_000]);
  });
});

describe('the faults of files', () => {
  it('say for each trouble of the system what it is and what to do', () => {
    const wordings = new Set<string>();
    for (const code of ['ENOSPC', 'EDQUOT', 'EFBIG', 'EACCES', 'EPERM', 'EROFS', 'EBUSY', 'EIO']) {
      const fault = writingFault(Object.assign(new Error(`${code}: in words`), { code }), '/runs/plan.csv');
      if (!(fault instanceof RunFault)) throw new Error('no RunFault');
      expect(fault.message).toContain('/runs/plan.csv cannot be written: ');
      wordings.add(fault.message + fault.hint);
    }
    expect(wordings.size).toBe(8);
    expect(readingFault(Object.assign(new Error('EIO: in words'), { code: 'EIO' }), 'x')).toMatchObject({
      exitCode: 2,
    });
  });

  it("are the system's whatever their name: libuv calls what it does not know of Windows UNKNOWN", () => {
    const unknown = Object.assign(new Error('UNKNOWN: unknown error, rename'), { code: 'UNKNOWN', syscall: 'rename' });
    expect(writingFault(unknown, 'x')).toMatchObject({ code: 'output-unwritable', exitCode: 2 });
    expect(readingFault(unknown, 'x')).toMatchObject({ code: 'run-file-unreadable', exitCode: 2 });
  });

  it.each(['EPERM', 'EACCES'])('name both causes on Windows, where a file that Excel holds is %s', (code) => {
    const error = Object.assign(new Error(`${code}: in words`), { code, syscall: 'rename' });
    const fault = writingFault(error, 'results.csv', 'win32');
    expect(fault).toMatchObject({
      message: 'results.csv cannot be written: another program holds it open, or this account may not write there.',
      hint: expect.stringMatching(/Close it there.*hardmatch report.*grant.*--run/),
    });
    const elsewhere = writingFault(error, 'results.csv', 'linux');
    expect(elsewhere).toMatchObject({ message: 'results.csv cannot be written: this account may not write there.' });
  });

  it('leave other errors alone: bugs, and faults that are told already', () => {
    const others = [
      new TypeError('a bug'),
      new RunFault('plan-tampered', 'x', { hint: 'y', exitCode: 3 }),
      'text',
      undefined,
    ];
    for (const error of others) {
      expect(writingFault(error, 'x')).toBe(error);
      expect(readingFault(error, 'x')).toBe(error);
    }
  });
});
