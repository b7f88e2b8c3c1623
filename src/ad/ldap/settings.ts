import { X509Certificate } from 'node:crypto';
import { isIP } from 'node:net';
import { RunFault } from '../../core/failure.ts';

/** How to reach Active Directory over LDAP. */
export type LdapSettings = {
  /** `ldaps://host[:port]` or `ldap://host[:port]`, tried in order. */
  readonly urls: readonly string[];
  /** DN, UPN or `DOMAIN\name`. */
  readonly user: string;
  readonly password: string;
  /** Search base; default: the domain's naming context. */
  readonly base?: string;
  /** Trusted in place of the system's authorities; may hold several certificates. */
  readonly caPem?: string;
  /** Upgrades `ldap://` connections before the password is sent. */
  readonly startTls: boolean;
  readonly allowPlaintext: boolean;
};

/** One domain controller to try. */
export type Controller = {
  readonly url: string;
  readonly host: string;
  readonly transport: 'tls' | 'starttls' | 'plaintext';
};

const fault = (code: string, message: string, hint: string): RunFault => new RunFault(code, message, { hint });

/** The controllers, after checking everything that can be known to be wrong without a connection. Throws RunFault. */
export function checkSettings(settings: LdapSettings): readonly Controller[] {
  if (settings.urls.length === 0) {
    throw fault('ad-settings', 'No domain controller is given.', 'Give --ad-url ldaps://dc1.example.test.');
  }
  checkAccount(settings);
  checkAuthority(settings.caPem);
  return settings.urls.map((url) => readUrl(url, settings));
}

function checkAccount({ user, password }: LdapSettings): void {
  // A bind with a name and no password is an "unauthenticated bind" (RFC 4513 5.1.2): servers may let it in as nobody.
  if (password === '') {
    throw fault('ad-settings', 'The AD password is empty.', 'Set HARDMATCH_AD_PASSWORD or HARDMATCH_AD_PASSWORD_FILE.');
  }
  if (!/[@\\=]/.test(user)) {
    throw fault(
      'ad-settings',
      // Not shown: what is no name may be the password.
      user === '' ? 'No AD user is given.' : 'The AD user is no name that AD lets sign in.',
      String.raw`Write --ad-user as name@domain, DOMAIN\name or a distinguished name.`,
    );
  }
}

function checkAuthority(caPem: string | undefined): void {
  if (caPem === undefined) return;
  const certificates = caPem.match(/-----BEGIN CERTIFICATE-----.*?-----END CERTIFICATE-----/gs) ?? [];
  try {
    if (certificates.every((pem) => new X509Certificate(pem).raw.length > 0) && certificates.length > 0) return;
  } catch (cause) {
    throw new RunFault('ad-ca-file', 'The CA file has a certificate that cannot be read.', {
      hint: 'Export the CA certificate again as "Base-64 encoded X.509 (.CER)".',
      cause,
    });
  }
  throw fault(
    'ad-ca-file',
    'The CA file has no certificate in PEM form.',
    'Export it as "Base-64 encoded X.509 (.CER)", or convert it: certutil -encode ca.cer ca.pem',
  );
}

function readUrl(url: string, settings: LdapSettings): Controller {
  const parts = parsed(url);
  if (!parts || !['ldap:', 'ldaps:'].includes(parts.protocol) || parts.hostname === '') {
    const hint = 'Write it like ldaps://dc1.example.test or ldap://dc1.example.test:389.';
    throw fault('ad-settings', `${url.includes('@') ? 'A value' : `"${url}"`} is not an LDAP URL.`, hint);
  }
  checkNothingMore(parts);
  const host = parts.hostname.replace(/^\[(.*)\]$/, '$1');
  const transport = parts.protocol === 'ldaps:' ? 'tls' : settings.startTls ? 'starttls' : 'plaintext';
  if (transport === 'plaintext' && !settings.allowPlaintext) {
    throw fault(
      'ad-plaintext-refused',
      `${url} would send the password over the network unencrypted.`,
      'Use ldaps://, or add --ad-starttls; --ad-allow-plaintext lifts this for a test network.',
    );
  }
  return { url, host, transport };
}

function checkNothingMore({ hostname, port, username, password, pathname, search }: URL): void {
  if (username !== '' || password !== '' || !['', '/'].includes(pathname) || search !== '') {
    throw fault(
      'ad-settings',
      `The LDAP URL of ${hostname} has more than host and port.`,
      'Give the account with --ad-user, the search base with --ad-base.',
    );
  }
  if (port === '3268' || port === '3269') {
    throw fault(
      'ad-global-catalog',
      `Port ${port} of ${hostname} is the global catalogue, which has no mS-DS-ConsistencyGuid: anchors read there would be wrong.`,
      'Use port 636 (LDAPS) or 389 (StartTLS) of a domain controller of the domain.',
    );
  }
}

// URL.parse would not throw, but came only with Node 22.1.
function parsed(url: string): URL | null {
  try {
    return new URL(url);
  } catch {
    return null;
  }
}

/** What certificates are checked against: the given authority alone, and the name in the URL. */
export function tlsOptions(
  controller: Controller,
  caPem: string | undefined,
): { ca?: string; servername?: string; host: string } {
  return {
    ...(caPem === undefined ? {} : { ca: caPem }),
    // Server names are for names only (RFC 6066 3). `host` makes StartTLS check an address too, not "localhost".
    ...(isIP(controller.host) === 0 ? { servername: controller.host } : {}),
    host: controller.host,
  };
}
