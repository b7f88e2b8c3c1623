import type { Guid } from '../core/guid.ts';
import type { Overwrite, Prediction } from '../core/forecast.ts';
import type { ReasonCode } from '../core/reasons.ts';
import type { PlanRow } from '../core/row.ts';
import { joined, number } from './phrases.ts';
import { type Word, word } from './words.ts';

/** A prediction seen from its row: whether it is the row's own cloud user that sync takes makes all the difference. */
export type ForecastWord = Prediction['kind'] | 'joins-other' | 'soft-matches-other' | 'carried-elsewhere';

/** How a forecast is told: on a badge, and of `n` rows within a sentence. */
export type ForecastWording = Word & { readonly label: string; readonly tells: (n: number) => string };

const is = (n: number): string => (n === 1 ? 'is' : 'are');
const would = (n: number, one: string, many: string): string => `would become ${n === 1 ? one : many}`;

/** In the order in which they are told: what is wanted, then what is not, what goes to the wrong user in front. */
export const forecastWords: Readonly<Record<ForecastWord, ForecastWording>> = {
  joins: {
    ...word(['✓', 'good'], 'Sync takes the cloud user over by its immutable ID (hard match).'),
    label: 'joins',
    tells: (n) => (n === 1 ? 'joins' : 'join'),
  },
  'soft-matches': {
    ...word(['✓', 'good'], 'Sync takes the cloud user over by UPN or primary SMTP address (soft match).'),
    label: 'joins by address',
    tells: (n) => (n === 1 ? 'joins by address' : 'join by address'),
  },
  carried: {
    ...word(['=', 'calm'], 'Sync carries the AD user on this cloud user already.'),
    label: 'carried already',
    tells: (n) => `${is(n)} carried already`,
  },
  'join-blocked': {
    ...word(['✕', 'bad'], 'Sync refuses the hard match (InvalidHardMatch).'),
    label: 'blocked',
    tells: (n) => `${is(n)} blocked`,
  },
  'joins-other': {
    ...word(['≠', 'bad'], 'Sync takes over another cloud user: the one that has the immutable ID now.'),
    label: 'joins another user',
    tells: () => 'would join another user',
  },
  'soft-matches-other': {
    ...word(['≠', 'bad'], 'Sync takes over another cloud user: one that has the UPN or primary SMTP address.'),
    label: 'joins another user by address',
    tells: () => 'would be soft-matched onto another user',
  },
  restores: {
    ...word(['↺', 'bad'], 'Sync brings a deleted user back: the recycle bin has the immutable ID.'),
    label: 'restores a deleted user',
    tells: () => 'would restore a deleted user',
  },
  provisions: {
    ...word(['+', 'bad'], 'Sync finds nobody to match and makes a new cloud user.'),
    label: 'makes a new user',
    tells: (n) => would(n, 'a new cloud user', 'new cloud users'),
  },
  'soft-match-fails': {
    ...word(['+', 'bad'], 'Sync finds a cloud user by address, may not take it, and makes a new one.'),
    label: 'makes a new user, soft match refused',
    tells: (n) => `${would(n, 'a new cloud user', 'new cloud users')} because the soft match is refused`,
  },
  nameless: {
    ...word(['✕', 'warn'], 'Sync finds nobody to match, and the AD user has no name that a new cloud user could have.'),
    label: 'cannot be made',
    tells: (n) => `${is(n)} in error for want of a UPN`,
  },
  'carry-blocked': {
    ...word(
      ['✕', 'bad'],
      'Sync carries the cloud user for another AD object, and does not hand it over (AttributeUpdateNotAllowed).',
    ),
    label: 'of another AD object',
    tells: (n) => `${is(n)} carried for another AD object`,
  },
  'another-joins': {
    ...word(
      ['≠', 'bad'],
      'Another AD user has this anchor, and the tenant knows that one by it: sync fails on this one.',
    ),
    label: 'another AD user joins',
    tells: (n) => `would see another AD user join in ${n === 1 ? 'its' : 'their'} place`,
  },
  'soft-match-blocked': {
    ...word(['✕', 'warn'], 'Sync finds a cloud user by address and may not take it (InvalidSoftMatch).'),
    label: 'soft match refused',
    tells: (n) => `${is(n)} refused a soft match`,
  },
  'carried-elsewhere': {
    ...word(['≠', 'warn'], 'Sync carries the AD user already, on another cloud user.'),
    label: 'carried on another user',
    tells: (n) => `${is(n)} carried on another user`,
  },
  'out-of-scope': {
    ...word(['–', 'warn'], 'Sync leaves the AD user out; nothing is joined until it is in scope.'),
    label: 'out of scope',
    tells: (n) => `${is(n)} out of scope`,
  },
  contested: {
    ...word(['✕', 'warn'], 'Several AD users have this anchor: sync takes one of them and fails on the others.'),
    label: 'contested',
    tells: (n) => `${is(n)} contested by others with the same anchor`,
  },
  unknown: {
    ...word(['?', 'calm'], 'AD or the tenant did not say enough to predict it.'),
    label: 'not known',
    tells: (n) => `${is(n)} not known`,
  },
};
const everyForecastWord = Object.keys(forecastWords) as ForecastWord[];

/** The words where it is another cloud user than the row's. */
const elsewhere: Readonly<Partial<Record<Prediction['kind'], ForecastWord>>> = {
  joins: 'joins-other',
  'soft-matches': 'soft-matches-other',
  carried: 'carried-elsewhere',
};

/** Null where nothing was predicted. */
export function forecastWordOf({ forecast, cloud }: PlanRow): ForecastWord | null {
  if (!forecast) return null;
  const { prediction } = forecast;
  const target = 'user' in prediction ? prediction.user : 'by' in prediction ? prediction.by : null;
  return (target === cloud?.id ? undefined : elsewhere[prediction.kind]) ?? prediction.kind;
}

/** What the badge leaves open: the reason code, the rule, or the other cloud user's object id; null when nothing is. */
export function particularOf(prediction: Prediction, own: Guid | null): string | null {
  if (prediction.kind === 'join-blocked') return prediction.why;
  if (prediction.kind === 'out-of-scope') return prediction.rule;
  if (prediction.kind === 'another-joins') return prediction.rival;
  const taken = 'user' in prediction ? prediction.user : 'by' in prediction ? prediction.by : own;
  return taken === own ? null : taken;
}

/** What is predicted of rows, counted: of those that go on, and of the held ones. */
export type ForecastCounts = { readonly going: ForecastGroup; readonly held: ForecastGroup };

export type ForecastGroup = {
  /** Those with an forecast. */
  readonly rows: number;
  readonly words: ReadonlyMap<ForecastWord, number>;
  /** Why hard matches are refused, and how often each, in the order in which the reasons are met. */
  readonly blocks: ReadonlyMap<ReasonCode, number>;
  /** Rows of which the take-over replaces the attribute. */
  readonly replaced: ReadonlyMap<Overwrite['attribute'], number>;
  /** Values that cannot be set. */
  readonly clashes: number;
};

class ForecastCounter implements ForecastGroup {
  rows = 0;
  readonly words = new Map<ForecastWord, number>();
  readonly blocks = new Map<ReasonCode, number>();
  readonly replaced = new Map<Overwrite['attribute'], number>();
  clashes = 0;

  add(row: PlanRow): void {
    const { forecast } = row;
    if (!forecast) return;
    this.rows += 1;
    addOne(this.words, forecastWordOf(row) ?? 'unknown');
    if (forecast.prediction.kind === 'join-blocked') addOne(this.blocks, forecast.prediction.why);
    for (const attribute of new Set(forecast.overwrites.map((overwrite) => overwrite.attribute))) {
      addOne(this.replaced, attribute);
    }
    this.clashes += forecast.clashes.length;
  }
}

function addOne<Key>(counts: Map<Key, number>, key: Key): void {
  counts.set(key, (counts.get(key) ?? 0) + 1);
}

/** Counts what is predicted of rows that go by one after the other. */
export function gatherForecasts(): { add(row: PlanRow): void; readonly result: ForecastCounts } {
  const result = { going: new ForecastCounter(), held: new ForecastCounter() };
  return { result, add: (row) => result[row.state === 'held' ? 'held' : 'going'].add(row) };
}

/** What is predicted of these rows. */
export function forecastCountsOf(rows: Iterable<PlanRow>): ForecastCounts {
  const forecasts = gatherForecasts();
  for (const row of rows) forecasts.add(row);
  return forecasts.result;
}

/** How many rows have each forecast, those nobody has left out, in the order of `forecastWords`. */
export function countsOfForecasts(...predicted: readonly ForecastGroup[]): [ForecastWord, number][] {
  return everyForecastWord.flatMap((forecast) => {
    const n = predicted.reduce((sum, { words }) => sum + (words.get(forecast) ?? 0), 0);
    return n > 0 ? [[forecast, n] as [ForecastWord, number]] : [];
  });
}

/**
 * What sync will do next, in at most two sentences: of the rows that go on, then of the held ones, where what is not
 * known is left unsaid. Empty when nothing was predicted.
 */
export function forecastSentences(forecasts: ForecastCounts): string[] {
  const going = countsOfForecasts(forecasts.going);
  const held = countsOfForecasts(forecasts.held).filter(([forecast]) => forecast !== 'unknown');
  const told = (counts: typeof going): string =>
    joined(counts.map(([forecast, n]) => `${number(n)} ${forecastWords[forecast].tells(n)}`));
  return [
    ...(going.length > 0 ? [`After the next sync: ${told(going)}.`] : []),
    ...(held.length > 0 ? [`Of the held rows, left as they are: ${told(held)}.`] : []),
  ];
}

const changed: readonly (readonly [Overwrite['attribute'], string])[] = [
  ['userPrincipalName', 'the UPN'],
  ['mail', 'the mail address'],
  ['proxyAddresses', 'the proxy addresses'],
];

/**
 * What the take-over replaces and what it cannot set, in a sentence; undefined when it does neither. Of the rows that go on:
 * what sync would do to the others is to be prevented, not prepared for.
 */
export function takeOverSentence({ going }: ForecastCounts): string | undefined {
  const { clashes } = going;
  const replaced = changed
    .map(([attribute, name]) => [name, going.replaced.get(attribute) ?? 0] as const)
    .filter(([, n]) => n > 0);
  const says: string[] = [];
  if (replaced.length > 0) {
    // The noun once: "the UPN of 3 users, the mail address of 2 and …".
    const list = replaced.map(
      ([name, n], at) => `${name} of ${number(n)}${at === 0 ? ` user${n === 1 ? '' : 's'}` : ''}`,
    );
    says.push(`The take-over replaces ${joined(list)} by AD's.`);
  }
  if (clashes > 0) {
    says.push(
      clashes === 1
        ? '1 value cannot be set, for another object has it.'
        : `${number(clashes)} values cannot be set, for other objects have them.`,
    );
  }
  return says.length > 0 ? says.join(' ') : undefined;
}
