import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { beginChain } from '../../src/storage/chain.ts';

const values = [{ line: 2, detail: 'a' }, { line: 3, detail: '"}' }, {}, { line: 4, sum: 'x' }] as const;

/** Each value as a line of a chain of its own. */
function sealed(of: readonly object[] = values.slice(0, 2)): string[] {
  const chain = beginChain();
  return of.map((value) => chain.seal(value));
}

describe('a chain of sums', () => {
  it('seals each line with the first half of SHA-256 over the sum before, a line feed, and its own JSON', () => {
    let before = '';
    for (const [place, line] of sealed().entries()) {
      const json = JSON.stringify(values[place]);
      const sum = createHash('sha256').update(`${before}\n${json}`).digest('hex').slice(0, 32);
      expect(line).toBe(`${json.slice(0, -1)},"sum":"${sum}"}`);
      before = sum;
    }
  });

  it('opens what was sealed, to the letter, in the same order', () => {
    const chain = beginChain();
    expect(sealed().map((line) => chain.open(line))).toEqual(values.slice(0, 2).map((value) => JSON.stringify(value)));
  });

  it('opens no line in the place of another, and stays where it is', () => {
    const [first = '', second = ''] = sealed();
    const chain = beginChain();
    expect([chain.open(second), chain.open(''), chain.open('{}'), chain.open(second.slice(1))]).toEqual([
      null,
      null,
      null,
      null,
    ]);
    expect(chain.open(first)).toBe(JSON.stringify(values[0]));
    expect(chain.open(first)).toBeNull();
    expect(chain.open(second)).toBe(JSON.stringify(values[1]));
  });

  it('opens no line in which one letter is another, wherever', () => {
    const [first = ''] = sealed();
    for (let place = 0; place < first.length; place++) {
      const changed = first.slice(0, place) + (first[place] === 'x' ? 'y' : 'x') + first.slice(place + 1);
      expect(beginChain().open(changed)).toBeNull();
    }
  });

  it('seals on where it has opened', () => {
    const [first = '', second = ''] = sealed();
    const chain = beginChain();
    chain.open(first);
    expect(chain.seal(values[1])).toBe(second);
  });
});
