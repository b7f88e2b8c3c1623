import { basename } from 'node:path';
import { RunFault } from '../core/failure.ts';
import type { Encoding } from '../csv/encoding.ts';
import { CsvFault, type CsvTrouble } from '../csv/fault.ts';
import { NotRegular } from '../files/regular-file.ts';
import { isSystemError, systemCodeOf } from '../files/system-error.ts';

/** Why a mappings file is refused whole. */
export type InputFaultCode =
  | 'input-missing'
  | 'input-unreadable'
  | 'input-encoding'
  | 'input-not-text'
  | 'input-header'
  | 'input-broken'
  | 'input-empty';

/** Where the trouble is; no line where the file as a whole is meant. */
export type Place = { readonly path: string; readonly line?: number };

/** The RunFault (exit code 2) for one trouble at one place: `mappings.csv, line 7: <what>`. */
export function inputFault(
  code: InputFaultCode,
  at: Place,
  say: { what: string; hint: string; cause?: unknown },
): RunFault {
  // A header's cells may have line breaks in them; a message is one line.
  const what = say.what.replaceAll(/[\p{C}\p{Z}]+/gu, ' ');
  // A drive or the root has no last part.
  const name = basename(at.path) || at.path;
  const where = at.line === undefined ? name : `${name}, line ${at.line}`;
  return new RunFault(code, `${where}: ${what}`, {
    hint: say.hint.replaceAll(/[\p{C}\p{Z}]+/gu, ' '),
    cause: say.cause,
  });
}

const folder = 'is a folder, and has no plan.ndjson in it, as a run folder has';

function notAFile(path: string, { kind, message }: NotRegular): Error {
  const what = kind === 'folder' ? folder : message.replace(/^it /, '');
  return inputFault('input-unreadable', { path }, { what, hint: 'Name the mappings CSV itself.' });
}

/** The RunFault for a file that cannot be read, or is no CSV in the encoding told; any other error is given back as it is. */
export function readingFault(error: unknown, path: string, encoding?: Encoding): unknown {
  if (error instanceof CsvFault) return csvFault(error, path, encoding);
  if (error instanceof NotRegular) return notAFile(path, error);
  const at = { path };
  switch (systemCodeOf(error)) {
    case 'ENOENT':
    case 'ENOTDIR':
      return inputFault('input-missing', at, {
        what: 'there is no such file',
        hint: `Check the path: ${path}`,
        cause: error,
      });
    case 'EISDIR':
      return notAFile(path, new NotRegular('folder'));
    case 'EACCES':
    case 'EPERM':
      return inputFault('input-unreadable', at, {
        what: 'this account may not read the file',
        hint: 'Grant it the right to read, or copy the file to where it has it.',
        cause: error,
      });
    case 'EBUSY': // Windows, while Excel has the file open
      return inputFault('input-unreadable', at, {
        what: 'another program keeps the file open',
        hint: 'Close it there (Excel, most often), then try again.',
        cause: error,
      });
    default:
      return isSystemError(error)
        ? inputFault('input-unreadable', at, {
            what: `reading failed: ${error.message}`,
            hint: 'Check the disk or the share.',
            cause: error,
          })
        : error;
  }
}

const saveAsCsv = 'In Excel: Save As, "CSV UTF-8 (Comma delimited)"; then give the .csv file.';
const quoteWhole = 'Put quotes around the whole value and double each quote inside it: "Jo ""JJ"" Doe".';

type Words = readonly [code: InputFaultCode, what: string, hint: string];

const wordsOf: Readonly<Record<CsvTrouble, (detail: string, told: Encoding | undefined) => Words>> = {
  'other-binary': (kind) => ['input-not-text', `is ${kind}, not a CSV file`, saveAsCsv],
  'other-text': (kind) => [
    'input-not-text',
    `is ${kind}, not a CSV file`,
    'Give a CSV file: a line ad_user,cloud_user, and a line for each user.',
  ],
  'foreign-encoding': (name) => [
    'input-encoding',
    `is written in ${name}, which is not read`,
    'Save it as "CSV UTF-8".',
  ],
  'other-mark': (mark, told) => [
    'input-encoding',
    `begins with the byte-order mark of ${mark}, but --encoding says ${told}`,
    'Leave --encoding out: the file says itself what it is.',
  ],
  'utf-16-unmarked': (guess) => [
    'input-encoding',
    'looks like UTF-16 without its byte-order mark',
    `Say --encoding ${guess}, or save the file as UTF-8.`,
  ],
  'zero-bytes': () => ['input-not-text', 'has zero bytes in it: it is not a text file', saveAsCsv],
  'zero-byte': () => ['input-not-text', 'there is a zero byte; the file is damaged or not text', 'Export it again.'],
  'bad-byte': (encoding) => [
    'input-encoding',
    `there is a byte that is not ${encoding}`,
    encoding === 'UTF-8'
      ? 'Save it as "CSV UTF-8"; or, for a file saved as plain CSV on Western Windows, say --encoding windows-1252.'
      : 'The file is damaged, or --encoding is wrong; export it again.',
  ],
  separator: (told) => [
    'input-header',
    `"sep=${told}" asks for a delimiter that is not supported`,
    'Save the file with commas, semicolons or tabs.',
  ],
  empty: () => [
    'input-empty',
    'the file is empty',
    'It needs a header line, ad_user,cloud_user, and a line for each user.',
  ],
  'quote-not-closed': () => [
    'input-broken',
    'a quote is opened in the record that begins here and never closed',
    quoteWhole,
  ],
  'text-after-quote': () => [
    'input-broken',
    'in the record that begins here, text follows the closing quote of a value',
    quoteWhole,
  ],
  'quote-within': () => [
    'input-broken',
    'in the record that begins here, a quote stands in a value that does not begin with one',
    quoteWhole,
  ],
  'record-too-long': () => [
    'input-broken',
    'the record that begins here is too long; most likely a quote in it is never closed',
    quoteWhole,
  ],
};

function csvFault({ trouble, detail, line, cause }: CsvFault, path: string, told: Encoding | undefined): RunFault {
  const [code, what, hint] = wordsOf[trouble](detail, told);
  return inputFault(code, line === undefined ? { path } : { path, line }, { what, hint, cause });
}
