// files/: the one way to read a file that somebody else may have put there. Whatever opens a file for reading does it here:
// in the run folder, or where a setting or an argument names one. A path can lead to a pipe, which would be waited for without end,
// to a device, which may never end, or to a disk image. system-error.ts tells the system's errors from bugs,
// json-fault.ts where a text stops being JSON.
import { closeSync, constants, fstatSync, openSync, readSync, type Stats, statSync } from 'node:fs';
import { type FileHandle, open, stat } from 'node:fs/promises';

export type { FileHandle };

/** Whether something is a folder, a pipe and so on: what `NotRegular` is about. */
export type OtherKind = 'folder' | 'pipe' | 'socket' | 'device' | 'link';

/** There is something under the name, and it is no regular file. The message is the end of a sentence: `it is a folder`. */
export class NotRegular extends Error {
  readonly kind: OtherKind;
  constructor(kind: OtherKind) {
    super(kind === 'folder' ? 'it is a folder' : `it is not a regular file but a ${kind}`);
    this.name = 'NotRegular';
    this.kind = kind;
  }
}

/** The file has more bytes than one of its kind ever has. The message is the end of a sentence. */
export class TooLarge extends Error {
  constructor(most: number) {
    super(`it is larger than ${sizeOf(most)}, so it is something else`);
    this.name = 'TooLarge';
  }
}

export const kibibyte = 1024;
export const mebibyte = 1024 * 1024;

// A pipe is opened without waiting for who writes to it, and no terminal becomes this process's own. Windows has neither flag.
const quietly = (constants.O_NONBLOCK ?? 0) | (constants.O_NOCTTY ?? 0);
const forReading = constants.O_RDONLY | quietly;

/**
 * Opens a regular file, links followed. With `flags` in another way than for reading, and never waiting. Throws NotRegular, or
 * the system's error. It is looked at before it is opened, since opening alone can have an effect on a device, and after
 * that, since another one may have been put in its place.
 */
export async function openRegular(path: string, flags: number = constants.O_RDONLY): Promise<FileHandle> {
  refuseOthers(await stat(path));
  const handle = await open(path, flags | quietly);
  try {
    refuseOthers(await handle.stat());
    return handle;
  } catch (error) {
    await handle.close();
    throw error;
  }
}

/** Throws NotRegular, or the system's error, where `openRegular` would; opens nothing. */
export async function checkRegular(path: string): Promise<void> {
  refuseOthers(await stat(path));
}

/** As `openRegular`, at once; gives a file descriptor. */
export function openRegularNow(path: string): number {
  refuseOthers(statSync(path));
  const file = openSync(path, forReading);
  try {
    refuseOthers(fstatSync(file));
    return file;
  } catch (error) {
    closeSync(file);
    throw error;
  }
}

/** What is in a file, and its permission bits. */
export type Content = { readonly bytes: Buffer; readonly mode: number };

/** Reads a whole regular file of at most so many bytes. Throws NotRegular, TooLarge, or the system's error. */
export async function readRegular(path: string, most: number): Promise<Content> {
  const handle = await openRegular(path);
  try {
    const { size, mode } = await handle.stat();
    if (size > most) throw new TooLarge(most);
    const parts: Buffer[] = [];
    // Until there is no more, not until `size`: it may grow meanwhile, and files of /proc all have size 0.
    for (let length = 0; ;) {
      const part = Buffer.allocUnsafe(pieceSize(size, length));
      const { bytesRead } = await handle.read(part, 0, part.length, null);
      if (bytesRead === 0) return { bytes: Buffer.concat(parts), mode };
      parts.push(part.subarray(0, bytesRead));
      length += bytesRead;
      if (length > most) throw new TooLarge(most);
    }
  } finally {
    await handle.close();
  }
}

/** As `readRegular`, at once. */
export function readRegularNow(path: string, most: number): Content {
  const file = openRegularNow(path);
  try {
    const { size, mode } = fstatSync(file);
    if (size > most) throw new TooLarge(most);
    const parts: Buffer[] = [];
    for (let length = 0; ;) {
      const part = Buffer.allocUnsafe(pieceSize(size, length));
      const bytesRead = readSync(file, part, 0, part.length, null);
      if (bytesRead === 0) return { bytes: Buffer.concat(parts), mode };
      parts.push(part.subarray(0, bytesRead));
      length += bytesRead;
      if (length > most) throw new TooLarge(most);
    }
  } finally {
    closeSync(file);
  }
}

/** The bytes of a regular file from a place on, in pieces. Throws NotRegular, or the system's error. */
export async function* bytesFrom(path: string, start: number): AsyncGenerator<Buffer, void, undefined> {
  const handle = await openRegular(path);
  try {
    for (let position = start; ;) {
      // A fresh one each time: what was given out may still be in use.
      const piece = Buffer.allocUnsafe(largestPiece);
      const { bytesRead } = await handle.read(piece, 0, piece.length, position);
      if (bytesRead === 0) return;
      position += bytesRead;
      yield piece.subarray(0, bytesRead);
    }
  } finally {
    await handle.close();
  }
}

/** What kind of thing this is; null for a regular file. */
export function otherKindOf(found: Stats): OtherKind | null {
  if (found.isFile()) return null;
  if (found.isDirectory()) return 'folder';
  if (found.isFIFO()) return 'pipe';
  if (found.isSocket()) return 'socket';
  return found.isSymbolicLink() ? 'link' : 'device';
}

function refuseOthers(found: Stats): void {
  const kind = otherKindOf(found);
  if (kind !== null) throw new NotRegular(kind);
}

const largestPiece = 256 * kibibyte;

// One byte beyond the end, so that most files are read in one go.
function pieceSize(size: number, done: number): number {
  return Math.min(largestPiece, Math.max(size - done + 1, 4 * kibibyte));
}

function sizeOf(bytes: number): string {
  return bytes >= mebibyte ? `${bytes / mebibyte} MiB` : `${bytes / kibibyte} KiB`;
}
