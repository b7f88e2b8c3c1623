// How many wrong pairs are found, and how many right ones doubted, among made-up people whose truth is known
// (test/support/pairs/ says what it assumes of them); and how long the judging takes. `npm run bench:pairs`.
import { judged } from '../test/support/pairs/judged.ts';
import { keep } from './machine.ts';

const rows = 50_000;
const options = { rows, wrongShare: 0.02, seed: 20_261_128 };
// A plan has run for a while when it comes to judging; the first time is mostly the compiler's.
judged({ ...options, rows: 5_000 });
const { figures, ...found } = judged(options);
keep({
  name: 'pairs',
  notes: `${rows} made-up pairs, a fiftieth of them wrong in eight ways; found: held or warned of`,
  figures,
});
process.exitCode =
  found.wrongFound >= 0.99 && found.rightHeld === 0 && found.rightWarned <= 0.01 && found.seconds <= 2 ? 0 : 1;
