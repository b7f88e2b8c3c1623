import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { stringify } from 'csv-stringify/sync';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { RunFault } from '../../src/core/failure.ts';
import { readingFault } from '../../src/input/faults.ts';
import { type ReadOptions, readMappings as read } from '../../src/input/mappings.ts';
import type { Mappings, Pairing } from '../../src/core/row.ts';
import { faultOf } from '../support/ends.ts';
import { rounds } from '../support/rounds.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const folder = temporaryFolder();

type Read = Omit<Mappings, 'pairings'> & { readonly pairings: readonly Pairing[] };

async function readMappings(path: string, options: ReadOptions = {}): Promise<Read> {
  const mappings = await read(path, options);
  return { ...mappings, pairings: [...mappings.pairings] };
}

async function readText(text: string | Buffer, options: ReadOptions = {}): Promise<Read> {
  const path = join(folder, 'mappings.csv');
  await writeFile(path, text);
  return readMappings(path, options);
}

const header = 'ad_user,cloud_user\n';

describe('readMappings', () => {
  it('gives the pairings of the example file with what each reference is', async () => {
    const path = join(import.meta.dirname, '../../mappings.example.csv');
    const { pairings, sha256, extraColumns } = await readMappings(path);
    expect(extraColumns).toEqual(['note']);
    expect(sha256).toBe(
      createHash('sha256')
        .update(await readFile(path))
        .digest('hex'),
    );
    expect(pairings[0]).toEqual({
      line: 2,
      adText: 'nquill',
      cloudText: 'nora.quill@example.test',
      ad: { kind: 'ref', ref: { kind: 'sam', name: 'nquill' } },
      cloud: { kind: 'ref', ref: { kind: 'upn', upn: 'nora.quill@example.test' } },
      claimedId: null,
      extra: ['by logon name'],
    });
    expect(pairings.map(({ line }) => line)).toEqual(pairings.map((_pairing, place) => place + 2));
  });

  it('leaves an empty cell null and says why a bad one is bad, so that the row is held and not the file refused', async () => {
    const { pairings } = await readText(`${header},x@example.test\njdoe,\n#N/A,nobody\n`);
    expect(pairings.map(({ ad, cloud }) => [ad?.kind, cloud?.kind])).toEqual([
      [undefined, 'ref'],
      ['ref', undefined],
      ['bad', 'bad'],
    ]);
    expect(pairings[2]?.ad).toMatchObject({ why: expect.stringContaining('spreadsheet formula') });
  });

  it('takes references as values of the attribute that --ad-key or --cloud-key names', async () => {
    const { pairings } = await readText(`${header}1001,mail@example.test\n1.2E+9,x\n`, {
      adKey: 'employeeID',
      cloudKey: 'mail',
    });
    expect(pairings[0]?.ad).toEqual({ kind: 'ref', ref: { kind: 'key', attribute: 'employeeID', value: '1001' } });
    expect(pairings[0]?.cloud).toEqual({
      kind: 'ref',
      ref: { kind: 'key', attribute: 'mail', value: 'mail@example.test' },
    });
    expect(pairings[1]?.ad).toMatchObject({ kind: 'bad' });
  });

  it('hashes the bytes, so that the same rows in another encoding are another input', async () => {
    const utf8 = await readText(`${header}jdoe,j@example.test\n`);
    const utf16 = await readText(Buffer.from(`\ufeff${header}jdoe,j@example.test\n`, 'utf16le'));
    expect(utf16.pairings).toEqual(utf8.pairings);
    expect(utf16.sha256).not.toBe(utf8.sha256);
  });

  it('refuses --encoding that the byte-order mark contradicts, in place of reading nonsense', async () => {
    const fault = await faultOf(readText(`\ufeff${header}jdoe,j@example.test\n`, { encoding: 'windows-1252' }));
    expect(fault).toMatchObject({ code: 'input-encoding', hint: expect.stringContaining('Leave --encoding out') });
    await expect(readText(`\ufeff${header}jdoe,j@example.test\n`, { encoding: 'utf-8' })).resolves.toBeDefined();
  });

  it('names the columns there are when --columns names one that is not', async () => {
    const fault = await faultOf(readText('a,b\n1,2\n', { columns: { ad: 'a', cloud: 'c' } }));
    expect(fault.message).toContain('--columns names "c"');
    expect(fault.hint).toContain('"a", "b"');
  });

  it('does not look for the other side in a column that --columns has given to one', async () => {
    const text = 'UserPrincipalName,ObjectId\nn@example.test,46c82861-23b9-470b-ab37-a08402a70c67\n';
    const [pairing] = (await readText(text, { columns: { ad: 'UserPrincipalName' } })).pairings;
    expect([pairing?.ad, pairing?.cloud]).toMatchObject([{ ref: { kind: 'upn' } }, { ref: { kind: 'object-id' } }]);
    const fault = await faultOf(
      readText('UserPrincipalName\nn@example.test\n', { columns: { ad: 'UserPrincipalName' } }),
    );
    expect(fault.message).toContain('no column for the cloud user');
  });

  it('names all lines that have a value without a column, not only the first', async () => {
    const rows = Array.from(
      { length: 30 },
      (_row, count) => `user${count},user${count}@example.test${count < 2 ? '' : ',x'}\n`,
    );
    const fault = await faultOf(readText(header + rows.join('')));
    expect(fault.message).toMatch(/line 4: .* 3 values.*; the same on lines 5, 6, .*, 24 and 7 more$/);
    expect((await faultOf(readText(header + rows.slice(0, 4).join('')))).message).toMatch(
      /line 4: .*; the same on line 5$/,
    );
  });

  it('counts characters cut by a read of the file as one, wherever the cut falls', async () => {
    // The file is read in pieces of 256 KiB; these rows put a character of three bytes on every offset around the end.
    for (const shift of [0, 1, 2]) {
      const rows = Array.from(
        { length: 9000 },
        (_row, count) => `user${count},user${count}@example.test,${'€'.repeat(20)}\n`,
      );
      const { pairings } = await readText(`ad_user,cloud_user,note${'x'.repeat(shift)}\n${rows.join('')}`);
      expect(pairings.every(({ extra }) => extra[0] === '€'.repeat(20))).toBe(true);
      expect(pairings.at(-1)?.line).toBe(9001);
    }
  });

  it('tells the line of a quote that is never closed, also when it swallows a long file', async () => {
    const rows = Array.from({ length: 60_000 }, (_row, count) => `user${count},user${count}@example.test\n`);
    rows[40_000] = '"user40000,user40000@example.test\n';
    const fault = await faultOf(readText(header + rows.join('')));
    expect(fault.message).toMatch(/line 40002: .*never closed/);
    rows[50_000] = '"user50000",x@example.test\n';
    expect((await faultOf(readText(header + rows.join('')))).message).toMatch(
      /line 40002: .*follows the closing quote/,
    );
  });

  it('tells the line of a bad byte beyond the first piece that is read', async () => {
    const rows = Array.from({ length: 40_000 }, (_row, count) => `user${count},user${count}@example.test\r\n`);
    const bytes = Buffer.concat([
      Buffer.from(header + rows.join('')),
      Buffer.from('j\u00fcrgen,x@example.test\n', 'latin1'),
    ]);
    expect((await faultOf(readText(bytes))).message).toContain('line 40002: there is a byte that is not UTF-8');
  });

  it('says what a path that is no readable file is', async () => {
    expect(await faultOf(readMappings(join(folder, 'absent.csv')))).toMatchObject({
      code: 'input-missing',
      exitCode: 2,
    });
    expect((await faultOf(readMappings(folder))).message).toContain('is a folder');
    if (process.platform !== 'win32') {
      expect((await faultOf(readMappings('/dev/null'))).message).toContain('is not a regular file');
      expect((await faultOf(readMappings('/dev/zero'))).message).toContain('is not a regular file');
    }
  });

  it.skipIf(process.platform === 'win32')('does not wait for somebody to write to a pipe', async () => {
    const pipe = join(folder, 'pipe.csv');
    execFileSync('mkfifo', [pipe]);
    expect((await faultOf(readMappings(pipe))).message).toContain('is not a regular file');
  });

  it('names a path that has no last part whole', async () => {
    expect((await faultOf(readMappings('/'))).message).toMatch(/^\/: is a folder/);
  });

  it("takes an error that libuv does not know for the system's", () => {
    const unknown = Object.assign(new Error('UNKNOWN: unknown error, read'), { code: 'UNKNOWN', syscall: 'read' });
    expect(readingFault(unknown, 'x/mappings.csv')).toMatchObject({ code: 'input-unreadable', exitCode: 2 });
  });

  // Made by hand: the superuser may read everything, and only Windows knows files that are held open.
  it('says what to do about each trouble of the system', () => {
    for (const [code, says, hint] of [
      ['EACCES', 'may not read', 'right to read'],
      ['EPERM', 'may not read', 'right to read'],
      ['EBUSY', 'another program', 'Close it'],
      ['EIO', 'reading failed: EIO', 'disk'],
      ['ENOTDIR', 'no such file', 'x/mappings.csv'],
    ] as const) {
      const fault = readingFault(Object.assign(new Error(`${code}: in words`), { code }), 'x/mappings.csv');
      if (!(fault instanceof RunFault)) throw new Error('no RunFault');
      expect(fault.message).toMatch(new RegExp(`^mappings\\.csv: .*${says}`));
      expect(fault.hint).toContain(hint);
      expect(fault.exitCode).toBe(2);
    }
    const bug = new TypeError('a bug');
    expect(readingFault(bug, 'x')).toBe(bug);
  });
});

// No NUL (refused), and nothing that is trimmed from a reference's ends: what is left must come back to the letter.
const anyText = fc.string({ unit: 'grapheme', maxLength: 12 }).map((text) => text.replaceAll('\0', ''));
const awkward = fc.constantFrom('"', '""', ',', ';', '\t', '\n', '\r', '\r\n', ' ', "'", 'é', '😀', '\u2028', '=');
const extraCell = fc.oneof(
  anyText,
  fc.array(awkward, { maxLength: 6 }).map((parts) => parts.join('')),
);
const reference = fc.stringMatching(/^[a-z][a-z0-9.]{0,10}[a-z]$/);
const row = fc.record({ ad: reference, cloud: reference, extra: fc.array(extraCell, { minLength: 2, maxLength: 2 }) });

const dialects = fc.record({
  delimiter: fc.constantFrom(',', ';', '\t'),
  record_delimiter: fc.constantFrom('\n', '\r\n', '\r'),
  bom: fc.boolean(),
  quoted: fc.boolean(),
  escape_formulas: fc.boolean(),
});

describe('what csv-stringify writes', () => {
  it('comes back cell for cell, each record with the line it begins on, in every dialect', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(row, { minLength: 1, maxLength: 8 }), dialects, async (rows, dialect) => {
        const records = rows.map(({ ad, cloud, extra }) => [ad, ...extra, `${cloud}@example.test`]);
        // Without quotes around them, csv-stringify leaves a lone CR bare when the record delimiter is another.
        const options = { ...dialect, quoted_match: /[\r\n]/ };
        const text = stringify([['ad_user', 'note', 'more', 'cloud_user'], ...records], options);
        const { pairings } = await readText(text);
        expect(pairings.map(({ adText, cloudText }) => [adText, cloudText])).toEqual(
          records.map((cells) => [cells[0], cells[3]]),
        );
        if (!dialect.escape_formulas)
          expect(pairings.map(({ extra }) => extra)).toEqual(rows.map(({ extra }) => extra));
        // The line is where an editor would show the record: after the line ends of all text before it.
        const before = (count: number): string =>
          stringify([['ad_user', 'note', 'more', 'cloud_user'], ...records.slice(0, count)], options);
        expect(pairings.map(({ line }) => line)).toEqual(
          records.map((_cells, count) => before(count).split(/\r\n|\n|\r/).length),
        );
      }),
      { numRuns: rounds(300) },
    );
  });

  it('gives the reference back that escape_formulas has put an apostrophe before', async () => {
    await fc.assert(
      fc.asyncProperty(fc.constantFrom('=', '+', '-', '@'), reference, async (sign, name) => {
        const record = [sign + name, `${sign}${name}@example.test`, `${sign}abc==`];
        const text = stringify([['ad_user', 'cloud_user', 'immutable_id'], record], { escape_formulas: true });
        const [pairing] = (await readText(text)).pairings;
        expect([pairing?.adText, pairing?.cloudText, pairing?.claimedId]).toEqual(record);
      }),
      { numRuns: 40 },
    );
  });

  it('never crashes on arbitrary bytes: they are read or refused', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 200 }), fc.boolean(), async (bytes, withHeader) => {
        const content = Buffer.concat([Buffer.from(withHeader ? header : ''), bytes]);
        const result = await readText(content).catch((error: unknown) => error);
        expect(
          result instanceof RunFault || (typeof result === 'object' && result !== null && 'pairings' in result),
        ).toBe(true);
      }),
      { numRuns: rounds(200) },
    );
  });
});
