import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Answer } from '../../scripts/bad-input-answers.ts';

/** What a file must be answered with: the whole of `read: …`, or the code, a part of the sentence and a part of the remedy. */
export type Expected = string | { readonly code: string; readonly says: RegExp; readonly remedy: RegExp };

/** Tests a folder of fixtures/ file by file; one without an expectation fails, and so does an expectation without a file. */
export function describeCorpus(
  name: string,
  ask: (path: string) => Promise<Answer>,
  expected: Readonly<Record<string, Expected>>,
): void {
  const folder = join(import.meta.dirname, '../../fixtures', name);
  describe(`the files in fixtures/${name}`, () => {
    it('all have an expectation', () => {
      expect(Object.keys(expected).sort()).toEqual(readdirSync(folder).sort());
    });

    it.each(Object.entries(expected))(
      '%s is read in full, or refused with the place and a remedy',
      async (file, wanted) => {
        const answer = await ask(join(folder, file));
        if (typeof wanted === 'string') {
          expect(answer).toEqual({ code: null, says: `read: ${wanted}`, remedy: '' });
          return;
        }
        expect(answer.says).toMatch(wanted.says);
        expect(answer.remedy).toMatch(wanted.remedy);
        expect(answer.remedy).not.toContain('\n');
        expect(answer.code).toBe(wanted.code);
      },
    );
  });
}
