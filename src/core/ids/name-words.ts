// A name taken apart into words, each with the part it plays.
import { plainText, soundOf } from './name-letters.ts';

export type PersonName = {
  readonly displayName: string | null;
  readonly givenName: string | null;
  readonly surname: string | null;
};

export type NameWord = {
  readonly text: string;
  /** How it sounds; words that sound the same are the same. */
  readonly sound: string;
  readonly isSurname: boolean;
};

export type NameWords = {
  readonly words: readonly NameWord[];
  /** `jr`, `sr`, `ii` …: which of two of the same name. */
  readonly generation: string | null;
};

const titles = new Set(
  'dr prof professor dipl ing mag mr mrs ms miss herr frau med jur phd mba msc bsc md sir dame rev eng lic dott mgr ext extern external'.split(
    ' ',
  ),
);
const particles = new Set(
  'van von der den de del della di da do dos du la le el al bin ibn ben abu zu zur zum ten ter t het y e i und af av'.split(
    ' ',
  ),
);
const generations: Readonly<Record<string, string>> = {
  jr: 'jr',
  jun: 'jr',
  junior: 'jr',
  sr: 'sr',
  sen: 'sr',
  senior: 'sr',
  ii: 'ii',
  iii: 'iii',
  iv: 'iv',
};
const readable = /^[a-z0-9]+$/;

/** The words of a name that can be compared; none where it is written in signs that cannot be put into Latin letters. */
export function nameWords({ displayName, givenName, surname }: PersonName): NameWords {
  const shown = split(withoutAdditions(displayName ?? ''));
  const words = [...wordsOf(surname ?? '', true), ...wordsOf(givenName ?? '', false)];
  for (const [isSurname, part] of shown) {
    const more = wordsOf(part, isSurname ?? false);
    // Without a comma, the last word of several is taken for the surname; a wrong guess costs a finer answer alone.
    const guessed =
      isSurname === null ? more.map((word, at) => ({ ...word, isSurname: at > 0 && at === more.length - 1 })) : more;
    words.push(...guessed.filter((word) => !words.some(({ sound }) => sound === word.sound)));
  }
  const generation = words.find(({ text }) => generations[text] !== undefined)?.text;
  const own = words.filter(({ text }) => generations[text] === undefined);
  const telling = own.filter(({ text }) => !titles.has(text) && !particles.has(text));
  return {
    words: telling.length > 0 ? telling : own,
    generation: generation === undefined ? null : (generations[generation] ?? null),
  };
}

/** What stands in brackets or behind a dash is no name, unless nothing else can be read. */
function withoutAdditions(text: string): string {
  const bare = text
    .replaceAll(/[([{<][^)\]}>]*[)\]}>]/g, ' ')
    .replace(/\s[-–—|/]\s.*$|\s*[|@].*$/u, '')
    .trim();
  return wordsOf(bare, false).length > 0 ? bare : text;
}

/** `Roe, Jane` is the surname and the rest; `Jane Roe, PhD` is not. Null: nobody says which is which. */
function split(text: string): (readonly [isSurname: boolean | null, part: string])[] {
  const [first = '', ...rest] = text.split(',').filter((part) => !isTitle(part));
  return rest.length === 0
    ? [[null, first]]
    : [
        [true, first],
        [false, rest.join(' ')],
      ];
}

function isTitle(part: string): boolean {
  return plainText(part)
    .split(/[^a-z]+/)
    .every((word) => word === '' || titles.has(word) || generations[word] !== undefined);
}

function wordsOf(text: string, isSurname: boolean): NameWord[] {
  return plainText(text)
    .replaceAll(/(?<=[a-z])['’‘`´](?=[a-z])/g, '')
    .split(/[^\p{L}\p{N}]+/u)
    .filter((word) => readable.test(word))
    .map((word) => ({ text: word, sound: soundOf(word), isSurname }));
}
