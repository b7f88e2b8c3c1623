// Preloaded into the program (node --import): its patience between two tries, and with a domain controller, is so many
// times shorter as the variable HURRY says. The time it gives sign-in and Graph for an answer is a setting, and stays.
import { createRequire, syncBuiltinESMExports } from 'node:module';
import { env } from 'node:process';

const times = Number(env['HURRY'] ?? 1);
// Timers from here on are patience with an answer; shorter ones, a connection's among them, are how things work.
const patience = 30_000;

const timers = createRequire(import.meta.url)('node:timers/promises');
const sleep = timers.setTimeout;
timers.setTimeout = (ms, ...rest) => sleep(ms / times, ...rest);
syncBuiltinESMExports();

const later = globalThis.setTimeout;
const sooner = (work, ms, ...rest) => later(work, ms >= patience ? ms / times : ms, ...rest);
globalThis.setTimeout = Object.defineProperties(sooner, Object.getOwnPropertyDescriptors(later));
