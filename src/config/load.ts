import { readConfigFile } from './config-file.ts';
import { directorySettings, namesDirectory } from './directory.ts';
import { type Findings, SettingsFault } from './problems.ts';
import { directoryTable } from './directory-table.ts';
import { runTable } from './run-table.ts';
import type { RunOptions, Settings } from './settings.ts';
import { pickValues, type Sources } from './sources.ts';
import { tenantTable } from './tenant-table.ts';
import { tenantSettings } from './tenant.ts';

export type LoadSources = {
  /** The command line's options by their names in camel case, `config` among them; others are passed over. */
  readonly flags: Readonly<Record<string, unknown>>;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  /**
   * What the command works with: only that is required, read and checked. `if-given`: the directory is used when a domain
   * controller or an export is named, and then with everything it needs; `if-complete`: when all that it needs is given, and
   * what is wrong with it is a warning.
   */
  readonly needs: { readonly directory: boolean | 'if-given' | 'if-complete'; readonly tenant: boolean };
};

/**
 * Settings: flags over environment over hardmatch.config.json (or `flags.config`). Throws one SettingsFault (exit 2) that
 * names every problem, each with the ways to fix it. Contacts nothing; reads only the files that settings name.
 */
export async function loadSettings({ flags, env, cwd, needs }: LoadSources): Promise<Settings> {
  const findings: Findings = { problems: [], warnings: [] };
  const file = await readConfigFile(flags['config'], cwd, findings);
  const sources = { flags, env, cwd, file };
  const directory = await chosenDirectory(sources, needs.directory, findings);
  const tenant = needs.tenant
    ? await tenantSettings(pickValues(tenantTable, sources, findings.problems), findings)
    : null;
  const run = pickValues(runTable, sources, findings.problems).values;
  if (findings.problems.length > 0) throw new SettingsFault(findings.problems);
  // Without a problem, every one of them could be read.
  return { directory, tenant, run: run as RunOptions, warnings: findings.warnings };
}

async function chosenDirectory(
  sources: Sources,
  need: LoadSources['needs']['directory'],
  findings: Findings,
): Promise<Settings['directory']> {
  if (need === false) return null;
  if (need === 'if-complete') return completeDirectory(sources, findings);
  const gathered = pickValues(directoryTable, sources, findings.problems);
  if (need === true || namesDirectory(gathered)) return directorySettings(gathered, findings);
  if (gathered.ranks.size > 0) {
    findings.warnings.push('Settings for AD are given, but no domain controller and no AD export; AD is left out.');
  }
  return null;
}

/** A plan was made with AD, and can be applied without it; so what keeps AD from being read is said and ends nothing. */
async function completeDirectory(sources: Sources, { warnings }: Findings): Promise<Settings['directory']> {
  const own: Findings = { problems: [], warnings: [] };
  const gathered = pickValues(directoryTable, sources, own.problems);
  if (!namesDirectory(gathered)) return null;
  const directory = await directorySettings(gathered, own);
  for (const { what } of own.problems) warnings.push(`AD is not read again: ${what}.`);
  if (own.problems.length > 0) return null;
  warnings.push(...own.warnings);
  return directory;
}
