import type { SourceAnchor } from '../../core/ids/anchor.ts';
import type { List } from '../../core/list.ts';
import type { PlanRow } from '../../core/row.ts';
import type { Clock, Directory, Log, Reports, RunFolder, ShownProgress, TenantReader, TenantWriter } from '../ports.ts';
import type { RunEnd } from '../run-end.ts';
import type { RowChoice } from './pending.ts';
import type { StopLimits } from './stop.ts';

/** All that an apply reaches: both sides, the run folder, and whoever runs the command. */
export type ApplyPorts = {
  readonly tenant: {
    readonly reader: TenantReader;
    /** One for each application. Nobody else asks for them. */
    readonly openWriters: () => readonly TenantWriter[];
  };
  /** AD, to read again what the plan rests on; null where the settings name none. Whoever opens it closes it. */
  readonly openDirectory: () => Promise<Directory | null>;
  readonly folder: RunFolder;
  readonly reports: Reports;
  readonly progress: ShownProgress;
  readonly clock: Clock;
  readonly log: Log;
  readonly end: RunEnd;
  /** Resolves when these rows may be written. Throws a RunFault where they may not, or where nobody can be asked. */
  readonly askConsent: (rows: List<PlanRow>) => Promise<void>;
  /** Tells what would otherwise be lost, however quiet the command is to be. */
  readonly alarm: (text: string) => void;
  /** Runs the writing: what Ctrl-C does is told as it then is, and what is under way may be answered before all ends. */
  readonly whileWriting: <Result>(work: () => Promise<Result>) => Promise<Result>;
  /** What must be done should something that nobody catches end the process. Returns what takes that off again. */
  readonly whenCutShort: (task: () => Promise<void>) => () => void;
};

/** What an apply is to keep to. */
export type ApplySettings = Pick<RowChoice, 'first'> &
  Pick<StopLimits, 'maxFailures' | 'maxConsecutiveFailures'> & {
    /** The fingerprint that somebody approved; null: whichever the plan has. */
    readonly expect: string | null;
    /** In milliseconds. */
    readonly maxAge: number;
    /** Rows side by side; null: what the applications can take. */
    readonly concurrency: number | null;
    /** The plan's. */
    readonly sourceAnchor: SourceAnchor;
    /** When this command itself read what the plan rests on; null for a plan that was saved, which is read again. */
    readonly plannedAt: Date | null;
    /** Searches in AD that it took. */
    readonly ldapSearches: number;
  };
