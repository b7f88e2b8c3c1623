import { jsonFaultOf } from '../../files/json-fault.ts';
import { NotRegular, readRegularNow, TooLarge } from '../../files/regular-file.ts';
import { isSystemError } from '../../files/system-error.ts';

/**
 * The JSON of a file that whoever practises has written. Throws what `faultOf` makes of the reason (the end of a sentence)
 * when it cannot be read, or is no JSON; then with the line where it stops being one.
 */
export function readPracticeFile(
  path: string,
  largest: number,
  faultOf: (why: string, cause: unknown) => Error,
): unknown {
  const text = textOf(path, largest, faultOf);
  try {
    return JSON.parse(text) as unknown;
  } catch (error) {
    const fault = jsonFaultOf(text);
    throw faultOf(`it cannot be read: ${fault ? `line ${fault.line} ${fault.what}` : 'it is not JSON'}`, error);
  }
}

function textOf(path: string, largest: number, faultOf: (why: string, cause: unknown) => Error): string {
  try {
    const { bytes } = readRegularNow(path, largest);
    // TextDecoder takes a byte-order mark off.
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (error) {
    if (error instanceof NotRegular || error instanceof TooLarge)
      throw faultOf(`it cannot be read: ${error.message}`, error);
    if (isSystemError(error)) throw faultOf(`it cannot be read: ${whyOf(error)}`, error);
    throw faultOf('it cannot be read: it is not text in UTF-8', error);
  }
}

function whyOf({ code, message }: Error & { readonly code: string }): string {
  if (code === 'ENOENT' || code === 'ENOTDIR') return 'there is no such file';
  return code === 'EACCES' || code === 'EPERM' ? 'this account may not read it' : message;
}
