// Names as they sound alike however they are written: without accents, in Latin letters, in small ones.

const latin = 'ß=ss ø=o å=a æ=ae œ=oe ł=l đ=d ð=d þ=th ı=i';
const cyrillic =
  'а=a б=b в=v г=g ґ=g д=d е=e є=ye ж=zh з=z и=i і=i ї=yi й=y к=k л=l м=m н=n о=o п=p р=r с=s т=t у=u ф=f х=kh ц=ts ч=ch ш=sh щ=shch ъ= ы=y ь= э=e ю=yu я=ya ј=j љ=lj њ=nj';
const greek = 'α=a β=v γ=g δ=d ε=e ζ=z η=i θ=th ι=i κ=k λ=l μ=m ν=n ξ=x ο=o π=p ρ=r σ=s ς=s τ=t υ=y φ=f χ=ch ψ=ps ω=o';

const special = new Map(
  `${latin} ${cyrillic} ${greek}`.split(' ').map((pair) => [pair.charAt(0), pair.slice(2)] as const),
);

/** Small letters without accents, Cyrillic and Greek in Latin ones. Of other alphabets the letters stay. */
export function plainText(text: string): string {
  const lower = text.toLowerCase();
  // Most names are plain already.
  if (/^[\0-\x7f]*$/.test(lower)) return lower;
  return Array.from(lower.normalize('NFKD').replaceAll(/\p{M}+/gu, ''), (letter) => special.get(letter) ?? letter).join(
    '',
  );
}

// How the same sound is spelled, one way for all. Two names fall together now and then; a key is no proof.
const sounds: readonly (readonly [spelled: RegExp, sound: string])[] = [
  [/([aou])e/g, '$1'],
  [/shch/g, 'sh'],
  [/kh|gh/g, 'h'],
  [/ph/g, 'f'],
  [/th/g, 't'],
  [/ck|c(?!h)|q/g, 'k'],
  [/x/g, 'ks'],
  [/w/g, 'v'],
  [/[yj]/g, 'i'],
  [/z/g, 's'],
  [/(.)\1+/g, '$1'],
];

/** What two spellings of one word of a name have in common: Müller, Mueller, Muller; Dmitri, Dmitry. Takes plain text. */
export function soundOf(word: string): string {
  return sounds.reduce((text, [spelled, sound]) => text.replace(spelled, sound), word);
}
