import { existsSync, readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { acceptedMutants } from '../../bench/accepted-mutants.ts';

it('every fault that is let live is of code that is still there, and says why', () => {
  const wrong = Object.entries(acceptedMutants()).flatMap(([file, entries]) => {
    const code = existsSync(file) ? readFileSync(file, 'utf8').split('\n') : [];
    const isThere = (line: string): boolean => code.some((one) => one.trim() === line);
    return entries.flatMap(({ line, mutants, why }) => {
      const isChangeOfIt = (mutant: string): boolean => line.includes(mutant.split(' -> ', 1)[0] ?? mutant);
      const isSound = isThere(line) && mutants.length > 0 && mutants.every(isChangeOfIt) && /^[A-Z].*\.$/.test(why);
      return isSound ? [] : [`${file}: ${line}`];
    });
  });
  expect(wrong).toEqual([]);
});
