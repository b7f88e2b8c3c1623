import { stringify } from 'csv-stringify/sync';
import { reasonsOf, type ResultRow, type VerificationRow } from '../core/result.ts';
import type { PlanRow } from '../core/row.ts';
import { codesOf, factsOf, remediesOf, remediesOfOutcome } from './row-entries.ts';
import { changesOf, nextSyncOf } from './next-sync.ts';
import { visibleInCell } from './visible.ts';
import { verdictWords } from './words.ts';

// Rows per piece of text: large enough that the stringifier's start-up does not count, small enough that a million rows
// never stand in memory as text.
const chunkRows = 1000;

const planColumns =
  'line,ad_user,cloud_user,decision,state,step,ad_name,cloud_name,reasons,detail,remedy,warnings,warning_detail,next_sync,changes,before,after,ad_dn,ad_object_guid,source_anchor,immutable_id,cloud_object_id,cloud_upn'.split(
    ',',
  );
const resultsColumns =
  'line,ad_user,cloud_user,outcome,reasons,cloud_object_id,cloud_upn,immutable_id,before,attempts,request_id,finished_at,detail,remedy'.split(
    ',',
  );
const verificationColumns =
  'line,ad_user,cloud_user,verdict,expected_immutable_id,actual_immutable_id,cloud_object_id,cloud_upn,checked_at,detail'.split(
    ',',
  );

type Cell = string | number | null;

/**
 * plan.csv, in pieces to be written one after the other: the plan's columns, then the input's other columns under their
 * own names, even where a name is one of ours. For spreadsheets: UTF-8 with BOM, CRLF, and a `'` before what would
 * be taken for a formula, hidden characters written out (`⟨U+202E⟩`); one immutable ID in 64 begins with `+`, so read plan.ndjson where a machine reads.
 */
export function planCsv(rows: Iterable<PlanRow>, extraColumns: readonly string[]): Iterable<string> {
  return csvText([...planColumns, ...extraColumns], rows, planCells);
}

/** results.csv, one line per input row: what happened. In pieces, and written, like plan.csv. */
export function resultsCsv(rows: Iterable<ResultRow>, extraColumns: readonly string[]): Iterable<string> {
  return csvText([...resultsColumns, ...extraColumns], rows, resultCells);
}

/** verification.csv, one line per input row: expected and actual immutable ID. In pieces, and written, like plan.csv. */
export function verificationCsv(rows: Iterable<VerificationRow>, extraColumns: readonly string[]): Iterable<string> {
  return csvText([...verificationColumns, ...extraColumns], rows, verificationCells);
}

const noAd = { name: null, dn: null, objectGuid: null, sourceAnchor: null, immutableId: null };
const noCloud = { name: null, id: null, userPrincipalName: null, before: null };

function planCells(row: PlanRow): Cell[] {
  const ad = row.ad ?? noAd;
  const cloud = row.cloud ?? noCloud;
  const reasons = codesOf(row.reasons);
  const warnings = codesOf(row.warnings);
  return [
    row.line,
    row.adText,
    row.cloudText,
    // For the reviewer to fill in.
    null,
    row.state,
    row.step,
    ad.name,
    cloud.name,
    reasons.join(' '),
    factsOf(row.reasons, '').join(' '),
    remediesOf([...reasons, ...warnings]).join(' '),
    warnings.join(' '),
    factsOf(row.warnings, '').join(' '),
    nextSyncOf(row),
    changesOf(row),
    cloud.before,
    row.state === 'ready' ? row.after : null,
    ad.dn,
    ad.objectGuid,
    ad.sourceAnchor,
    ad.immutableId,
    cloud.id,
    cloud.userPrincipalName,
    ...row.extra,
  ];
}

function resultCells(result: ResultRow): Cell[] {
  const { row } = result;
  const cloud = row.cloud ?? noCloud;
  const reasons = reasonsOf(result);
  const codes = codesOf(reasons);
  return [
    row.line,
    row.adText,
    row.cloudText,
    result.outcome,
    codes.join(' '),
    cloud.id,
    cloud.userPrincipalName,
    // What was to be written; for a row that was never to be written, what AD gives.
    row.state === 'ready' ? row.after : (row.ad?.immutableId ?? null),
    cloud.before,
    result.attempts,
    result.requestId,
    result.finishedAt,
    factsOf(reasons, result.detail).join(' '),
    remediesOfOutcome(result.outcome, codes).join(' '),
    ...row.extra,
  ];
}

function verificationCells(verification: VerificationRow): Cell[] {
  const { row, verdict } = verification;
  const cloud = row.cloud ?? noCloud;
  return [
    row.line,
    row.adText,
    row.cloudText,
    verdict,
    verification.expected,
    verification.actual,
    cloud.id,
    cloud.userPrincipalName,
    verification.checkedAt,
    verification.detail || (verdict === 'matches' ? '' : verdictWords[verdict].meaning),
    ...row.extra,
  ];
}

function* csvText<Row>(header: readonly string[], rows: Iterable<Row>, cells: (row: Row) => Cell[]): Iterable<string> {
  let chunk: Cell[][] = [[...header]];
  let first = true;
  for (const row of rows) {
    chunk.push(cells(row));
    if (chunk.length < chunkRows) continue;
    yield csvChunk(chunk, first);
    chunk = [];
    first = false;
  }
  if (chunk.length > 0) yield csvChunk(chunk, first);
}

// A spreadsheet that takes `;` for the delimiter (Excel, in half of Europe) knows nothing of our quotes: it cuts a cell at
// each `;` and line break within, and may find a formula at the beginning of a piece. Quotes before it do not help.
const hiddenStart = /(?<=[;\t\r\n]"*)(?='*[=+\-@\uff1d\uff0b\uff0d\uff20])(?<!')/g;

function defused(cell: string): string {
  return cell.replaceAll(hiddenStart, "'");
}

// The library escapes = + - @, tab and CR but not LF, with which a spreadsheet may also begin to look for a formula
// (OWASP "CSV Injection"). test/report/csv.test.ts shows both.
function spreadsheetSafe(cell: string): string {
  return defused(cell.startsWith('\n') ? `'${cell}` : cell);
}

function csvChunk(records: readonly Cell[][], isFirst: boolean): string {
  return stringify([...records], {
    bom: isFirst,
    record_delimiter: 'windows',
    escape_formulas: true,
    // Every text there is in the file comes by here, headers and the input's own columns too, so that no column can be
    // forgotten: hidden characters first, since what they stand before may be a formula.
    cast: { string: (value) => spreadsheetSafe(visibleInCell(value)) },
  });
}
