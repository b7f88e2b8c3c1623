import { RunFault } from '../../core/failure.ts';
import { remedyOf, sentenceOf } from '../../core/reasons.ts';
import { refusalOf, resultCodes, type Trouble } from './failures.ts';

/** How one controller was found when it was tried. */
export type ControllerAttempt = {
  readonly url: string;
  readonly trouble: Exclude<Trouble, { readonly kind: 'unknown' }>;
};

/** A sentence part for a trouble; ends without a full stop. */
export function sayTrouble(trouble: ControllerAttempt['trouble']): string {
  return trouble.kind === 'result' ? `it answered with result ${trouble.code}: ${trouble.text}` : trouble.why;
}

/** No controller could be used: names each with its cause; the hint is that of the cause that can be fixed here. */
export function unreachableFault(attempts: readonly ControllerAttempt[], cause?: unknown): RunFault {
  const said = attempts.map(({ url, trouble }) => `${url}: ${sayTrouble(trouble)}`).join('; ');
  const tls = attempts.flatMap(({ trouble }) => (trouble.kind === 'tls' ? [trouble.hint] : []))[0];
  const isTls = attempts.every(({ trouble }) => trouble.kind === 'tls');
  // They are there and answered: nothing is wrong with names, ports or firewalls.
  const isBusy = attempts.every(({ trouble }) => trouble.kind === 'result');
  const isImproper = attempts.every(({ trouble }) => trouble.kind === 'improper');
  return new RunFault(isTls ? 'ad-tls' : 'ad-unreachable', `No domain controller can be used. ${said}`, {
    hint:
      tls ??
      (isImproper ? improperHint : undefined) ??
      (isBusy ? 'Try again in a few minutes, or give another domain controller with another --ad-url.' : undefined) ??
      'Check the names and ports of --ad-url, and that a firewall lets this machine through to 636 (LDAPS) or 389 (StartTLS).',
    cause,
  });
}

const improperHint =
  'Make sure that --ad-url names a domain controller, and that nothing in between changes what it sends; give another one with another --ad-url.';

/** Whoever was asked, what came could not be believed. */
export function improperFault(url: string, why: string, cause: unknown): RunFault {
  return new RunFault('ad-unreachable', `${url} cannot be used: ${why}.`, { hint: improperHint, cause });
}

/** The run was ended while a question was open, or before it was asked. */
export function overFault(url: string): RunFault {
  return new RunFault('run-over', `The run has ended before ${url} answered.`, {
    hint: 'Start the same command again.',
    exitCode: 130,
  });
}

/** The connection was lost again and again in the middle of the work. */
export function lostFault(url: string, why: string, cause: unknown): RunFault {
  return new RunFault('ad-unreachable', `${url} stopped answering and could not be used again: ${why}`, {
    hint: 'Nothing was written. Run it again; give a second domain controller with another --ad-url.',
    cause,
  });
}

/** The bind was answered with this result. Result 49 must never be tried again: each try counts towards a lock-out. */
export function bindFault(
  url: string,
  trouble: { readonly code: number; readonly text: string },
  cause: unknown,
): RunFault {
  if (trouble.code === resultCodes.invalidCredentials) {
    return new RunFault('ad-sign-in-refused', `${url} refused the sign-in: ${refusalOf(trouble.text)}.`, {
      hint: 'Check --ad-user and the password. It was not tried again, so that the account is not locked out.',
      cause,
    });
  }
  if (trouble.code === resultCodes.strongerAuthRequired || trouble.code === resultCodes.confidentialityRequired) {
    return new RunFault('ad-tls-required', `${url} accepts a password over a secure connection only.`, {
      hint: 'Use ldaps://, or add --ad-starttls.',
      cause,
    });
  }
  return new RunFault('ad-sign-in-refused', `${url} refused the sign-in: ${trouble.text}`, {
    hint: String.raw`Write --ad-user as name@domain, DOMAIN\name or a distinguished name.`,
    cause,
  });
}

/** The search base is not there, or not in this domain. */
export function baseFault(base: string, why: string, cause?: unknown): RunFault {
  return new RunFault('ad-base', `The search base "${base}" cannot be read: ${why}.`, {
    hint: 'Correct --ad-base, or leave it out to read the whole domain.',
    cause,
  });
}

/** A search was refused for good. */
export function searchFault(
  base: string,
  trouble: { readonly code: number; readonly text: string },
  cause: unknown,
): RunFault {
  const { code, text } = trouble;
  if (code === resultCodes.noSuchObject) return baseFault(base, 'there is no such object', cause);
  if (code === resultCodes.invalidDnSyntax) return baseFault(base, 'it is not a distinguished name', cause);
  if (code === resultCodes.referral) return baseFault(base, 'it belongs to another domain', cause);
  if (code === resultCodes.insufficientAccess) {
    return new RunFault('ad-refused', `AD does not let this account search: ${text}`, {
      hint: 'Grant the account "Read all properties" on the users.',
      cause,
    });
  }
  if (code === resultCodes.timeLimitExceeded || code === resultCodes.adminLimitExceeded) {
    return new RunFault('ad-refused', `AD gave the search up: ${text}`, {
      hint: 'Name the users by an indexed attribute, or narrow --ad-base.',
      cause,
    });
  }
  return new RunFault('ad-refused', `AD refused a search with result ${code}: ${text}`, {
    hint: 'See the log; another domain controller may answer.',
    cause,
  });
}

/** Attributes that every user has did not come: the account is blind to them, and an anchor read so would be wrong. */
export function hiddenFault(who: string, attributes: readonly string[]): RunFault {
  const code = 'ad-attributes-hidden';
  const what = `${attributes.join(' and ')} of ${who}; mS-DS-ConsistencyGuid may be hidden from it too`;
  return new RunFault(code, sentenceOf({ code, facts: { attributes: what } }), {
    hint: `${remedyOf(code)} docs/active-directory.md has the command.`,
  });
}

/** An attribute named in the settings that cannot serve. */
export function attributeFault(name: string, why: string): RunFault {
  return new RunFault('ad-attribute', `The attribute "${name}" cannot be used: ${why}.`, {
    hint: 'Check the name given with --ad-key or --source-anchor; AD calls it the LDAP display name.',
  });
}
