import { type NameWord, type NameWords, nameWords, type PersonName } from './name-words.ts';

export type NameAnswer = {
  /** `cannot-tell`: one side has no name, or none in letters that can be compared. That is never a contradiction. */
  readonly answer: 'agree' | 'partly' | 'nothing' | 'cannot-tell';
  /** Which part is the same. */
  readonly same: 'whole' | 'given' | 'surname' | 'surname and initial' | 'similar' | 'none';
  /** Both sides have a word for this part, and they are two. */
  readonly differs: 'given' | 'surname' | 'generation' | 'both' | 'none';
};

type Level = 'same' | 'short' | 'initial' | 'near';
type Match = { readonly left: NameWord; readonly right: NameWord; readonly level: Level };

const untold: NameAnswer = { answer: 'cannot-tell', same: 'none', differs: 'none' };

/**
 * Whether two people's names may be the same person's: in any order and usual spelling, with middle names, double names,
 * titles, additions, initials and short forms that begin like the long one. The same on both sides, whichever comes first.
 */
export function compareNames(left: PersonName, right: PersonName): NameAnswer {
  return compareNameWords(nameWords(left), nameWords(right));
}

/** The same, of names that are taken apart already. */
export function compareNameWords(one: NameWords, other: NameWords): NameAnswer {
  if (one.words.length === 0 || other.words.length === 0) return untold;
  const isGenerations = one.generation !== null && other.generation !== null && one.generation !== other.generation;
  if (isGenerations) return { answer: 'partly', same: 'surname', differs: 'generation' };
  const isWhole = writtenTogether(one.words, other.words);
  return isWhole ? { answer: 'agree', same: 'whole', differs: 'none' } : judged(one.words, other.words);
}

/** `Xiao Ming Wang` and `Wang Xiaoming`: the same letters in other words, whatever their order. */
function writtenTogether(left: readonly NameWord[], right: readonly NameWord[]): boolean {
  const joined = (words: readonly NameWord[]): string =>
    Array.from(words.map(({ sound }) => sound).join(''))
      .sort()
      .join('');
  return left.length !== right.length && joined(left) === joined(right);
}

function judged(left: readonly NameWord[], right: readonly NameWord[]): NameAnswer {
  const matches = matched(left, right);
  const full = matches.filter(({ level }) => level === 'same' || level === 'short');
  const fewer = Math.min(left.length, right.length);
  const hasSurname = full.some(isSurname);
  const hasGiven = full.some((match) => !match.left.isSurname || !match.right.isSurname);
  if (full.length === fewer && (fewer > 1 || left.length === right.length))
    return { answer: 'agree', same: 'whole', differs: 'none' };
  if (full.length > 1 && hasSurname && hasGiven) return { answer: 'agree', same: 'whole', differs: 'none' };
  const differs = differing(left, right, matches);
  if (full.length > 0) {
    const isInitialToo = matches.some(({ level }) => level === 'initial');
    return { answer: 'partly', same: isInitialToo ? 'surname and initial' : hasSurname ? 'surname' : 'given', differs };
  }
  if (matches.some(({ level }) => level === 'near')) return { answer: 'partly', same: 'similar', differs };
  return { answer: 'nothing', same: 'none', differs: 'both' };
}

const isSurname = ({ left, right }: Match): boolean => left.isSurname || right.isSurname;

/** Which part both sides have, and neither of its words was met on the other side. */
function differing(
  left: readonly NameWord[],
  right: readonly NameWord[],
  matches: readonly Match[],
): NameAnswer['differs'] {
  const met = new Set(matches.flatMap((match) => [match.left, match.right]));
  const alone = (words: readonly NameWord[], surname: boolean): boolean =>
    words.some((word) => word.isSurname === surname && !met.has(word));
  const metAny = (surname: boolean): boolean => matches.some((match) => isSurname(match) === surname);
  const isApart = (surname: boolean): boolean => alone(left, surname) && alone(right, surname) && !metAny(surname);
  if (isApart(false)) return isApart(true) ? 'both' : 'given';
  return isApart(true) ? 'surname' : 'none';
}

const levels: readonly Level[] = ['same', 'short', 'initial', 'near'];

/** Words put together two by two, the best first; none twice. */
function matched(left: readonly NameWord[], right: readonly NameWord[]): Match[] {
  const free = { left: new Set(left), right: new Set(right) };
  const found: Match[] = [];
  for (const level of levels) {
    for (const one of free.left) {
      const other = Array.from(free.right).find((word) => isAt(level, one, word));
      if (other === undefined) continue;
      found.push({ left: one, right: other, level });
      free.left.delete(one);
      free.right.delete(other);
    }
  }
  return found;
}

function isAt(level: Level, one: NameWord, other: NameWord): boolean {
  const [short, long] = one.sound.length <= other.sound.length ? [one, other] : [other, one];
  switch (level) {
    case 'same':
      return one.sound === other.sound;
    case 'short':
      return short.text.length >= 3 && !one.isSurname && !other.isSurname && long.text.startsWith(short.text);
    case 'initial':
      return short.text.length === 1 && long.text.startsWith(short.text);
    case 'near':
      return short.sound.length >= 4 && isOneApart(short.sound, long.sound);
  }
}

/** One letter put in, left out or changed, or two that stand side by side changed over. */
function isOneApart(short: string, long: string): boolean {
  if (long.length - short.length > 1) return false;
  let at = 0;
  while (at < short.length && short[at] === long[at]) at += 1;
  const rest = short.slice(at + 1);
  if (short.length < long.length) return short.slice(at) === long.slice(at + 1);
  const isTurned =
    short[at] === long[at + 1] && short[at + 1] === long[at] && short.slice(at + 2) === long.slice(at + 2);
  return rest === long.slice(at + 1) || isTurned;
}
