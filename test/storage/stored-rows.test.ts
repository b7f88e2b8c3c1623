import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { PlanRow } from '../../src/core/row.ts';
import { linesNow } from '../../src/storage/lines.ts';
import { loadedPlan, readPlan, storedRows, writePlan } from '../../src/storage/plan-file.ts';
import { anyPlan } from '../support/fuzz/any-run.ts';
import { faultOf, header, rows, temporaryFolder } from './examples.ts';
import { planInFull } from '../support/in-full.ts';

const folder = temporaryFolder();
const file = join(folder, 'plan.ndjson');

describe('the rows of a plan in its file', () => {
  it('are those that were written, as often as they are gone through', async () => {
    await fc.assert(
      fc.asyncProperty(anyPlan, async (plan) => {
        const { fingerprint } = await writePlan(folder, plan.header, plan.rows);
        const stored = storedRows(folder, fingerprint);
        expect([...stored]).toEqual(plan.rows);
        expect([...stored]).toEqual(plan.rows);
      }),
      { numRuns: 100 },
    );
  });

  it('are refused when the file is another plan, was changed, or was cut off', async () => {
    const { fingerprint } = await writePlan(folder, header, rows);
    const text = await readFile(file, 'utf8');
    const [, second = ''] = text.split('\n');
    const { fingerprint: other } = await writePlan(folder, header, rows.slice(1));
    const fault = (): ReturnType<typeof faultOf> => faultOf((async () => [...storedRows(folder, fingerprint)])());
    expect(other).not.toBe(fingerprint);
    expect(await fault()).toMatchObject({ code: 'plan-tampered', exitCode: 3 });
    for (const harmed of [
      text.replace(second, second.replace('"line":', '"line":1')),
      text.slice(0, text.lastIndexOf('\n{') + 1),
      text.replace(`${second}\n`, ''),
      text.replace(second, 'garbage'),
      text.replace(second, '7'),
      text.replace(second, 'null'),
    ]) {
      expect(harmed).not.toBe(text);
      await writeFile(file, harmed);
      expect(await fault()).toMatchObject({ code: 'plan-tampered', exitCode: 3 });
      expect((await fault()).message).toContain('it is another plan than a moment ago');
    }
    await writeFile(file, text);
    expect([...storedRows(folder, fingerprint)]).toEqual(rows);
  });

  it('are in memory, for whatever becomes of the file, where all of a plan is asked for', async () => {
    await writePlan(folder, header, rows);
    const plan = loadedPlan(await readPlan(folder));
    await writeFile(file, 'garbage');
    expect([plan.header, [...plan.rows]]).toEqual([header, rows]);
    expect(plan.rows.at(0)).toEqual(rows[0]);
  });

  it('leave no file open when somebody has seen enough', async () => {
    const { fingerprint } = await writePlan(folder, header, rows);
    for (let round = 0; round < 3000; round++) {
      for (const row of storedRows(folder, fingerprint)) {
        expect(row.line).toBe(rows[0]?.line);
        break;
      }
    }
  });

  it('have each line once, in whatever order, however far apart', async () => {
    const [row] = rows;
    if (!row) throw new Error('no example');
    const at = (line: number): PlanRow => ({ ...row, line });
    const many = [9, 2, 2 ** 20, 33, 32, 31, 64, 2 ** 40, 3, 2 ** 40 + 1].map(at);
    await writePlan(folder, header, many);
    expect((await planInFull(folder)).rows.map(({ line }) => line)).toEqual(many.map(({ line }) => line));
    for (const again of many) {
      await expect(writePlan(folder, header, [...many, again])).rejects.toThrow('occurs twice');
    }
  });
});

describe('linesNow', () => {
  it('gives lines of every length, also those that end where a piece of the file ends', async () => {
    const mebibyte = 2 ** 20;
    for (const length of [0, 1, mebibyte - 1, mebibyte, mebibyte + 1, 3 * mebibyte]) {
      const lines = ['first', 'é'.repeat(length), '', 'x'.repeat(length), 'last'];
      await writeFile(file, lines.map((line) => `${line}\n`).join(''));
      expect([...linesNow(file)].map(({ length: is }) => is)).toEqual(lines.map(({ length: is }) => is));
      expect([...linesNow(file)].join('\n') === lines.join('\n')).toBe(true);
    }
  });
});
