// run/apply/row/: one row is written. Start here.
//   reading   the guard before each write       send            one write until it is settled
//   detour*   a user of a federated domain      pace, writers   how fast, and by which application
//   row-outcome   how a row ended
import {
  ending,
  type Known,
  type ReadyRow,
  type RowEnd,
  type RowTools,
  shown,
  unreadable,
  valueOf,
} from './row-outcome.ts';
import { send } from './send.ts';
import { changedSinceReview } from '../../../core/judge/decision-facts.ts';
import type { CloudUser } from '../../../core/users.ts';

/**
 * Compares one row with what was just read, then writes it: intent on disk, then the PATCH. How it ended is for the caller to
 * record. Throws only when the journal cannot be written, or for a bug. A row with a detour goes to `writeDetour` instead.
 */
export async function writeRow(row: ReadyRow, known: Known, tools: RowTools): Promise<RowEnd> {
  const found = beforeWriting(row, known);
  if (found) return found;
  await tools.journal.append({
    kind: 'intent',
    line: row.line,
    userId: row.cloud.id,
    userPrincipalName: row.cloud.userPrincipalName,
    before: row.cloud.before,
    after: row.after,
    at: tools.clock.now().toISOString(),
  });
  const sent = await send(
    {
      line: row.line,
      userId: row.cloud.id,
      property: 'onPremisesImmutableId',
      patch: (writer) => writer.setImmutableId(row.cloud.id, row.after),
      readAt: known.readAt,
      guard: (reading, isOpen) => beforeWriting(row, { ...known, reading, wasUnsettled: known.wasUnsettled || isOpen }),
      // Going back to a value of before is proved by Graph's acknowledgement alone.
      seenIn: known.takesBack ? null : (user) => seenIn(row, user),
      mustEnd: false,
      patience: [],
    },
    tools,
  );
  return openStill(notAccepted(sent), known);
}

/** Sign-in or the whole tenant was refused, so nothing of this row was: it waits for the run that goes on. */
function notAccepted(sent: RowEnd): RowEnd {
  return sent.outcome === 'rejected' && sent.runFault !== undefined
    ? { ...sent, outcome: 'not-reached', code: null }
    : sent;
}

function seenIn({ after, cloud }: ReadyRow, user: CloudUser): 'made' | 'not-yet' | { readonly instead: string } {
  const current = valueOf(user);
  if (current === after) return 'made';
  return current === cloud.before ? 'not-yet' : { instead: shown(current) };
}

/**
 * An earlier run has begun to write this row, and it is not known how that ended. That this run got nowhere does not settle
 * it, unless the value itself is refused: then it was refused the earlier run as well.
 */
export function openStill(sent: RowEnd, { wasUnsettled }: Known): RowEnd {
  const gotNowhere = sent.outcome === 'not-reached' || (sent.outcome === 'rejected' && sent.isOfTheValue !== true);
  if (!wasUnsettled || !gotNowhere) return sent;
  const detail = `${sent.detail} An earlier run had begun to write it, and how that ended is not known.`;
  return { ...sent, outcome: 'uncertain', code: sent.code ?? 'unexpected', detail };
}

/** What the re-read already decides; null when the row is as planned and may be written. */
function beforeWriting(row: ReadyRow, known: Known): RowEnd | null {
  const { reading } = known;
  if (reading.kind === 'missing') return ending('stale', 'The cloud user no longer exists.');
  if (reading.kind === 'unreadable') return unreadable(reading.failure, known);
  const current = valueOf(reading.user);
  const isThere = current === row.after;
  if (isThere && !known.takesBack) {
    return known.wasUnsettled
      ? ending('applied', 'Written by an earlier attempt; found by reading it back.')
      : ending('already', 'The cloud user already has this value.');
  }
  if (!isThere && current !== row.cloud.before) {
    return ending('stale', `Planned on ${shown(row.cloud.before)}, found ${shown(current)}.`);
  }
  const changed = changedSinceReview(row.cloud, reading.user) ?? known.against;
  return changed === null ? null : ending('stale', changed);
}
