import { createHash } from 'node:crypto';

/** A chain of sums, one per line: each covers its line and the sum before, and so all lines before. */
export type Chain = {
  /** The next line, with its sum as its last key. */
  seal(value: object): string;
  /** The JSON that was sealed as the next line, or null where this is not that line; the chain then stays where it is. */
  open(line: string): string | null;
};

/**
 * Begins a chain, for a file that grows line by line and so cannot carry one digest at its end. `sum` is the first 32 hex
 * digits of SHA-256 over the sum of the line before (nothing for the first), a line feed, and the line's own JSON without
 * `sum`, to the letter. It finds what was edited, removed, put in or moved. It is no signature: who wants to can make all
 * sums anew. And it cannot miss lines that were taken off the end: a crash leaves a file just like that.
 */
export function beginChain(): Chain {
  let last = '';
  const sumOf = (json: string): string => createHash('sha256').update(`${last}\n${json}`).digest('hex').slice(0, 32);
  return {
    seal: (value) => {
      const json = JSON.stringify(value);
      last = sumOf(json);
      return `${json.slice(0, -1)},"sum":"${last}"}`;
    },
    open: (line) => {
      const tail = line.slice(-tailLength);
      const json = `${line.slice(0, -tailLength)}}`;
      const sum = sumOf(json);
      if (tail !== `,"sum":"${sum}"}`) return null;
      last = sum;
      return json;
    },
  };
}

const tailLength = ',"sum":""}'.length + 32;
