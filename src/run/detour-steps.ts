import { assertNever } from '../core/failure.ts';
import type { DetourIntent, DetourStep } from '../core/journal.ts';
import type { CloudUser } from '../core/users.ts';
import { type DetourRow, isSameUpn } from './detour-row.ts';
import { type RowTools, shown, valueOf } from './row-end.ts';
import { type Change, send, type Sent } from './send.ts';

// Milliseconds before a refusal is tried again: the replica that answers may not have heard of the step before yet.
const replicaPatience = [1_000, 2_000, 4_000, 8_000, 15_000];

/** One row's detour under way: takes a step with its journal entries, and keeps count. */
export type Unit = {
  readonly row: DetourRow;
  take(step: DetourStep): Promise<Sent>;
  /** Whether the user was found away, or a move away was begun. */
  mayBeAway(): boolean;
  /** Whether it is known to be away, as long as it has not been brought home. */
  isSurelyAway(): boolean;
  /** PATCHes sent so far, over all steps. */
  attempts(): number;
};

/** `isAway`: whether the user is on the away UPN to begin with. */
export function makeUnit(row: DetourRow, isAway: boolean, tools: RowTools): Unit {
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
      const { runFault, ...sent } = await send(changeOf(row, step), tools);
      attempts += sent.attempts;
      if (step === 'upn-away') isSurelyAway = sent.outcome === 'applied';
      // A step given up before anything took effect has left the user where it was, as a refused one has.
      const outcome = sent.outcome === 'not-reached' ? 'rejected' : sent.outcome;
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
 * home together with the new ID. Going back to a state of before is proved by Graph's acknowledgement alone.
 */
function changeOf(row: DetourRow, step: DetourStep): Change {
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
  const common = { line, userId, mustEnd: true, patience: replicaPatience, seenIn: null };
  switch (step) {
    case 'upn-away':
      return {
        ...common,
        patch: upn(away),
        seenIn: (user) => (isSameUpn(user.userPrincipalName, away) ? 'made' : 'not-yet'),
        mustEnd: false,
        patience: [],
      };
    case 'set':
      return {
        ...common,
        patch: id(row.after),
        seenIn: (user) => {
          const current = valueOf(user);
          if (current === row.after) return 'made';
          return current === row.cloud.before ? 'not-yet' : { instead: shown(current) };
        },
      };
    case 'restore':
      return { ...common, patch: id(row.cloud.before) };
    case 'upn-back': {
      const isHome = (user: CloudUser): boolean =>
        isSameUpn(user.userPrincipalName, home) && valueOf(user) === row.after;
      // A row that only brings somebody home has no new ID to tell an old reading by.
      const canTell = row.cloud.before !== row.after;
      return {
        ...common,
        patch: upn(home),
        seenIn: canTell ? (user) => (isHome(user) ? 'made' : 'not-yet') : null,
      };
    }
    default:
      return assertNever(step);
  }
}
