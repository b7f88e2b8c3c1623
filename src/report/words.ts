import type { OutcomeKind } from '../core/outcome.ts';
import type { VerdictKind } from '../core/result.ts';
import type { State, Step } from '../core/row.ts';

/** What a colour says; never alone: a symbol and the word stand beside it. */
export type Tone = 'good' | 'calm' | 'plan' | 'warn' | 'bad';

/** A word of the contract for people: one character, the meaning as a sentence, what to do (empty: nothing). */
export type Word = {
  readonly symbol: string;
  readonly tone: Tone;
  readonly meaning: string;
  readonly remedy: string;
};

/** `look` is the symbol and the tone. */
export function word(look: readonly [symbol: string, tone: Tone], meaning: string, remedy = ''): Word {
  const [symbol, tone] = look;
  return { symbol, tone, meaning, remedy };
}

/** States of a planned row. */
export const stateWords: Readonly<Record<State, Word>> = {
  ready: word(['→', 'plan'], 'Every check passed; the immutable ID will be written when the plan is applied.'),
  kept: word(['=', 'calm'], 'Right already when the plan was made; nothing to write.'),
  held: word(['!', 'warn'], 'Not written, for the reasons given.', 'Do what its reason says, then plan again.'),
};

/** How a row ended. */
export const outcomeWords: Readonly<Record<OutcomeKind, Word>> = {
  applied: word(['✓', 'good'], 'Written; Graph accepted the change.'),
  already: word(['=', 'good'], 'Had the planned immutable ID when its turn came; nothing was written.'),
  kept: stateWords.kept,
  stale: word(['↻', 'warn'], 'Changed since the plan was made; not written.', 'Plan again and review the row.'),
  rejected: word(['✕', 'bad'], 'Graph refused the write; the user is as before.', 'See the detail.'),
  uncertain: word(
    ['?', 'bad'],
    'The write was sent, but it is not known whether it took effect.',
    'Run verify on this run folder: it reads the user back.',
  ),
  'not-reached': word(
    ['…', 'warn'],
    'The run ended before its turn came; untouched.',
    'Apply the same run folder again: it goes on where it stopped.',
  ),
  held: stateWords.held,
};

/** What was read back, and after sync what has become of the take-over. */
export const verdictWords: Readonly<Record<VerdictKind, Word>> = {
  matches: word(['✓', 'good'], 'Read back: the immutable ID is the expected one.'),
  differs: word(
    ['≠', 'bad'],
    'Read back: the immutable ID is another one, or none.',
    'Find out what changed it; then plan again, or roll back.',
  ),
  missing: word(
    ['∅', 'bad'],
    'The cloud user is not there any more: purged, or in the recycle bin.',
    'Restore the user if it is still needed, then plan again.',
  ),
  unreadable: word(['?', 'warn'], 'The cloud user could not be read.', 'Run verify again.'),
  'taken-over': word(['✓', 'good'], 'Sync has taken the user over: it carries the AD user on this cloud user.'),
  waiting: word(
    ['◷', 'warn'],
    'Ready for sync, but no sync cycle has taken the user over yet.',
    'Do what its row says; where that names nothing, look again after the next sync cycle. A user that goes on waiting is out of scope, or sync has refused it.',
  ),
  'sync-error': word(
    ['✕', 'bad'],
    'Sync reports an error on the user.',
    'Fix what the detail names, then let sync run again.',
  ),
  'not-checked': word(['–', 'calm'], 'Not read back: nothing was expected of this row.'),
};

/** What a ready row's write does, for the legend. */
export const stepMeanings: Readonly<Record<Step, string>> = {
  link: 'The cloud user has no immutable ID; it gets one.',
  relink: 'The cloud user has a different immutable ID; it is replaced.',
  unlink: 'The immutable ID is taken away again.',
  keep: 'Nothing is written.',
};
