import { visible } from './visible.ts';

/** The two ways of quoting there are; cmd.exe reads the double quotes of either. */
export type ShellFamily = 'sh' | 'powershell';

/** The shell that somebody on this machine would paste into. */
function usualShell(): ShellFamily {
  return process.platform === 'win32' ? 'powershell' : 'sh';
}

/**
 * `hardmatch <words>`, to be copied from a screen or a report: each word arrives as it is, whatever is in it. Only words
 * that no shell takes apart stand bare. A word with line breaks or control characters is written out and cannot be pasted.
 */
export function commandLine(words: readonly string[], shell: ShellFamily = usualShell()): string {
  return `hardmatch ${optionText(words, shell)}`;
}

/** Words to be added to a command line, each quoted as `commandLine` does. */
export function optionText(words: readonly string[], shell: ShellFamily = usualShell()): string {
  return words.map((word) => quoted(visible(word), shell)).join(' ');
}

function quoted(word: string, shell: ShellFamily): string {
  if (/^[\p{L}\p{N}_./\\:+=@-]+$/u.test(word) && !word.startsWith('@') && isPlainIn(word, shell)) return word;
  // Double quotes group words in cmd, PowerShell and sh alike, as long as nothing within means something to one of them.
  // PowerShell takes typographic quotes for quotes; a backslash at the end would escape ours,
  // and of two sh makes one.
  if (!/[$`"“”„!%^]|\\\\|\\$/.test(word)) return `"${word}"`;
  if (shell === 'powershell') return `'${word.replaceAll(/['‘’‚‛]/g, '$&$&')}'`;
  return `'${word.replaceAll("'", String.raw`'\''`)}'`;
}

// Bare, sh would take a backslash for itself.
function isPlainIn(word: string, shell: ShellFamily): boolean {
  return shell === 'powershell' || !word.includes('\\');
}
