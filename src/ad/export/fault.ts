import { RunFault } from '../../core/failure.ts';
import { CsvFault, type CsvTrouble } from '../../csv/fault.ts';
import { NotRegular } from '../../files/regular-file.ts';
import { isSystemError } from '../../files/system-error.ts';

// Get-ADUser refuses the whole command over an attribute that the schema has not, hence the question to the schema first.
const findExchange =
  "$exchange = @('mailNickname','targetAddress','msExchRecipientTypeDetails','msExchMailboxGuid' | Where-Object { Get-ADObject" +
  ' -SearchBase (Get-ADRootDSE).schemaNamingContext -LDAPFilter "(lDAPDisplayName=$_)" })';

/** Writes an export that has everything, in a form that loses nothing; run where the ActiveDirectory module is installed. */
export const exportCommand = [
  `${findExchange}; Get-ADUser -Filter * -Properties` +
    " (@('mail','proxyAddresses','adminDescription','isCriticalSystemObject','mS-DS-ConsistencyGuid','DisplayName'," +
    "'EmployeeID') + $exchange)",
  'Select-Object ObjectGUID,DistinguishedName,SamAccountName,UserPrincipalName,Enabled,ObjectClass,SID,mail,adminDescription,' +
    'isCriticalSystemObject,mailNickname,targetAddress,msExchRecipientTypeDetails,msExchMailboxGuid,' +
    'DisplayName,GivenName,Surname,EmployeeID,' +
    "@{n='proxyAddresses';e={$_.proxyAddresses -join '|'}}," +
    "@{n='mS-DS-ConsistencyGuid';e={if ($_.'mS-DS-ConsistencyGuid') {[Convert]::ToBase64String($_.'mS-DS-ConsistencyGuid')}}}",
  'Export-Csv ad-users.csv -NoTypeInformation -Encoding UTF8',
].join(' | ');

const longest = 300;

/** Something is wrong with the export; `line` where it is known. */
export function exportFault(
  path: string,
  what: string,
  more: { readonly line?: number; readonly hint?: string; readonly cause?: unknown } = {},
): RunFault {
  // What a cell has in it may have line breaks, or be a megabyte long.
  const line = what.replaceAll(/[\p{C}\p{Z}]+/gu, ' ');
  const sentence = line.length > longest ? `${line.slice(0, longest)}…` : line;
  const place = more.line === undefined ? '' : `line ${more.line}: `;
  const hint = more.hint ?? `Export again with: ${exportCommand}`;
  return new RunFault('ad-export', `The AD export ${path} cannot be used: ${place}${sentence}.`, {
    hint,
    cause: more.cause,
  });
}

/** The RunFault for a file that cannot be read, or is no CSV; any other error is given back as it is. */
export function readingFault(path: string, cause: unknown): unknown {
  if (cause instanceof CsvFault) {
    const { line, detail } = cause;
    const [what, hint] = wordsOf[cause.trouble](detail);
    const more = {
      cause: cause.cause,
      ...(line === undefined ? {} : { line }),
      ...(hint === undefined ? {} : { hint }),
    };
    return exportFault(path, what, more);
  }
  if (!isSystemError(cause) && !(cause instanceof NotRegular)) return cause;
  return exportFault(path, cause.message, { hint: 'Check the path given with --ad-export.', cause });
}

const notCsv = (kind: string): Words => [`it is ${kind}, not a CSV file`];
const unmarked = (): Words => ['it looks like UTF-16 but does not begin with a byte-order mark'];
const zero = (): Words => ['there is a zero byte; the file is damaged', 'Copy or export it again.'];

type Words = readonly [what: string, hint?: string];

const wordsOf: Readonly<Record<CsvTrouble, (detail: string) => Words>> = {
  'other-binary': notCsv,
  'other-text': notCsv,
  'foreign-encoding': (name) => [`it is written in ${name}, which is not read`],
  'other-mark': (mark) => [`it begins with the byte-order mark of ${mark}`],
  'utf-16-unmarked': unmarked,
  'zero-bytes': unmarked,
  'zero-byte': zero,
  'bad-byte': (encoding) => [`it has bytes that are not ${encoding}`, 'Export again with -Encoding UTF8.'],
  separator: (told) => [`"sep=${told}" asks for a delimiter that is not supported`],
  empty: () => ['it has no header'],
  'quote-not-closed': () => ['a quoted value has no end; the file may have been cut off'],
  'text-after-quote': () => ['something follows the closing quote of a value'],
  'quote-within': () => ['a value has a quote in it that does not belong there'],
  'record-too-long': () => ['the record that begins here is too long; most likely a quote in it is never closed'],
};
