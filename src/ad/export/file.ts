import type { OtherKind } from '../../csv/encoding.ts';
import { type CsvForm, readCsv } from '../../csv/read-csv.ts';
import type { CsvRecord } from '../../csv/records.ts';
import { exportFault, readingFault } from './fault.ts';

// What is taken for an export, beside what any CSV may be.
const otherKinds: readonly OtherKind[] = [
  ['PK\u0003\u0004', 'an Excel workbook or another ZIP file'],
  [/^(?:version: \d+\s+)?dn::? /i, 'an LDIF file, as ldifde writes it'],
  [/^\w+ +: /, 'a list, as PowerShell shows objects on the screen'],
  [/^\w+ .*\r?\n-{3,} /, 'a table, as PowerShell shows objects on the screen'],
];

/**
 * Gives every record of the export, the header first, until `onRecord` has enough; lines that are blank or have delimiters only
 * are none. Throws RunFault with the line on which the first broken one begins, and whatever `onRecord` throws.
 */
export async function readExport(
  path: string,
  onRecord: (record: CsvRecord) => 'enough' | undefined,
): Promise<CsvForm> {
  let width: number | undefined;
  const onAny = (record: CsvRecord): 'enough' | undefined => {
    const { cells, line } = record;
    if (cells.every(isBlank)) return undefined;
    width ??= cells.length;
    if (cells.length === width) return onRecord(record);
    throw exportFault(path, `it has ${cells.length} values, the header ${width} columns`, { line });
  };
  try {
    return await readCsv(path, { otherKinds, heedsSep: false, onRecord: onAny });
  } catch (error) {
    throw readingFault(path, error);
  }
}

// DOS programs end a file with the byte 1A.
const isBlank = (cell: string): boolean => cell === '' || cell.replaceAll('\u001a', '').trim() === '';
