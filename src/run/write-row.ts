import { ending, type Ending, type Known, type ReadyRow, record, type RowEnd, type RowTools } from './row-end.ts';
import { shown, unreadable, valueOf } from './row-end.ts';
import { send } from './send.ts';

/**
 * Compares one row with what was just read, then writes it: intent on disk, PATCH, outcome on disk. Throws only when the
 * journal cannot be written, or for a bug. A row with a detour goes to `writeDetour` instead.
 */
export async function writeRow(row: ReadyRow, known: Known, tools: RowTools): Promise<RowEnd> {
  const found = beforeWriting(row, known);
  if (found) return record(row, found, tools);
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
      patch: () => tools.writer.setImmutableId(row.cloud.id, row.after),
      seenIn: (user) => {
        const current = valueOf(user);
        if (current === row.after) return 'made';
        return current === row.cloud.before ? 'not-yet' : { instead: shown(current) };
      },
      mustEnd: false,
      patience: [],
    },
    tools,
  );
  return record(row, sent, tools);
}

/** What the re-read already decides; null when the row is as planned and may be written. */
function beforeWriting(row: ReadyRow, known: Known): Ending | null {
  const { reading } = known;
  if (reading.kind === 'missing') return ending('stale', 'The cloud user no longer exists.');
  if (reading.kind === 'unreadable') return unreadable(reading.failure, known);
  const current = valueOf(reading.user);
  if (current === row.after) {
    return known.wasUnsettled
      ? ending('applied', 'Written by the earlier run; found by reading it back.')
      : ending('already', 'The cloud user already has this value.');
  }
  if (current !== row.cloud.before) {
    return ending('stale', `Planned on ${shown(row.cloud.before)}, found ${shown(current)}.`);
  }
  if (reading.user.onPremisesSyncEnabled === true && row.cloud.syncEnabled !== true) {
    return ending('stale', 'Sync has taken up the cloud user since the plan was made.');
  }
  return null;
}
