// Loaded into the measured program with --import: leaves the most memory it ever had, and the time its threads were at work,
// in the file named by PEAK_FILE.
import { writeFileSync } from 'node:fs';

// Not to be handed on to a process that the program starts.
const path = process.env['PEAK_FILE'];
delete process.env['PEAK_FILE'];
if (path !== undefined) {
  process.on('exit', () => {
    const { maxRSS, userCPUTime, systemCPUTime } = process.resourceUsage();
    writeFileSync(path, JSON.stringify({ peakMiB: maxRSS / 1024, cpuSeconds: (userCPUTime + systemCPUTime) / 1e6 }));
  });
}
