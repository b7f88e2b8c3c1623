// What the tests of this folder share: tools for the adapter, a practice directory, the cast as an export.
import {
  openLdapDirectory,
  type LdapDirectory,
  type LdapSettings,
  type LdapTimeouts,
} from '../../src/ad/ldap/directory.ts';
import { makeRetry } from '../../src/run/retry.ts';
import type { Clock, Log } from '../../src/run/ports.ts';
import {
  type PracticeDirectory,
  type PracticeDirectoryOptions,
  startDirectory,
} from '../../src/sandbox/directory/directory.ts';
import { type People, sidOfAdUser } from '../../src/sandbox/people/people.ts';
import { cast, dnOf } from '../contract/directory.ts';
import { testCertificates } from '../support/certificates.ts';

/** A clock whose sleep ends soon, so that retries need no patience; it keeps what it was asked to sleep. */
export function hurriedClock(): Clock & { readonly slept: number[] } {
  const slept: number[] = [];
  return {
    slept,
    now: () => new Date(),
    sleep: (ms) => {
      slept.push(ms);
      return new Promise((done) => setTimeout(done, 5));
    },
    random: () => 0.5,
  };
}

/** A log that can be read afterwards: event names with their data. */
export function keptLog(): Log & {
  readonly lines: { readonly event: string; readonly data: Record<string, unknown> }[];
} {
  const lines: { event: string; data: Record<string, unknown> }[] = [];
  const keep = (event: string, data: Record<string, unknown> = {}): void => void lines.push({ event, data });
  return { lines, debug: keep, info: keep, warn: keep, error: keep };
}

export const password = 'practice-Passw0rd';

export async function practice(
  options: Partial<PracticeDirectoryOptions> = {},
  people: People = cast,
): Promise<PracticeDirectory> {
  return startDirectory(people, { password, tls: await testCertificates(), ...options });
}

export type OpenOptions = Partial<LdapSettings> & {
  readonly timeouts?: Partial<LdapTimeouts>;
  readonly log?: Log;
  readonly clock?: Clock;
  readonly signal?: AbortSignal;
};

/** Opens the LDAP directory on a practice one; everything can be overridden. */
export async function openOn(server: PracticeDirectory, options: OpenOptions = {}): Promise<LdapDirectory> {
  const { timeouts = {}, log = keptLog(), clock = hurriedClock(), signal, ...settings } = options;
  const { caPem } = await testCertificates();
  return openLdapDirectory(
    {
      urls: [server.ldapsUrl],
      user: server.bindUser,
      password,
      caPem,
      startTls: false,
      allowPlaintext: false,
      ...settings,
    },
    { log, clock, retry: makeRetry(clock), timeouts, signal },
  );
}

/** A cast of `count` made-up users beside the real ones; number n has sAMAccountName `u<n>` and employeeID `E<n>`. */
export function crowd(count: number): People {
  const [model] = cast.adUsers;
  if (!model) throw new Error('the cast is empty');
  const { objectSid: _one, ...first } = model;
  const made = Array.from({ length: count }, (_none, n) => ({
    ...first,
    cn: `User ${n}`,
    objectGUID: `aaaaaaaa-0000-4000-8000-${n.toString(16).padStart(12, '0')}`,
    sAMAccountName: `u${n}`,
    userPrincipalName: `u${n}@example.test`,
    mail: `u${n}@example.test`,
    proxyAddresses: [],
    employeeID: `E${n}`,
  }));
  return { ...cast, adUsers: [...cast.adUsers, ...made] };
}

const exportColumns = [
  'ObjectGUID',
  'DistinguishedName',
  'SamAccountName',
  'UserPrincipalName',
  'Enabled',
  'ObjectClass',
  'SID',
  'mail',
  'proxyAddresses',
  'adminDescription',
  'isCriticalSystemObject',
  'mailNickname',
  'msExchRecipientTypeDetails',
  'msExchMailboxGuid',
  'targetAddress',
  'DisplayName',
  'GivenName',
  'Surname',
  'EmployeeID',
  'mS-DS-ConsistencyGuid',
] as const;

export type ExportCells = Partial<Record<(typeof exportColumns)[number], string>>;

/** People, else the cast, as PowerShell's Export-Csv writes them, by the command in docs/active-directory.md. */
export function castCells(people: People = cast): ExportCells[] {
  const users = people.adUsers.map((user, place): ExportCells => {
    const value = user['mS-DS-ConsistencyGuid'];
    return {
      ObjectGUID: user.objectGUID,
      DistinguishedName: dnOf(user),
      SamAccountName: user.sAMAccountName,
      UserPrincipalName: user.userPrincipalName ?? '',
      Enabled: user.disabled === true ? 'False' : 'True',
      ObjectClass: 'user',
      SID: sidOfAdUser(people, place),
      mail: user.mail ?? '',
      proxyAddresses: user.proxyAddresses.join('|'),
      adminDescription: user.adminDescription ?? '',
      isCriticalSystemObject: user.isCriticalSystemObject === true ? 'True' : '',
      mailNickname: user.mailNickname ?? '',
      msExchRecipientTypeDetails: user.msExchRecipientTypeDetails ?? '',
      msExchMailboxGuid: '',
      targetAddress: user.targetAddress ?? '',
      DisplayName: (user.displayName === undefined ? user.cn : user.displayName) ?? '',
      GivenName: user.givenName ?? '',
      Surname: user.sn ?? '',
      EmployeeID: user.employeeID ?? '',
      'mS-DS-ConsistencyGuid':
        typeof value === 'string' ? value : Buffer.from(value?.hex ?? '', 'hex').toString('base64'),
    };
  });
  const others = people.adOthers.map((other): ExportCells => ({
    ObjectGUID: other.objectGUID,
    DistinguishedName: dnOf(other),
    SamAccountName: other.sAMAccountName ?? '',
    ObjectClass: other.objectClass,
    mail: other.mail ?? '',
  }));
  return [...users, ...others];
}

/** Cells as CSV text, every value quoted as Export-Csv does. */
export function csvOf(
  rows: readonly ExportCells[],
  {
    columns = exportColumns,
    delimiter = ',',
  }: { readonly columns?: readonly string[]; readonly delimiter?: string } = {},
): string {
  const line = (cells: readonly string[]): string =>
    cells.map((cell) => `"${cell.replaceAll('"', '""')}"`).join(delimiter);
  const body = rows.map((row) => line(columns.map((name) => row[name as keyof ExportCells] ?? '')));
  return [line(columns), ...body, ''].join('\r\n');
}
