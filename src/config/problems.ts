import { RunFault } from '../core/failure.ts';
import { type SettingKey, settingOf } from './settings-table.ts';

/** One thing that is wrong with the settings: what, and what to do. Neither holds a secret. */
export type Problem = { readonly what: string; readonly remedy: string };

/** Where findings go: problems end the run, warnings are said. */
export type Findings = { readonly problems: Problem[]; readonly warnings: string[] };

/** The settings cannot be used; carries every problem, so that one look at the screen is enough to fix them all. */
export class SettingsFault extends RunFault {
  readonly problems: readonly Problem[];
  constructor(problems: readonly Problem[]) {
    const [first] = problems;
    if (problems.length === 1 && first) super('settings', `${first.what}.`, { hint: first.remedy });
    else {
      const lines = problems.map(({ what, remedy }) => `  - ${what}. ${remedy}`);
      super('settings', `${problems.length} problems in the settings:\n${lines.join('\n')}`, {
        hint: 'docs/settings.md lists every setting.',
      });
    }
    this.problems = problems;
  }
}

/** The default name of the settings file. */
export const configFileName = 'hardmatch.config.json';

/** All the ways to give a setting: `--ad-url <url> (repeatable), HARDMATCH_AD_URL or "adUrl" in hardmatch.config.json`. */
export function waysToGive(key: SettingKey): string {
  const setting = settingOf(key);
  const flag = [setting.flag, setting.placeholder].filter((part) => part !== undefined).join(' ');
  const ways = [
    setting.flag === undefined ? undefined : `${flag}${setting.repeatable ? ' (repeatable)' : ''}`,
    setting.env,
    setting.inFile === false ? undefined : `"${key}" in ${configFileName}`,
  ].filter((way) => way !== undefined);
  const last = ways.at(-1) ?? '';
  return ways.length < 2 ? last : `${ways.slice(0, -1).join(', ')} or ${last}`;
}

/** The problem of a setting that is needed and was not given. */
export function missing(key: SettingKey, what: string, more = ''): Problem {
  return { what, remedy: `Give ${waysToGive(key)}${more}.` };
}
