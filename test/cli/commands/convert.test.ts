import { expect, it } from 'vitest';
import { hardmatch } from '../../support/program.ts';

const cwd = import.meta.dirname;
const guid = 'fcc7e67f-fec6-4a65-b821-2f40a292d185';

it('shows the known pairs, offline', async () => {
  const ran = await hardmatch(['convert', guid, 'PcT9u5BIWEW7iVDYAgFKlw=='], { cwd });
  expect(ran.code).toBe(0);
  expect(ran.stdout).toContain('f+bH/Mb+ZUq4IS9AopLRhQ==');
  expect(ran.stdout).toContain('bbfdc43d-4890-4558-bb89-50d802014a97');
});

it('ends with 1 when a value cannot be read, and shows the others', async () => {
  const ran = await hardmatch(['convert', 'no value at all', guid], { cwd });
  expect([ran.code, ran.stdout]).toEqual([1, expect.stringContaining('f+bH/Mb+ZUq4IS9AopLRhQ==')]);
});

it('gives programs one JSON document', async () => {
  const ran = await hardmatch(['convert', guid, '--json'], { cwd });
  expect(JSON.parse(ran.stdout)).toMatchObject([{ kind: 'value' }]);
  expect(ran.stderr).toBe('');
});
