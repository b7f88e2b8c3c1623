import { execFileSync } from 'node:child_process';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { commandLine } from '../../src/report/command-line.ts';

const shown = fc.string({
  unit: fc.constantFrom(...'aä/\\ \'"$`!%^;|&<>()*?~#{}[]=@,-“’'.split('')),
  minLength: 1,
  maxLength: 12,
});

describe('a command to be copied', () => {
  it.skipIf(process.platform === 'win32')('arrives in sh as it was, whatever is in it', () => {
    fc.assert(
      fc.property(fc.array(shown, { minLength: 1, maxLength: 40 }), (words) => {
        const script = `hardmatch() { printf '%s\\n' "$@"; }\n${commandLine(words, 'sh')}\n`;
        expect(execFileSync('sh', ['-c', script], { encoding: 'utf8' }).split('\n').slice(0, -1)).toEqual(words);
      }),
      { numRuns: 40 },
    );
  });

  it('leaves plain words bare, and puts blanks in quotes that every shell has', () => {
    expect(commandLine(['apply', 'runs/2026-a'], 'sh')).toBe('hardmatch apply runs/2026-a');
    expect(commandLine(['apply', 'C:\\My Runs\\one'], 'powershell')).toBe('hardmatch apply "C:\\My Runs\\one"');
  });

  it('gives PowerShell nothing to expand, and no quote of its own kinds to end on', () => {
    expect(commandLine(["$(calc)'"], 'powershell')).toBe("hardmatch '$(calc)'''");
    expect(commandLine(['a”; calc; “’'], 'powershell')).toBe("hardmatch 'a”; calc; “’’'");
    expect(commandLine(['@args', 'a,b'], 'powershell')).toBe('hardmatch "@args" "a,b"');
  });

  it('writes out what a terminal would obey', () => {
    expect(commandLine(['a\u001b[2J\nb'], 'sh')).toBe('hardmatch "a⟨U+001B⟩[2J↵b"');
  });
});
