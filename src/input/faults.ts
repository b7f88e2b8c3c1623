import { basename } from 'node:path';
import { RunFault } from '../core/failure.ts';

/** Why a mappings file is refused whole. */
export type InputFaultCode =
  | 'input-missing'
  | 'input-unreadable'
  | 'input-encoding'
  | 'input-not-text'
  | 'input-header'
  | 'input-broken'
  | 'input-empty';

/** Where the trouble is; no line where the file as a whole is meant. */
export type Place = { readonly path: string; readonly line?: number };

/** The RunFault (exit code 2) for one trouble at one place: `mappings.csv, line 7: <what>`. */
export function inputFault(
  code: InputFaultCode,
  at: Place,
  say: { what: string; hint: string; cause?: unknown },
): RunFault {
  // A header's cells may have line breaks in them; a message is one line.
  const what = say.what.replaceAll(/[\p{C}\p{Z}]+/gu, ' ');
  // A drive or the root has no last part.
  const name = basename(at.path) || at.path;
  const where = at.line === undefined ? name : `${name}, line ${at.line}`;
  return new RunFault(code, `${where}: ${what}`, {
    hint: say.hint.replaceAll(/[\p{C}\p{Z}]+/gu, ' '),
    cause: say.cause,
  });
}
