import type { RunRecord } from '../../core/result.ts';
import { type Count, outcomeCounts, stateCounts, verdictCounts } from '../counts.ts';
import type { Digest } from '../digest.ts';
import { counted, fileName, headlineOf, moment, number, stageOf, titleOf, took } from '../phrases.ts';
import { type Child, type Markup, markup } from './markup.ts';

/** The heading: what happened in one sentence, what was or was not written, and ways into a long page. */
export function headingOf(record: RunRecord, sections: readonly (readonly [id: string, text: string])[]): Markup {
  const { summary } = record;
  const headline = headlineOf(record);
  return markup`<header>
    <p class="eyebrow">
      <span>hardmatch</span> <span>${titleOf(record)}</span> <span>${summary.tenant.name}</span>
      <span>${moment(summary.finishedAt)}</span>
    </p>
    <h1>${headline.sentence}</h1>
    <p class="lead">${headline.assurance}</p>
    <nav aria-label="On this page">
      ${sections.map(([id, text]) => markup`<a href="#${id}">${text}</a>`)}
    </nav>
  </header>`;
}

/** A count with the words on its tile, where those are others than the word that rows are filtered by. */
export type Tile = Count & { readonly label?: string };

/** The counts: a bar in proportion, and a tile for each; a tile leads to its rows. */
export function countsOf(record: RunRecord, digest: Digest): Markup {
  const { counts } = record.summary;
  const main =
    stageOf(record) === 'verified' ? [] : record.results ? outcomeCounts(counts) : stateCounts(record, digest);
  const read = record.verifications ? verdictCounts(counts) : [];
  return markup`<section aria-labelledby="counts">
    <h2 id="counts">${counted(counts.rows, 'row')}</h2>
    ${tileRow('What happened to the rows', main)}${
      read.length > 0 && main.length > 0 && markup`<h3>Read back</h3>`
    }${tileRow('What was read back', read)}
  </section>`;
}

/** A bar in proportion, and a tile for each count. */
export function tileRow(label: string, tiles: readonly Tile[]): Child {
  const there = tiles.filter(({ n }) => n > 0);
  if (tiles.length === 0) return null;
  return markup`${bar(label, there)}<ul class="tiles">
      ${tiles.map(({ word, label: shown = word, n, look, meaning }) => {
        const inside = markup`<strong>${number(n)}</strong><span><i aria-hidden="true">${look.symbol}</i>${shown}</span
          ><small>${meaning}</small>`;
        return n > 0
          ? markup`<li><a class="${look.tone}" href="#all" data-status="${word}">${inside}</a></li>`
          : markup`<li><span class="zero">${inside}</span></li>`;
      })}
    </ul>`;
}

// SVG geometry, because a style attribute would need a hole in the Content-Security-Policy.
function bar(label: string, tiles: readonly Tile[]): Child {
  const total = tiles.reduce((sum, { n }) => sum + n, 0);
  if (total === 0) return null;
  let x = 0;
  const parts = tiles.map(({ n, look }) => {
    const width = (n / total) * 1000;
    const part = markup`<rect
      class="${look.tone}"
      x="${x.toFixed(1)}"
      y="0"
      width="${Math.max(width, 2).toFixed(1)}"
      height="10"
    />`;
    x += width;
    return part;
  });
  const said = tiles.map(({ word, label: shown = word, n }) => `${shown} ${number(n)}`).join(', ');
  return markup`<svg
    class="bar"
    viewBox="0 0 1000 10"
    preserveAspectRatio="none"
    role="img"
    focusable="false"
    aria-label="${label}: ${said}"
  >
    ${parts}
  </svg>`;
}

/** Where, from what, bound to which fingerprint, when, at what cost. */
export function factsOf(record: RunRecord): Markup {
  const { summary, planCreatedAt } = record;
  const { tenant, directory, input, requests } = summary;
  const taken = took(summary.startedAt, summary.finishedAt);
  const name = fileName(input.path);
  const facts: [string, Child][] = [
    ['Tenant', markup`<b>${tenant.name}</b><small class="id">${tenant.id}</small>`],
    ['Directory', markup`<b>${directory.domain}</b><small>${directory.source}</small>`],
    ['Input', markup`<b>${name}</b>${name !== input.path && markup`<small>${input.path}</small>`}`],
    ['Planned', markup`<b>${moment(planCreatedAt)}</b><small>source anchor: ${summary.sourceAnchor}</small>`],
    [
      'Run',
      markup`<b>${moment(summary.startedAt)}</b
        ><small>ended ${moment(summary.finishedAt)}${taken && `, after ${taken}`}</small>`,
    ],
    [
      'Requests',
      markup`${number(requests.graph)} to Graph (${number(requests.graphWrites)} writes,
        ${number(requests.graphThrottled)} throttled)<small>${number(requests.ldapSearches)} LDAP searches</small>`,
    ],
    [
      'Run folder',
      markup`${summary.run}<small
          >hardmatch ${summary.tool.version}, ${summary.command}, exit code ${summary.exitCode}</small
        >`,
    ],
  ];
  const digests: [string, string][] = [
    ['Fingerprint', summary.fingerprint],
    ['Input SHA-256', input.sha256],
  ];
  return markup`<section aria-labelledby="facts">
    <h2 id="facts">Where and when</h2>
    <dl class="facts">
      ${facts.map(
        ([term, value]) =>
          markup`<div>
            <dt>${term}</dt>
            <dd>${value}</dd>
          </div>`,
      )}${digests.map(
        ([term, value]) =>
          markup`<div class="wide">
            <dt>${term}</dt>
            <dd class="id">${value}</dd>
          </div>`,
      )}
    </dl>
  </section>`;
}
