import { plainText, soundOf } from '../../ids/name-letters.ts';
import { type NameWords, nameWords } from '../../ids/name-words.ts';
import type { PairSide } from './side.ts';

/** `differs`: both sides have names made of letters, and nothing of them fits. */
export type SignInAnswer = 'same' | 'partly' | 'differs' | 'cannot-tell';

/** The longest sAMAccountName; longer names are cut to it. */
const samLength = 20;
const fewestLetters = 3;
/** Words that say what kind of account it is, not whose. */
const kinds = new Set(
  'svc service desk user mail mailbox adm admin ext the shared account sm smb shd mb mbx'.split(' ').map(soundOf),
);

/** The parts before the @ of a side's names and addresses, and its account names; each once, in plain letters. */
function localParts({ upn, mail, addresses, accountNames }: PairSide): Set<string> {
  const all = [upn ?? '', mail ?? '', ...addresses].map((address) =>
    address.slice(0, Math.max(0, address.lastIndexOf('@'))),
  );
  return new Set([...all, ...accountNames].map(plainText).filter((name) => name !== ''));
}

/** A side taken apart once, for all that is compared of it. */
export type Read = {
  readonly name: NameWords;
  readonly locals: readonly string[];
  /** The words of the sign-in names that say something of whose account it is, and those with the name's words among them. */
  readonly localWords: readonly string[];
  readonly words: readonly string[];
  readonly employeeId: string | null;
};

export function read(side: PairSide): Read {
  const [name, locals] = [nameWords(side), [...localParts(side)]];
  const tell = (word: string): boolean => word.length > 1 && !kinds.has(word);
  const localWords = locals
    .flatMap((local) => local.split(/[^a-z]+/))
    .map(soundOf)
    .filter(tell);
  const nameSounds = name.words.map(({ sound }) => sound.replaceAll(/\d/g, '')).filter(tell);
  return { name, locals, localWords, words: [...new Set([...nameSounds, ...localWords])], employeeId: side.employeeId };
}

/** Whether the two sides' names to sign in by may be one person's: the same, cut, numbered, turned round, or made of the other's name. */
export function compareSignInNames(ad: Read, cloud: Read): SignInAnswer {
  const cloudBare = cloud.locals.map(bare);
  if (ad.locals.map(bare).some((one) => cloudBare.some((other) => isSame(one, other)))) return 'same';
  if (isFrom(ad, cloud) || isFrom(cloud, ad)) return 'partly';
  const isWord = (name: string): boolean => /[a-z]{3}/.test(name);
  return ad.locals.some(isWord) && cloud.locals.some(isWord) ? 'differs' : 'cannot-tell';
}

/**
 * Whether each says something of its purpose that the other does not, as the backup of one department and that of another
 * do. Of a word that was cut the beginning is enough.
 */
export function haveTwoPurposes(ad: Read, cloud: Read): boolean {
  const isIn = (word: string, words: readonly string[]): boolean =>
    words.some((other) => isCutOf(word, other) || isCutOf(other, word));
  const saysMore = (one: Read, other: Read): boolean => one.words.some((word) => !isIn(word, other.words));
  return saysMore(ad, cloud) && saysMore(cloud, ad);
}

/** The last letter that is left may have sounded otherwise with the next: `researc`, `research`. */
function isCutOf(short: string, long: string): boolean {
  return long.startsWith(short) || (short.length > 3 && long.startsWith(short.slice(0, -1)));
}

/** Whether some name of the side says a person's name or a purpose: two words, or one of the side's own name. */
export function isTelling({ locals }: Read): boolean {
  return locals.some((name) => name.split(/[^a-z]+/).filter((word) => word.length > 1).length > 1);
}

const bare = (name: string): string => name.replaceAll(/[^a-z0-9]/g, '');

function isSame(one: string, other: string): boolean {
  if (one === other) return one.length > 0;
  const [short, long] = one.length < other.length ? [one, other] : [other, one];
  // Dots may be among the twenty that were left.
  return short.length >= samLength - 2 && long.startsWith(short);
}

/** Whether a name to sign in by has a word of the other side, is made of its name, or is its employee number. */
function isFrom({ locals, localWords }: Read, other: Read): boolean {
  if (localWords.some((word) => word.length >= fewestLetters && other.words.includes(word))) return true;
  const parts = other.name.words.map(({ text }) => text);
  const number = other.employeeId?.replace(/^\D*0*/, '') ?? '';
  return locals.some(
    (name) =>
      isMadeOf(name.replaceAll(/[^a-z]/g, ''), parts) || (number.length > 3 && name.replace(/^\D*0*/, '') === number),
  );
}

/** Whether a name is put together of beginnings of different words, one of them more than an initial: jroe, roej, mueja. */
function isMadeOf(name: string, words: readonly string[], longest = 0): boolean {
  if (name === '') return longest >= fewestLetters;
  return words.some((word, at) => {
    const rest = words.filter((_word, other) => other !== at);
    for (let length = sharedStart(name, word); length > 0; length--) {
      if (isMadeOf(name.slice(length), rest, Math.max(longest, length))) return true;
    }
    return false;
  });
}

function sharedStart(one: string, other: string): number {
  let at = 0;
  while (at < one.length && one[at] === other[at]) at += 1;
  return at;
}
