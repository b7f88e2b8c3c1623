import { join } from 'node:path';
import { expect, it } from 'vitest';
import { properties } from '../../support/fuzz/plan-and-journal.ts';
import { rounds } from '../../support/rounds.ts';
import { temporaryFolder } from '../examples.ts';

const root = temporaryFolder();

it.each(Object.keys(properties))('%s', async (name) => {
  await expect(properties[name]?.({ folder: join(root, 'run'), numRuns: rounds(250) })).resolves.toBeUndefined();
});
