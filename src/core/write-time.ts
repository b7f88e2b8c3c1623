/**
 * The write quota of one application in a tenant ("Microsoft Graph throttling limits", identity and access: 3,000 writes in
 * 150 seconds): so many at once, and so many a second from then on. A tenant's is six times that in 300 seconds.
 */
export const writeQuota: { readonly atOnce: number; readonly perSecond: number } = { atOnce: 3_000, perSecond: 20 };

// A write is answered in about a quarter of a second, and eight go side by side for each application; of reading back, four
// requests of 20 users. Measured nowhere but on a practice tenant: what it says is "about".
const writesPerSecond = 32;
const readBackPerSecond = 320;

/** How many rows are to be written, and how many of them by a detour. */
export type ToWrite = { readonly rows: number; readonly detours: number };

/** About how many seconds it takes to write rows and read them back, at the documented quota of so many applications. */
export function secondsToWrite({ rows, detours }: ToWrite, applications: number): number {
  // A detour moves the user away and back around the immutable ID.
  const writes = rows + 2 * detours;
  const unhindered = writes / (writesPerSecond * applications);
  const atQuota = (writes - writeQuota.atOnce * applications) / (writeQuota.perSecond * applications);
  return Math.max(unhindered, atQuota) + rows / readBackPerSecond;
}
