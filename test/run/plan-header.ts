import type { PlanHeader } from '../../src/core/plan.ts';
import { guid } from '../support/people.ts';

/** The header of a plan whose header decides nothing. */
export const planHeader: PlanHeader = {
  format: 3,
  kind: 'link',
  toolVersion: '0',
  tenant: { id: guid('other', 1), name: 'Example' },
  directory: { domain: 'example.test', source: 'memory' },
  sourceAnchor: 'auto',
  allowRelink: true,
  input: { path: 'm.csv', sha256: 'ab' },
  extraColumns: [],
  preflight: { sync: { isEnabled: true, lastSyncAt: null }, features: null, evidence: null, findings: [] },
  createdAt: '2026-11-23T12:00:00Z',
};
