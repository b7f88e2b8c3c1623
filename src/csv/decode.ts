import { bytesFrom } from '../files/regular-file.ts';
import type { Encoding } from './encoding.ts';
import { CsvFault } from './fault.ts';

/** Takes bytes in any pieces and gives their text; `flush` ends the input. Both throw at bytes that are none. */
type Decoder = { push(bytes: Uint8Array): string; flush(): string };

/** A strict decoder, without the byte-order mark in what it gives. */
function decoderFor(encoding: Encoding): Decoder {
  if (encoding === 'windows-1252') return { push: fromWindows1252, flush: () => '' };
  const decoder = new TextDecoder(encoding, { fatal: true });
  return { push: (bytes) => decoder.decode(bytes, { stream: true }), flush: () => decoder.decode() };
}

function isUndecodable(error: unknown): boolean {
  return error instanceof TypeError && 'code' in error && error.code === 'ERR_ENCODING_INVALID_ENCODED_DATA';
}

/**
 * The text of a file in pieces; characters cut by a chunk's end come out whole. Throws CsvFault, with the line, at bytes that
 * are none of the encoding, and at U+0000: a file that has it is damaged, or something else than text from there on.
 */
export async function* textOf(
  chunks: AsyncIterable<Buffer>,
  file: { readonly path: string; readonly encoding: Encoding },
): AsyncGenerator<string> {
  const decoder = decoderFor(file.encoding);
  const lines = lineCounter();
  try {
    for await (const chunk of chunks) {
      const text = decoder.push(chunk);
      const zero = text.indexOf('\0');
      lines.add(zero < 0 ? text : text.slice(0, zero));
      if (zero >= 0) throw new CsvFault('zero-byte', { line: lines.current() });
      if (text !== '') yield text;
    }
    decoder.flush();
  } catch (error) {
    if (!isUndecodable(error)) throw error;
    const line = await lineOfBadByte(file.path, file.encoding);
    throw new CsvFault('bad-byte', { detail: file.encoding.toUpperCase(), line, cause: error });
  }
}

/** The line of the first undecodable byte, found in a second, slower pass: the decoder does not say where it is. */
async function lineOfBadByte(path: string, encoding: Encoding): Promise<number> {
  const decoder = decoderFor(encoding);
  const lines = lineCounter();
  for await (const chunk of bytesFrom(path, 0)) {
    for (const piece of piecesEndingInNewline(chunk, encoding === 'utf-16le' ? 2 : 1)) {
      try {
        lines.add(decoder.push(piece));
      } catch {
        return lines.current();
      }
    }
  }
  return lines.ofHalfEnd();
}

/**
 * Counts the lines of a text that comes in pieces; CR LF is one line end, also when a piece ends between the two.
 * `ofHalfEnd`: where a CR at the end is half of a CR LF that was cut.
 */
function lineCounter(): { add(text: string): void; current(): number; ofHalfEnd(): number } {
  let line = 1;
  let endedInCr = false;
  return {
    add(text) {
      if (text === '') return;
      line += newlinesIn(text) - (endedInCr && text.startsWith('\n') ? 1 : 0);
      endedInCr = text.endsWith('\r');
    },
    current: () => line,
    ofHalfEnd: () => (endedInCr ? line - 1 : line),
  };
}

/** How many line ends (CR LF, LF or CR) a text has in it. */
export function newlinesIn(text: string): number {
  // Most cells have none, and a million of them are asked.
  if (!text.includes('\n') && !text.includes('\r')) return 0;
  return text.match(/\r\n|\n|\r/g)?.length ?? 0;
}

// In little-endian UTF-16 the line end's second byte has to come along: left to the next piece, the line end would be lost
// with that piece when it is the bad one.
function* piecesEndingInNewline(chunk: Buffer, width: 1 | 2): Generator<Buffer> {
  let from = 0;
  for (const [place, byte] of chunk.entries()) {
    if (byte !== 0x0a && byte !== 0x0d) continue;
    yield chunk.subarray(from, place + width);
    from = place + width;
  }
  if (from < chunk.length) yield chunk.subarray(from);
}

// Node 20's TextDecoder reads windows-1252 as ISO 8859-1 and loses the euro sign and the curly apostrophe (seen on
// 20.20.2; 22 and 24 are right), so the 32 places where the two differ stand here. Order and values: WHATWG Encoding,
// index windows-1252, bytes 80 to 9F.
const windows1252 =
  '\u20ac\u0081\u201a\u0192\u201e\u2026\u2020\u2021\u02c6\u2030\u0160\u2039\u0152\u008d\u017d\u008f' +
  '\u0090\u2018\u2019\u201c\u201d\u2022\u2013\u2014\u02dc\u2122\u0161\u203a\u0153\u009d\u017e\u0178';

function fromWindows1252(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    .toString('latin1')
    .replaceAll(/[\u0080-\u009f]/g, (letter) => windows1252.charAt(letter.charCodeAt(0) - 0x80));
}
