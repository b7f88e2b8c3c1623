import type { OutputConfiguration } from 'commander';
import type { Host } from '../host/host.ts';
import { terminalOf } from './terminal.ts';

const namesSecret = /pass|pwd|secret|token|credential/i;

/**
 * How commander speaks: through the terminal as everybody does, and of an option it does not know by name alone. It would
 * show `--client-secret=…` with what stands behind it.
 */
export function outputOf(argv: readonly string[], host: Host): OutputConfiguration {
  const terminal = terminalOf(host, { color: false, quiet: false });
  const widthOf = ({ isTTY, columns }: Host['stdout']) => (isTTY === true ? columns : undefined) ?? 80;
  return {
    getOutHelpWidth: () => widthOf(host.stdout),
    getErrHelpWidth: () => widthOf(host.stderr),
    writeOut: (text) => terminal.out(text),
    writeErr: (text) => terminal.err(text),
    outputError: (text, write) => {
      const strange = /unknown option '/.test(text) ? argv.filter((word) => word.startsWith('-')) : [];
      // The longest first: one may be the beginning of another.
      const longest = strange.toSorted((one, other) => other.length - one.length);
      write(longest.reduce((left, word) => left.replaceAll(`'${word}'`, () => `'${nameOf(word)}'`), text));
      if (longest.some((word) => namesSecret.test(nameOf(word)))) write(hint);
    },
  };
}

// Of `-pValue` only the letter is the option's.
function nameOf(word: string): string {
  return word.startsWith('--') ? (word.split('=', 1)[0] ?? '') : word.slice(0, 2);
}

const hint =
  'Secrets are never given as options: they stay in the shell history and show in the process list. If that was a real one,\n' +
  'replace it. Set HARDMATCH_AD_PASSWORD, AZURE_CLIENT_SECRET or AZURE_CLIENT_CERTIFICATE_PASSWORD in the environment.\n';
