// --stop-at: the end of the maintenance window, as a moment.
import type { StopTime } from '../../config/values.ts';
import { RunFault } from '../../core/failure.ts';

/** When the window ends: a time of day is the next one to come. Throws a RunFault for a moment that is past. */
export function endOfWindow(moment: StopTime | null, now: Date): Date | null {
  if (moment === null) return null;
  if (moment.kind === 'once') {
    const at = new Date(moment.at);
    if (at > now) return at;
    throw new RunFault('window-past', `--stop-at: ${at.toISOString()} is past; it is ${now.toISOString()}.`, {
      hint: 'Give the end of the window that is to come, e.g. --stop-at 05:30.',
    });
  }
  const at = new Date(now);
  at.setHours(moment.hour, moment.minute, 0, 0);
  if (at <= now) at.setDate(at.getDate() + 1);
  return at;
}
