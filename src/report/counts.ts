import type { Counts, RunRecord } from '../core/result.ts';
import type { Digest } from './digest.ts';
import { isAfterSync, isRollback, number } from './phrases.ts';
import { type Word, outcomeWords, stateWords, verdictWords } from './words.ts';

/** How many rows a word stands for, and what that means in a few words. */
export type Count = { readonly word: string; readonly n: number; readonly look: Word; readonly meaning: string };

/** The plan's states. */
export function stateCounts(record: RunRecord, { relinks, detours }: Digest): Count[] {
  const { counts } = record.summary;
  const replaced = relinks === 0 || isRollback(record) ? '' : `, ${number(relinks)} replacing another immutable ID`;
  const away = detours === 0 ? '' : `, ${number(detours)} by a federated detour`;
  const ready = isRollback(record) ? `would be set back${away}` : `would be linked${replaced}${away}`;
  return [
    { word: 'ready', n: counts.ready, look: stateWords.ready, meaning: ready },
    { word: 'kept', n: counts.kept, look: stateWords.kept, meaning: 'right already' },
    { word: 'held', n: counts.held, look: stateWords.held, meaning: 'will not be written' },
  ];
}

/** The outcomes, those that tell whether the writing went well in front. */
export function outcomeCounts(counts: Counts): Count[] {
  return [
    { word: 'applied', n: counts.applied, look: outcomeWords.applied, meaning: 'written' },
    { word: 'rejected', n: counts.rejected, look: outcomeWords.rejected, meaning: 'refused by Graph' },
    { word: 'uncertain', n: counts.uncertain, look: outcomeWords.uncertain, meaning: 'sent, effect not known' },
    { word: 'stale', n: counts.stale, look: outcomeWords.stale, meaning: 'changed since the plan' },
    { word: 'not-reached', n: counts.notReached, look: outcomeWords['not-reached'], meaning: 'their turn never came' },
    { word: 'already', n: counts.already, look: outcomeWords.already, meaning: 'had it when their turn came' },
    { word: 'kept', n: counts.kept, look: outcomeWords.kept, meaning: 'right already when planned' },
    { word: 'held', n: counts.held, look: outcomeWords.held, meaning: 'not written' },
  ];
}

/** The verdicts: those of reading back, or those after sync with whatever else was found then. */
export function verdictCounts(counts: Counts): Count[] {
  if (!isAfterSync({ counts })) return withRest(readBackCounts(counts), counts);
  const found = [
    { word: 'taken-over', n: counts.takenOver, look: verdictWords['taken-over'], meaning: 'carried by sync now' },
    { word: 'waiting', n: counts.waiting, look: verdictWords.waiting, meaning: 'not taken over yet' },
    { word: 'sync-error', n: counts.syncError, look: verdictWords['sync-error'], meaning: 'sync reports an error' },
    ...readBackCounts(counts).filter(({ n }) => n > 0),
  ];
  return withRest(found, counts);
}

/** The rows nothing was expected of, so that the counts add up to all rows; left out where there are none. */
function withRest(found: readonly Count[], { rows }: Counts): Count[] {
  const rest = found.reduce((left, { n }) => left - n, rows);
  const count = { word: 'not-checked', n: rest, look: verdictWords['not-checked'], meaning: 'nothing to read back' };
  return rest > 0 ? [...found, count] : [...found];
}

function readBackCounts(counts: Counts): Count[] {
  return [
    { word: 'matches', n: counts.matches, look: verdictWords.matches, meaning: 'read back as expected' },
    { word: 'differs', n: counts.differs, look: verdictWords.differs, meaning: 'another immutable ID, or none' },
    { word: 'missing', n: counts.missing, look: verdictWords.missing, meaning: 'the cloud user is gone' },
    { word: 'unreadable', n: counts.unreadable, look: verdictWords.unreadable, meaning: 'could not be read' },
  ];
}
