import { describe, expect, it } from 'vitest';
import type { Summary } from '../../src/core/result.ts';
import { summaryJson } from '../../src/report/summary-json.ts';
import { appliedRun, hostileRun } from './sample-run.ts';

function shuffled<Part>(part: Part): Part {
  if (typeof part !== 'object' || part === null) return part;
  if (Array.isArray(part)) return part.map((each) => shuffled<unknown>(each)) as Part;
  const entries = Object.entries(part).reverse();
  return Object.fromEntries(entries.map(([key, value]) => [key, shuffled(value)])) as Part;
}

describe('summary.json', () => {
  it('reads back as the summary it was made of, nothing lost', () => {
    const { summary } = appliedRun();
    expect(JSON.parse(summaryJson(summary))).toEqual(summary);
    expect(JSON.parse(summaryJson(hostileRun().summary))).toEqual(hostileRun().summary);
  });

  it('has one order of keys, however the summary was put together', () => {
    const { summary } = appliedRun();
    expect(summaryJson(shuffled<Summary>(summary))).toBe(summaryJson(summary));
  });

  it('tells the reasons in the order of repair', () => {
    const summary: Summary = {
      ...appliedRun().summary,
      reasons: { forbidden: 1, 'missing-value': 2, 'ad-user-disabled': 3 },
    };
    const { reasons } = JSON.parse(summaryJson(summary)) as Summary;
    expect(Object.keys(reasons)).toEqual(['missing-value', 'ad-user-disabled', 'forbidden']);
  });

  it('is indented by two spaces and ends with one line break', () => {
    const text = summaryJson(appliedRun().summary);
    expect(text).toMatch(/^\{\n {2}"tool": \{\n {4}"name": "hardmatch",/);
    expect(text).toMatch(/[^\n]\n$/);
  });
});
