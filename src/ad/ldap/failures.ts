// The only place that tells what an error of ldapts, of the socket or of TLS means. Codes decide, never the server's text:
// that differs between Windows and Samba. ldapts gives lost connections no class and no code, so those go by its own text.
import { ResultCodeError } from 'ldapts';
import { MalformedAnswer } from './ber.ts';
import { EndlessAnswer, NoticeOfDisconnection } from './message-parser.ts';

/** What went wrong between this program and a domain controller. */
export type Trouble =
  /** No connection, or it was lost; another controller, or the same one later, may answer. */
  | { readonly kind: 'unreachable'; readonly why: string; readonly timedOut: boolean }
  /** The connection is not to be trusted, or could not be made secure. */
  | { readonly kind: 'tls'; readonly why: string; readonly hint: string }
  /** The server answered with this LDAP result code (RFC 4511 4.1.9). */
  | { readonly kind: 'result'; readonly code: number; readonly text: string }
  /** What it sent is no proper LDAP, or has no end: nothing of it is believed, and another controller may do better. */
  | { readonly kind: 'improper'; readonly why: string }
  /** Nothing a directory or a network does: a bug. */
  | { readonly kind: 'unknown' };

/** The LDAP result codes that are acted on. */
export const resultCodes = {
  operationsError: 1,
  timeLimitExceeded: 3,
  sizeLimitExceeded: 4,
  strongerAuthRequired: 8,
  referral: 10,
  adminLimitExceeded: 11,
  unavailableCriticalExtension: 12,
  confidentialityRequired: 13,
  noSuchObject: 32,
  invalidDnSyntax: 34,
  invalidCredentials: 49,
  insufficientAccess: 50,
  busy: 51,
  unavailable: 52,
  unwillingToPerform: 53,
} as const;

const trustHint =
  'Give the certificate of the authority that issued it with --ad-ca-file (PEM), or in NODE_EXTRA_CA_CERTS.';
const nameHint = 'Use the name that stands in the certificate, usually the full name: ldaps://dc1.example.test.';

const tlsCodes: Readonly<Record<string, readonly [why: string, hint: string]>> = {
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: ['its certificate was issued by an authority that is not trusted here', trustHint],
  UNABLE_TO_GET_ISSUER_CERT: ['its certificate was issued by an authority that is not trusted here', trustHint],
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: ['its certificate was issued by an authority that is not trusted here', trustHint],
  SELF_SIGNED_CERT_IN_CHAIN: ['its certificate was issued by an authority that is not trusted here', trustHint],
  DEPTH_ZERO_SELF_SIGNED_CERT: ['its certificate is self-signed and not trusted here', trustHint],
  CERT_SIGNATURE_FAILURE: ['its certificate was not issued by the authority given', trustHint],
  CERT_UNTRUSTED: ['its certificate is not trusted here', trustHint],
  ERR_TLS_CERT_ALTNAME_INVALID: ['its certificate is for another name', nameHint],
  CERT_HAS_EXPIRED: [
    'its certificate, or that of its authority, has expired',
    'Renew the certificate; check this machine’s clock.',
  ],
  CERT_NOT_YET_VALID: ['its certificate is not valid yet', 'Check the clocks of both machines.'],
};

const certificateCodes = /^(?:ERR_TLS_|CERT_|CRL_|CA_|UNABLE_TO_|INVALID_|PATH_|HOSTNAME_|ERROR_IN_|EE_|UNSPECIFIED$)/;

const socketCodes: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'nothing listens on the port',
  ECONNRESET: 'the connection was reset',
  EPIPE: 'the connection was closed',
  ENOTFOUND: 'the name is unknown',
  EAI_AGAIN: 'the name could not be looked up',
  ETIMEDOUT: 'no answer',
  EHOSTUNREACH: 'no route to the host',
  ENETUNREACH: 'no route to the network',
  EADDRNOTAVAIL: 'no address to connect from',
};

// Texts of ldapts 8.2.0 (Client.ts) for errors it throws bare, and of connection.ts beside it.
const lostTexts =
  /^(Connection closed|Socket error\.|Socket connection not established|Client network socket disconnected)/;
const timedOutTexts = /(^Connection timeout|Operation timed out)/;

/** The server answered the request for StartTLS with anything but yes. */
export class StartTlsRefused extends Error {
  override readonly name = 'StartTlsRefused';
}

/** A piece of work was not over when any such work should be. */
export class EndlessWork extends Error {
  override readonly name = 'EndlessWork';
}

const longestText = 300;

/** What a server says of itself, as a sentence can have it: AD ends its texts with a NUL, and some are as long as they like. */
function saidBy(error: Error): string {
  const text = error.message.replaceAll('\0', '').trim();
  return text.length > longestText ? `${text.slice(0, longestText)}…` : text;
}

/** Sorts an error. Never throws. */
export function classify(error: unknown): Trouble {
  if (error instanceof ResultCodeError) return { kind: 'result', code: error.code, text: saidBy(error) };
  if (error instanceof StartTlsRefused) {
    const hint = 'The controller needs a certificate before it can offer StartTLS; ask whether ldaps:// works.';
    return { kind: 'tls', why: `it does not offer StartTLS: ${saidBy(error)}`, hint };
  }
  if (error instanceof MalformedAnswer) return { kind: 'improper', why: `its answer is malformed: ${error.message}` };
  if (error instanceof EndlessAnswer || error instanceof EndlessWork) {
    return { kind: 'improper', why: `its answer has no end: ${error.message}` };
  }
  if (error instanceof NoticeOfDisconnection) return { kind: 'unreachable', why: saidBy(error), timedOut: false };
  return error instanceof Error ? classifyLost(error) : { kind: 'unknown' };
}

/** Sorts what sockets, TLS and ldapts tell of a connection. */
function classifyLost(error: Error): Trouble {
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  const tls = tlsCodes[code];
  if (tls) return { kind: 'tls', why: `${tls[0]}${detailOf(error, code)}`, hint: tls[1] };
  if (code.startsWith('ERR_SSL_') || code === 'EPROTO') {
    const hint = 'Use ldaps:// on port 636, or ldap:// with --ad-starttls on port 389; the server must offer TLS 1.2.';
    return { kind: 'tls', why: `no secure connection could be made (${code})`, hint };
  }
  const socket = socketCodes[code];
  if (socket !== undefined) return { kind: 'unreachable', why: `${socket} (${code})`, timedOut: code === 'ETIMEDOUT' };
  // There are more codes than anybody lists; those of the system and of certificates are no bugs here.
  if (/^E[A-Z0-9]+$/.test(code)) return { kind: 'unreachable', why: `no connection (${code})`, timedOut: false };
  if (certificateCodes.test(code)) {
    return { kind: 'tls', why: `its certificate is not accepted (${code})`, hint: trustHint };
  }
  if (timedOutTexts.test(error.message)) return { kind: 'unreachable', why: 'no answer in time', timedOut: true };
  if (lostTexts.test(error.message)) return { kind: 'unreachable', why: 'the connection was closed', timedOut: false };
  return { kind: 'unknown' };
}

// Of a wrong name, Node's error carries the certificate (tls.checkServerIdentity); of the rest the code says enough.
function detailOf(error: Error, code: string): string {
  if (code !== 'ERR_TLS_CERT_ALTNAME_INVALID') return ` (${code})`;
  const { cert, host } = error as { cert?: { subjectaltname?: string }; host?: string };
  return `: it says ${cert?.subjectaltname ?? 'no name'}, not ${host ?? 'the one used'}`;
}

// The "data" part of AD's answer 49: a Windows error code in hex (winerror.h).
const refusals: Readonly<Record<string, string>> = {
  '525': 'there is no such user',
  '52e': 'the user name or the password is wrong',
  '52f': 'an account restriction forbids it',
  '530': 'the account may not sign in at this hour',
  '531': 'the account may not sign in from this machine',
  '532': 'the password has expired',
  '533': 'the account is disabled',
  '701': 'the account has expired',
  '773': 'the password must be changed first',
  '775': 'the account is locked out',
  '80090346': 'the server requires channel binding',
};

/** Why AD refused a bind with result 49, from the text it sent. */
export function refusalOf(text: string): string {
  const data = /\bdata ([0-9a-f]+)\b/i.exec(text)?.[1]?.toLowerCase();
  const known = data === undefined ? undefined : refusals[data];
  if (known !== undefined) return `${known} (data ${data})`;
  return data === undefined ? 'the user name or the password is wrong' : `AD gives the reason ${data}`;
}
