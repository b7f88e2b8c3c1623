import { sentenceOf } from '../core/reasons.ts';
import type { PlanRow } from '../core/row.ts';
import { type ForecastWord, forecastWordOf, forecastWords, particularOf } from './forecast-words.ts';

/** The first word of plan.csv's `next_sync`; scripts go by it. */
export type NextSync =
  | 'joins'
  | 'joins-incomplete'
  | 'refused'
  | 'joins-another'
  | 'another-joins'
  | 'new-user'
  | 'restores'
  | 'not-in-scope'
  | 'stays'
  | 'not-known';

const nextSyncs: Readonly<Record<ForecastWord, NextSync>> = {
  joins: 'joins',
  'soft-matches': 'joins',
  carried: 'stays',
  'carried-elsewhere': 'stays',
  'join-blocked': 'refused',
  'joins-other': 'joins-another',
  'soft-matches-other': 'joins-another',
  restores: 'restores',
  provisions: 'new-user',
  'soft-match-fails': 'new-user',
  'soft-match-blocked': 'refused',
  'carry-blocked': 'refused',
  nameless: 'refused',
  'out-of-scope': 'not-in-scope',
  contested: 'another-joins',
  'another-joins': 'another-joins',
  unknown: 'not-known',
};

/** What the next sync cycle does with the row: one word, then the sentence; empty where nothing was predicted. */
export function nextSyncOf(row: PlanRow): string {
  const word = forecastWordOf(row);
  if (word === null || row.forecast === null) return '';
  const taken = row.warnings.find(({ code }) => code === 'another-joins');
  if (taken !== undefined) return `another-joins: ${sentenceOf(taken)}`;
  const { prediction, clashes } = row.forecast;
  const particular = particularOf(prediction, row.cloud?.id ?? null);
  const unset =
    nextSyncs[word] === 'joins'
      ? [...clashes, ...refusedOf(row)].map(({ attribute, value }) => `${attribute} ${value}`)
      : [];
  const sentence = forecastWords[word].meaning.replace(/\.$/, '');
  const named = particular === null ? sentence : `${sentence}: ${namedIn(row, particular)}`;
  const told = unset.length === 0 ? named : `${named}, but cannot set ${[...new Set(unset)].join(', ')}`;
  return `${unset.length === 0 ? nextSyncs[word] : 'joins-incomplete'}: ${told}.`;
}

function refusedOf({ warnings }: PlanRow): { readonly attribute: string; readonly value: string }[] {
  const refused = warnings.filter(({ code }) => code === 'ad-value-refused-by-sync');
  return refused.map(({ facts = {} }) => ({ attribute: facts['attribute'] ?? '', value: facts['value'] ?? '' }));
}

/** Another cloud user by its name, where a finding of the row has it; a prediction knows no more than the object id. */
function namedIn({ reasons, warnings }: PlanRow, id: string): string {
  const facts = [...reasons, ...warnings].flatMap((finding) => Object.values(finding.facts ?? {}));
  return facts.find((text) => text.endsWith(` (${id})`)) ?? id;
}

/** What the take-over replaces and what it cannot set, value by value; empty where it does neither. */
export function changesOf({ forecast }: PlanRow): string {
  if (forecast === null) return '';
  const replaced = forecast.overwrites.map(
    ({ attribute, cloud, ad }) => `${attribute}: ${cloud ?? 'empty'} → ${ad === '' ? 'empty' : ad}`,
  );
  const failing = forecast.clashes.map(({ attribute, value, holder }) => `${attribute} ${value} stays with ${holder}`);
  return [...replaced, ...failing].join('; ');
}
