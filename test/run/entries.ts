// Journal entries as runs write them, for the tests of what is read out of them.
import type { DetourStep, JournalEntry, JournalOutcome } from '../../src/core/journal.ts';
import { guid, idOf } from '../support/people.ts';

const at = '2026-11-23T12:00:00.000Z';
const ended = { code: null, attempts: 1, requestId: null, detail: '', at } as const;

export function intent(line: number): JournalEntry {
  const userId = guid('cloud', line);
  return {
    kind: 'intent',
    line,
    userId,
    userPrincipalName: `u${line}@example.test`,
    before: null,
    after: idOf(line),
    at,
  };
}

export function outcome(
  line: number,
  how: JournalOutcome['outcome'],
  more: Partial<Pick<JournalOutcome, 'attempts' | 'code' | 'detail' | 'requestId'>> = {},
): JournalOutcome {
  return { kind: 'outcome', line, userId: guid('cloud', line), outcome: how, ...ended, ...more };
}

/** A step of a detour: begun, and with an outcome, how it ended. */
export function step(
  line: number,
  name: DetourStep,
  how?: Extract<JournalEntry, { kind: 'detour-outcome' }>['outcome'],
): JournalEntry[] {
  const row = { line, userId: guid('cloud', line), step: name };
  const begun: JournalEntry = {
    kind: 'detour-intent',
    ...row,
    userPrincipalName: `u${line}@fed.test`,
    before: null,
    after: idOf(line),
    at,
  };
  return how === undefined ? [begun] : [begun, { kind: 'detour-outcome', ...row, outcome: how, ...ended }];
}
