// graph/sign-in/: where access tokens come from: an application's secret or its certificate. network is how its library gets
// out, faults what a refusal means.
import { ConfidentialClientApplication } from '@azure/msal-node';
import { Failure } from '../../core/failure.ts';
import type { Clock } from '../../run/ports.ts';
import { readClientCertificate } from './certificate.ts';
import type { Endpoints } from '../http/clouds.ts';
import { stopping } from '../http/failures.ts';
import type { Http } from '../http/http.ts';
import { watchedNetwork } from './network.ts';
import type { TokenSource } from '../http/token-source.ts';

/** What the application proves itself with. `pem` is the content of a file with certificate and private key. */
export type Credential =
  | { readonly kind: 'secret'; readonly secret: string }
  | { readonly kind: 'certificate'; readonly pem: string; readonly passphrase?: string };

export type Application = {
  readonly tenantId: string;
  readonly clientId: string;
  readonly credential: Credential;
  /** Of several, which one; its settings end in it. Default: 1. */
  readonly number?: number;
};

/** A token and when it ends, as any way to sign in gives it. */
type Issued = { readonly token: string; readonly expiresAt: number };

// Five minutes is what MSAL itself renews ahead of expiry; a held token is of no use with less than the second left.
const renewAheadMs = 5 * 60_000;
const lastUseMs = 30_000;
// However short a token is said to live, a sign-in for each request would be the end of the sign-in service's patience:
// it is used for a minute, and Graph refuses it when it has ended. The longest that Entra gives live for a day or so.
const leastLifeMs = 60_000;
const longestLifeMs = 24 * 3_600_000;

/** Signs in as an application (OAuth 2.0 client credentials). Faults at once on a certificate that cannot be used. */
export function applicationTokens(
  application: Application,
  endpoints: Endpoints,
  tools: { readonly http: Http; readonly clock: Clock },
): TokenSource {
  const auth = credentialOf(application.credential, tools.clock.now());
  const scope = `${new URL(endpoints.graphUrl).origin}/.default`;
  const authority = `${endpoints.authorityHost}/${encodeURIComponent(application.tenantId)}`;
  return heldTokens(tools.clock, async () => {
    const network = watchedNetwork(tools);
    // A new application for each token: after a 5xx MSAL answers from memory for a minute instead of asking again.
    const msal = new ConfidentialClientApplication({
      auth: {
        clientId: application.clientId,
        authority,
        ...(endpoints.isMicrosoftAuthority ? {} : { knownAuthorities: [new URL(authority).host] }),
        ...auth.msal,
      },
      system: { networkClient: network.client, disableInternalRetries: true },
    });
    try {
      const result = await msal.acquireTokenByClientCredential({ scopes: [scope], skipCache: true });
      if (!result) throw new Error('MSAL gave no token');
      return { token: result.accessToken, expiresAt: result.expiresOn?.getTime() ?? Number.NaN };
    } catch (error) {
      throw network.trouble(error, { number: application.number ?? 1, secrets: auth.secrets });
    }
  });
}

/**
 * Holds one token, renews it ahead of expiry, and never asks twice at the same time. While the held token still works, a
 * renewal that fails only for now (network, 5xx) is put off to the next call.
 */
export function heldTokens(clock: Clock, issue: () => Promise<Issued>): TokenSource {
  let held: (Issued & { readonly renewAt: number }) | undefined;
  let asking: Promise<Issued & { readonly renewAt: number }> | undefined;
  const now = (): number => clock.now().getTime();
  const ask = async (): Promise<Issued & { readonly renewAt: number }> => {
    const { token, expiresAt } = await issue();
    checkToken(token);
    const said = Number.isFinite(expiresAt) ? expiresAt - now() : 0;
    const lifeMs = Math.min(Math.max(said, leastLifeMs), longestLifeMs);
    return {
      token,
      expiresAt: now() + lifeMs,
      renewAt: now() + Math.max(lifeMs - renewAheadMs, lifeMs / 2, leastLifeMs),
    };
  };
  const renew = (): ReturnType<typeof ask> => {
    asking ??= ask().finally(() => (asking = undefined));
    return asking;
  };
  return {
    async token({ fresh = false } = {}) {
      if (!fresh && held !== undefined && now() < held.renewAt) return held.token;
      try {
        held = await renew();
      } catch (error) {
        const stillGood = fresh || held === undefined || held.expiresAt - now() <= lastUseMs ? undefined : held;
        if (stillGood === undefined || !mayPass(error)) throw error;
        return stillGood.token;
      }
      return held.token;
    },
  };
}

function mayPass(error: unknown): boolean {
  return error instanceof Failure && error.facts.retry === 'later';
}

// Far above any of Entra's, which have some thousand characters.
const longestToken = 64 * 1024;

/** What cannot stand in a header is no token, and quoted by whoever refuses it: so it goes no further. Never told itself. */
function checkToken(token: unknown): void {
  const wrong =
    typeof token !== 'string' || token === ''
      ? 'there is none in the answer'
      : token.length > longestToken
        ? `it has ${token.length} characters`
        : /^[\x21-\x7e]+$/.test(token)
          ? null
          : 'it has characters that no token has';
  if (wrong === null) return;
  throw stopping(`Sign-in failed: the token cannot be used, ${wrong}.`, {
    fault: 'sign-in-unusable',
    code: 'unexpected',
    hint: 'Check --authority-host and --cloud, and whether a proxy answers in place of the sign-in service.',
  });
}

type MsalCredential =
  { readonly clientSecret: string } | { readonly clientCertificate: ReturnType<typeof readClientCertificate> };

function credentialOf(credential: Credential, now: Date): { msal: MsalCredential; secrets: readonly string[] } {
  switch (credential.kind) {
    case 'secret':
      return { msal: { clientSecret: credential.secret }, secrets: [credential.secret] };
    case 'certificate': {
      const clientCertificate = readClientCertificate(credential.pem, credential.passphrase, now);
      return { msal: { clientCertificate }, secrets: [credential.passphrase ?? ''] };
    }
  }
}
