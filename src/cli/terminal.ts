// cli/: people at the terminal. program.ts registers the commands; each command reads settings, lets compose.ts build the
// adapters, calls a use case from run/ and hands the ending to finish.ts. Nothing here decides about a row.
import { createInterface } from 'node:readline/promises';

/** Where people are: results go to `out`, everything else to `err`. */
export type Terminal = {
  out(text: string): void;
  err(text: string): void;
  /** Whether somebody can be asked. */
  readonly isInteractive: boolean;
  /** Whether `err` is a screen whose last line may be rewritten. */
  readonly isScreen: boolean;
  readonly color: boolean;
  /** Columns to write for. */
  readonly width: number;
  ask(question: string): Promise<string>;
};

const widest = 120;
const usualWidth = 80;

/** The process's own terminal. NO_COLOR and --no-color are honoured. */
export function processTerminal(options: { readonly color: boolean; readonly quiet: boolean }): Terminal {
  const { stdin, stdout, stderr, env } = process;
  return {
    out: (text) => void stdout.write(text),
    err: (text) => void (options.quiet || stderr.write(text)),
    isInteractive: stdin.isTTY && stderr.isTTY,
    isScreen: stderr.isTTY && !options.quiet,
    color: options.color && stdout.isTTY && !env['NO_COLOR'],
    width: Math.min(stdout.columns ?? usualWidth, widest),
    ask: async (question) => {
      const prompt = createInterface({ input: stdin, output: stderr });
      try {
        return await prompt.question(question);
      } finally {
        prompt.close();
      }
    },
  };
}
