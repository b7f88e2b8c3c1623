import type { INetworkModule, NetworkResponse } from '@azure/msal-node';
import { Failure } from '../../core/failure.ts';
import type { Clock } from '../../run/ports.ts';
import { type Answer, type Attempt, failureOfAnswer, stopping } from '../http/failures.ts';
import { failureOfNetwork } from '../http/network-failures.ts';
import type { Http } from '../http/http.ts';
import { hideSecrets } from '../../core/secret-text.ts';
import { hiddenError } from '../http/unanswered.ts';
import { refusedSignIn, type SigningIn } from './faults.ts';

/** MSAL's network, and what its errors meant. */
export type WatchedNetwork = {
  readonly client: INetworkModule;
  trouble(error: unknown, of: SigningIn): Failure;
};

type RequestOptions = { readonly headers?: Record<string, string>; readonly body?: string };

/**
 * MSAL's way to the network, over ours. It remembers the last thing that went wrong, since MSAL reports every trouble with
 * discovery as "endpoints cannot be resolved" and drops both the cause and Entra's own error.
 */
export function watchedNetwork(tools: { readonly http: Http; readonly clock: Clock }): WatchedNetwork {
  const issued = new Set<string>();
  let last: Failure | { readonly text: string } | undefined;
  const exchange = async (
    method: string,
    url: string,
    options: RequestOptions = {},
  ): Promise<NetworkResponse<unknown>> => {
    const { headers = {}, body } = options;
    try {
      const sent = { method, headers, ...(body === undefined ? {} : { body }), expects: 'little' } as const;
      const { status, headers: said, text } = await tools.http.send(url, sent);
      const answer = { status, headers: said, body: parsed(text) };
      for (const token of tokensIn(answer.body)) issued.add(token);
      if (status >= 400) last = troubleIn(answer, tools.clock.now());
      return answer;
    } catch (error) {
      last = failureOfNetwork(error, new URL(url).host, attempt);
      throw last;
    }
  };
  // The type parameter is MSAL's promise to itself about the body; it checks what it needs of it.
  const client = {
    sendGetRequestAsync: (url: string, options?: RequestOptions) => exchange('GET', url, options),
    sendPostRequestAsync: (url: string, options?: RequestOptions) => exchange('POST', url, options),
  } as INetworkModule;
  return {
    client,
    trouble(given, of) {
      if (given instanceof Failure) return asRunScope(given);
      if (last instanceof Failure) return asRunScope(last);
      const secrets = [...of.secrets, ...issued].filter((secret) => secret !== '');
      const hide = hideSecrets(secrets, 'likely');
      const error = hiddenError(given, hide);
      if (last !== undefined) return refusedSignIn({ text: hide(last.text), cause: error }, of);
      // In MSAL's words, which speak to programmers, it is the cause: for --debug.
      return stopping('Sign-in failed: the answer is not one of the sign-in service.', {
        fault: 'sign-in-unusable',
        hint: 'Check --authority-host and --cloud, and whether a proxy answers in place of the service.',
        cause: error,
      });
    },
  };
}

/** What an answer of the sign-in service has that must not be told, whatever else is odd about it. */
function tokensIn(body: unknown): string[] {
  if (typeof body !== 'object' || body === null) return [];
  const told: unknown[] = ['access_token', 'refresh_token', 'id_token'].map((name) => Reflect.get(body, name));
  return told.flat().filter((token) => typeof token === 'string' && token !== '') as string[];
}

const attempt: Attempt = { writes: false, needs: '', service: 'the sign-in service' };

function troubleIn(answer: Answer, now: Date): Failure | { readonly text: string } {
  if (answer.status === 429 || answer.status >= 500) return failureOfAnswer(answer, attempt, now);
  return { text: descriptionOf(answer.body, answer.status) };
}

// Without a token no row fares better, whatever the reason; only the hint and whether to try again differ.
function asRunScope(failure: Failure): Failure {
  if (failure.facts.scope === 'run') return failure;
  const { retryAfterMs } = failure.facts;
  const stopped = stopping(`Sign-in failed: ${failure.message}`, {
    fault: 'sign-in-unavailable',
    hint: 'Start the same command again in a few minutes.',
    code: failure.facts.code,
    retry: failure.facts.retry,
    cause: failure,
  });
  return retryAfterMs === undefined
    ? stopped
    : new Failure({ ...stopped.facts, retryAfterMs }, stopped.message, { cause: stopped.cause });
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return {};
  }
}

function descriptionOf(body: unknown, status: number): string {
  if (typeof body !== 'object' || body === null) return `status ${status}`;
  const told = 'error_description' in body ? body.error_description : 'error' in body ? body.error : undefined;
  return typeof told === 'string' ? told : `status ${status}`;
}
