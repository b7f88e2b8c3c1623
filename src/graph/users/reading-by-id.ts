import { Failure } from '../../core/failure.ts';
import type { Guid } from '../../core/guid.ts';
import type { ItemEnd } from '../bulk/batch.ts';

/** How a GET by object id ended; `missing` is Graph's 404. */
export type ReadingById<Value> =
  | { readonly kind: 'read'; readonly value: Value }
  | { readonly kind: 'missing' }
  | { readonly kind: 'unreadable'; readonly failure: Failure };

/** Judges the answer to a GET by object id; never throws for a Failure. */
export function readingById<Value extends { readonly id: Guid }>(
  id: Guid,
  end: ItemEnd | undefined,
  convert: (json: unknown) => Value,
): ReadingById<Value> {
  if (end?.kind === 'failure') {
    return end.failure.facts.status === 404 ? { kind: 'missing' } : { kind: 'unreadable', failure: end.failure };
  }
  try {
    const value = convert(end?.body);
    // The answers are laid beside the questions by id once more: what guards a write must not rest on a batch's order.
    if (value.id === id) return { kind: 'read', value };
    throw new Failure(unusable, `Graph answered with another user, ${value.id}.`);
  } catch (error) {
    if (error instanceof Failure) return { kind: 'unreadable', failure: error };
    throw error;
  }
}

const unusable = { code: 'unexpected', scope: 'row', retry: 'never', effect: 'none' } as const;
