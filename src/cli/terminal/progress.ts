import { counted, number, span } from '../../report/phrases.ts';
import type { Clock, Limit, ShownProgress } from '../../run/ports.ts';
import type { Terminal } from './terminal.ts';

const screenEveryMs = 200;
// Without a screen a line every ten seconds in the first minute, and one a minute from then on: a run of hours is read later.
const plainEveryMs = (elapsed: number): number => (elapsed < 60_000 ? 10_000 : 60_000);
// The rate is that of the last half minute; what was fast at the beginning says nothing of now.
const rateOverMs = 30_000;

/** Stages and counts on stderr: one rewritten line on a screen, now and then a plain line otherwise. */
export function terminalProgress(terminal: Terminal, clock: Clock): ShownProgress {
  const now = (): number => clock.now().getTime();
  let work: Work | null = null;
  let shownAt = 0;
  let isOpen = false;
  let beat: ReturnType<typeof setInterval> | undefined;
  const show = (): void => {
    if (!work) return;
    shownAt = now();
    // What is wider than the screen could not be rewritten; `width` is the screen's as far as it is known.
    const line = lineOf(work, shownAt).slice(0, terminal.isScreen ? terminal.width - 1 : undefined);
    if (terminal.isScreen) terminal.err(`\r\u001b[2K${line}`);
    else terminal.err(`${line}\n`);
    isOpen = terminal.isScreen;
  };
  const showIfDue = (): void => {
    const every = terminal.isScreen ? screenEveryMs : plainEveryMs(now() - (work?.since ?? 0));
    if (now() - shownAt >= every) show();
  };
  const end = (): void => {
    clearInterval(beat);
    if (isOpen) {
      if (work !== null && work.done + work.before > 0) show();
      terminal.err('\n');
    }
    isOpen = false;
    work = null;
  };
  return {
    stage(name, total, more = {}) {
      end();
      work = begin(name, total, { now: now(), ...more });
      show();
      // Whoever waits for a service that asked for patience sees that time goes on, and that nothing is lost.
      beat = setInterval(showIfDue, 1_000);
      beat.unref();
    },
    advance(rows, failed = 0) {
      if (!work) return;
      work.done += rows;
      work.failed += failed;
      showIfDue();
    },
    say(text) {
      if (isOpen) terminal.err('\n');
      isOpen = false;
      terminal.err(`${text}\n`);
    },
    end,
  };
}

/** A stage under way. */
type Work = {
  readonly name: string;
  readonly total: number | null;
  /** Rows that were done before it began. */
  readonly before: number;
  readonly held: number;
  readonly limit: Limit | null;
  readonly since: number;
  done: number;
  failed: number;
  /** How much was done when, not more often than once a second; the oldest is at most `rateOverMs` old. */
  readonly samples: { readonly at: number; readonly done: number }[];
};

function begin(
  name: string,
  total: number | null,
  more: { readonly now: number; readonly done?: number; readonly held?: number; readonly limit?: Limit },
): Work {
  const { now, done: before = 0, held = 0, limit = null } = more;
  return { name, total, before, held, limit, since: now, done: 0, failed: 0, samples: [{ at: now, done: 0 }] };
}

function lineOf(work: Work, now: number): string {
  const { name, total, before, held, failed, limit } = work;
  const done = before + work.done;
  const rate = rateOf(work, now);
  const rows = total === null ? null : `${done > 0 ? `${number(done)} of ` : ''}${counted(total, 'row')}`;
  const parts = [
    rows,
    held > 0 && `${number(held)} held`,
    failed > 0 && `${number(failed)} failed`,
    rate !== null && `${said(rate)}/s${limit === null ? '' : ` (quota ${said(limit.perSecond)}/s)`}`,
    rate === null && now - work.since >= 10_000 && `for ${span((now - work.since) / 1_000)}`,
    leftOf(work, rate, now),
  ].filter((part) => part !== null && part !== false);
  return parts.length === 0 ? name : `${name}: ${parts.join(', ')}`;
}

/** Rows a second, of late; null as long as there is nothing to tell. */
function rateOf({ samples, done, since }: Work, now: number): number | null {
  const last = samples.at(-1);
  if (!last || now - last.at >= 1_000) samples.push({ at: now, done });
  while (samples.length > 2 && now - (samples[1]?.at ?? now) >= rateOverMs) samples.shift();
  const [first] = samples;
  if (!first || done === 0 || now - since < 1_000 || now <= first.at) return null;
  return (done - first.done) / ((now - first.at) / 1_000);
}

/** Never less than the quota allows: before it is used up, rows go faster than they will. */
function leftOf({ total, before, done, limit, since }: Work, rate: number | null, now: number): string | null {
  if (total === null || rate === null) return null;
  const rest = total - before - done;
  if (rest <= 0) return null;
  const refilled = limit === null ? 0 : (limit.perSecond * (now - since)) / 1_000;
  const least = limit === null ? 0 : Math.max(0, rest - Math.max(0, limit.atOnce + refilled - done)) / limit.perSecond;
  if (rate === 0 && least === 0) return null;
  return `about ${span(Math.max(least, rate === 0 ? 0 : rest / rate))} left`;
}

const said = (perSecond: number): string => (perSecond < 9.95 ? perSecond.toFixed(1) : number(Math.round(perSecond)));
