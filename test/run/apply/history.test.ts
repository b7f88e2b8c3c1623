import { describe, expect, it } from 'vitest';
import type { JournalEntry } from '../../../src/core/journal.ts';
import { readHistory } from '../../../src/run/apply/history.ts';
import { intent, outcome, step } from '../entries.ts';

/** The lists that line 2 is on after these entries; line 3 was applied, and must never change that. */
function listsOf(...entries: readonly (JournalEntry | readonly JournalEntry[])[]): string[] {
  const history = readHistory([intent(3), outcome(3, 'applied'), ...entries.flat()]);
  expect([history.settled.has(3), history.unsettled.has(3), history.failed.has(3)]).toEqual([true, false, false]);
  return Object.entries(history).flatMap(([name, lines]) => (lines.has(2) ? [name] : []));
}

describe('what an earlier run has left of a row', () => {
  it('is nothing where it did not come to it', () => {
    expect(listsOf()).toEqual([]);
  });

  it('is settled once it was applied, or found there, and by nothing else', () => {
    expect(listsOf(intent(2), outcome(2, 'applied'))).toEqual(['settled']);
    expect(listsOf(outcome(2, 'already', { attempts: 0 }))).toEqual(['settled']);
    expect(listsOf(intent(2), outcome(2, 'not-reached'))).toEqual([]);
  });

  it('is open where a write was begun, and no end says how it ended', () => {
    expect(listsOf(intent(2))).toEqual(['unsettled']);
    expect(listsOf(intent(2), outcome(2, 'uncertain'))).toEqual(['unsettled']);
    expect(listsOf(intent(2), outcome(2, 'stale', { attempts: 0 }))).toEqual(['unsettled', 'failed']);
  });

  it('is a failure where it was refused, or found changed, when it was last tried', () => {
    expect(listsOf(intent(2), outcome(2, 'rejected'))).toEqual(['failed']);
    expect(listsOf(intent(2), outcome(2, 'stale'))).toEqual(['failed']);
    expect(listsOf(intent(2), outcome(2, 'rejected'), intent(2), outcome(2, 'uncertain'))).toEqual(['unsettled']);
    expect(listsOf(outcome(2, 'stale', { attempts: 0 }), intent(2), outcome(2, 'not-reached'))).toEqual([]);
  });

  it('is, of a detour, that the user may be away, and the ID written, from the step that did it', () => {
    expect(listsOf(step(2, 'upn-away'))).toEqual(['moved', 'away']);
    expect(listsOf(step(2, 'upn-away', 'applied'), step(2, 'set'))).toEqual(['unsettled', 'moved', 'away']);
    expect(listsOf(step(2, 'upn-away', 'applied'), step(2, 'set', 'applied'))).toEqual(['unsettled', 'moved', 'away']);
    expect(listsOf(step(2, 'upn-away', 'applied'), step(2, 'set', 'uncertain'))).toEqual([
      'unsettled',
      'moved',
      'away',
    ]);
    expect(listsOf(step(2, 'upn-away', 'applied'), step(2, 'set', 'rejected'))).toEqual(['moved', 'away']);
  });

  it('is, of a detour, that the ID is as it was once the former one is being put back', () => {
    const there = [...step(2, 'upn-away', 'applied'), ...step(2, 'set', 'applied'), ...step(2, 'upn-back', 'rejected')];
    expect(listsOf(there)).toEqual(['unsettled', 'moved', 'away']);
    expect(listsOf(there, step(2, 'restore'))).toEqual(['moved', 'away']);
    expect(listsOf(there, step(2, 'restore', 'applied'), step(2, 'upn-back', 'applied'))).toEqual(['moved']);
  });

  it('is over, for a detour, once the row has ended in anything but uncertain', () => {
    const whole = [...step(2, 'upn-away', 'applied'), ...step(2, 'set', 'applied'), ...step(2, 'upn-back', 'applied')];
    expect(listsOf(whole, outcome(2, 'applied'))).toEqual(['settled']);
    expect(listsOf(whole, outcome(2, 'rejected'))).toEqual(['failed']);
    expect(listsOf(step(2, 'upn-away', 'uncertain'), outcome(2, 'uncertain'))).toEqual(['moved', 'away']);
  });
});
