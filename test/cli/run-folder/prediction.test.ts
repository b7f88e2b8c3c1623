// What a plan predicts for each of the cast is what the practice sync cycle then does: two readings of the same rules.
import { copyFile, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Prediction } from '../../../src/core/forecast.ts';
import type { PlanRow } from '../../../src/core/row.ts';
import { readPeople } from '../../../src/sandbox/people/people.ts';
import { type Sandbox, startSandbox } from '../../../src/sandbox/sandbox.ts';
import type { SyncLine, SyncOutcome } from '../../../src/sandbox/sync/cycle.ts';
import { hardmatch } from '../../support/program.ts';
import { planInFull } from '../../support/in-full.ts';

let sandbox: Sandbox;
let cwd: string;

beforeEach(async () => {
  sandbox = await startSandbox(readPeople('fixtures/cast.json'));
  cwd = await mkdtemp(join(tmpdir(), 'hardmatch-prediction-'));
  await copyFile('mappings.example.csv', join(cwd, 'mappings.csv'));
});

afterEach(async () => {
  await sandbox.close();
  await rm(cwd, { recursive: true, force: true });
});

// `contested` says that one of several comes through and the others fail; which one, only sync knows.
const meant: Readonly<Record<Exclude<Prediction['kind'], 'unknown' | 'contested'>, SyncOutcome>> = {
  carried: 'carried',
  'out-of-scope': 'out-of-scope',
  joins: 'joined',
  'join-blocked': 'hard-match-refused',
  restores: 'restored',
  'soft-matches': 'soft-matched',
  'soft-match-blocked': 'soft-match-refused',
  'soft-match-fails': 'soft-match-refused',
  'carry-blocked': 'error',
  provisions: 'provisioned',
  nameless: 'error',
  'another-joins': 'error',
};

const told = (prediction: Prediction): string => {
  if (prediction.kind === 'unknown' || prediction.kind === 'contested') return prediction.kind;
  const user = 'user' in prediction ? prediction.user : 'by' in prediction ? prediction.by : '';
  return `${meant[prediction.kind]} ${user}`.trim();
};

const done = ({ outcome, cloudId }: SyncLine): string =>
  outcome === 'provisioned' || outcome === 'out-of-scope' ? outcome : `${outcome} ${cloudId ?? ''}`.trim();

async function planned(words: readonly string[]): Promise<readonly PlanRow[]> {
  const ran = await hardmatch(['apply', 'mappings.csv', '--run', 'run', '--yes', '--json', ...words], {
    cwd,
    env: sandbox.environment,
  });
  expect([ran.code, ran.stderr]).toEqual([1, expect.any(String)]);
  return (await planInFull(join(cwd, 'run'))).rows;
}

function compare(rows: readonly PlanRow[]): {
  predicted: string[];
  happened: string[];
  contested: SyncOutcome[];
} {
  const lines = new Map(sandbox.syncCycle().lines.map((line) => [line.objectGuid, line]));
  const predicted: string[] = [];
  const happened: string[] = [];
  const contested: SyncOutcome[] = [];
  for (const row of rows) {
    const line = row.ad ? lines.get(row.ad.objectGuid) : undefined;
    if (!line || !row.forecast || row.forecast.prediction.kind === 'unknown') continue;
    if (row.forecast.prediction.kind === 'contested') {
      contested.push(line.outcome);
      continue;
    }
    const clashes = row.forecast.clashes.map(({ attribute, value }) => `${attribute} ${value}`.toLowerCase());
    const quarantined = line.quarantined.map(({ attribute, value }) => `${attribute} ${value}`.toLowerCase());
    predicted.push(`line ${row.line} ${row.adText}: ${told(row.forecast.prediction)} [${clashes.sort().join(', ')}]`);
    happened.push(`line ${row.line} ${row.adText}: ${done(line)} [${quarantined.sort().join(', ')}]`);
  }
  return { predicted, happened, contested };
}

describe('what the plan predicts for the cast', () => {
  it.each([[[]], [['--allow-relink']], [['--allow-relink', '--federated-detour', 'example.onmicrosoft.test']]])(
    'is what the practice cycle does, applied with %j',
    async (words) => {
      const { predicted, happened, contested } = compare(await planned(words));
      expect(predicted.length).toBeGreaterThan(25);
      expect(predicted).toEqual(happened);
      expect(contested.sort()).toEqual(['error', 'provisioned']);
    },
  );
});
