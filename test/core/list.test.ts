import { describe, expect, it } from 'vitest';
import {
  byLine,
  howMany,
  isAny,
  itemAt,
  listFrom,
  listOf,
  listOfMade,
  listWhere,
  partOf,
} from '../../src/core/list.ts';

const squares = listOf(10, (index) => index * index);

describe('a list', () => {
  it('has what is asked for, and says so when it has not', () => {
    expect([...squares]).toEqual([0, 1, 4, 9, 16, 25, 36, 49, 64, 81]);
    expect([squares.at(3), squares.at(10), squares.at(-1)]).toEqual([9, undefined, undefined]);
    expect(itemAt(squares, 9)).toBe(81);
    expect(() => itemAt(squares, 10)).toThrow(RangeError);
  });

  it('is taken in parts, up to its end', () => {
    expect(partOf(squares, 2, 4)).toEqual([4, 9]);
    expect(partOf(squares, 8, 20)).toEqual([64, 81]);
    expect(partOf(squares, 10, 20)).toEqual([]);
  });

  it('is picked from, and made into another', () => {
    const odd = listWhere(squares, (square) => square % 2 === 1);
    expect([[...odd], odd.length, odd.at(2), odd.at(5)]).toEqual([[1, 9, 25, 49, 81], 5, 25, undefined]);
    expect([...listFrom(odd, (square, index) => `${index}: ${square}`)].at(-1)).toBe('4: 81');
    expect([isAny(odd, (square) => square > 80), isAny(odd, (square) => square > 81)]).toEqual([true, false]);
    expect(howMany(odd, (square) => square > 9)).toBe(3);
  });

  it('is made into another of those items that it can be made of', () => {
    const roots = listOfMade(squares, (square) => (square % 2 === 0 ? Math.sqrt(square) : null));
    expect([[...roots], roots.length, roots.at(1), roots.at(5)]).toEqual([[0, 2, 4, 6, 8], 5, 2, undefined]);
  });

  it('is picked from again and again at no cost', () => {
    const many = listOf(2_000, (index) => index);
    let open = listWhere(many, (number) => number >= 0);
    // As often as a wait of weeks looks at what is left.
    for (let look = 1; look <= 1_000; look++) open = listWhere(open, (number) => number >= look);
    expect([open.length, open.at(0), [...open].at(-1)]).toEqual([1_000, 1_000, 1_999]);
    let one = listWhere(many, (number) => number === 7);
    for (let look = 0; look < 20_000; look++) one = listWhere(one, () => true);
    expect([one.at(0), one.at(1), one.at(-1), [...one]]).toEqual([7, undefined, undefined, [7]]);
  });

  it('is found in by line, the later of two', () => {
    const on = byLine([
      { line: 2, name: 'first' },
      { line: 9, name: 'second' },
      { line: 2, name: 'third' },
    ]);
    expect([on(2)?.name, on(9)?.name, on(3)]).toEqual(['third', 'second', undefined]);
  });
});
