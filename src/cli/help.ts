// What each command is called, takes, needs and is good for; its help is made of it.
import { Option } from 'commander';
import type { SettingKey } from '../config/settings-table.ts';
import { certificateFlaws } from '../sandbox/http/certificate-flaws.ts';
import { shells } from './terminal/shells.ts';

export type Manual = {
  readonly name: string;
  /** What it is applied to; several when the name ends in dots. */
  readonly argument?: string;
  readonly purpose: string;
  /** Settings of settings-table.ts that the command takes as flags. */
  readonly settings?: readonly SettingKey[];
  /** Options that are no settings: they say what this one call is to do. */
  readonly options?: readonly Option[];
  readonly permissions: string;
  readonly example: string;
};

const directorySettings: readonly SettingKey[] = [
  'adUrl',
  'adUser',
  'adBase',
  'adCaFile',
  'adStarttls',
  'adAllowPlaintext',
  'adExport',
];
const tenantSettings: readonly SettingKey[] = [
  'tenantId',
  'clientId',
  'clientCertificate',
  'signIn',
  'cloud',
  'graphUrl',
  'authorityHost',
  'answerTimeout',
  'confirmTenant',
];
const inputSettings: readonly SettingKey[] = ['columns', 'encoding', 'adKey', 'cloudKey'];
// Taken by every command that works on rows, whether it makes a difference there or not: the same words can then be given
// to plan and to apply.
const runSettings: readonly SettingKey[] = [
  'sourceAnchor',
  'confirmSourceAnchor',
  'allowRelink',
  'federatedDetour',
  'expect',
  'concurrency',
  'first',
  'maxFailures',
  'maxConsecutiveFailures',
  'stopAt',
  'maxAge',
  'logLevel',
];

const yes = new Option('--yes', 'continue without asking; needed where there is no terminal');
const run = new Option('--run <dir>', 'run folder to make (default: runs/<utc time>-<input name>)');
const dryRun = new Option('--dry-run', 'plan only, write nothing');
const afterSync = new Option('--after-sync', 'judge whether sync has taken the users over, not only what was written');
const wait = new Option('--wait <duration>', 'with --after-sync: look again at those not taken over yet, e.g. for 45m');
const detailed = new Option('--detailed-exitcode', 'exit with 4 when there is something to change');

const read = 'Graph User.Read.All and Organization.Read.All; in AD, reading all user attributes';
// Left out where a permission is missing, and said so; docs/permissions.md has them one by one.
const moreChecks =
  'Checks of their own permission: OnPremDirectorySynchronization.Read.All, Domain.Read.All, RoleManagement.Read.Directory, RoleEligibilitySchedule.Read.Directory, GroupMember.Read.All, OrgContact.Read.All';
const write = 'Graph User.ReadWrite.All and Organization.Read.All';

export const manuals = {
  plan: {
    name: 'plan',
    argument: '<mappings.csv>',
    purpose: 'The dry run: finds both sides of every pairing, checks them, and leaves a run folder for review.',
    settings: [...directorySettings, ...tenantSettings, ...inputSettings, ...runSettings],
    options: [run, yes, detailed],
    permissions: `${read}. ${moreChecks}. Writes nothing outside the run folder.`,
    example: 'hardmatch plan mappings.csv --ad-url ldaps://dc1.corp.example.test',
  },
  apply: {
    name: 'apply',
    argument: '<mappings.csv|run-folder>',
    purpose:
      'Writes the immutable IDs of a reviewed plan, or plans first when given a CSV; reads them back and reports.',
    settings: [...directorySettings, ...tenantSettings, ...inputSettings, ...runSettings],
    options: [run, yes, dryRun, detailed],
    permissions: `${write}; for a CSV also reading all user attributes in AD. Admin users need a caller with a higher role.`,
    example: 'hardmatch apply runs/20261123T200000Z-mappings',
  },
  verify: {
    name: 'verify',
    argument: '<run-folder|mappings.csv>',
    purpose:
      'Reads the tenant again and compares, or says whether sync has taken the users over; writes nothing but verification.csv and the report.',
    settings: [...directorySettings, ...tenantSettings, ...inputSettings, ...runSettings],
    options: [run, yes, afterSync, wait],
    permissions: `${read} (AD only when given a CSV). ${moreChecks}.`,
    example: 'hardmatch verify runs/20261123T200000Z-mappings --after-sync --wait 45m',
  },
  rollback: {
    name: 'rollback',
    argument: '<run-folder>',
    purpose: 'Sets back what a run wrote, to null where it was null, in a run folder of its own.',
    settings: [...tenantSettings, ...inputSettings, ...runSettings],
    options: [run, yes, dryRun, new Option('--only <csv>', 'only these pairings, e.g. some lines of results.csv')],
    permissions: `${write}.`,
    example: 'hardmatch rollback runs/20261123T200000Z-mappings --only some.csv',
  },
  report: {
    name: 'report',
    argument: '<run-folder>',
    purpose: 'Writes the reports of a run again.',
    permissions: 'none; works offline.',
    example: 'hardmatch report runs/20261123T200000Z-mappings',
  },
  lookup: {
    name: 'lookup',
    argument: '<value...>',
    purpose:
      'Who holds this immutable ID, GUID, UPN, mail address, SID, DN or account name: in AD, among live users, in the recycle bin. - reads values from standard input, one per line.',
    settings: [...directorySettings, ...tenantSettings, 'sourceAnchor'],
    permissions: `${read}. Without AD settings the tenant alone is asked. Writes nothing.`,
    example: "hardmatch lookup 'f+bH/Mb+ZUq4IS9AopLRhQ==' jdoe@example.test",
  },
  convert: {
    name: 'convert',
    argument: '<value...>',
    purpose: 'GUID text, immutable ID, hex bytes, PowerShell byte list: each from any.',
    options: [new Option('--hex <order>', 'what 32 bare hex digits are').choices(['text', 'raw'])],
    permissions: 'none; works offline.',
    example: 'hardmatch convert fcc7e67f-fec6-4a65-b821-2f40a292d185',
  },
  sandbox: {
    name: 'sandbox',
    purpose: 'A practice directory and a practice tenant on this machine, for rehearsal with the real commands.',
    options: [
      new Option('--people <file>', 'who is in them (default: the cast that comes with hardmatch)'),
      new Option('--faults <file>', 'what is to go wrong in them (docs/sandbox-faults.md)'),
      new Option('--controllers <number>', 'how many domain controllers there are (default: 1)').choices([
        '1',
        '2',
        '3',
      ]),
      new Option('--applications <number>', 'how many applications of the tenant may write (default: 1)').choices([
        '1',
        '2',
        '3',
      ]),
      new Option('--directory-certificate <flaw>', 'what is wrong with the certificate of the directory').choices(
        certificateFlaws,
      ),
      new Option('--tenant-certificate <flaw>', 'what is wrong with the certificate of the tenant').choices(
        certificateFlaws,
      ),
      new Option('--shell <name>', 'how to print the environment').choices(shells),
    ],
    permissions: 'none; contacts loopback only.',
    example: 'hardmatch sandbox --shell powershell',
  },
  demo: {
    name: 'demo',
    purpose: 'The whole job on the sandbox with the example file, no set-up.',
    permissions: 'none; contacts loopback only.',
    example: 'hardmatch demo',
  },
} as const satisfies Record<string, Manual>;
