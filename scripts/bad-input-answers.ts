// What hardmatch's own readers say of a file, in one line: `read: …`, or the sentence and the remedy of a refusal. The page
// docs/bad-input.md and the tests of the corpora ask here.
import { copyFile, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { openAdExport } from '../src/ad/export/directory.ts';
import { exportCommand } from '../src/ad/export/fault.ts';
import { loadSettings } from '../src/config/load.ts';
import { SettingsFault } from '../src/config/problems.ts';
import { RunFault } from '../src/core/failure.ts';
import { readMappings } from '../src/input/mappings.ts';
import { readRun } from '../src/cli/run-folder/run-record.ts';
import { readPlan } from '../src/storage/plan-file.ts';

/** A reader's answer: what was read, or the refusal with what to do. `code` is null when it was read. */
export type Answer = { readonly code: string | null; readonly says: string; readonly remedy: string };

const read = (says: string): Answer => ({ code: null, says: `read: ${says}`, remedy: '' });
const counted = (count: number, what: string): string => `${count} ${what}${count === 1 ? '' : 's'}`;

/** What `plan` says of a mappings file. */
export function mappingsAnswer(path: string): Promise<Answer> {
  return answered(path, async () => {
    const { pairings } = await readMappings(path);
    const unclear = [...pairings].filter(({ ad, cloud }) => ad?.kind !== 'ref' || cloud?.kind !== 'ref');
    const held = unclear.map(({ line, ad, cloud }) => {
      const why = [ad, cloud].map((side) => (side === null ? 'a cell is empty' : side.kind === 'bad' ? side.why : ''));
      return `line ${line} is held: ${[...new Set(why.filter((text) => text !== ''))].join('; ')}`;
    });
    return read([counted(pairings.length, 'row'), ...held].join('; '));
  });
}

/** Who is asked for in each AD export. */
const asked = ['nquill', 'tmarsh', 'jmueller'];

/** What `plan --ad-export` says of an export, when it looks for three users in it. */
export function exportAnswer(path: string): Promise<Answer> {
  return answered(path, async () => {
    let rows = 0;
    const silent = (): void => undefined;
    const info = (_event: string, data?: Readonly<Record<string, unknown>>): void =>
      void (rows = Number(data?.['rows']));
    const log = { debug: silent, info, warn: silent, error: silent };
    const directory = await openAdExport(path, { log, consistencyGuidNeeded: true });
    const answers = await directory.locate(
      asked.map((name) => ({ kind: 'sam', name })),
      null,
    );
    const found = [...answers]
      .map(({ kind }, place) => `${asked[place] ?? ''} ${kind}`)
      .filter((text) => !text.endsWith('none'));
    return read([counted(rows, 'record'), ...found].join(', '));
  });
}

/** What every command says of a settings file given with `--config`. */
export function settingsAnswer(path: string): Promise<Answer> {
  return answered(path, async () => {
    const { run, directory } = await loadSettings({
      flags: { config: path },
      env: { HARDMATCH_AD_PASSWORD: 'practice' },
      cwd: dirname(path),
      needs: { directory: 'if-given', tenant: false },
    });
    const writes = run.concurrency === null ? 'the usual number of writes' : counted(run.concurrency, 'write');
    return read(`${writes} at a time${directory === null ? '' : ', a directory'}`);
  });
}

/** What `apply` and `report` say of a plan file. */
export function planAnswer(path: string): Promise<Answer> {
  return inRunFolder({ 'plan.ndjson': path }, async (folder) => {
    const { rows } = await readPlan(folder);
    return read(counted(rows.length, 'row'));
  });
}

/** What `report` and `rollback` say of a journal beside the plan `plan`. */
export function journalAnswer(path: string, plan: string): Promise<Answer> {
  return inRunFolder({ 'journal.ndjson': path, 'plan.ndjson': plan }, async (folder) => {
    const { entries } = await readRun(folder);
    return entries === null ? read('no journal') : read(entriesOf(entries.length));
  });
}

const entriesOf = (count: number): string => `${count} ${count === 1 ? 'entry' : 'entries'}`;

async function inRunFolder(files: Record<string, string>, ask: (folder: string) => Promise<Answer>): Promise<Answer> {
  const folder = await mkdtemp(join(tmpdir(), 'hardmatch-answer-'));
  try {
    for (const [name, path] of Object.entries(files)) await copyFile(path, join(folder, name));
    return await answered(folder, () => ask(folder));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function answered(path: string, ask: () => Promise<Answer>): Promise<Answer> {
  try {
    return await ask();
  } catch (error) {
    if (error instanceof SettingsFault) {
      const { problems } = error;
      const lines = problems.length > 1 ? problems.map(({ what, remedy }) => `${what}. ${remedy}`) : [];
      const says = lines.length > 0 ? lines.join('\n') : `${problems[0]?.what ?? ''}.`;
      return { code: error.code, says: withoutPlace(says, path), remedy: withoutPlace(error.hint, path) };
    }
    if (!(error instanceof RunFault)) throw error;
    const remedy = withoutPlace(error.hint, path).replace(exportCommand, 'the command of docs/active-directory.md');
    return { code: error.code, says: withoutPlace(error.message, path), remedy };
  }
}

/** The same on every machine: a file by its name, a run folder as `<run>`. */
function withoutPlace(text: string, path: string): string {
  return text
    .replaceAll(join(dirname(path), '/'), '')
    .replaceAll(/hardmatch-answer-\w+/g, '<run>')
    .replaceAll('<run>\\', '<run>/');
}
