import type { RunRecord } from '../../core/result.ts';
import { evidenceText, runFindings, showsPreflight, silenceText, switchText, syncText } from '../tenant-facts.ts';
import { badge } from './cells.ts';
import { type Child, type Markup, markup } from './markup.ts';

/** What holds for the tenant as a whole: whether it syncs, its two switches, the anchor evidence, and the warnings. */
export function tenantOf(record: RunRecord): Markup | null {
  if (!showsPreflight(record)) return null;
  const { preflight, sourceAnchor, tenant } = record.summary;
  const facts: [string, Child][] = [
    ['Sync', markup`<b>${syncText(preflight)}</b>`],
    ['Hard match', switchCell(switchText(preflight, 'hardMatchBlocked'), 'joins users by immutable ID')],
    [
      'Source anchor',
      markup`<b>${sourceAnchor}</b><small>${evidenceText(preflight) ?? 'The synced users were not looked at.'} ${silenceText(preflight)}</small>`,
    ],
    ['Soft match', switchCell(switchText(preflight, 'softMatchBlocked'), 'joins users by UPN or primary SMTP address')],
  ];
  return markup`<section aria-labelledby="tenant">
<h2 id="tenant">Tenant <span class="count">${tenant.name}</span></h2>
<dl class="facts">
${facts.map(
  ([term, value]) =>
    markup`<div><dt>${term}</dt><dd>${value}</dd></div>
`,
)}</dl>
${runFindings(preflight).map(
  ({ code, sentences, remedy }) => markup`<article class="whole-run">
<h3>${badge('whole run', { symbol: '!', tone: 'warn' })} <code>${code}</code></h3>
${sentencesOf(sentences)}
<p class="remedy"><b>What to do</b> ${remedy}</p>
</article>
`,
)}</section>
`;
}

function switchCell(state: string, meaning: string): Markup {
  const tone = { allowed: 'good', blocked: 'bad' }[state] ?? 'warn';
  return markup`<b class="${tone}">${state}</b><small>${meaning}</small>`;
}

function sentencesOf(sentences: readonly string[]): Markup {
  if (sentences.length === 1) return markup`<p>${sentences[0]}</p>`;
  return markup`<ul>${sentences.map((sentence) => markup`<li>${sentence}</li>`)}</ul>`;
}
