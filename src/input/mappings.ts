// input/: the mappings CSV. Start here: this file is the whole way from the file to pairings. csv/ reads the records,
// columns.ts finds the columns, cells.ts reads a cell, faults.ts words the refusals. For users: docs/mappings.md.
import { createHash } from 'node:crypto';
import { PackedList, type Packing } from '../core/bulk/bulk.ts';
import type { Mappings, Pairing } from '../core/row.ts';
import type { Encoding, OtherKind } from '../csv/encoding.ts';
import { type Delimiter, delimiters } from '../csv/prelude.ts';
import { readCsv } from '../csv/read-csv.ts';
import { adRefOf, clean, cloudRefOf, isBlank } from './cells.ts';
import { type Columns, findColumns, type ToldColumns } from './columns.ts';
import { inputFault, readingFault } from './faults.ts';

export type ReadOptions = {
  /** `--columns`: the columns' names, where the header does not use known ones. */
  readonly columns?: ToldColumns;
  /** `--encoding`; without it the byte-order mark says, else UTF-8. */
  readonly encoding?: Encoding;
  /** `--ad-key`, `--cloud-key`: the attribute the references are values of. */
  readonly adKey?: string;
  readonly cloudKey?: string;
};

type Keys = { readonly adKey: string | undefined; readonly cloudKey: string | undefined };

/**
 * Reads the mappings file, in file order, as a stream. Cells that make no reference are pairings all the same, with the
 * reason in them; a file that cannot be trusted as a whole (encoding, header, quoting, cells without a column, no rows)
 * is refused with a RunFault, exit code 2, that names the line.
 */
export async function readMappings(path: string, options: ReadOptions = {}): Promise<Mappings> {
  try {
    return await readRows(path, options);
  } catch (error) {
    throw readingFault(error, path, options.encoding);
  }
}

// What is taken for a mappings file, beside what any CSV may be.
const otherKinds: readonly OtherKind[] = [
  ['PK\u0003\u0004', 'an Excel workbook (.xlsx) or another ZIP file'],
  [/^<workbook\b/i, 'an HTML or XML file'],
  [/^\{\\rtf/, 'an RTF file'],
  [/^(?:version: \d+\s+)?dn::? /i, 'an LDIF file'],
  [/^version https:\/\/git-lfs/, 'a pointer of Git LFS'],
];

async function readRows(path: string, options: ReadOptions): Promise<Mappings> {
  const told = options.columns ?? {};
  const isHeader = (cells: readonly string[]): boolean => {
    try {
      return findColumns(cells, told, { path }).count > 0;
    } catch {
      return false;
    }
  };
  const keys: Keys = { adKey: options.adKey, cloudKey: options.cloudKey };
  const pairings = new PackedList(packedPairing(keys));
  const strays: Stray[] = [];
  let columns: Columns | undefined;
  const hash = createHash('sha256');
  const { headerLine } = await readCsv(path, {
    encoding: options.encoding,
    otherKinds,
    isHeader,
    heedsSep: true,
    onBytes: (bytes) => hash.update(bytes),
    onRecord: ({ cells, line }, delimiter) => {
      if (!columns) {
        columns = findColumns(cells, told, { path, line });
      } else if (!cells.every(isBlank)) {
        const found = strayOf(cells, columns, delimiter);
        if (found === undefined) pairings.add(pairingOf(cells, columns, { line, keys }));
        else strays.push({ line, ...found });
      }
      return undefined;
    },
  });
  const [stray, ...others] = strays;
  if (stray) throw strayFault([stray, ...others], path);
  if (!columns || pairings.length === 0) {
    throw inputFault(
      'input-empty',
      { path, line: headerLine },
      {
        what: 'there is a header and no rows after it',
        hint: 'Add a line for each user.',
      },
    );
  }
  return { path, sha256: hash.digest('hex'), extraColumns: columns.extraNames, pairings };
}

// Most files have no other columns; a million rows then share one empty list.
const nothing: readonly string[] = [];

type PackedPairing = readonly [
  line: number,
  adText: string,
  cloudText: string,
  claimedId: string | null,
  ...extra: string[],
];

/** A pairing as its texts: what they refer to is read from them again. */
function packedPairing(keys: Keys): Packing<Pairing> {
  return {
    pack: ({ line, adText, cloudText, claimedId, extra }): PackedPairing => [
      line,
      adText,
      cloudText,
      claimedId,
      ...extra,
    ],
    unpack: ([line, adText, cloudText, claimedId, ...extra]: PackedPairing) => ({
      line,
      adText,
      cloudText,
      ad: adRefOf(adText, keys.adKey),
      cloud: cloudRefOf(cloudText, keys.cloudKey),
      claimedId,
      extra: extra.length === 0 ? nothing : extra,
    }),
  };
}

function pairingOf(cells: readonly string[], columns: Columns, more: { line: number; keys: Keys }): Pairing {
  // Excel leaves out empty cells at the end of a record, so any cell may be absent.
  const cell = (place: number): string => cells[place] ?? '';
  const adText = clean(cell(columns.ad));
  const cloudText = clean(cell(columns.cloud));
  const claimed = columns.claim === null ? '' : clean(cell(columns.claim));
  return {
    line: more.line,
    adText,
    cloudText,
    ad: adRefOf(adText, more.keys.adKey),
    cloud: cloudRefOf(cloudText, more.keys.cloudKey),
    claimedId: claimed === '' ? null : claimed,
    extra: columns.extra.length === 0 ? nothing : columns.extra.map(cell),
  };
}

type Stray = { readonly line: number; readonly what: string; readonly hint: string };

// How a sentence names them.
const delimiterNames: Readonly<Record<Delimiter, string>> = { ',': 'commas', ';': 'semicolons', '\t': 'tabs' };

const quoteIt =
  'Put quotes around a value that has the delimiter in it, as in "CN=Doe\\, Jo,DC=example,DC=com"; or name the column.';

/**
 * Finds a value that no column name stands over: most often a delimiter inside a value that needed quotes. Or a record in
 * which another delimiter stands where the header has its own; taken as one long value it would be a row about nobody.
 */
function strayOf(cells: readonly string[], columns: Columns, delimiter: Delimiter): Omit<Stray, 'line'> | undefined {
  const [only = ''] = cells;
  if (cells.length === 1 && columns.count > 1) {
    const other = delimiters.find((one) => one !== delimiter && only.split(one).length === columns.count);
    const what =
      other && `the record is divided by ${delimiterNames[other]}, the header by ${delimiterNames[delimiter]}`;
    if (what !== undefined) return { what, hint: 'Use one delimiter in the whole file.' };
  }
  if (cells.findIndex((cell, place) => place >= columns.count && !isBlank(cell)) >= 0) {
    return { what: `the record has ${cells.length} values, the header only ${columns.count} names`, hint: quoteIt };
  }
  const unnamed = columns.unnamed.find((place) => !isBlank(cells[place] ?? ''));
  return unnamed === undefined
    ? undefined
    : { what: `there is a value in column ${unnamed + 1}, which has no name in the header`, hint: quoteIt };
}

// All of them at once: nobody should fix one line to be told of the next.
function strayFault([first, ...others]: readonly [Stray, ...Stray[]], path: string): Error {
  const more = others.slice(0, 20).map(({ line }) => line);
  const rest = others.length > more.length ? ` and ${others.length - more.length} more` : '';
  const also =
    more.length === 0 ? '' : `; the same on ${more.length === 1 ? 'line' : 'lines'} ${more.join(', ')}${rest}`;
  return inputFault('input-broken', { path, line: first.line }, { what: `${first.what}${also}`, hint: first.hint });
}
