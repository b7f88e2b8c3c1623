import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { makeSafeOutput } from '../../../src/cli/terminal/safe-output.ts';
import { makeSecret } from '../../../src/config/secrets.ts';

// oxlint-disable-next-line no-control-regex -- finding them is the point
const driving = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069]/;
const anything = fc.string({ unit: 'binary' });
const nasty = fc.array(
  fc.oneof(anything, fc.constantFrom('\u001b]0;title\u0007', '\u001b[2J', '\u009b1A', '\u202e', '\r')),
);

describe('the sieve before the terminal', () => {
  it('lets no text drive the terminal', () => {
    fc.assert(
      fc.property(nasty, (parts) => {
        const ours = '\r\u001b[2K';
        expect(makeSafeOutput(false)(parts.join(''), 'text').replaceAll(ours, '')).not.toMatch(driving);
      }),
    );
  });

  it('lets our own colours through where there are colours, and no other sequence', () => {
    const said = '\u001b[31mbad\u001b[0m \u001b[8mhidden\u001b[5m';
    expect(makeSafeOutput(true)(said, 'text')).toBe('\u001b[31mbad\u001b[0m ⟨U+001B⟩[8mhidden⟨U+001B⟩[5m');
    expect(makeSafeOutput(false)(said, 'text')).not.toContain('\u001b');
  });

  it('leaves JSON the same document, with nothing in it that drives a terminal', () => {
    fc.assert(
      fc.property(nasty, (parts) => {
        const value = { text: parts.join('').replaceAll(/\p{Cs}/gu, '') };
        const said = makeSafeOutput(false)(JSON.stringify(value, null, 2), 'json');
        expect(said).not.toMatch(driving);
        expect(JSON.parse(said)).toEqual(value);
      }),
    );
  });

  it('hides a secret that was made after it, in any writing', () => {
    const sieve = makeSafeOutput(false);
    const secret = 'Made-Later/+w"ö';
    makeSecret(secret);
    for (const written of [secret, encodeURIComponent(secret), Buffer.from(`me:${secret}`).toString('base64')]) {
      expect(sieve(`a ${written} b`, 'text')).toContain('[secret]');
      expect(sieve(`a ${written} b`, 'text')).not.toContain(written);
    }
  });
});
