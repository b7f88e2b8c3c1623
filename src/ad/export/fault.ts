import { RunFault } from '../../core/failure.ts';

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
