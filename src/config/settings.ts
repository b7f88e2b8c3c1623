import type { DirectorySettings } from './directory.ts';
import type { runTable } from './run-table.ts';
import type { ValuesOf } from './setting.ts';
import type { TenantSettings } from './tenant.ts';

/** How a run is to go. Null: not given, and nothing is assumed. */
export type RunOptions = ValuesOf<typeof runTable>;

export type Settings = {
  /** Null where the command does not need it. */
  readonly directory: DirectorySettings | null;
  readonly tenant: TenantSettings | null;
  readonly run: RunOptions;
  /** Sentences about settings that work but deserve a look. */
  readonly warnings: readonly string[];
};
