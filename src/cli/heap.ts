import { setFlagsFromString } from 'node:v8';

/**
 * Has the garbage collector come when the heap is two fifths larger than what was found to be in use. By itself it lets a
 * small heap grow to four times that first, and a plan of a million rows needs the memory for its users (docs/decisions.md).
 * V8 reads it each time it sets the next limit; one that did not know it would say so on stderr and go on.
 */
export function keepHeapSmall(): void {
  setFlagsFromString('--heap-growing-percent=40');
}
