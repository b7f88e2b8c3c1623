import type { RunRecord } from '../../core/result.ts';
import type { Digest } from '../digest.ts';
import { isAfterSync, stageOf } from '../phrases.ts';
import { type ForecastGroup, countsOfForecasts, forecastWords } from '../forecast-words.ts';
import { type Word, outcomeWords, stateWords, stepMeanings, verdictWords } from '../words.ts';
import { badge } from './cells.ts';
import { type Markup, markup } from './markup.ts';

/** What the words on the page mean: the ones of this stage, no others. `predicted`: what the page shows of the rows' forecast. */
export function legendOf(record: RunRecord, { detours }: Digest, predicted: readonly ForecastGroup[]): Markup {
  const words: [string, Readonly<Record<string, Word>>][] = [
    record.results ? ['How a row ended', outcomeWords] : ['State in the plan', stateWords],
  ];
  if (record.verifications) words.push(['What was read back', verdictsOf(record)]);
  const forecasts = countsOfForecasts(...predicted).map(([forecast]) => forecastWords[forecast]);
  if (forecasts.length > 0) {
    words.push([
      stageOf(record) === 'verified' ? 'What the plan predicted' : 'What the next sync will do',
      Object.fromEntries(forecasts.map((each) => [each.label, each])),
    ]);
  }
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
          )}${detours > 0 && detourMeaning}
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

const detourMeaning = markup`<div>
            <dt>detour</dt>
            <dd>The user of a federated domain gets a UPN of a managed one, then the immutable ID, then its own UPN again.</dd>
          </div>`;

/** The verdicts that this reading back could come to: those of the immutable ID, or those of the take-over. */
function verdictsOf({ summary }: RunRecord): Readonly<Record<string, Word>> {
  const { 'taken-over': takenOver, waiting, 'sync-error': syncError, ...readBack } = verdictWords;
  if (!isAfterSync(summary)) return readBack;
  const { matches, ...others } = readBack;
  const all = { 'taken-over': takenOver, waiting, 'sync-error': syncError, ...others };
  return summary.counts.matches > 0 ? { ...all, matches } : all;
}
