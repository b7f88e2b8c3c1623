// The federated detour. While the UPN is in a federated domain its immutable ID cannot be set, so a row goes three steps:
// UPN away to a managed domain, ID, UPN back ("Configure federated sign-in", Microsoft Learn, changes a user's immutable ID
// in this way). The steps are one unit: no step is taken before the one before it is acknowledged by Graph or seen in the
// tenant, the way home is taken whatever happens, and a user who cannot be brought home is told by name.
//   detour-row     which rows these are, and how a user who is left away is told    detour-start   where to begin
//   detour-steps   the PATCH and the journal entries of each step
import { type DetourRow, leftOn } from './detour-row.ts';
import { type Start, whereToBegin } from './detour-start.ts';
import { makeUnit, type Unit } from './detour-steps.ts';
import { ending, type Known, type RowEnd, type RowTools, shown } from './row-outcome.ts';
import { openStill } from './write-row.ts';

/**
 * Takes one row through its detour, from wherever an earlier run of the plan left it. Throws only when the journal cannot be written before anything was sent, or for a bug.
 */
export async function writeDetour(row: DetourRow, known: Known, tools: RowTools): Promise<RowEnd> {
  const start = whereToBegin(row, known);
  if (start.kind === 'end') return start.end;
  const unit = makeUnit(row, start.kind === 'away', { known, tools });
  try {
    return await walk(unit, start, known);
  } catch (error) {
    if (!unit.mayBeAway()) throw error;
    // Nothing may be sent that is not journaled first, so not even the way home. The results still tell of it.
    const why = error instanceof Error ? error.message : String(error);
    return left(unit, ending('uncertain', `Broken off: ${why}`, { code: 'unexpected', runFault: error }));
  }
}

/** The steps in their order; every end but the good one goes by way of home. */
async function walk(unit: Unit, start: Exclude<Start, { kind: 'end' }>, known: Known): Promise<RowEnd> {
  const { row } = unit;
  if (start.kind === 'home') {
    const away = await unit.take('upn-away');
    if (away.outcome !== 'applied') return notMoved(unit, away, known);
  } else if (start.instead) {
    return goHome(unit, start.instead);
  }
  let requestId: string | null = null;
  if (start.kind === 'home' || !start.isSet) {
    const set = await unit.take('set');
    if (set.outcome !== 'applied') return goHome(unit, set);
    ({ requestId } = set);
  }
  const back = await unit.take('upn-back');
  if (back.outcome === 'applied') {
    const detail = `By way of ${row.detour.away}; the user principal name is ${row.detour.home} again.`;
    return ending('applied', detail, { attempts: unit.attempts(), requestId: requestId ?? back.requestId });
  }
  return isRefusalOfHome(row, back) ? restoreAndGoHome(unit, back) : left(unit, back);
}

/** Refused or given up before it began; else, nothing having been written to the ID, the row is as it was once home. */
function notMoved(unit: Unit, away: RowEnd, known: Known): Promise<RowEnd> | RowEnd {
  const isHome = away.outcome !== 'uncertain';
  if (isHome && !known.mayBeAway) return openStill(away, known);
  return goHome(unit, openStill(isHome ? away : { ...away, outcome: 'rejected' }, known));
}

/** The federated domain may not take the user with the new value (an empty one, presumably); it had it with the old one. */
function isRefusalOfHome(row: DetourRow, back: RowEnd): boolean {
  return back.outcome === 'rejected' && back.code === 'bad-request' && row.cloud.before !== row.after;
}

async function restoreAndGoHome(unit: Unit, refusal: RowEnd): Promise<RowEnd> {
  const restored = await unit.take('restore');
  if (restored.outcome !== 'applied') return left(unit, restored);
  const why = `${unit.row.detour.home} was refused with ${shown(unit.row.after)}, so ${shown(unit.row.cloud.before)} was put back. ${refusal.detail}`;
  return goHome(unit, { ...refusal, detail: why });
}

/** Brings the user home and ends the row with what went wrong before, or louder when even that fails. */
async function goHome(unit: Unit, cause: RowEnd): Promise<RowEnd> {
  const back = await unit.take('upn-back');
  if (back.outcome !== 'applied')
    return left(unit, { ...back, runFault: cause.runFault ?? back.runFault }, cause.detail);
  const detail = `${cause.detail} (The user principal name is ${unit.row.detour.home} again.)`;
  return { ...cause, detail, attempts: unit.attempts() };
}

/** Not home, or not known to be: uncertain, so that it is counted, told, continued, and taken back by a rollback. */
function left(unit: Unit, back: RowEnd, earlier = ''): RowEnd {
  const where = leftOn(unit.row.detour, back.outcome === 'rejected' && unit.isSurelyAway());
  const detail = [where, back.detail, earlier].filter((part) => part !== '').join(' ');
  return { ...back, outcome: 'uncertain', detail, attempts: unit.attempts() };
}
