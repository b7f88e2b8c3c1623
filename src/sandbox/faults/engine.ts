// The faults of one sandbox: which rule strikes which request (match, mix), by a script (script) that can be changed over
// HTTP (control). tenant/faults.ts and directory/faults.ts do what it says. Chance hangs on the seed, the rule and the count
// alone, so two runs with the same requests meet the same.
import { type DirectoryFaultEvent, fitsDirectory, fitsTenant, type TenantFaultEvent } from './match.ts';
import { mixRules } from './mix.ts';
import {
  type DirectoryFaultRule,
  type FaultRule,
  type FaultScript,
  type GraphFaultRule,
  readFaultScript,
  type SignInFaultRule,
} from './script.ts';

/** What the tenant, or the directory, is to do; several of which only the last ends the request. */
export type TenantFault = GraphFaultRule['do'] | SignInFaultRule['do'];
export type DirectoryFault = DirectoryFaultRule['do'];

/** How often a rule fitted a request, and how often it struck. */
export type FaultCount = {
  /** Its place in the script, from 1; those of the mix come last. */
  readonly rule: number;
  readonly name?: string;
  readonly matches: number;
  readonly strikes: number;
};

/** The faults of a sandbox, and the handle to change them while it runs. */
export type Faults = {
  readonly script: () => FaultScript;
  /** Puts another script in place; all counts begin again. Throws a FaultScriptError and changes nothing. */
  readonly replace: (script: FaultScript) => void;
  /** From now on nothing goes wrong. A stopped controller stays as it is. */
  readonly clear: () => void;
  readonly counts: () => readonly FaultCount[];
  /** What is to happen to this request; counts it. */
  readonly meetTenant: (event: TenantFaultEvent) => readonly TenantFault[];
  readonly meetDirectory: (event: DirectoryFaultEvent) => readonly DirectoryFault[];
};

/** Makes the faults of a sandbox from a script; without one, nothing goes wrong. Throws a FaultScriptError. */
export function createFaults(first: FaultScript = {}): Faults {
  let script: FaultScript = {};
  let seed = 1;
  let armed: readonly Armed[] = [];
  const replace = (next: FaultScript): void => {
    const read = readFaultScript(next);
    script = next;
    seed = read.seed ?? 1;
    const rules = [...read.rules, ...(read.mix === undefined ? [] : mixRules(read.mix.share, read.mix))];
    armed = rules.map((rule, index) => ({ rule, index, matches: 0, strikes: 0 }));
  };
  replace(first);
  return {
    script: () => script,
    replace,
    clear: () => replace({}),
    counts: () =>
      armed.map(({ rule: { name }, index, matches, strikes }) => ({
        rule: index + 1,
        ...(name === undefined ? {} : { name }),
        matches,
        strikes,
      })),
    meetTenant: (event) =>
      struck(armed, seed, (rule) =>
        rule.on.kind !== 'directory' && fitsTenant(rule as GraphFaultRule, event, seed)
          ? (rule.do as TenantFault)
          : undefined,
      ),
    meetDirectory: (event) =>
      struck(armed, seed, (rule) =>
        rule.on.kind === 'directory' && fitsDirectory(rule as DirectoryFaultRule, event)
          ? (rule.do as DirectoryFault)
          : undefined,
      ),
  };
}

type Armed = { readonly rule: FaultRule; readonly index: number; matches: number; strikes: number };

/** These change how a request goes without ending it, so the rules behind them are asked too. */
const passing: ReadonlySet<string> = new Set(['delay', 'stale-reads', 'expire-tokens']);

function struck<Fault extends FaultRule['do']>(
  armed: readonly Armed[],
  seed: number,
  faultOf: (rule: FaultRule) => Fault | undefined,
): readonly Fault[] {
  const faults: Fault[] = [];
  for (const one of armed) {
    const fault = faultOf(one.rule);
    if (fault === undefined) continue;
    one.matches++;
    if (!isDue(one, seed)) continue;
    one.strikes++;
    faults.push(fault);
    if (!passing.has(fault.kind)) break;
  }
  return faults;
}

function isDue({ rule, index, matches, strikes }: Armed, seed: number): boolean {
  const counted = matches - (rule.after ?? 0);
  if (counted < 1 || strikes >= (rule.times ?? Number.POSITIVE_INFINITY)) return false;
  if (counted % (rule.every ?? 1) !== 0) return false;
  return rule.share === undefined || chance([seed, index, matches]) < rule.share;
}

/** A number in [0, 1) that looks like chance (the mixing steps of MurmurHash3). */
function chance(numbers: readonly number[]): number {
  let state = 0x9e3779b9;
  for (const number of numbers) {
    state = Math.imul(state ^ number, 0x85ebca6b);
    state ^= state >>> 13;
    state = Math.imul(state, 0xc2b2ae35);
    state ^= state >>> 16;
  }
  return (state >>> 0) / 2 ** 32;
}
