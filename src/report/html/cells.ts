import { reasonsOf } from '../../core/result.ts';
import type { RowEntry } from '../row-entries.ts';
import { type Tone, type Word, outcomeWords, stateWords, verdictWords } from '../words.ts';
import { type Child, type Markup, markup } from './markup.ts';

/** A word with its symbol and colour; the word alone says it too. */
export function badge(text: string, { symbol, tone }: { readonly symbol: string; readonly tone: Tone }): Markup {
  return markup`<span class="badge ${tone}"><i aria-hidden="true">${symbol}</i>${text}</span>`;
}

/** The AD side of a row: as the input has it, and where the user was found. */
export function adCell({ row }: RowEntry): Markup {
  const dn = row.ad && row.ad.dn !== row.adText && markup`<small>${breakable(row.ad.dn)}</small>`;
  return markup`${asWritten(row.adText)}${nameOf(row.ad)}${dn}`;
}

/** The cloud side of a row: as the input has it, its UPN where that is something else, and the object id. */
export function cloudCell({ row }: RowEntry): Markup {
  const { cloud } = row;
  const upn =
    cloud && cloud.userPrincipalName !== row.cloudText && markup`<small>${breakable(cloud.userPrincipalName)}</small>`;
  const id = cloud && cloud.id !== row.cloudText && markup`<small class="id">${cloud.id}</small>`;
  return markup`${asWritten(row.cloudText)}${nameOf(cloud)}${upn}${id}`;
}

function nameOf(side: { readonly name: string | null } | null): Child {
  return side?.name ? markup`<small class="name">${side.name}</small>` : null;
}

function asWritten(text: string): Markup {
  return text === '' ? markup`<b class="none">empty</b>` : markup`<b>${breakable(text)}</b>`;
}

/** The text with places to break it: a DN after a comma, a UPN before its @, rather than anywhere; it copies unbroken. */
export function breakable(text: string): Child {
  if (text.length < 18) return text;
  return text.split(/(?<=,)|(?=@)/).map((part, at) => (at === 0 ? part : markup`<wbr>${part}`));
}

/** The immutable ID before and after; of a row that is not written, what is known of it. */
export function idCell({ row }: RowEntry): Markup {
  const before = row.cloud?.before ?? null;
  if (row.state === 'ready')
    return markup`${idValue(before)}<span class="to" title="becomes">→ </span>${idValue(row.after)}`;
  if (row.state === 'kept') return idValue(before);
  return markup`${row.cloud && idFact('now', before)}${row.ad?.immutableId && idFact('AD gives', row.ad.immutableId)}`;
}

// An immutable ID, or the word for none.
function idValue(value: string | null): Markup {
  return value === null || value === '' ? markup`<span class="none">none</span>` : markup`<code>${value}</code>`;
}

/** An immutable ID with the word that says whose. */
export function idFact(label: string, value: string | null): Markup {
  return markup`<span class="fact"><span class="label">${label}</span> ${idValue(value)}</span>`;
}

/** The words a row can be filtered by, its outcome or state first. */
export function statusWords({ row, result, verification }: RowEntry): string[] {
  const words = [result?.outcome ?? row.state];
  return verification && verification.verdict !== 'not-checked' ? [...words, verification.verdict] : words;
}

/** How the row ended, what its step was, why, and what was read back. */
export function statusCell(entry: RowEntry): Markup {
  const { row, result, verification } = entry;
  const own: readonly [string, Word] = result
    ? [result.outcome, outcomeWords[result.outcome]]
    : [row.state, stateWords[row.state]];
  const codes = new Set(
    [...(result ? reasonsOf(result) : row.reasons), ...row.warnings].map((finding) => finding.code),
  );
  const verdict = verification && verification.verdict !== 'not-checked' && verification.verdict;
  return markup`${badge(...own)}${verdict && badge(verdict, verdictWords[verdict])}${
    row.state === 'ready' && row.step !== 'link' && markup`<small>${row.step}</small>`
  }${
    row.state === 'ready' && row.detour && markup`<small>detour over ${breakable(row.detour.away)}</small>`
  }${[...codes].map((code) => markup`<small>${code}</small>`)}`;
}
