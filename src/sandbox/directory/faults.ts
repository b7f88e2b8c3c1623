// A trouble instead of an answer of the directory: by a test's hook or by the fault script. docs/sandbox-faults.md says
// what each is in life.
import type { LoggedSearch } from './log.ts';
import type { DirectoryFault, Faults } from '../faults/engine.ts';
import type { DirectoryFaultEvent } from '../faults/match.ts';

/** A trouble for one request, to practise on. */
export type Interference =
  /** This result, after so many entries; none unless told. */
  | { readonly kind: 'answer'; readonly code: number; readonly message?: string; readonly afterEntries?: number }
  /** The connection is cut once this many entries have been sent. */
  | { readonly kind: 'cut'; readonly afterEntries: number }
  /** No answer, or none after so many entries. */
  | { readonly kind: 'silence'; readonly afterEntries?: number }
  /** The controller ends all connections and takes no more, for good or for this many milliseconds. */
  | { readonly kind: 'stop'; readonly forMs?: number };

/** What is to go wrong with a request: first a wait, in milliseconds, then perhaps a trouble in place of the answer. */
export type Troubles = { readonly delayMs: number; readonly trouble?: Interference };

/** Asks the fault script about a request. */
export function troublesOf(faults: Faults | undefined, event: DirectoryFaultEvent): Troubles {
  const met = faults?.meetDirectory(event) ?? [];
  const delayMs = met.reduce((sum, fault) => sum + (fault.kind === 'delay' ? fault.ms : 0), 0);
  const trouble = met.flatMap(interferenceOf)[0];
  return trouble === undefined ? { delayMs } : { delayMs, trouble };
}

/** Of a search: a test's hook comes first. */
export function troublesOfSearch(
  search: LoggedSearch,
  from: {
    readonly interfere: (search: Readonly<LoggedSearch>) => Interference | undefined;
    readonly faults: Faults | undefined;
    readonly controller: number;
  },
): Troubles {
  const hooked = from.interfere(search);
  if (hooked !== undefined) return { delayMs: 0, trouble: hooked };
  const { filter, page } = search;
  return troublesOf(from.faults, { kind: 'directory', request: 'search', controller: from.controller, filter, page });
}

/** AD's texts begin with a Windows error code in hex and end with a NUL; clients have to go by the LDAP code. */
const texts: Readonly<Record<number, string>> = {
  3: '00000102: SvcErr: DSID-031A126C, problem 5003 (WILL_NOT_PERFORM), data 0\0',
  4: '00000000: SvcErr: DSID-0310021B, problem 5008 (SIZE_LIMIT), data 0\0',
  51: '0000200E: SvcErr: DSID-03210A6B, problem 5001 (BUSY), data 0\0',
  52: '0000200F: SvcErr: DSID-03210A6B, problem 5002 (UNAVAILABLE), data 0\0',
};

function interferenceOf(fault: DirectoryFault): Interference[] {
  switch (fault.kind) {
    case 'delay':
      return [];
    case 'answer': {
      const { code, message = texts[code] ?? 'a fault of the practice directory\0', afterEntries = 0 } = fault;
      return [{ kind: 'answer', code, message, afterEntries }];
    }
    case 'reset':
      return [{ kind: 'cut', afterEntries: fault.afterEntries ?? 0 }];
    case 'hang':
      return [{ kind: 'silence', afterEntries: fault.afterEntries ?? 0 }];
    case 'stop':
      return [fault.forMs === undefined ? { kind: 'stop' } : { kind: 'stop', forMs: fault.forMs }];
  }
}
