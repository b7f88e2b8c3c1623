import { eastAsianWidth } from 'get-east-asian-width';
import type { Tone } from './words.ts';

/** Where terminal text goes: whether it may be coloured, and how many columns it has. */
export type TerminalOptions = {
  readonly color: boolean;
  readonly width: number;
  /** False: without what to do next. */
  readonly hasNext?: boolean;
};

type Style = Tone | 'strong' | 'faint';

const codes: Readonly<Record<Style, string>> = {
  good: '32',
  calm: '0',
  plan: '36',
  warn: '33',
  bad: '31',
  strong: '1',
  faint: '2',
};

/** Colours a text, or gives it back as it is. */
export type Paint = (style: Style, text: string) => string;

export function painter(options: TerminalOptions): Paint {
  return options.color ? (style, text) => `\u001b[${codes[style]}m${text}\u001b[0m` : (_style, text) => text;
}

/** Columns a text takes: two for East Asian wide characters, none for combining marks (after Unicode UAX 11). */
export function columnsOf(text: string): number {
  let columns = 0;
  for (const character of text) columns += /\p{M}/u.test(character) ? 0 : eastAsianWidth(character.codePointAt(0) ?? 0);
  return columns;
}

/**
 * Lines of at most `width` columns, each begun with `indent`, broken at spaces. A longer word (a path, a fingerprint)
 * stays whole on a line of its own: a copied half is worth nothing.
 */
export function wrap(text: string, width: number, indent: string): string[] {
  const room = Math.max(width - indent.length, 20);
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    if (line !== '' && columnsOf(line) + 1 + columnsOf(word) > room) {
      lines.push(line);
      line = word;
    } else {
      line = line === '' ? word : `${line} ${word}`;
    }
  }
  return [...lines, line].map((each) => indent + each);
}

/** `label  value` pairs in two aligned columns; a value that does not fit goes below its label, whole. */
export function pairs(rows: readonly (readonly [label: string, value: string])[], width: number): string[] {
  const labelWidth = Math.max(...rows.map(([label]) => columnsOf(label)));
  return rows.flatMap(([label, value]) => {
    const room = width - labelWidth - 4;
    const pad = ' '.repeat(labelWidth - columnsOf(label) + 2);
    if (columnsOf(value) <= room) return [`  ${label}${label === '' ? ' '.repeat(labelWidth + 2) : pad}${value}`];
    return [`  ${label}`.trimEnd(), ...wrap(value, width, '    ')];
  });
}
