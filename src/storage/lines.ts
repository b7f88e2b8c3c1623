import { closeSync, readSync } from 'node:fs';
import { openRegular, openRegularNow } from '../files/regular-file.ts';

/** One line of a file; `end` is the byte after its line end, `isWhole` whether it has one. */
export type Line = { readonly text: string; readonly number: number; readonly end: number; readonly isWhole: boolean };

const chunkSize = 64 * 1024;

/** Bytes. A record of the input has at most a million characters, so no line that the program writes comes near it. */
export const longestLine = 32 * 1024 * 1024;

/** A line is longer than any that the program writes: reading on could take all the memory there is. */
export class LineTooLong extends Error {
  readonly number: number;
  constructor(number: number) {
    super(`line ${number} is longer than ${longestLine} bytes`);
    this.name = 'LineTooLong';
    this.number = number;
  }
}

/**
 * The lines of a UTF-8 file, in order, without LF or CR LF and without a byte-order mark. Not node:readline: that one also
 * ends a line at U+2028 and U+2029, which JSON may have inside a string, and cannot say where in the file a line ends.
 * Throws LineTooLong in place of a line that is longer than `longestLine`.
 */
export async function* linesOf(path: string): AsyncGenerator<Line> {
  const handle = await openRegular(path);
  try {
    const begun: Buffer[] = [];
    let begunAt = 0;
    let number = 0;
    let offset = 0;
    for (;;) {
      const chunk = Buffer.allocUnsafe(chunkSize);
      const { bytesRead } = await handle.read(chunk, 0, chunkSize, offset);
      if (bytesRead === 0) break;
      let from = 0;
      for (;;) {
        const newline = chunk.subarray(0, bytesRead).indexOf(0x0a, from);
        if (newline < 0) break;
        begun.push(chunk.subarray(from, newline));
        yield { text: textOf(begun.splice(0), ++number), number, end: offset + newline + 1, isWhole: true };
        from = newline + 1;
        begunAt = offset + from;
      }
      if (from < bytesRead) begun.push(chunk.subarray(from, bytesRead));
      offset += bytesRead;
      if (offset - begunAt > longestLine) throw new LineTooLong(number + 1);
    }
    if (begun.length > 0) yield { text: textOf(begun, ++number), number, end: offset, isWhole: false };
  } finally {
    await handle.close();
  }
}

/**
 * The lines of a file that this program has written, without waiting between them: for what goes through a file as it
 * would through a list. What follows the last line end is no line.
 */
export function* linesNow(path: string): Generator<string> {
  const file = openRegularNow(path);
  try {
    let chunk = Buffer.allocUnsafe(16 * chunkSize);
    let filled = 0;
    for (let offset = 0; ;) {
      const read = readSync(file, chunk, filled, chunk.length - filled, offset);
      if (read === 0) return;
      offset += read;
      filled += read;
      let from = 0;
      for (;;) {
        const newline = chunk.subarray(0, filled).indexOf(0x0a, from);
        if (newline < 0) break;
        yield chunk.toString('utf8', from, newline);
        from = newline + 1;
      }
      // What is left is the beginning of a line; one that fills the chunk needs a larger one.
      if (from === 0 && filled === chunk.length) chunk = Buffer.concat([chunk], chunk.length * 2);
      else chunk.copyWithin(0, from, filled);
      filled -= from;
    }
  } finally {
    closeSync(file);
  }
}

function textOf(parts: readonly Buffer[], number: number): string {
  const [only] = parts;
  const text = (parts.length === 1 && only ? only : Buffer.concat(parts)).toString('utf8');
  const end = text.endsWith('\r') ? text.length - 1 : text.length;
  // Notepad puts a byte-order mark in front of what it saves.
  return text.slice(number === 1 && text.startsWith('\ufeff') ? 1 : 0, end);
}
