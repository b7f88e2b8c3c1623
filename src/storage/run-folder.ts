// storage/: what a run leaves on disk. Start here: the folder. Then plan-file.ts (plan-schema.ts is its shape,
// fingerprint.ts what binds it), journal.ts (chain.ts proves it, group-commit.ts makes it fast), lock.ts (lock-file.ts is
// the file, process-life.ts tells who is dead), atomic-file.ts, run-file.ts, lines.ts, faults.ts.
import { chmod, lstat, mkdir, readdir, stat } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { RunFault } from '../core/failure.ts';
import { systemCodeOf } from '../files/system-error.ts';
import { writingFault } from './faults.ts';
import { planName } from './plan-file.ts';
import { whyNotOnWindows } from './windows-names.ts';

export type NewRun = {
  /** `--run`; without it a new folder under `runs/`. */
  readonly dir?: string;
  /** Name or path of the input; the default name of the folder has it in it. */
  readonly inputName: string;
  readonly now: Date;
  /** Where relative paths begin. */
  readonly cwd: string;
  /** Whose names must do; this computer's when absent. */
  readonly platform?: string;
};

/**
 * Makes the folder of a new run (0700) and gives its absolute path. A folder given with `--run` may exist when it is
 * empty or holds only what an attempt to plan has left, and is then made 0700 too; anything else is refused with a RunFault, exit code 2.
 */
export async function createRunFolder(run: NewRun): Promise<string> {
  const { cwd } = run;
  if (run.dir === undefined) return newFolderIn(resolve(cwd, 'runs'), `${utcName(run.now)}-${safeName(run.inputName)}`);
  if ((run.platform ?? process.platform) === 'win32') refuseName(run.dir);
  const folder = resolve(cwd, run.dir);
  const found = await entriesOf(folder);
  if (found === undefined) await makeFolder(folder);
  else {
    refuseInUse(folder, found);
    await narrow(folder, 0o700);
  }
  return folder;
}

function refuseName(dir: string): void {
  const why = whyNotOnWindows(dir);
  if (why === null) return;
  throw new RunFault('run-folder-name', `No run folder can be called ${dir}: ${why}.`, {
    hint: 'Choose another name with --run.',
  });
}

/** Whether the path is a folder with a plan in it, or with something by that name that cannot be one. */
export async function isRunFolder(path: string): Promise<boolean> {
  try {
    // Whatever it is: reading it says what is wrong with it, and the folder is not taken for a mappings file.
    await lstat(join(path, planName));
    return true;
  } catch {
    return false;
  }
}

async function newFolderIn(parent: string, name: string): Promise<string> {
  await makeFolder(parent);
  // Who may write here may put another folder in the place of a run's, whatever mode that one has.
  await narrow(parent, 0o755);
  for (let count = 1; ; count++) {
    const folder = join(parent, count === 1 ? name : `${name}-${count}`);
    try {
      // Not recursive: that would be content with a folder that is there already, perhaps made this very moment.
      await mkdir(folder, { mode: 0o700 });
      return folder;
    } catch (error) {
      if (systemCodeOf(error) !== 'EEXIST') throw writingFault(error, folder);
    }
  }
}

/**
 * Takes away the rights beyond `most` of a folder that was there before, when it is this account's own. On Windows the rights
 * are inherited from the folder above; and some file systems make modes up and keep none.
 */
async function narrow(folder: string, most: number): Promise<void> {
  if (process.platform === 'win32') return;
  try {
    const { mode, uid } = await stat(folder);
    if (uid === process.getuid?.() && (mode & 0o777 & ~most) !== 0) await chmod(folder, mode & most);
  } catch (error) {
    if (!['EPERM', 'ENOTSUP', 'EROFS'].includes(systemCodeOf(error) ?? '')) throw writingFault(error, folder);
  }
}

/**
 * Makes the folder, and those above it, where they are not there. Not `recursive: true`: where a folder that is there has no
 * room for another (/proc), that asks for ever (nodejs/node, mkdir).
 */
async function makeFolder(folder: string): Promise<void> {
  try {
    await makeWithParents(folder);
  } catch (error) {
    throw writingFault(error, folder);
  }
}

async function makeWithParents(folder: string): Promise<void> {
  try {
    await mkdir(folder, { mode: 0o700 });
  } catch (error) {
    if (systemCodeOf(error) === 'EEXIST' && (await stat(folder)).isDirectory()) return;
    const parent = dirname(folder);
    const isParentMissing =
      systemCodeOf(error) === 'ENOENT' && parent !== folder && (await entriesOf(parent)) === undefined;
    if (!isParentMissing) throw error;
    await makeWithParents(parent);
    await mkdir(folder, { mode: 0o700 });
  }
}

/** What is in a folder; undefined where there is none. */
async function entriesOf(folder: string): Promise<readonly string[] | undefined> {
  try {
    return await readdir(folder);
  } catch (error) {
    const code = systemCodeOf(error);
    if (code === 'ENOENT') return undefined;
    if (code !== 'ENOTDIR') throw writingFault(error, folder);
    throw new RunFault('run-folder-in-use', `${folder} is a file.`, { hint: 'Name a folder with --run.' });
  }
}

// What planning writes before there is a plan; half-written files of atomic-file.ts end in .tmp.
const leftByAnAttempt = /^(?:hardmatch\.log|\..+\.tmp)$/;

function refuseInUse(folder: string, found: readonly string[]): void {
  if (found.includes(planName)) {
    throw new RunFault('run-folder-in-use', `${folder} holds a plan already.`, {
      hint: 'Choose another folder with --run; or continue with that plan: give the folder to hardmatch apply.',
    });
  }
  const foreign = found.find((name) => !leftByAnAttempt.test(name));
  if (foreign === undefined) return;
  throw new RunFault('run-folder-in-use', `${folder} is not empty and holds no run: there is "${foreign}" in it.`, {
    hint: 'Choose a new or an empty folder with --run.',
  });
}

/** `20261123T115308Z`: sorts by time, and has no colon, which Windows does not allow in names. */
function utcName(now: Date): string {
  return now
    .toISOString()
    .replace(/\.\d+Z$/, 'Z')
    .replaceAll(/[-:]/g, '');
}

/** What is left of the input's name without folders, extension and what a file system or a shell could trip over. */
function safeName(input: string): string {
  // Both separators, whatever the platform: the name may come from a file list made elsewhere.
  const name = input.replace(/^.*[/\\]/s, '').replace(/\.[^.]*$/, '');
  const safe = name
    .normalize('NFC')
    .replaceAll(/[^\p{L}\p{M}\p{N}._-]+/gu, '-')
    .replace(/^[.-]+/, '');
  // 80 UTF-16 units are at most 240 bytes in UTF-8; names may have 255. A pair cut in two is dropped.
  const short = safe
    .slice(0, 80)
    .replace(/[\ud800-\udbff]$/, '')
    .replace(/[.-]+$/, '');
  return short === '' ? 'input' : short;
}
