import { describe, expect, it } from 'vitest';
import { PackedLines } from '../../src/storage/packed-lines.ts';

type Item = { readonly line: number; readonly text: string };

const item = (line: number): Item => ({ line, text: `User ${line} "quoted", ü\n\u2028\uD800` });
const plain = 50_000;

describe('packed lines', () => {
  it('give every item back, in order and by place, also before a block is full', () => {
    const lines = new PackedLines<Item>();
    for (const length of [plain - 1, plain, plain + 1, plain + 63, plain + 64, plain + 65, plain + 3_000]) {
      while (lines.length < length) lines.add(item(lines.length));
      expect([lines.length, lines.at(length), lines.at(-1)]).toEqual([length, undefined, undefined]);
      for (const place of [0, plain - 2, length - 1]) expect(lines.at(place)).toEqual(item(place));
    }
    let place = 0;
    for (const one of lines) {
      if (one.line !== place || one.text !== item(place).text) expect(one).toEqual(item(place));
      place += 1;
    }
    expect(place).toBe(plain + 3_000);
    // Backwards and far apart: no block is at hand for long.
    for (let at = plain + 2_999; at >= plain; at -= 61) expect(lines.at(at)).toEqual(item(at));
  });
});
