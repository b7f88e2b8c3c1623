import { mkdir, readdir, readFile, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { PlanHeader } from '../../src/core/plan.ts';
import type { PlanRow } from '../../src/core/row.ts';
import { fingerprintOf, rowText } from '../../src/storage/fingerprint.ts';
import { longestLine } from '../../src/storage/lines.ts';
import { writePlan } from '../../src/storage/plan-file.ts';
import { unsound } from '../../src/storage/plan-schema.ts';
import { anyPlan } from '../support/fuzz/any-run.ts';
import { faultOf, header, rows, temporaryFolder, tenantId } from './examples.ts';
import { planInFull } from '../support/in-full.ts';
import { isThorough, rounds } from '../support/rounds.ts';

const folder = temporaryFolder();
const file = join(folder, 'plan.ndjson');

/** The lines of a fresh plan, without their ends. */
async function written(): Promise<string[]> {
  await writePlan(folder, header, rows);
  return (await readFile(file, 'utf8')).trimEnd().split('\n');
}

async function faultWith(lines: readonly string[]): ReturnType<typeof faultOf> {
  await writeFile(file, lines.map((line) => `${line}\n`).join(''));
  return faultOf(planInFull(folder));
}

type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

/** Every variant of a JSON value with one leaf changed, one key gone or one key too many. */
function* variants(value: Json): Generator<Json> {
  if (Array.isArray(value)) {
    yield [...value, value[0] ?? 'x'];
    for (const [place, element] of value.entries()) {
      yield value.filter((_element, other) => other !== place);
      for (const variant of variants(element)) yield value.with(place, variant);
    }
  } else if (typeof value === 'object' && value !== null) {
    yield { ...value, unknown: 1 };
    for (const [key, inner] of Object.entries(value)) {
      yield Object.fromEntries(Object.entries(value).filter(([other]) => other !== key));
      for (const variant of variants(inner)) yield { ...value, [key]: variant };
    }
  } else if (typeof value === 'string') {
    yield `${value} `;
    // Another value of the same form: a GUID or a hash stays one.
    if (/[0-9a-f]$/.test(value)) yield value.slice(0, -1) + (value.endsWith('0') ? '1' : '0');
    yield null;
  } else if (typeof value === 'number') yield value + 1;
  else if (typeof value === 'boolean') yield !value;
  else yield 'x';
}

describe('writePlan and readPlan', () => {
  it('give back what was written, to the letter, whatever is in it', async () => {
    await fc.assert(
      fc.asyncProperty(anyPlan, async (plan) => {
        const { fingerprint } = await writePlan(folder, plan.header, plan.rows);
        expect(fingerprint).toBe(fingerprintOf(plan.header, plan.rows));
        expect(await planInFull(folder)).toEqual({ ...plan, fingerprint });
      }),
      { numRuns: rounds(200) },
    );
  });

  it('give a plan without rows back', async () => {
    await writePlan(folder, header, []);
    expect((await planInFull(folder)).rows).toEqual([]);
  });

  it('read a plan that was saved with CR LF, a byte-order mark, or without the last line end', async () => {
    await writePlan(folder, header, rows);
    const plan = await planInFull(folder);
    const text = await readFile(file, 'utf8');
    for (const variant of [text.replaceAll('\n', '\r\n'), `\ufeff${text}`, text.trimEnd()]) {
      await writeFile(file, variant);
      expect(await planInFull(folder)).toEqual(plan);
    }
  });

  it('write more rows than fit into one piece, and than are kept unpacked, in order', async () => {
    const many = Array.from({ length: 50_200 }, (_row, count) => ({ ...rows[0], line: count + 2 }) as PlanRow);
    await writePlan(folder, header, many);
    const back = (await planInFull(folder)).rows;
    expect(back.map(({ line }) => line)).toEqual(many.map(({ line }) => line));
    expect(back.at(-1)).toEqual(many.at(-1));
  });

  it('make the folder where it is missing, for this account alone', async () => {
    const made = join(folder, 'made', 'here');
    await writePlan(made, header, rows);
    expect(await readdir(made)).toEqual(['plan.ndjson']);
    if (process.platform !== 'win32') {
      expect((await stat(made)).mode & 0o777).toBe(0o700);
      expect((await stat(join(made, 'plan.ndjson'))).mode & 0o777).toBe(0o600);
    }
  });

  it('replace a link in the folder in place of writing where it leads', async () => {
    const own = join(folder, 'linked');
    await mkdir(own);
    await writeFile(join(folder, 'victim'), 'untouched');
    await symlink(join(folder, 'victim'), join(own, 'plan.ndjson'));
    await writePlan(own, header, rows);
    expect(await readFile(join(folder, 'victim'), 'utf8')).toBe('untouched');
    expect((await planInFull(own)).rows).toEqual(rows);
  });

  it('leave the earlier plan and no other file when the rows end in an error', async () => {
    const own = join(folder, 'kept');
    await writePlan(own, header, rows);
    const failing = function* (): Generator<PlanRow> {
      yield* rows;
      throw new Error('no more');
    };
    await expect(writePlan(own, header, failing())).rejects.toThrow('no more');
    expect(await readdir(own)).toEqual(['plan.ndjson']);
    expect((await planInFull(own)).rows).toEqual(rows);
  });

  it('refuse to write a row that could not be applied, so that nobody reviews it', async () => {
    const [ready] = rows as [PlanRow];
    const home = 'nora.quill@example.test';
    const away = 'nora.quill@example.onmicrosoft.test';
    const bad: readonly (readonly [why: string, change: Partial<PlanRow>])[] = [
      ['a row that is not held needs its cloud user', { cloud: null }],
      ['only unlink writes no value', { after: null }],
      ['only unlink writes no value', { step: 'unlink' }],
      ['a row is kept exactly when its step is keep', { step: 'keep' }],
      ['a row is kept exactly when its step is keep', { state: 'kept' }],
      ['a row has no step exactly when it is held', { step: null }],
      ['a row has no step exactly when it is held', { state: 'held' }],
      ['a row has reasons exactly when it is held', { state: 'held', step: null }],
      ['it has another number of extra columns than the header', { extra: [] }],
      [
        'a detour that is not of its cloud user',
        { detour: { home: 'somebody.else@example.test', away: 'else@example.test' } },
      ],
      ['a detour that stays where it is', { detour: { home, away: 'Nora.Quill@example.test' } }],
      ...['', 'nora', 'a@b@c', 'nora.quill@example test', `${away} `, ` ${away}`].map(
        (odd) => ['a detour goes from one UPN to another', { detour: { home, away: odd } }] as const,
      ),
      ['a detour goes from one UPN to another', { detour: { home: '', away } }],
    ];
    for (const [why, change] of bad) {
      await expect(writePlan(folder, header, [{ ...ready, ...change }])).rejects.toThrow('unsound');
      expect(unsound({ ...ready, ...change }, header)).toBe(why);
    }
    expect(
      [
        { home, away },
        { home: away, away: home },
      ].map((detour) => unsound({ ...ready, detour }, header)),
    ).toEqual([undefined, undefined]);
    await expect(writePlan(folder, header, [ready, ready])).rejects.toThrow('occurs twice');
  });
});

describe('the fingerprint', () => {
  it('is this one for this plan: a change of it would orphan every reviewed plan', () => {
    // Computed by another program, from the documented order of keys.
    const sha256 = 'c18ecd9ac1e146ddde3de07dd390fe49ace45696656ceac421794d4749267570';
    expect(fingerprintOf(header, rows)).toBe(`sha256:${sha256}`);
  });

  it('does not depend on the order in which keys were set', () => {
    const turned = rows.map((row) => Object.fromEntries(Object.entries(row).reverse()) as PlanRow);
    const facts = (entries: [string, string][]): PlanRow[] => [
      { ...rows[2], reasons: [{ code: 'unexpected', facts: Object.fromEntries(entries) }] } as PlanRow,
    ];
    expect(fingerprintOf(header, turned)).toBe(fingerprintOf(header, rows));
    expect(
      fingerprintOf(
        header,
        facts([
          ['a', '1'],
          ['b', '2'],
        ]),
      ),
    ).toBe(
      fingerprintOf(
        header,
        facts([
          ['b', '2'],
          ['a', '1'],
        ]),
      ),
    );
  });

  it('depends on every fact of every row, and on their order', () => {
    const seen = new Set([fingerprintOf(header, rows), fingerprintOf(header, rows.toReversed())]);
    let count = 2;
    for (const [place, row] of rows.entries()) {
      for (const [key, value] of Object.entries(row)) {
        if (key === 'forecast') continue;
        for (const variant of variants(value as Json)) {
          // A key the row's type does not have is not a fact; readPlan refuses it.
          if (JSON.stringify(variant).includes('"unknown"')) continue;
          const changed = { ...row, [key]: variant } as PlanRow;
          try {
            seen.add(fingerprintOf(header, rows.with(place, changed)));
            count += 1;
          } catch {
            // Not a row at all any more, e.g. reasons that are no list.
          }
        }
      }
    }
    expect(count).toBeGreaterThan(60);
    expect(seen.size).toBe(count);
  });

  it('is the same for the same facts, wherever, whenever and with whatever version they were read', () => {
    const elsewhere: PlanHeader = {
      ...header,
      toolVersion: '9.9.9',
      createdAt: '2030-01-01T00:00:00.000Z',
      tenant: { id: tenantId, name: 'Renamed' },
      directory: { domain: header.directory.domain, source: 'ldaps://dc2.example.test' },
      input: { ...header.input, path: 'D:\\elsewhere\\mappings.csv' },
      preflight: { ...header.preflight, features: null, findings: [] },
    };
    expect(fingerprintOf(elsewhere, rows)).toBe(fingerprintOf(header, rows));
    expect(fingerprintOf({ ...header, allowRelink: true }, rows)).not.toBe(fingerprintOf(header, rows));
  });
});

describe('the forecast of a row', () => {
  const [ready] = rows as [PlanRow];
  const changed: PlanRow = { ...ready, forecast: { prediction: { kind: 'provisions' }, clashes: [], overwrites: [] } };

  it('is no part of the fingerprint, for it decides no write', () => {
    for (const row of [changed, { ...ready, forecast: null }]) {
      expect(fingerprintOf(header, [row])).toBe(fingerprintOf(header, [ready]));
    }
  });

  it('cannot be changed in the file all the same', async () => {
    const lines = await written();
    const line = (lines[1] ?? '').replace('"clashes":[{"attribute":"mail"', '"clashes":[{"attribute":"proxyAddresses"');
    expect(line).not.toBe(lines[1]);
    expect((await faultWith(lines.with(1, line))).message).toContain('digest');
  });

  it('comes in one order of keys, however it was put together', async () => {
    const { forecast } = ready;
    const turned = Object.fromEntries(
      Object.entries(forecast ?? {})
        .reverse()
        .map(([key, value]) => [
          key,
          key === 'prediction' ? Object.fromEntries(Object.entries(value).reverse()) : value,
        ]),
    ) as PlanRow['forecast'];
    expect(rowText({ ...ready, forecast: turned })).toBe(rowText(ready));
  });
});

describe('the preflight of a plan', () => {
  it('cannot be changed in the file, although no fingerprint covers it', async () => {
    const lines = await written();
    const line = (lines[0] ?? '').replace('"softMatchBlocked":true', '"softMatchBlocked":false');
    expect(line).not.toBe(lines[0]);
    expect((await faultWith(lines.with(0, line))).message).toContain('digest');
  });
});

describe('readPlan refuses', () => {
  it('a plan with any one field changed, removed or added, in any line', async () => {
    const lines = await written();
    let count = 0;
    for (const [place, line] of lines.entries()) {
      for (const variant of variants(JSON.parse(line) as Json)) {
        const fault = await faultWith(lines.with(place, JSON.stringify(variant)));
        expect(['plan-tampered 3', 'plan-unreadable 2']).toContain(`${fault.code} ${fault.exitCode}`);
        if (fault.code === 'plan-unreadable') expect(fault.message).toMatch(/, line [1-5]: /);
        count += 1;
      }
    }
    expect(count).toBeGreaterThan(150);
  });

  it('a well-formed change as tampering', async () => {
    const lines = await written();
    const change = (place: number, from: string, to: string): string[] => {
      const changed = (lines[place] ?? '').replace(from, to);
      expect(changed).not.toBe(lines[place]);
      return lines.with(place, changed);
    };
    for (const tampering of [
      change(1, '"after":"Uh26', '"after":"Uh27'),
      change(1, '46c82861', '46c82862'),
      change(0, '"createdAt":"2026', '"createdAt":"2027'),
      change(0, 'mappings.csv', 'others.csv'),
      change(4, '"rows":3', '"rows":4'),
      lines.with(
        4,
        (lines[4] ?? '').replace(
          /("digest":"sha256:.{63})(.)/,
          (_all, most, last) => most + (last === '0' ? '1' : '0'),
        ),
      ),
      lines.with(1, lines[2] ?? '').with(2, lines[1] ?? ''),
      lines.toSpliced(2, 1),
    ]) {
      const fault = await faultWith(tampering);
      expect([fault.code, fault.exitCode, fault.hint]).toEqual([
        'plan-tampered',
        3,
        expect.stringContaining('Plan again'),
      ]);
    }
  });

  it('a plan with any one byte changed', async () => {
    await writePlan(folder, header, rows.slice(0, 1));
    const bytes = await readFile(file);
    // Not every one: all kinds of places are among them, and the test stays quick.
    for (let place = 0; place < bytes.length; place += isThorough ? 5 : 13) {
      const changed = Buffer.from(bytes);
      changed[place] = (changed[place] ?? 0) ^ 1;
      await writeFile(file, changed);
      await faultOf(planInFull(folder));
    }
    expect(bytes.length).toBeGreaterThan(1000);
  });

  it('a plan that was cut off anywhere, saying where', async () => {
    const text = `${(await written()).join('\n')}\n`;
    // Without its very last line end it is whole still.
    for (let length = 0; length < text.length - 1; length += isThorough ? 7 : 17) {
      await writeFile(file, text.slice(0, length));
      const fault = await faultOf(planInFull(folder));
      expect([fault.code, fault.exitCode]).toEqual(['plan-unreadable', 2]);
      // A line that lacks its end alone is whole.
      const line = text.slice(0, length + 1).split('\n').length;
      expect(fault.message).toContain(`line ${line}: `);
    }
  });

  it('the same line twice, more text after the end, and rows with two plans put together', async () => {
    const lines = await written();
    expect((await faultWith(lines.toSpliced(2, 0, lines[1] ?? ''))).message).toMatch(/line 3: .*occurs twice/);
    expect((await faultWith([...lines, ''])).message).toContain('line 6: there is something after the end');
    expect((await faultWith([...lines, ...lines])).message).toContain('line 6: there is something after the end');
  });

  it('a plan of another format, naming it', async () => {
    const [first = '', ...others] = await written();
    const fault = await faultWith([first.replace('"format":3', '"format":1'), ...others]);
    expect(fault.message).toContain('line 1: it has format 1');
    expect(fault.exitCode).toBe(2);
  });

  it('a line longer than any row, without reading it to its end', async () => {
    const lines = await written();
    expect((await faultWith(lines.with(2, 'x'.repeat(longestLine + 70_000)))).message).toContain(
      'line 3: it is too long',
    );
  });

  it.skipIf(process.platform === 'win32')('a plan that is a link out of its folder', async () => {
    const own = join(folder, 'led-out');
    await mkdir(own);
    await written();
    await symlink(file, join(own, 'plan.ndjson'));
    expect(await faultOf(planInFull(own))).toMatchObject({ code: 'run-file-not-own', exitCode: 3 });
  });

  it('a folder without a plan, and one that is not there', async () => {
    for (const empty of [join(folder, 'absent'), file]) {
      expect(await faultOf(planInFull(empty))).toMatchObject({
        code: 'plan-missing',
        exitCode: 2,
        message: `${empty} holds no plan.`,
        hint: 'Name the run folder that hardmatch plan has made.',
      });
    }
  });
});
