import type { RunRecord } from '../../core/result.ts';
import { type Word, outcomeWords, stateWords, stepMeanings, verdictWords } from '../words.ts';
import { badge } from './cells.ts';
import { type Markup, markup } from './markup.ts';

/** What the words on the page mean: the ones of this stage, no others. */
export function legendOf(record: RunRecord): Markup {
  const words: [string, Readonly<Record<string, Word>>][] = [
    record.results ? ['How a row ended', outcomeWords] : ['State in the plan', stateWords],
  ];
  if (record.verifications) words.push(['What was read back', verdictWords]);
  return markup`<section aria-labelledby="legend" class="legend">
    <h2 id="legend">What the words mean</h2>
    <div class="columns">
      ${words.map(
        ([title, table]) =>
          markup`<div>
            <h3>${title}</h3>
            <dl>
              ${Object.entries(table).map(
                ([word, look]) =>
                  markup`<div>
                    <dt>${badge(word, look)}</dt>
                    <dd>${look.meaning}</dd>
                  </div>`,
              )}
            </dl>
          </div>`,
      )}
      <div>
        <h3>Steps and terms</h3>
        <dl>
          ${Object.entries(stepMeanings).map(
            ([step, meaning]) =>
              markup`<div>
                <dt>${step}</dt>
                <dd>${meaning}</dd>
              </div>`,
          )}
          <div>
            <dt>immutable ID</dt>
            <dd>
              onPremisesImmutableId of the cloud user: the source anchor of its AD user, by which sync joins the two.
            </dd>
          </div>
          <div>
            <dt>fingerprint</dt>
            <dd>
              Stands for the whole plan: tenant, directory, input and every row. A plan with another one is another
              plan.
            </dd>
          </div>
        </dl>
      </div>
    </div>
  </section>`;
}
