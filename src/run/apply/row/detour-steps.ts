import { assertNever } from '../../../core/failure.ts';
import type { DetourIntent, DetourStep } from '../../../core/journal.ts';
import type { CloudUser } from '../../../core/users.ts';
import { type DetourRow, isSameUpn } from './detour-row.ts';
import { changedSince } from './detour-start.ts';
import type { UserReading } from '../../ports.ts';
import { ending, type RowEnd, type Known, type RowTools, shown, unreadable, valueOf } from './row-outcome.ts';
import { type Change, send } from './send.ts';

// Milliseconds before a refusal is tried again: the replica that answers may not have heard of the step before yet.
const replicaPatience = [1_000, 2_000, 4_000, 8_000, 15_000];

export type UnitTools = { readonly known: Known; readonly tools: RowTools };

/** One row's detour under way: takes a step with its journal entries, and keeps count. */
export type Unit = {
  readonly row: DetourRow;
  take(step: DetourStep): Promise<RowEnd>;
  /** Whether the user was found away, or a move away was begun. */
  mayBeAway(): boolean;
  /** Whether it is known to be away, as long as it has not been brought home. */
  isSurelyAway(): boolean;
  /** PATCHes sent so far, over all steps. */
  attempts(): number;
};

/** `isAway`: whether the user is on the away UPN to begin with. */
export function makeUnit(row: DetourRow, isAway: boolean, { known, tools }: UnitTools): Unit {
  // The first step follows the reading, each later one the step before it.
  let readAt = known.readAt;
  let attempts = 0;
  let mayBeAway = isAway;
  let isSurelyAway = isAway;
  const about = { line: row.line, userId: row.cloud.id };
  const at = (): string => tools.clock.now().toISOString();
  return {
    row,
    mayBeAway: () => mayBeAway,
    isSurelyAway: () => isSurelyAway,
    attempts: () => attempts,
    async take(step) {
      const userPrincipalName = row.detour.home;
      await tools.journal.append({
        kind: 'detour-intent',
        ...about,
        userPrincipalName,
        step,
        ...valuesOf(row, step),
        at: at(),
      });
      mayBeAway = true;
      const change = { ...changeOf(row, step, known), readAt };
      const { runFault, isOfTheValue: _isOfTheValue, ...sent } = await send(change, tools);
      readAt = tools.clock.now().getTime();
      attempts += sent.attempts;
      if (step === 'upn-away') isSurelyAway = sent.outcome === 'applied';
      // A step given up before anything took effect has left the user where it was, as a refused one has.
      const outcome = sent.outcome === 'applied' || sent.outcome === 'uncertain' ? sent.outcome : 'rejected';
      await tools.journal.append({ kind: 'detour-outcome', ...about, step, ...sent, outcome, at: at() });
      return { ...sent, runFault };
    },
  };
}

function valuesOf({ detour, cloud, after }: DetourRow, step: DetourStep): Pick<DetourIntent, 'before' | 'after'> {
  switch (step) {
    case 'upn-away':
      return { before: detour.home, after: detour.away };
    case 'set':
      return { before: cloud.before, after };
    case 'restore':
      return { before: after, after: cloud.before };
    case 'upn-back':
      return { before: detour.away, after: detour.home };
    default:
      return assertNever(step);
  }
}

/**
 * The PATCH of a step. Readings may be old, so they prove only what has never been so before: the away UPN, the new ID, and
 * home together with the new ID. Going back to a state of before is proved by Graph's acknowledgement alone; and in a row
 * that takes back another detour, all of it has been so before.
 */
function changeOf(row: DetourRow, step: DetourStep, known: Known): Omit<Change, 'readAt'> {
  const { home, away } = row.detour;
  const { line } = row;
  const userId = row.cloud.id;
  const upn =
    (name: string): Change['patch'] =>
    (writer) =>
      writer.setUserPrincipalName(userId, name);
  const id =
    (value: string | null): Change['patch'] =>
    (writer) =>
      writer.setImmutableId(userId, value);
  const common = { line, userId, mustEnd: true, patience: replicaPatience, seenIn: null, guard: null };
  const unlessOld = (seenIn: NonNullable<Change['seenIn']>): Change['seenIn'] => (known.takesBack ? null : seenIn);
  switch (step) {
    case 'upn-away':
      return {
        ...common,
        property: 'userPrincipalName',
        patch: upn(away),
        seenIn: unlessOld((user) => (isSameUpn(user.userPrincipalName, away) ? 'made' : 'not-yet')),
        guard: (reading) => againstMoving(row, reading, known),
        mustEnd: false,
        patience: [],
      };
    case 'set': {
      const seenIn = (user: CloudUser) => seenWith(row, valueOf(user));
      // An earlier run moved the user, and may have set the new ID and put the former one back: it has been there before.
      const mayBeOld = known.wasMoved && !known.wasUnsettled;
      return {
        ...common,
        property: 'onPremisesImmutableId',
        patch: id(row.after),
        seenIn: mayBeOld ? null : unlessOld(seenIn),
        guard: (reading) => againstSetting(row, reading),
      };
    }
    case 'restore':
      return { ...common, property: 'onPremisesImmutableId', patch: id(row.cloud.before) };
    case 'upn-back': {
      const isHome = (user: CloudUser): boolean =>
        isSameUpn(user.userPrincipalName, home) && valueOf(user) === row.after;
      const seenIn = (user: CloudUser) => (isHome(user) ? ('made' as const) : ('not-yet' as const));
      const property = 'userPrincipalName';
      return { ...common, property, patch: upn(home), seenIn: unlessOld(seenIn) };
    }
    default:
      return assertNever(step);
  }
}

function seenWith(
  { after, cloud }: DetourRow,
  current: string | null,
): 'made' | 'not-yet' | { readonly instead: string } {
  if (current === after) return 'made';
  return current === cloud.before ? 'not-yet' : { instead: shown(current) };
}

/** After a wait: whether the user is still where, and as, the detour begins. */
function againstMoving(row: DetourRow, reading: UserReading, known: Known): RowEnd | null {
  if (reading.kind === 'missing') return ending('stale', 'The cloud user no longer exists.');
  if (reading.kind === 'unreadable') return unreadable(reading.failure, known);
  const { userPrincipalName: name } = reading.user;
  // Moved by an attempt that got no answer.
  if (isSameUpn(name, row.detour.away)) return null;
  if (!isSameUpn(name, row.detour.home)) {
    return ending('stale', `Planned on the user principal name ${row.detour.home}, found ${name}.`);
  }
  return valueOf(reading.user) === row.after ? null : changedSince(row, reading.user, known);
}

/** After a wait in the midst of a detour: somebody else's value is left alone, anything else goes on towards home. */
function againstSetting(row: DetourRow, reading: UserReading): RowEnd | null {
  if (reading.kind !== 'user') return null;
  const seen = seenWith(row, valueOf(reading.user));
  return typeof seen === 'string'
    ? null
    : ending('stale', `Planned on ${shown(row.cloud.before)}, found ${seen.instead}.`);
}
