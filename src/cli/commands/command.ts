// cli/commands/: a file for each command: what it is called, takes, needs and is good for, of which its help is made, and what
// it does. Here is what several of them take.
import { Option } from 'commander';
import { directoryTable } from '../../config/directory-table.ts';
import { runTable } from '../../config/run-table.ts';
import { flagsOf, type SettingKey } from '../../config/settings-table.ts';
import { tenantTable } from '../../config/tenant-table.ts';
import type { Context } from '../session/session.ts';

export type Flags = Readonly<Record<string, unknown>>;

export type CliCommand = {
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
  /** Does the work; the exit code. `words` are those of `argument`. */
  readonly action: (words: readonly string[], flags: Flags, context: Context) => Promise<number> | number;
};

export const directorySettings = flagsOf(directoryTable);
export const tenantSettings = flagsOf(tenantTable);
// Taken by every command that works on rows, whether it makes a difference there or not: the same words can then be given
// to plan and to apply.
export const runSettings = flagsOf(runTable);

/** Of a command that may work from a mappings file: it asks both sides. */
export const rowSettings = [...directorySettings, ...tenantSettings, ...runSettings];

export const yesOption = new Option('--yes', 'continue without asking; needed where there is no terminal');
export const runOption = new Option('--run <dir>', 'run folder to make (default: runs/<utc time>-<input name>)');
export const dryRunOption = new Option('--dry-run', 'plan only, write nothing');
export const detailedOption = new Option('--detailed-exitcode', 'exit with 4 when there is something to change');

export const readRights = 'Graph User.Read.All and Organization.Read.All; in AD, reading all user attributes';
// Left out where a permission is missing, and said so; docs/permissions.md has them one by one.
export const checkRights =
  'Checks of their own permission: OnPremDirectorySynchronization.Read.All, Domain.Read.All, RoleManagement.Read.Directory, RoleEligibilitySchedule.Read.Directory, GroupMember.Read.All, OrgContact.Read.All';
export const writeRights = 'Graph User.ReadWrite.All and Organization.Read.All';
