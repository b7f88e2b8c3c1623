import { describe, expect, it } from 'vitest';
import { visible } from '../../src/report/visible.ts';

describe('visible text', () => {
  it('writes out what would hide or reorder text', () => {
    expect(visible('a\u202eb')).toBe('a⟨U+202E⟩b');
    expect(visible('a\u200bb\u00a0c\ufeff')).toBe('a⟨U+200B⟩b⟨U+00A0⟩c⟨U+FEFF⟩');
    expect(visible('\u001b[2J')).toBe('⟨U+001B⟩[2J');
    expect(visible('nul\u0000')).toBe('nul⟨U+0000⟩');
    expect(visible('\ud800x')).toBe('⟨U+D800⟩x');
    expect(visible('tag\u{e0041}')).toBe('tag⟨U+E0041⟩');
  });

  it('shows a line break of any kind as one sign', () => {
    expect(visible('a\r\nb\nc\rd')).toBe('a↵b↵c↵d');
  });

  it.each(["O'Brien", 'Jürgen Müller', '中村 光', 'שלום', 'f+bH/Mb+ZUq4IS9AopLRhQ==', '😀'])(
    'leaves %s alone',
    (text) => {
      expect(visible(text)).toBe(text);
    },
  );
});
