import type { Clock, Progress } from '../run/ports.ts';
import type { Terminal } from './terminal.ts';

const screenEveryMs = 200;
const plainEveryMs = 10_000;

/** Stages and counts on stderr: one rewritten line on a screen, a plain line every ten seconds otherwise. */
export function terminalProgress(terminal: Terminal, clock: Clock): Progress & { end(): void } {
  let name = '';
  let total: number | null = null;
  let done = 0;
  let since = 0;
  let shownAt = 0;
  let isOpen = false;
  const line = (): string => {
    const seconds = (clock.now().getTime() - since) / 1_000;
    const rate = done > 0 && seconds >= 1 ? `, ${Math.round(done / seconds)}/s` : '';
    if (done === 0) return total === null ? name : `${name}: ${total} rows`;
    return `${name}: ${done}${total === null ? '' : ` of ${total}`} rows${rate}`;
  };
  const show = (): void => {
    shownAt = clock.now().getTime();
    if (terminal.isScreen) terminal.err(`\r\u001b[2K${line()}`);
    else terminal.err(`${line()}\n`);
    isOpen = terminal.isScreen;
  };
  const closeLine = (): void => {
    if (isOpen) terminal.err('\n');
    isOpen = false;
  };
  return {
    stage(nextName, nextTotal) {
      if (isOpen) show();
      closeLine();
      name = nextName;
      total = nextTotal;
      done = 0;
      since = clock.now().getTime();
      show();
    },
    advance(rows) {
      done += rows;
      const every = terminal.isScreen ? screenEveryMs : plainEveryMs;
      if (clock.now().getTime() - shownAt >= every) show();
    },
    end() {
      if (isOpen && done > 0) show();
      closeLine();
    },
  };
}
