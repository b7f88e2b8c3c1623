import type { Clash, Overwrite } from '../../core/forecast.ts';
import type { RunRecord } from '../../core/result.ts';
import type { PlanRow } from '../../core/row.ts';
import { type RowEntry, isPredicted } from '../row-entries.ts';
import { counted, isRollback, number } from '../phrases.ts';
import {
  type ForecastGroup,
  particularOf,
  countsOfForecasts,
  forecastWordOf,
  forecastWords,
  takeOverSentence,
} from '../forecast-words.ts';
import type { Digest } from '../digest.ts';
import { adCell, badge, breakable, cloudCell } from './cells.ts';
import { type Child, type Markup, markup } from './markup.ts';
import { type Tile, tileRow } from './overview.ts';

/** Whether anything was predicted of the rows; nothing is of a rollback, for its plan is not made for sync. */
export function hasForecast(record: RunRecord, { forecasts }: Digest): boolean {
  return !isRollback(record) && forecasts.going.rows + forecasts.held.rows > 0;
}

/** What the next sync will do: a tile for each forecast, of the rows that go on and of the held ones; a tile leads to its rows. */
export function forecastSection({ forecasts: { going, held } }: Digest): Markup {
  return markup`<section aria-labelledby="outlook" class="outlook">
<h2 id="outlook">After the next sync</h2>
${tileRow(
  'What the next sync will do',
  tilesOf(going),
)}${held.rows > 0 && markup`<h3>Held rows, left as they are</h3>`}${tileRow('What the next sync will do with held rows', tilesOf(held))}
</section>
`;
}

function tilesOf(predicted: ForecastGroup): Tile[] {
  return countsOfForecasts(predicted).map(([forecast, n]) => ({
    word: forecast,
    n,
    look: forecastWords[forecast],
    label: forecastWords[forecast].label,
    meaning: forecast === 'join-blocked' ? blockedMeaning(predicted) : forecastWords[forecast].meaning,
  }));
}

function blockedMeaning(predicted: ForecastGroup): string {
  const blocks = Array.from(predicted.blocks, ([code, n]) => `${code} ${number(n)}`);
  return `${forecastWords['join-blocked'].meaning} ${blocks.join(', ')}`;
}

/** The forecast of a row with what its badge leaves open; beneath, what the take-over replaces and cannot set. */
export function prospectCell(entry: RowEntry): Child {
  const { row } = entry;
  const forecast = forecastWordOf(row);
  if (!forecast || !row.forecast || !isPredicted(entry)) return null;
  const { prediction, overwrites, clashes } = row.forecast;
  const particular = particularOf(prediction, row.cloud?.id ?? null);
  const changes = [
    overwrites.length > 0 && counted(overwrites.length, 'change'),
    clashes.length > 0 && counted(clashes.length, 'clash'),
  ];
  const told = changes
    .filter((each) => each !== false)
    .join(', ')
    .replace(/clashs$/, 'clashes');
  return markup`${badge(forecastWords[forecast].label, forecastWords[forecast])}${
    particular !== null && markup`<small>${particular}</small>`
  }${told !== '' && markup`<details><summary>${told}</summary>${changeList(row.forecast)}</details>`}`;
}

/** The forecast in a line of small text, for a cell that tells other things too; null where nothing is known. */
export function prospectLine({ row }: RowEntry): Child {
  const forecast = forecastWordOf(row);
  if (!forecast || forecast === 'unknown') return null;
  return markup`<small>next sync: ${forecastWords[forecast].label}</small>`;
}

/** What the take-over replaces and cannot set, row by row: clashes first, then those who get another UPN. */
export function* takeOverSection({ takeOver, forecasts }: Digest): Iterable<Markup> {
  const { count, entries } = takeOver;
  if (count === 0) return;
  const more = count - entries.length;
  yield markup`<section aria-labelledby="take-over">
<h2 id="take-over">What the take-over will change <span class="count">${counted(count, 'row')}</span></h2>
<p class="note">${takeOverSentence(forecasts)} With a new UPN, people sign in by another name. A value that cannot be set is quarantined by sync.</p>
<article>
<table class="group changes">
<thead><tr><th scope="col">Line</th><th scope="col">AD user</th><th scope="col">Cloud user</th><th scope="col">In the cloud now, then AD's</th></tr></thead>
<tbody>
${entries.map(
  (entry) => markup`<tr><td>${entry.row.line}</td><td>${adCell(entry)}</td><td>${cloudCell(entry)}</td><td>${
    entry.row.forecast && changeList(entry.row.forecast)
  }</td></tr>
`,
)}</tbody>
</table>
${
  more > 0 &&
  markup`<p class="more">and ${number(more)} more, all of them in plan.ndjson</p>
`
}</article>
</section>
`;
}

const shortNames: Readonly<Record<Overwrite['attribute'], string>> = {
  userPrincipalName: 'UPN',
  mail: 'mail',
  proxyAddresses: 'proxy',
};

function changeList({ clashes, overwrites }: NonNullable<PlanRow['forecast']>): Markup {
  return markup`<ul class="diff">${clashes.map((clash) => clashItem(clash))}${overwrites.map((overwrite) => overwriteItem(overwrite))}</ul>`;
}

function clashItem({ attribute, value, holder }: Clash): Markup {
  return markup`<li class="clash"><span class="label">${shortNames[attribute]}</span><span><b>${breakable(value)}</b> cannot be set: ${holder} has it</span></li>`;
}

function overwriteItem({ attribute, cloud, ad }: Overwrite): Markup {
  const before = cloud === null ? [] : valuesOf(attribute, cloud);
  const after = valuesOf(attribute, ad);
  const gone = before.filter((value) => !after.includes(value)).map((value) => markup`<del>${breakable(value)}</del> `);
  const fresh = after
    .filter((value) => !before.includes(value))
    .map((value) => markup`<ins>${breakable(value)}</ins> `);
  return markup`<li><span class="label">${shortNames[attribute]}</span><span>${gone}${fresh}</span></li>`;
}

/** Proxy addresses come in one text with a blank between each two, and only what differs is worth showing. */
function valuesOf(attribute: Overwrite['attribute'], text: string): string[] {
  return attribute === 'proxyAddresses' ? text.split(' ').filter((value) => value !== '') : [text];
}
