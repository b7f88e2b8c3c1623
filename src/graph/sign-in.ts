import { ConfidentialClientApplication } from '@azure/msal-node';
import { Failure } from '../core/failure.ts';
import type { Clock } from '../run/ports.ts';
import { readClientCertificate } from './certificate.ts';
import type { Endpoints } from './clouds.ts';
import type { Http } from './http.ts';
import { watchedNetwork } from './sign-in-network.ts';

/** Where access tokens come from; every way to sign in ends in one of these. */
export type TokenSource = {
  /**
   * A token good for the next request. `fresh` gets a new one although the held one looks valid. Throws a Failure of run
   * scope; its cause is the RunFault to end with.
   */
  token(options?: { readonly fresh?: boolean }): Promise<string>;
};

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
      return { token: result.accessToken, expiresAt: result.expiresOn?.getTime() ?? tools.clock.now().getTime() };
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
  let held: Issued | undefined;
  let asking: Promise<Issued> | undefined;
  const leftMs = (): number => (held === undefined ? 0 : held.expiresAt - clock.now().getTime());
  const renew = (): Promise<Issued> => {
    asking ??= issue().finally(() => (asking = undefined));
    return asking;
  };
  return {
    async token({ fresh = false } = {}) {
      if (!fresh && held !== undefined && leftMs() > renewAheadMs) return held.token;
      try {
        held = await renew();
      } catch (error) {
        const mayWait = error instanceof Failure && error.facts.retry === 'later' && leftMs() > lastUseMs;
        if (fresh || !mayWait || held === undefined) throw error;
      }
      return held.token;
    },
  };
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
