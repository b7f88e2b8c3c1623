import { type Guid, guidFromBytes, whyNobodys } from '../../core/guid.ts';
import { foldKey } from '../../core/references.ts';
import type { AdUser, AnchorValue } from '../../core/users.ts';
import { type Dn, domainOf, parseDn } from '../dn.ts';
import { exportFault } from './fault.ts';
import type { CsvRecord } from '../../csv/records.ts';
import { anchorOfOctets, isTypeName, octetsOfText } from '../byte-text.ts';
import type { Candidate } from '../candidates.ts';
import { octetsOfSid, sidOfOctets } from '../sid.ts';

/** Which cell of a record holds what. */
export type ExportColumns = {
  readonly path: string;
  /** Folded column name → index. */
  readonly places: ReadonlyMap<string, number>;
};

// PowerShell's own names for attributes that it renames.
const otherNames: Readonly<Record<string, string>> = {
  mail: 'emailaddress',
  emailaddress: 'mail',
  objectsid: 'sid',
  sid: 'objectsid',
  surname: 'sn',
  sn: 'surname',
};

/** Reads the header. Throws RunFault when a column occurs twice or one is missing that nothing can do without. */
export function columnsOf(path: string, { cells, line }: CsvRecord): ExportColumns {
  const places = new Map<string, number>();
  for (const [index, name] of cells.entries()) {
    const folded = foldKey(name.trim());
    // Spreadsheets fill up with columns that have neither name nor values.
    if (folded === '') continue;
    if (places.has(folded)) throw exportFault(path, `the column ${name} occurs twice`, { line });
    places.set(folded, index);
  }
  const columns = { path, places };
  const missing = ['ObjectGUID', 'DistinguishedName', 'Enabled'].filter((name) => !hasColumn(columns, name));
  const lacking = missing.filter((name) => name !== 'Enabled' || !hasColumn(columns, 'userAccountControl'));
  if (lacking.length === 0) return columns;
  throw exportFault(path, `it has no column ${lacking.join(' and no column ')}`, { line });
}

// A plan can be made without these; what it would have warned of then passes unseen.
const wanted = [
  'UserPrincipalName',
  'mail',
  'proxyAddresses',
  'adminDescription',
  'SID',
  'isCriticalSystemObject',
  'mailNickname',
  'msExchRecipientTypeDetails',
  'msExchMailboxGuid',
  'targetAddress',
  'DisplayName',
  'GivenName',
  'Surname',
  'EmployeeID',
];

/** The columns that the documented command writes and this file has not, apart from those nothing can do without. */
export function missingColumns(columns: ExportColumns): readonly string[] {
  return wanted.filter((name) => !hasColumn(columns, name));
}

export function hasColumn(columns: ExportColumns, name: string): boolean {
  return placeOf(columns, name) !== undefined;
}

function placeOf({ places }: ExportColumns, name: string): number | undefined {
  const folded = foldKey(name);
  return places.get(folded) ?? places.get(otherNames[folded] ?? folded);
}

/** The cell as written, trimmed; null when it is empty or the column is not there. */
export function cellOf(columns: ExportColumns, record: CsvRecord, name: string): string | null {
  const place = placeOf(columns, name);
  const text = place === undefined ? '' : (record.cells[place] ?? '').trim();
  return text === '' ? null : text;
}

/** The cell with the blanks around it, where these are part of the value; null when it is empty or the column is not there. */
function wholeCell(columns: ExportColumns, record: CsvRecord, name: string): string | null {
  const place = placeOf(columns, name);
  return (place === undefined ? '' : record.cells[place]) || null;
}

/** The objectGUID of a record. Throws RunFault when the cell is none. */
export function objectGuidOf(columns: ExportColumns, record: CsvRecord): Guid {
  const text = cellOf(columns, record, 'ObjectGUID');
  const octets = text === null ? { kind: 'bad' as const, why: 'it is empty' } : octetsOfText(text);
  const guid = octets.kind === 'bytes' && octets.bytes.length === 16 ? guidFromBytes(octets.bytes) : null;
  const nobodys = guid === null ? undefined : whyNobodys(guid);
  if (guid !== null && nobodys === undefined) return guid;
  const why = octets.kind === 'bad' ? octets.why : (nobodys ?? `it has ${octets.bytes.length} bytes`);
  throw exportFault(columns.path, `ObjectGUID cannot be read: ${why}`, { line: record.line });
}

/** A distinguished name as written, and as read. */
export type RecordName = { readonly text: string; readonly dn: Dn };

/** The distinguished name of a record. Throws RunFault when the cell is none. */
export function nameOf(columns: ExportColumns, record: CsvRecord): RecordName {
  const text = cellOf(columns, record, 'DistinguishedName');
  const dn = text === null ? null : parseDn(text);
  if (text !== null && dn !== null) return { text, dn };
  throw exportFault(columns.path, `"${text ?? ''}" is not a distinguished name`, { line: record.line });
}

/** DNS name of the domain that the record is in. Throws RunFault when its name does not say. */
export function domainOfRecord(columns: ExportColumns, record: CsvRecord, name: RecordName): string {
  const domain = domainOf(name.dn);
  if (domain !== '') return domain;
  throw exportFault(columns.path, 'the distinguished name has no DC parts, so that its domain is unknown', {
    line: record.line,
  });
}

/** Several values in one cell, however they were joined; addresses say where they begin by their `SMTP:`. */
export function valuesIn(text: string): readonly string[] {
  for (const separator of [/[\r\n|]+/, /;/, /,/, / +/]) {
    const parts = text.split(separator).flatMap((part) => part.trim() || []);
    if (parts.length > 1 && parts.every((part) => /^[a-z][a-z0-9]*:/i.test(part))) return parts;
  }
  return [text];
}

/** The object of a record. Throws RunFault when a value that matters cannot be read. */
export function candidateOf(columns: ExportColumns, record: CsvRecord, customAnchor: string | null): Candidate {
  const { text: dn } = nameOf(columns, record);
  const objectGuid = objectGuidOf(columns, record);
  const cell = (name: string): string | null => cellOf(columns, record, name);
  const objectClass = (cell('ObjectClass') ?? 'user').split(/[\s;|,]+/).at(-1) ?? 'user';
  if (!/^(user|inetOrgPerson)$/i.test(objectClass)) return { dn, objectGuid, found: { kind: 'other', objectClass } };
  const addresses = textCell(columns, record, 'proxyAddresses');
  const user: AdUser = {
    dn,
    objectGuid,
    samAccountName: cell('SamAccountName'),
    userPrincipalName: cell('UserPrincipalName'),
    mail: cell('mail'),
    proxyAddresses: addresses === null ? [] : valuesIn(addresses),
    enabled: enabledOf(columns, record),
    adminDescription: cell('adminDescription'),
    sid: sidIn(columns, record),
    isCriticalSystemObject: isCritical(columns, record),
    mailNickname: cell('mailNickname'),
    recipientTypeDetails: recipientTypeOf(columns, record),
    displayName: wholeCell(columns, record, 'DisplayName'),
    givenName: wholeCell(columns, record, 'GivenName'),
    surname: wholeCell(columns, record, 'Surname'),
    employeeId: cell('EmployeeID'),
    targetAddress: cell('targetAddress'),
    hasMailbox: cell('msExchMailboxGuid') !== null,
    consistencyGuid: octetAnchor(columns, record, 'mS-DS-ConsistencyGuid'),
    customAnchor: customAnchor === null ? null : anchorFrom(columns, record, customAnchor),
  };
  return { dn, objectGuid, found: { kind: 'user', user } };
}

function enabledOf(columns: ExportColumns, record: CsvRecord): boolean {
  const text = cellOf(columns, record, 'Enabled');
  if (text !== null && /^(true|false)$/i.test(text)) return text.toLowerCase() === 'true';
  const control = cellOf(columns, record, 'userAccountControl');
  if (text === null && control !== null && /^\d+$/.test(control)) return (Number(control) & 2) === 0;
  throw exportFault(columns.path, `Enabled is "${text ?? ''}", neither True nor False`, { line: record.line });
}

/** The octets of a SID written as text, as PowerShell does, or as bytes; null when it is neither. */
export function sidOctetsOf(text: string): Buffer | null {
  const sid = octetsOfSid(text);
  if (sid !== null) return sid;
  const octets = octetsOfText(text);
  return octets.kind === 'bytes' && sidOfOctets(octets.bytes) !== null ? octets.bytes : null;
}

function sidIn(columns: ExportColumns, record: CsvRecord): string | null {
  const text = cellOf(columns, record, 'objectSid');
  if (text === null) return null;
  const octets = sidOctetsOf(text);
  if (octets !== null) return sidOfOctets(octets);
  throw exportFault(columns.path, `SID is "${text}", which is no security identifier`, { line: record.line });
}

function isCritical(columns: ExportColumns, record: CsvRecord): boolean {
  const text = cellOf(columns, record, 'isCriticalSystemObject') ?? 'False';
  if (/^(true|false)$/i.test(text)) return text.toLowerCase() === 'true';
  const what = `isCriticalSystemObject is "${text}", neither True nor False nor empty`;
  throw exportFault(columns.path, what, { line: record.line });
}

function recipientTypeOf(columns: ExportColumns, record: CsvRecord): string | null {
  const text = cellOf(columns, record, 'msExchRecipientTypeDetails');
  if (text === null || /^-?\d+$/.test(text)) return text;
  // A spreadsheet writes the large ones as 3.44E+10, which is another number.
  throw exportFault(columns.path, `msExchRecipientTypeDetails is "${text}", no whole number`, { line: record.line });
}

function octetAnchor(columns: ExportColumns, record: CsvRecord, name: string): AnchorValue | null {
  const text = cellOf(columns, record, name);
  if (text === null) return null;
  const octets = octetsOfText(text);
  if (octets.kind === 'bytes') return anchorOfOctets(octets.bytes);
  throw exportFault(columns.path, `the value of ${name} cannot be read: ${octets.why}`, { line: record.line });
}

// The file does not say which attributes hold bytes; these two do. Base64 of others is their immutable ID as it stands.
export const octetColumns: ReadonlySet<string> = new Set(['objectguid', 'ms-ds-consistencyguid']);

function anchorFrom(columns: ExportColumns, record: CsvRecord, name: string): AnchorValue | null {
  if (octetColumns.has(foldKey(name))) return octetAnchor(columns, record, name);
  const text = textCell(columns, record, name);
  // As LDAP gives it: an anchor with a blank at its end is another one.
  return text === null ? null : { kind: 'text', text: wholeCell(columns, record, name) ?? text };
}

/** As `cellOf`. Throws RunFault when PowerShell wrote the value's type in its place. */
function textCell(columns: ExportColumns, record: CsvRecord, name: string): string | null {
  const text = cellOf(columns, record, name);
  if (text === null || !isTypeName(text)) return text;
  throw exportFault(columns.path, `the value of ${name} was lost: PowerShell wrote its type`, { line: record.line });
}
