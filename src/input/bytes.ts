import { createHash, type Hash } from 'node:crypto';
import { type FileHandle, NotRegular, openRegular } from '../files/regular-file.ts';
import { isSystemError, systemCodeOf } from '../files/system-error.ts';
import { inputFault } from './faults.ts';

/** An opened mappings file. `sha256` covers what `chunks` has given out, so ask after the last chunk. */
export type FileBytes = {
  /** The first bytes, for recognising what the file is; reading them takes nothing from `chunks`. */
  readonly head: Buffer;
  chunks(): AsyncIterable<Buffer>;
  sha256(): string;
  close(): Promise<void>;
};

const headSize = 4096;
const chunkSize = 256 * 1024;

/** Opens a regular file for one pass from its beginning; throws the RunFault that tells why it cannot be read. */
export async function openBytes(path: string): Promise<FileBytes> {
  let handle: FileHandle | undefined;
  try {
    // A pipe could not be read a second time, which is how the line of a bad byte is found.
    handle = await openRegular(path);
    const head = Buffer.alloc(headSize);
    const { bytesRead } = await handle.read(head, 0, headSize, 0);
    return reader(handle, { path, head: head.subarray(0, bytesRead) });
  } catch (error) {
    await handle?.close();
    throw openingFault(error, path);
  }
}

function reader(handle: FileHandle, file: { path: string; head: Buffer }): FileBytes {
  const hash = createHash('sha256');
  return {
    head: file.head,
    chunks: () => chunksOf(handle, file.path, hash),
    sha256: () => hash.copy().digest('hex'),
    close: () => handle.close(),
  };
}

async function* chunksOf(handle: FileHandle, path: string, hash: Hash): AsyncGenerator<Buffer> {
  for (let position = 0; ;) {
    // A fresh buffer each time: what was given out may still be in use.
    const chunk = Buffer.allocUnsafe(chunkSize);
    const { bytesRead } = await handle.read(chunk, 0, chunkSize, position).catch((error: unknown) => {
      throw openingFault(error, path);
    });
    if (bytesRead === 0) return;
    position += bytesRead;
    const read = chunk.subarray(0, bytesRead);
    hash.update(read);
    yield read;
  }
}

const folder = 'is a folder, and has no plan.ndjson in it, as a run folder has';

function notAFile(path: string, { kind, message }: NotRegular): Error {
  const what = kind === 'folder' ? folder : message.replace(/^it /, '');
  return inputFault('input-unreadable', { path }, { what, hint: 'Name the mappings CSV itself.' });
}

/** The RunFault for a file that cannot be opened or read; errors that are not the system's are given back as they are. */
export function openingFault(error: unknown, path: string): unknown {
  if (error instanceof NotRegular) return notAFile(path, error);
  const at = { path };
  switch (systemCodeOf(error)) {
    case 'ENOENT':
    case 'ENOTDIR':
      return inputFault('input-missing', at, {
        what: 'there is no such file',
        hint: `Check the path: ${path}`,
        cause: error,
      });
    case 'EISDIR':
      return notAFile(path, new NotRegular('folder'));
    case 'EACCES':
    case 'EPERM':
      return inputFault('input-unreadable', at, {
        what: 'this account may not read the file',
        hint: 'Grant it the right to read, or copy the file to where it has it.',
        cause: error,
      });
    case 'EBUSY': // Windows, while Excel has the file open
      return inputFault('input-unreadable', at, {
        what: 'another program keeps the file open',
        hint: 'Close it there (Excel, most often), then try again.',
        cause: error,
      });
    default:
      return isSystemError(error)
        ? inputFault('input-unreadable', at, {
            what: `reading failed: ${error.message}`,
            hint: 'Check the disk or the share.',
            cause: error,
          })
        : error;
  }
}
