import { Failure } from '../../core/failure.ts';
import type { CheckName, Unchecked } from '../../core/preflight.ts';
import type { Log } from '../../run/ports.ts';

/** A read that the run can do without. */
export type Check = {
  readonly name: CheckName;
  /** What would allow it; may depend on what Graph answered. */
  readonly needs: string | ((refusal: Failure) => string);
};

/** What a check brought; `value` is null when it was refused, and `unchecked` then says so. */
export type Checked<Value> = { readonly value: Value | null; readonly unchecked: readonly Unchecked[] };

/**
 * Reads, and takes a refusal for an answer: no right, no licence, no such resource in this cloud, or an answer in a form
 * that tells nothing. Which of them it was is told apart: only the first two are anything that somebody could grant. Whatever may pass (throttling, 5xx, a broken connection), and anything that would stop every other
 * read as well, is thrown.
 */
export async function unlessRefused<Value>(
  check: Check,
  log: Log,
  read: () => Promise<Value>,
): Promise<Checked<Value>> {
  try {
    return { value: await read(), unchecked: [] };
  } catch (error) {
    if (!isRefusal(error)) throw error;
    const needs = typeof check.needs === 'string' ? check.needs : check.needs(error);
    const kind = isForWantOfRight(error) || namesLicence(error) ? 'not-permitted' : 'failed';
    const unchecked = { check: check.name, kind, needs, why: error.message } as const;
    if (kind === 'failed') log.warn('check-failed', unchecked);
    else log.warn('check-not-permitted', unchecked);
    return { value: null, unchecked: [unchecked] };
  }
}

/**
 * Whether asking again in the same way would be refused again. 401 counts: Graph has refused a fresh token by then, which
 * some services behind it do for want of a right; when the token is bad indeed, the reads that must succeed say so.
 */
function isRefusal(error: unknown): error is Failure {
  if (!(error instanceof Failure)) return false;
  const { status, code, scope, retry } = error.facts;
  if (status === undefined) return code === 'unexpected' && scope === 'row' && retry === 'never';
  if (status === 408 || status === 429) return false;
  return (status >= 400 && status <= 499) || status === 501;
}

/** Whether Graph says that a licence is missing: 400 AadPremiumLicenseRequired (seen, e.g. maester365/maester#1421). */
export function namesLicence({ message, facts }: Failure): boolean {
  return /licen[cs]e/i.test(`${facts.serviceCode ?? ''} ${message}`);
}

// Authorization_RequestDenied, AccessDenied, Forbidden, PermissionScopeNotGranted, InvalidAuthenticationToken, …
const rightWords = /denied|forbidden|unauthori[sz]ed|permission|privilege|scope|consent|token/i;

/** A 403 alone may be a proxy's, or be about something else than rights. */
function isForWantOfRight({ message, facts: { status, serviceCode } }: Failure): boolean {
  if (serviceCode === undefined || (status !== 401 && status !== 403)) return false;
  return rightWords.test(`${serviceCode} ${message}`);
}
