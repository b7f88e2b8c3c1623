import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { pipeline, Readable } from 'node:stream';
import { CsvError, type Info, parse } from 'csv-parse';
import { RunFault } from '../core/failure.ts';

// Get-ADUser refuses the whole command over an attribute that the schema has not, hence the question to the schema first.
const findExchange =
  "$exchange = @('mailNickname','msExchRecipientTypeDetails' | Where-Object { Get-ADObject" +
  ' -SearchBase (Get-ADRootDSE).schemaNamingContext -LDAPFilter "(lDAPDisplayName=$_)" })';

/** Writes an export that has everything, in a form that loses nothing; run where the ActiveDirectory module is installed. */
export const exportCommand = [
  `${findExchange}; Get-ADUser -Filter * -Properties` +
    " (@('mail','proxyAddresses','adminDescription','isCriticalSystemObject','mS-DS-ConsistencyGuid') + $exchange)",
  'Select-Object ObjectGUID,DistinguishedName,SamAccountName,UserPrincipalName,Enabled,ObjectClass,SID,mail,adminDescription,' +
    'isCriticalSystemObject,mailNickname,msExchRecipientTypeDetails,' +
    "@{n='proxyAddresses';e={$_.proxyAddresses -join '|'}}," +
    "@{n='mS-DS-ConsistencyGuid';e={if ($_.'mS-DS-ConsistencyGuid') {[Convert]::ToBase64String($_.'mS-DS-ConsistencyGuid')}}}",
  'Export-Csv ad-users.csv -NoTypeInformation -Encoding UTF8',
].join(' | ');

/** How the file is written, found out from its beginning. */
export type ExportFormat = {
  readonly path: string;
  readonly encoding: 'utf-8' | 'utf-16le' | 'utf-16be';
  /** Length of the byte-order mark. */
  readonly skipBytes: number;
  readonly delimiter: ',' | ';' | '\t';
  /** The line of the header: 2 after a `#TYPE` line. */
  readonly headerLine: number;
};

/** One record of the file, the header included. */
export type ExportRecord = {
  /** Line on which it ends, counted from 1. */
  readonly line: number;
  readonly cells: readonly string[];
};

/** Something is wrong with the export; `line` where it is known. */
export function exportFault(
  path: string,
  what: string,
  more: { readonly line?: number; readonly hint?: string; readonly cause?: unknown } = {},
): RunFault {
  const place = more.line === undefined ? '' : `line ${more.line}: `;
  const hint = more.hint ?? `Export again with: ${exportCommand}`;
  return new RunFault('ad-export', `The AD export ${path} cannot be used: ${place}${what}.`, {
    hint,
    cause: more.cause,
  });
}

const headBytes = 65_536;

/** Looks at the beginning of the file. Throws RunFault when it cannot be read. */
export async function findFormat(path: string): Promise<ExportFormat> {
  const head = await readHead(path);
  const { encoding, skipBytes } = encodingOf(head);
  if (encoding === 'utf-8' && head.includes(0)) {
    throw exportFault(path, 'it looks like UTF-16 but does not begin with a byte-order mark');
  }
  // Not fatal here: the head may end in the middle of a character. The whole file is read strictly.
  const lines = new TextDecoder(encoding).decode(head.subarray(skipBytes)).split(/\r\n|\r|\n/);
  const headerLine = lines[0]?.startsWith('#TYPE') === true ? 2 : 1;
  const header = lines[headerLine - 1] ?? '';
  if (header.trim() === '') throw exportFault(path, 'it has no header');
  return { path, encoding, skipBytes, delimiter: delimiterOf(header), headerLine };
}

async function readHead(path: string): Promise<Buffer> {
  try {
    const file = await open(path, 'r');
    try {
      const { buffer, bytesRead } = await file.read(Buffer.alloc(headBytes), 0, headBytes, 0);
      return buffer.subarray(0, bytesRead);
    } finally {
      await file.close();
    }
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw exportFault(path, why, { hint: 'Check the path given with --ad-export.', cause });
  }
}

function encodingOf(head: Buffer): Pick<ExportFormat, 'encoding' | 'skipBytes'> {
  if (head[0] === 0xff && head[1] === 0xfe) return { encoding: 'utf-16le', skipBytes: 2 };
  if (head[0] === 0xfe && head[1] === 0xff) return { encoding: 'utf-16be', skipBytes: 2 };
  const hasMark = head[0] === 0xef && head[1] === 0xbb && head[2] === 0xbf;
  return { encoding: 'utf-8', skipBytes: hasMark ? 3 : 0 };
}

function delimiterOf(header: string): ExportFormat['delimiter'] {
  const bare = header.replaceAll(/"[^"]*"/g, '');
  const count = (letter: string): number => bare.split(letter).length - 1;
  const found = ([',', ';', '\t'] as const).map((letter) => ({ letter, times: count(letter) }));
  return found.reduce((best, next) => (next.times > best.times ? next : best)).letter;
}

/** Streams the records, the header first. Throws RunFault with the line at the first one that is broken. */
export async function* recordsOf(format: ExportFormat): AsyncGenerator<ExportRecord, void, undefined> {
  const parser = parse({
    delimiter: format.delimiter,
    from_line: format.headerLine,
    info: true,
    skip_empty_lines: true,
  });
  // Errors of the source reach the loop below, because pipeline ends the parser with them.
  pipeline(Readable.from(decoded(format)), parser, () => undefined);
  try {
    for await (const item of parser) {
      const { info, record } = item as { readonly info: Info; readonly record: string[] };
      yield { line: info.lines, cells: record };
    }
  } catch (error) {
    throw sorted(error, format.path);
  } finally {
    parser.destroy();
  }
}

async function* decoded({ path, encoding, skipBytes }: ExportFormat): AsyncGenerator<string, void, undefined> {
  const decoder = new TextDecoder(encoding, { fatal: true });
  try {
    for await (const chunk of createReadStream(path, { start: skipBytes })) {
      yield decoder.decode(chunk as Buffer, { stream: true });
    }
    yield decoder.decode();
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    throw exportFault(path, `it has bytes that are not ${encoding.toUpperCase()}`, {
      hint: 'Export again with -Encoding UTF8.',
      cause: error,
    });
  }
}

const brokenRecords: Readonly<Record<string, string>> = {
  CSV_QUOTE_NOT_CLOSED: 'a quoted value has no end',
  CSV_INVALID_CLOSING_QUOTE: 'something follows the closing quote of a value',
  INVALID_OPENING_QUOTE: 'a value has a quote in it that does not belong there',
  CSV_RECORD_INCONSISTENT_FIELDS_LENGTH: 'it has not as many values as the header has columns',
};

function sorted(error: unknown, path: string): unknown {
  if (!(error instanceof CsvError)) return error;
  const line = typeof error['lines'] === 'number' ? error['lines'] : undefined;
  const what = brokenRecords[error.code] ?? error.message;
  return exportFault(path, what, { ...(line === undefined ? {} : { line }), cause: error });
}
