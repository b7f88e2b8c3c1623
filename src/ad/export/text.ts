import { bytesFrom, NotRegular, openRegular } from '../../files/regular-file.ts';
import { isSystemError } from '../../files/system-error.ts';
import { exportFault } from './fault.ts';

/** How the bytes become text. */
export type ExportEncoding = {
  readonly encoding: 'utf-8' | 'utf-16le' | 'utf-16be';
  /** Length of the byte-order mark. */
  readonly skipBytes: number;
};

const headBytes = 65_536;

// Known by their first bytes, in hex, or first letters.
const otherBytes: readonly (readonly [string, string])[] = [
  ['504b0304', 'an Excel workbook or another ZIP file'],
  ['d0cf11e0a1b11ae1', 'an Excel workbook (.xls) or another old Office file'],
  ['25504446', 'a PDF file'],
  ['1f8b', 'a gzip file'],
];
const otherTexts: readonly (readonly [RegExp, string])[] = [
  [/^<(?:!doctype|html|\?xml|objs)\b/i, 'an HTML or XML file'],
  [/^(?:\[\s*[[{"\]]|\{\s*["}])/, 'a JSON file'],
  [/^(?:version: \d+\s+)?dn::? /i, 'an LDIF file, as ldifde writes it'],
  [/^\w+ +: /, 'a list, as PowerShell shows objects on the screen'],
  [/^\w+ .*\r?\n-{3,} /, 'a table, as PowerShell shows objects on the screen'],
];

/** Reads the beginning of a regular file. Throws RunFault when it cannot be read, or is seen to be something else than CSV. */
export async function readHead(path: string): Promise<Buffer> {
  const head = await firstBytes(path);
  const other = otherBytes.find(([magic]) => head.toString('hex', 0, magic.length / 2) === magic)?.[1];
  if (other !== undefined) throw notCsv(path, other);
  return head;
}

async function firstBytes(path: string): Promise<Buffer> {
  try {
    const file = await openRegular(path);
    try {
      const { buffer, bytesRead } = await file.read(Buffer.alloc(headBytes), 0, headBytes, 0);
      return buffer.subarray(0, bytesRead);
    } finally {
      await file.close();
    }
  } catch (error) {
    throw readingFault(path, error);
  }
}

/** The RunFault for a file that cannot be read; errors that are not the system's are given back as they are. */
function readingFault(path: string, cause: unknown): unknown {
  if (!isSystemError(cause) && !(cause instanceof NotRegular)) return cause;
  return exportFault(path, cause.message, { hint: 'Check the path given with --ad-export.', cause });
}

/** Throws RunFault when the text is that of another kind of file. */
export function refuseOtherTexts(path: string, text: string): void {
  const other = otherTexts.find(([pattern]) => pattern.test(text.trimStart()))?.[1];
  if (other !== undefined) throw notCsv(path, other);
}

function notCsv(path: string, what: string): Error {
  return exportFault(path, `it is ${what}, not a CSV file`);
}

/** The encoding, from the byte-order mark. Throws RunFault for UTF-16 without one. */
export function encodingOf(path: string, head: Buffer): ExportEncoding {
  if (head[0] === 0xff && head[1] === 0xfe) return { encoding: 'utf-16le', skipBytes: 2 };
  if (head[0] === 0xfe && head[1] === 0xff) return { encoding: 'utf-16be', skipBytes: 2 };
  const zeros = head.reduce((count, byte) => count + (byte === 0 ? 1 : 0), 0);
  if (zeros > head.length / 8)
    throw exportFault(path, 'it looks like UTF-16 but does not begin with a byte-order mark');
  const hasMark = head[0] === 0xef && head[1] === 0xbb && head[2] === 0xbf;
  return { encoding: 'utf-8', skipBytes: hasMark ? 3 : 0 };
}

type Source = ExportEncoding & { readonly path: string };

/** The text of the file, in pieces. Throws RunFault with the line of bytes that are not text. */
export async function* decoded(source: Source): AsyncGenerator<string, void, undefined> {
  const { path, encoding, skipBytes } = source;
  const decoder = new TextDecoder(encoding, { fatal: true });
  let lines = 1;
  try {
    for await (const chunk of bytesFrom(path, skipBytes)) {
      const text = decoder.decode(chunk, { stream: true });
      const zero = text.indexOf('\0');
      if (zero >= 0) {
        const line = lines + lineEnds(text.slice(0, zero));
        throw exportFault(path, 'there is a zero byte; the file is damaged', {
          line,
          hint: 'Copy or export it again.',
        });
      }
      lines += lineEnds(text);
      yield text;
    }
    yield decoder.decode();
  } catch (error) {
    if (!(error instanceof TypeError)) throw readingFault(path, error);
    throw exportFault(path, `it has bytes that are not ${encoding.toUpperCase()}`, {
      line: await lineOfBadByte(source),
      hint: 'Export again with -Encoding UTF8.',
      cause: error,
    });
  }
}

// Export-Csv ends its lines in CR LF or LF, so counting LF is enough to say a line.
const lineEnds = (text: string): number => text.split('\n').length - 1;

/** Found in a second, slower pass: the decoder says that a byte is bad, and not where. */
async function lineOfBadByte({ path, encoding, skipBytes }: Source): Promise<number> {
  const decoder = new TextDecoder(encoding, { fatal: true });
  // The second byte of a little-endian line end belongs to the line that it ends.
  const width = encoding === 'utf-16le' ? 2 : 1;
  let line = 1;
  for await (const chunk of bytesFrom(path, skipBytes)) {
    for (let from = 0; from < chunk.length;) {
      const newline = chunk.indexOf(0x0a, from);
      const end = newline < 0 ? chunk.length : newline + width;
      try {
        line += lineEnds(decoder.decode(chunk.subarray(from, end), { stream: true }));
      } catch {
        return line;
      }
      from = end;
    }
  }
  return line;
}
