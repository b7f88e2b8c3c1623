// Pure: what Graph's error object says beyond its code.
import type { FailureFacts } from '../../core/failure.ts';
import { type GraphErrorBody, userIdOfTarget } from './envelopes.ts';

/** Two requests changed one object at the same time; the one that is told so may come again (Entra's error codes). */
export function isPassing(error: GraphErrorBody | undefined): boolean {
  return error !== undefined && codesOf(error).has('directory_concurrencyviolation');
}

/** Whether somebody else has the value. Graph words it as 400 with details, or as 409 (microsoft-graph-docs#1508). */
export function isConflict(status: number, error: GraphErrorBody | undefined): boolean {
  if (status === 409 || error === undefined) return status === 409;
  const codes = codesOf(error);
  const isNamed = ['objectconflict', 'conflictingobjects', 'request_multipleobjectswithsamekeyvalue'].some((code) =>
    codes.has(code),
  );
  return isNamed || /^Another object with the same value/i.test(error.message);
}

/** The other user of a conflict; nothing where the other object is none, or is not named. */
export function conflictingUser(error: GraphErrorBody | undefined): Pick<FailureFacts, 'conflictingId'> {
  for (const { code, target } of error?.details ?? []) {
    const id = code?.toLowerCase() === 'conflictingobjects' && target ? userIdOfTarget(target) : undefined;
    if (id) return { conflictingId: id };
  }
  return {};
}

const immutableId = 'onPremisesImmutableId';

/**
 * The property that is refused, from the details' targets or from the sentences. The immutable ID wins where it is one of
 * several: a write of it must not be taken for refused over another property when it was over this one, or the reverse.
 */
export function propertyNamed(error: GraphErrorBody | undefined): Pick<FailureFacts, 'property'> {
  if (error === undefined) return {};
  const details = error.details ?? [];
  const targets = details.flatMap(({ target }) => (target && isPropertyName(target) ? [target] : []));
  const sentences = [...details.map(({ message }) => message ?? ''), error.message];
  const named = [...targets, ...sentences.flatMap(inSentence)];
  const property = named.find((name) => name.toLowerCase() === immutableId.toLowerCase()) ? immutableId : named[0];
  return property === undefined ? {} : { property };
}

/** Other objects stand in `target` too, as `User_<id>`. */
function isPropertyName(target: string): boolean {
  return /^[a-z][a-z0-9.]{0,119}$/i.test(target);
}

/** "Another object with the same value for property X already exists", "Invalid value specified for property 'X' of …". */
function inSentence(sentence: string): string[] {
  return [...sentence.matchAll(/\bfor property ['"]?([a-z][a-z0-9]{0,119})\b/gi)].flatMap(([, name]) => name ?? []);
}

/** Graph's own codes, the details' among them, in lower case. */
function codesOf(error: GraphErrorBody): ReadonlySet<string> {
  const codes = [error.code, ...(error.details ?? []).map(({ code }) => code ?? '')];
  return new Set(codes.map((code) => code.toLowerCase()));
}
