import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type Finding,
  inRepairOrder,
  reasonCatalogue,
  type ReasonCode,
  remedyOf,
  sentenceOf,
  severityOf,
} from '../../src/core/reasons.ts';

const codes = Object.keys(reasonCatalogue) as ReasonCode[];
const placeholders = (sentence: string): string[] =>
  [...sentence.matchAll(/\{(\w+)\}/g)].map((match) => match[1] ?? '');

describe('the catalogue', () => {
  it.each(codes)(
    '%s: a kebab-case code, one sentence with well-formed placeholders, a remedy that has none',
    (code) => {
      const { sentence, remedy, severity } = reasonCatalogue[code];
      expect(code).toMatch(/^[a-z]+(-[a-z]+)*$/);
      expect(['hold', 'warning', 'stop']).toContain(severity);
      expect(sentence).toMatch(/^(?:["A-Z{]|mS-DS-).*(?:\.|\{note\})$/s);
      expect(remedy).toMatch(/^[A-Z].*\.$/s);
      expect(sentence.replaceAll(/\{[a-z][a-zA-Z]*\}/g, '')).not.toMatch(/[{}]/);
      // Remedies are printed as they are: a placeholder in one would reach the reader.
      expect(remedy).not.toMatch(/[{}]/);
      expect(`${sentence} ${remedy}`).not.toMatch(/ {2}|\n| $/);
    },
  );

  it.each(codes)('%s: its sentence has no gap left once its facts are given', (code) => {
    const names = placeholders(reasonCatalogue[code].sentence);
    const text = sentenceOf({ code, facts: Object.fromEntries(names.map((name) => [name, `<${name}>`])) });
    expect(text).not.toMatch(/[{}]/);
    for (const name of names) expect(text).toContain(`<${name}>`);
  });

  it('says each thing once: no two codes share a sentence', () => {
    expect(new Set(codes.map((code) => reasonCatalogue[code].sentence)).size).toBe(codes.length);
  });

  it('keeps the input before AD, AD before the tenant, and the tenant before writing, as they are repaired', () => {
    const place = (code: ReasonCode): number => codes.indexOf(code);
    // What concerns the whole run stands before everything that concerns one row.
    expect(codes.slice(0, place('missing-value'))).toEqual([
      'ad-attributes-hidden',
      'anchor-evidence-contradicts',
      'anchor-confirmed-against-evidence',
      'tenant-differs',
      'hard-match-blocked-in-tenant',
      'pairings-look-shifted',
      'check-not-permitted',
      'check-failed',
      'check-incomplete',
      'sync-not-running',
    ]);
    expect(place('bad-reference')).toBeLessThan(place('ad-user-not-found'));
    expect(place('ad-user-not-found')).toBeLessThan(place('cloud-user-not-found'));
    expect(place('cloud-user-not-found')).toBeLessThan(place('anchor-missing'));
    expect(place('cloud-user-synced')).toBeLessThan(place('relink-not-allowed'));
    expect(place('relink-not-allowed')).toBeLessThan(place('throttled'));
    expect(place('unexpected')).toBe(codes.length - 1);
  });
});

describe('sentenceOf', () => {
  it('fills in the facts', () => {
    expect(sentenceOf({ code: 'bad-reference', facts: { value: 'x', column: 'ad_user', why: 'it is short' } })).toBe(
      '"x" in ad_user cannot be read: it is short.',
    );
  });

  it('leaves a missing fact empty rather than showing the placeholder', () => {
    expect(sentenceOf({ code: 'ad-user-not-found', facts: { value: 'x' } })).toBe('No AD user is found for "x".');
    expect(sentenceOf({ code: 'missing-value' })).toBe('The  column is empty.');
  });

  it('takes facts as they are, whatever is in them', () => {
    for (const value of ['{why}', '$&', '$1', '\\', 'O\'Brien "Bob"']) {
      expect(sentenceOf({ code: 'cloud-user-not-found', facts: { value } })).toBe(
        `No cloud user is found for "${value}".`,
      );
    }
  });
});

describe('remedyOf and severityOf', () => {
  it('answer from the catalogue', () => {
    expect(remedyOf('relink-not-allowed')).toContain('--allow-relink');
    expect(severityOf('ad-user-disabled')).toBe('warning');
    expect(severityOf('cloud-user-synced')).toBe('hold');
  });
});

describe('inRepairOrder', () => {
  const anyFindings = fc.array(fc.constantFrom(...codes).map((code): Finding => ({ code })));

  it('sorts as the catalogue stands, whatever order the findings come in', () => {
    fc.assert(
      fc.property(fc.shuffledSubarray(codes), (some) => {
        const sorted = inRepairOrder(some.map((code) => ({ code }))).map((finding) => finding.code);
        expect(sorted).toEqual(codes.filter((code) => some.includes(code)));
      }),
    );
  });

  it('keeps findings of one code in the order in which they came', () => {
    const first: Finding = { code: 'immutable-id-held-by-other', facts: { holder: 'one' } };
    const second: Finding = { code: 'immutable-id-held-by-other', facts: { holder: 'two' } };
    expect(inRepairOrder([first, second, { code: 'missing-value' }])).toEqual([
      { code: 'missing-value' },
      first,
      second,
    ]);
  });

  it('loses none, adds none and leaves the given list as it was', () => {
    fc.assert(
      fc.property(anyFindings, (findings) => {
        const before = [...findings];
        expect(inRepairOrder(findings)).toHaveLength(findings.length);
        expect(findings).toEqual(before);
      }),
    );
  });
});
