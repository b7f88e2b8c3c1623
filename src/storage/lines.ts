import { open } from 'node:fs/promises';

/** One line of a file; `end` is the byte after its line end, `isWhole` whether it has one. */
export type Line = { readonly text: string; readonly number: number; readonly end: number; readonly isWhole: boolean };

const chunkSize = 64 * 1024;

/**
 * The lines of a UTF-8 file, in order, without LF or CR LF and without a byte-order mark. Not node:readline: that one also
 * ends a line at U+2028 and U+2029, which JSON may have inside a string, and cannot say where in the file a line ends.
 */
export async function* linesOf(path: string): AsyncGenerator<Line> {
  const handle = await open(path, 'r');
  try {
    const begun: Buffer[] = [];
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
      }
      if (from < bytesRead) begun.push(chunk.subarray(from, bytesRead));
      offset += bytesRead;
    }
    if (begun.length > 0) yield { text: textOf(begun, ++number), number, end: offset, isWhole: false };
  } finally {
    await handle.close();
  }
}

function textOf(parts: readonly Buffer[], number: number): string {
  const [only] = parts;
  const text = (parts.length === 1 && only ? only : Buffer.concat(parts)).toString('utf8');
  const end = text.endsWith('\r') ? text.length - 1 : text.length;
  // Notepad puts a byte-order mark in front of what it saves.
  return text.slice(number === 1 && text.startsWith('\ufeff') ? 1 : 0, end);
}
