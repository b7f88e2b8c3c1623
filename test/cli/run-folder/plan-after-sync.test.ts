// A plan made again once sync has run: whom it took over is kept, under whatever name, and nobody is called a duplicate.
import { copyFile, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse } from 'csv-parse/sync';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { readPeople } from '../../../src/sandbox/people/people.ts';
import { type Sandbox, startSandbox } from '../../../src/sandbox/sandbox.ts';
import { hardmatch } from '../../support/program.ts';

let sandbox: Sandbox;
let cwd: string;

beforeAll(async () => {
  sandbox = await startSandbox(readPeople('fixtures/cast.json'));
  cwd = await mkdtemp(join(tmpdir(), 'hardmatch-again-'));
  await copyFile('mappings.example.csv', join(cwd, 'mappings.csv'));
}, 60_000);

afterAll(async () => {
  await sandbox.close();
  await rm(cwd, { recursive: true, force: true });
});

type Cells = Readonly<Record<string, string>>;

async function rowsOf(folder: string, file: string): Promise<readonly Cells[]> {
  return parse<Cells>(await readFile(join(cwd, folder, file), 'utf8'), { columns: true, bom: true });
}

it('keeps every row that sync took over, and neither calls anybody a duplicate nor has anybody deleted', async () => {
  const options = { cwd, env: { ...sandbox.environment } };
  const applied = await hardmatch(['apply', 'mappings.csv', '--run', 'done', '--yes', '--quiet'], options);
  expect(applied.code).toBe(1);
  const report = sandbox.syncCycle();
  const taken = new Set(report.lines.filter(({ outcome }) => outcome === 'joined').map(({ cloudId }) => cloudId));
  const written = (await rowsOf('done', 'results.csv')).filter(({ outcome }) => outcome === 'applied');
  const mine = written.filter(({ cloud_object_id: id }) => taken.has(id ?? ''));
  expect(mine.length).toBeGreaterThan(10);

  await hardmatch(['plan', 'mappings.csv', '--run', 'again', '--quiet'], options);
  const again = new Map((await rowsOf('again', 'plan.csv')).map((row) => [row['line'], row]));
  const told = mine.map(({ line }) => again.get(line));
  expect(told.filter((row) => row?.['state'] !== 'kept')).toEqual([]);
  // Some of them have another name by now, and the plan says which.
  const renamed = told.filter((row) => row?.['warnings']?.includes('cloud-user-renamed') === true);
  expect(renamed.length).toBeGreaterThan(3);
  for (const row of renamed) expect(row?.['warning_detail']).toContain(`the UPN is now ${row?.['cloud_upn']}`);
  for (const row of told) expect(Object.values(row ?? {}).join(' ')).not.toMatch(/duplicate|delete/i);
});
