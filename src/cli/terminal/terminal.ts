// cli/terminal/: what is printed (terminal, through safe-output) and asked (consent), progress, signals, and faults in words.
import { createInterface } from 'node:readline';
import type { Host } from '../host/host.ts';
import { makeSafeOutput } from './safe-output.ts';

/** Where people are: results go to `out`, everything else to `err`. */
export type Terminal = {
  out(text: string): void;
  /** One JSON document on `out`, for programs. */
  json(text: string): void;
  err(text: string): void;
  /** On `err`, `--quiet` or not: what would otherwise be lost. */
  alarm(text: string): void;
  /** Whether somebody can be asked. */
  readonly isInteractive: boolean;
  /** Whether `err` is a screen whose last line may be rewritten. */
  readonly isScreen: boolean;
  readonly color: boolean;
  /** Columns to write for. */
  readonly width: number;
  /** The answer; null when the input ended, Ctrl-C was pressed, or `end` aborted before there was one. */
  ask(question: string, end: AbortSignal): Promise<string | null>;
};

const widest = 120;
const usualWidth = 80;

/** The host's terminal; nothing gets to it but through safe-output. NO_COLOR and --no-color are honoured. */
export function terminalOf(
  { stdin, stdout, stderr, env }: Pick<Host, 'stdin' | 'stdout' | 'stderr' | 'env'>,
  options: { readonly color: boolean; readonly quiet: boolean },
): Terminal {
  const color = options.color && stdout.isTTY === true && !env['NO_COLOR'];
  const safe = makeSafeOutput(color);
  return {
    out: (text) => void stdout.write(safe(text, 'text')),
    json: (text) => void stdout.write(safe(text, 'json')),
    err: (text) => void (options.quiet || stderr.write(safe(text, 'text'))),
    alarm: (text) => void stderr.write(safe(text, 'text')),
    isInteractive: stdin.isTTY === true && stderr.isTTY === true,
    isScreen: stderr.isTTY === true && !options.quiet,
    color,
    width: Math.min(stdout.columns ?? usualWidth, widest),
    ask: (question, end) =>
      new Promise((answered) => {
        const prompt = createInterface({ input: stdin, output: stderr, signal: end });
        // Ctrl-C and Ctrl-D close the prompt, and leave its question for ever without an answer.
        prompt.once('SIGINT', () => prompt.close());
        prompt.once('close', () => answered(null));
        prompt.question(safe(question, 'text'), (answer) => {
          answered(answer);
          prompt.close();
        });
      }),
  };
}
