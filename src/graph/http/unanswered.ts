// What our own network layer throws, made fit to be told.
import type { HideSecrets } from '../../core/secret-text.ts';

/**
 * Why a request was given up by us: see http.ts for how much time and how many bytes an answer may take. `isSent` is false
 * only where nothing was sent for certain.
 */
export type GivenUp =
  | { readonly kind: 'deadline'; readonly seconds: number; readonly isSent: boolean }
  | { readonly kind: 'too-large'; readonly mebibytes: number }
  /** The run is over. */
  | { readonly kind: 'run-over'; readonly isSent: boolean };

/** A request that was given up by us. */
export class Unanswered extends Error {
  readonly why: GivenUp;
  constructor(why: GivenUp) {
    super(`given up: ${why.kind}`);
    this.name = 'Unanswered';
    this.why = why;
  }
}

// A chain of causes may be circular, and an AggregateError has one error for each address of a name.
const deepest = 10;

/**
 * The error with the secrets taken out of its messages and stacks, and out of those of its causes. A copy: some errors
 * cannot be changed, and some carry more than they say (undici's have the request in them, with its token).
 */
export function hiddenError(error: unknown, hide: HideSecrets, depth = 0): unknown {
  if (error instanceof Unanswered) return error;
  if (!(error instanceof Error)) return hide(String(error));
  const inner = (one: unknown): unknown => hiddenError(one, hide, depth + 1);
  const hasCause = error.cause !== undefined && depth < deepest;
  const options = hasCause ? { cause: inner(error.cause) } : {};
  const message = hide(error.message);
  const copy =
    error instanceof AggregateError
      ? new AggregateError(depth < deepest ? error.errors.slice(0, deepest).map(inner) : [], message, options)
      : new Error(message, options);
  const told: Record<string, unknown> = { name: hide(error.name), stack: hide(error.stack ?? '') };
  for (const key of ['code', 'syscall'] as const) {
    const value: unknown = Reflect.get(error, key);
    if (typeof value === 'string') told[key] = hide(value);
  }
  for (const [key, value] of Object.entries(told)) {
    Object.defineProperty(copy, key, { value, enumerable: false, configurable: true, writable: true });
  }
  return copy;
}

const unsentErrors = new WeakSet<object>();

/** The same error, known from now on to have come before anything was sent. */
export function unsent(error: unknown): unknown {
  if (typeof error === 'object' && error !== null) unsentErrors.add(error);
  return error;
}

/** Whether nothing had been sent for certain when this was thrown. */
export function isUnsent(error: unknown): boolean {
  return typeof error === 'object' && error !== null && unsentErrors.has(error);
}
