import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { RunFault } from '../../src/core/failure.ts';
import { type ReadOptions, readMappings } from '../../src/input/mappings.ts';

const folder = join(import.meta.dirname, '../../fixtures/csv');

/** What a file must give: its rows as `line|ad text|cloud text|claim|extra…`, or its refusal. */
type Good = { readonly extra?: readonly string[]; readonly rows: readonly string[]; readonly options?: ReadOptions };
type Bad = { readonly refused: string; readonly line?: number; readonly says: RegExp; readonly hint: RegExp };

const nora = 'nquill|nora.quill@example.test|-';
const theo = 'tmarsh|theo.marsh@example.test|-';
const juergen = 'jürgen|jürgen.müller@example.test|-';

const read: Readonly<Record<string, Good>> = {
  'plain.csv': { rows: [`2|${nora}`] },
  'no-final-newline.csv': { rows: [`2|${nora}`] },
  'crlf.csv': { rows: [`2|${nora}`, `3|${theo}`] },
  'cr-only.csv': { rows: [`2|${nora}`, `3|${theo}`] },
  'mixed-line-ends.csv': { rows: [`2|${nora}`, `3|${theo}`, '4|butf|ben.utf@example.test|-'] },
  'utf8-bom.csv': { rows: [`2|${juergen}`] },
  'utf16le-bom.csv': { rows: [`2|${juergen}`] },
  'utf16be-bom.csv': { rows: [`2|${juergen}`] },
  'semicolon.csv': { extra: ['note'], rows: [`2|${nora}|a, b, c`] },
  'semicolon-commas-in-header.csv': { extra: ['note, long, very'], rows: [`2|${nora}|x`] },
  'commas-outvote-semicolons.csv': { extra: ['note, long, very, long'], rows: [`2|${nora}|x`] },
  'tab.csv': { rows: ['2|CN=Quill\\, Nora,DC=example,DC=test|nora.quill@example.test|-'] },
  'sep-line.csv': { rows: [`3|${nora}`] },
  'powershell-type.csv': { rows: [`3|${nora}`] },
  'type-saved-by-excel.csv': { rows: [`3|${nora}`] },
  'quoted-newlines.csv': {
    extra: ['note'],
    rows: [`2|${nora}|one\r\ntwo\r\n\r\nfour`, `6|${theo}|one\ntwo`, '8|butf|ben.utf@example.test|-|'],
  },
  'header-with-newline.csv': { extra: ['a note\nin two lines'], rows: [`3|${nora}|x`] },
  'blank-lines.csv': { extra: ['note'], rows: [`5|${nora}|a`, `10|${theo}|b`] },
  'leading-apostrophe.csv': {
    extra: ['note'],
    rows: ["2|-nquill|@odd@example.test|+x/abc==|'=untouched", "3|=x|''@b@example.test|'none|n"],
  },
  'odd-blanks.csv': { rows: [`2|${nora}`, `3|${theo}`, '4|o’quinn|olga.stern@example.test|-'] },
  'invisible-inside.csv': { rows: ['2|nqu\u200bill|nora.quill@example.test|-'] },
  'excel-errors.csv': { rows: ['2|#N/A|#NAME?|-', '3|#REF!|#BEZUG!|-'] },
  'shortened-number.csv': { rows: ['2|1,23457E+11|1.23457E+11|-'] },
  'byte-array.csv': { rows: ['2|System.Byte[]|nora.quill@example.test|-'] },
  'fewer-cells.csv': { extra: ['note', 'more'], rows: [`2|${nora}|a|`, '3|tmarsh||-|b|', '4|||-|c|'] },
  'more-cells-empty.csv': { rows: [`2|${nora}`] },
  'unnamed-column.csv': { rows: [`2|${nora}`] },
  'spellings.csv': { extra: ['Note'], rows: [`2|${nora}|x`] },
  'aliases.csv': { rows: ['2|CN=Quill\\, Nora,DC=example,DC=test|nora.quill@example.test|-'] },
  'canonical-beside-alias.csv': {
    extra: ['SamAccountName', 'ObjectId'],
    rows: [`2|${nora}|n.quill|46c82861-23b9-470b-ab37-a08402a70c67`],
  },
  'results-as-input.csv': {
    extra: [
      'input_line',
      'input_outcome',
      'input_reasons',
      'input_cloud_object_id',
      'input_cloud_upn',
      'input_before_2',
      'note',
      'input_before',
    ],
    rows: ['2|nquill|nora.quill@example.test|+x==|2|rejected|timed-out||||mine|older'],
  },
  'newline-in-reference.csv': { rows: ['2|nqu\nill|nora.quill@example.test|-'] },
  'ten-thousand-columns.csv': {
    extra: Array.from({ length: 9998 }, (_name, count) => `c${count}`),
    rows: [`2|${nora}${'|'.repeat(9998)}`],
  },
  'header-repeated.csv': { rows: [`2|${nora}`, '3|ad_user|cloud_user|-', `4|${theo}`] },
  'right-to-left-inside.csv': {
    rows: ['2|nqu\u202eill|nora.quill@example.test|-', '3|tmarsh|theo\u202e.marsh@example.test|-'],
  },
  'formulas.csv': {
    extra: ['note'],
    rows: [
      "2|=cmd|' /C calc'!A0|nora.quill@example.test|-|=1+1",
      `3|tmarsh|=cmd|' /C calc'!A0|-|=HYPERLINK("http://example.test")`,
    ],
  },
  'prototype-columns.csv': {
    extra: ['__proto__', 'constructor', 'toString', 'hasOwnProperty'],
    rows: [`2|${nora}|a|b|c|d`, '3|__proto__|constructor|-||||'],
  },
  'quotes-in-cell.csv': { rows: [`2|${nora}`, `3|${'"'.repeat(50_000)}|theo.marsh@example.test|-`] },
  'sep-line-quoted.csv': { rows: [`3|${nora}`] },
  'blanks-around.csv': { rows: [`2|${nora}`, `3|${theo}`] },
  'smart-quotes.csv': { rows: [`2|${nora}`, `3|${theo}`] },
  'smart-quoted-header.csv': { rows: [`2|${nora}`] },
  'trailing-delimiters.csv': { rows: [`2|${nora}`, `3|${theo}`] },
  'dos-end-of-file.csv': { rows: [`2|${nora}`] },
  'dos-end-of-file-in-the-middle.csv': { rows: [`2|${nora}`, `4|${theo}`] },
  'form-feeds.csv': { rows: [`2|${nora}`] },
  'same-row-twice.csv': { rows: [`2|${nora}`, `3|${nora}`] },
  'git-conflict.csv': {
    rows: ['2|<<<<<<< HEAD||-', `3|${nora}`, '4|=======||-', `5|${theo}`, '6|>>>>>>> other||-'],
  },
  'null-texts.csv': { rows: ['2||nora.quill@example.test|-', '3|nquill||-'] },
};

const told: Readonly<Record<string, Good>> = {
  'windows-1252.csv': {
    options: { encoding: 'windows-1252' },
    extra: ['note'],
    rows: [`2|${nora}|ok`, `3|${juergen}|5 € – “Jürgen’s”`],
  },
  'utf16le-no-bom.csv': { options: { encoding: 'utf-16le' }, rows: [`2|${nora}`] },
  'own-names.csv': { options: { columns: { ad: 'Mitarbeiter', cloud: 'konto' } }, rows: [`2|${nora}`] },
  'two-ad-columns.csv': {
    options: { columns: { ad: 'ObjectGUID' } },
    extra: ['SamAccountName'],
    rows: ['2|68ba1d52-423e-41f9-a9e6-e97cf3ef9ed5|nora.quill@example.test|-|nquill'],
  },
  'one-column.csv': {
    options: { columns: { ad: 'UserPrincipalName', cloud: 'UserPrincipalName' } },
    rows: ['2|nquill@example.test|nquill@example.test|-'],
  },
  'canonical-beside-alias.csv': {
    options: { columns: { ad: 'samaccountname', cloud: 'ObjectId' } },
    extra: ['input_ad_user', 'input_cloud_user'],
    rows: ['2|n.quill|46c82861-23b9-470b-ab37-a08402a70c67|-|nquill|nora.quill@example.test'],
  },
};

const saveAsCsv = /Save As, "CSV UTF-8/;
const doubleQuotes = /double each quote/;
const refused: Readonly<Record<string, Bad>> = {
  'utf16le-no-bom.csv': { refused: 'input-encoding', says: /UTF-16 without/, hint: /--encoding utf-16le/ },
  'utf16le-cut.csv': { refused: 'input-encoding', line: 2, says: /not UTF-16LE/, hint: /damaged/ },
  'windows-1252.csv': { refused: 'input-encoding', line: 3, says: /not UTF-8/, hint: /--encoding windows-1252/ },
  'bad-utf8.csv': { refused: 'input-encoding', line: 4, says: /not UTF-8/, hint: /--encoding windows-1252/ },
  'cut-utf8.csv': { refused: 'input-encoding', line: 3, says: /not UTF-8/, hint: /--encoding windows-1252/ },
  'zero-byte-late.csv': { refused: 'input-not-text', line: 302, says: /zero byte/, hint: /again/ },
  'binary.csv': { refused: 'input-not-text', says: /zero bytes/, hint: saveAsCsv },
  'million-letters.csv': { refused: 'input-broken', line: 3, says: /too long/, hint: doubleQuotes },
  'mixed-delimiters.csv': {
    refused: 'input-broken',
    line: 3,
    says: /divided by semicolons, the header by commas; the same on line 4/,
    hint: /one delimiter/,
  },
  'zero-byte.csv': { refused: 'input-not-text', line: 3, says: /zero byte/, hint: /again/ },
  'utf7.csv': { refused: 'input-encoding', says: /UTF-7/, hint: /UTF-8/ },
  'utf32le-bom.csv': { refused: 'input-encoding', says: /UTF-32/, hint: /UTF-8/ },
  'utf32be-bom.csv': { refused: 'input-encoding', says: /UTF-32/, hint: /UTF-8/ },
  'lone-surrogate-utf8.csv': { refused: 'input-encoding', line: 3, says: /not UTF-8/, hint: /CSV UTF-8/ },
  'lone-surrogate-utf16.csv': { refused: 'input-encoding', line: 3, says: /not UTF-16LE/, hint: /damaged/ },
  'overlong-utf8.csv': { refused: 'input-encoding', line: 3, says: /not UTF-8/, hint: /CSV UTF-8/ },
  'double-ad-user.csv': { refused: 'input-header', line: 1, says: /"AD_User" occurs twice/, hint: /Rename/ },
  'only-quotes.csv': { refused: 'input-header', line: 1, says: /no column for/, hint: /ad_user and cloud_user/ },
  'odd-quotes.csv': { refused: 'input-broken', line: 3, says: /never closed/, hint: doubleQuotes },
  'pdf.csv': { refused: 'input-not-text', says: /a PDF file/, hint: saveAsCsv },
  'zip.csv': { refused: 'input-not-text', says: /ZIP file/, hint: saveAsCsv },
  'gzip.csv': { refused: 'input-not-text', says: /gzip file/, hint: saveAsCsv },
  'json.csv': { refused: 'input-not-text', says: /is a JSON file/, hint: /Give a CSV file/ },
  'html.csv': { refused: 'input-not-text', says: /HTML or XML/, hint: /Give a CSV file/ },
  'xml.csv': { refused: 'input-not-text', says: /HTML or XML/, hint: /Give a CSV file/ },
  'rtf.csv': { refused: 'input-not-text', says: /RTF/, hint: /Give a CSV file/ },
  'ldif.csv': { refused: 'input-not-text', says: /LDIF/, hint: /Give a CSV file/ },
  'lfs-pointer.csv': { refused: 'input-not-text', says: /Git LFS/, hint: /Give a CSV file/ },
  'only-bom.csv': { refused: 'input-empty', says: /file is empty/, hint: /ad_user,cloud_user/ },
  'only-bom-utf16le.csv': { refused: 'input-empty', says: /file is empty/, hint: /ad_user,cloud_user/ },
  'header-only-bom.csv': { refused: 'input-empty', line: 1, says: /no rows/, hint: /line for each user/ },
  'sep-line-alone.csv': { refused: 'input-empty', says: /file is empty/, hint: /ad_user,cloud_user/ },
  'line-separators.csv': { refused: 'input-broken', line: 2, says: /3 values.*2 names/, hint: /quotes around/ },
  'header-on-two-lines.csv': { refused: 'input-header', line: 1, says: /no column for the cloud/, hint: /cloud_user/ },
  'pipe-delimited.csv': { refused: 'input-header', line: 1, says: /"ad_user\|cloud_user"/, hint: /commas, semicolons/ },
  'backslash-quotes.csv': { refused: 'input-broken', line: 3, says: /follows the closing/, hint: doubleQuotes },
  'workbook.xlsx': { refused: 'input-not-text', says: /\.xlsx/, hint: saveAsCsv },
  'workbook.xls': { refused: 'input-not-text', says: /\.xls\b/, hint: saveAsCsv },
  'sep-pipe.csv': { refused: 'input-header', line: 1, says: /"sep=\|"/, hint: /semicolons/ },
  'more-cells.csv': { refused: 'input-broken', line: 3, says: /3 values.*2 names/, hint: /quotes around/ },
  'unnamed-column-with-value.csv': { refused: 'input-broken', line: 3, says: /column 2/, hint: /name the column/ },
  'two-ad-columns.csv': {
    refused: 'input-header',
    line: 1,
    says: /"SamAccountName", "ObjectGUID"/,
    hint: /--columns ad=SamAccountName/,
  },
  'double-column.csv': { refused: 'input-header', line: 1, says: /"note" occurs twice/, hint: /Rename/ },
  'two-claims.csv': { refused: 'input-header', line: 1, says: /"immutable_id", "ImmutableID"/, hint: /Rename/ },
  'own-names.csv': {
    refused: 'input-header',
    line: 1,
    says: /"Mitarbeiter", "Konto"/,
    hint: /ad_user and cloud_user.*--columns ad=<name>,cloud=<name>/,
  },
  'one-column.csv': { refused: 'input-header', line: 1, says: /no column for the AD user among/, hint: /ad_user/ },
  'no-header.csv': { refused: 'input-header', line: 1, says: /begins with data/, hint: /ad_user,cloud_user/ },
  'header-only.csv': { refused: 'input-empty', line: 1, says: /no rows/, hint: /line for each user/ },
  'empty.csv': { refused: 'input-empty', says: /file is empty/, hint: /ad_user,cloud_user/ },
  'blank.csv': { refused: 'input-empty', says: /file is empty/, hint: /ad_user,cloud_user/ },
  'quote-not-closed.csv': { refused: 'input-broken', line: 4, says: /never closed/, hint: doubleQuotes },
  'quote-not-closed-in-header.csv': { refused: 'input-broken', line: 1, says: /never closed/, hint: doubleQuotes },
  'text-after-quote.csv': { refused: 'input-broken', line: 3, says: /follows the closing quote/, hint: doubleQuotes },
  'quote-inside.csv': { refused: 'input-broken', line: 3, says: /does not begin with one/, hint: doubleQuotes },
};

async function rowsOf(name: string, options: ReadOptions = {}): Promise<{ extra: readonly string[]; rows: string[] }> {
  const { extraColumns, pairings } = await readMappings(join(folder, name), options);
  const rows = Array.from(pairings, (row) =>
    [row.line, row.adText, row.cloudText, row.claimedId ?? '-', ...row.extra].join('|'),
  );
  return { extra: extraColumns, rows };
}

describe('the awkward files', () => {
  it('are all in the tables below', () => {
    const known = new Set([...Object.keys(read), ...Object.keys(told), ...Object.keys(refused)]);
    expect([...known].sort()).toEqual(readdirSync(folder).sort());
  });

  it.each(Object.entries(read))('reads %s', async (name, good) => {
    expect(await rowsOf(name)).toEqual({ extra: good.extra ?? [], rows: good.rows });
  });

  it.each(Object.entries(told))('reads %s when told how', async (name, good) => {
    expect(await rowsOf(name, good.options)).toEqual({ extra: good.extra ?? [], rows: good.rows });
  });

  it.each(Object.entries(refused))('refuses %s with the place and a remedy', async (name, bad) => {
    const fault = await readMappings(join(folder, name)).catch((error: unknown) => error);
    if (!(fault instanceof RunFault)) throw new Error(`not refused: ${name}`, { cause: fault });
    const where = bad.line === undefined ? `${name}: ` : `${name}, line ${bad.line}: `;
    expect(fault.message.slice(0, where.length)).toBe(where);
    expect(fault.message).toMatch(bad.says);
    expect(fault.message).not.toContain('\n');
    expect(fault.hint).toMatch(bad.hint);
    expect([fault.code, fault.exitCode]).toEqual([bad.refused, 2]);
  });
});
