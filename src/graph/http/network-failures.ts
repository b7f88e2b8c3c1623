// What a broken connection means, and an answer that was given up.
import { Failure } from '../../core/failure.ts';
import { type Attempt, stopping } from './failures.ts';
import { isUnsent, Unanswered } from './unanswered.ts';

// No connection was made, so nothing was sent.
const notConnected = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'UND_ERR_CONNECT_TIMEOUT']);
// These also end connections on which something has been sent.
const mayBeMidway = new Set(['ETIMEDOUT', 'EHOSTUNREACH', 'ENETUNREACH', 'ENETDOWN']);
const timedOut = new Set(['UND_ERR_HEADERS_TIMEOUT', 'UND_ERR_BODY_TIMEOUT', 'ETIMEDOUT']);
// An answer in gzip, brotli or deflate that is none (zlib's codes).
const unpacking = /^(?:Z_|ERR_|BROTLI_).*(?:DATA_ERROR|BUF_ERROR|BROTLI|DECODER|ZLIB)/;
// OpenSSL's names for a certificate that is not trusted, as Node gives them, and Node's own for a wrong name.
const untrusted =
  /^(UNABLE_TO_|SELF_SIGNED_|DEPTH_ZERO_|CERT_|ERR_TLS_CERT_|INVALID_CA|HOSTNAME_MISMATCH|INVALID_PURPOSE)/;

/** The Failure of a request that got no answer, from what fetch threw; the cause is kept. `host` is for the sentence. */
export function failureOfNetwork(error: unknown, host: string, attempt: Attempt): Failure {
  if (error instanceof Unanswered) return failureOfGivenUp(error, host, attempt);
  const cause = innermost(error);
  const code = codeOf(cause);
  const why = cause instanceof Error ? cause.message : String(cause);
  const wasNotConnected = notConnected.has(code) || (mayBeMidway.has(code) && wasConnecting(cause));
  // Without a code it is no trouble of the network.
  const nothingSent = wasNotConnected || (isUnsent(error) && code !== '');
  const proxyStatus = /proxy response \((\d+)\)/i.exec(why)?.[1];
  if (untrusted.test(code)) {
    return stopping(`The TLS certificate of ${host} is not trusted: ${why} (${code}).`, {
      fault: 'tls-untrusted',
      hint: tlsHint(code),
      cause: error,
    });
  }
  if (proxyStatus !== undefined) {
    return stopping(`The proxy refused to connect to ${host}, with status ${proxyStatus}.`, {
      fault: 'proxy-refused',
      hint: 'Check HTTPS_PROXY (name and password included) and NO_PROXY.',
      cause: error,
    });
  }
  if (nothingSent) {
    return unreachable(why, error, { host, attempt });
  }
  return broken(error, { host, code, why }, attempt);
}

/** Something may have been sent. */
function broken(
  error: unknown,
  { host, code, why }: { readonly host: string; readonly code: string; readonly why: string },
  attempt: Attempt,
): Failure {
  if (unpacking.test(code)) {
    const facts = { code: 'unexpected', scope: 'row', retry: 'later', effect: effectOf(attempt) } as const;
    return new Failure(facts, `The answer of ${host} cannot be unpacked: ${why}.`, { cause: error });
  }
  return new Failure(
    {
      code: timedOut.has(code) ? 'timed-out' : 'unreachable',
      scope: 'row',
      retry: 'later',
      effect: effectOf(attempt),
    },
    `The connection to ${host} ended before an answer came: ${why}.`,
    { cause: error },
  );
}

/** A CA file is the remedy for an unknown issuer alone. */
function tlsHint(code: string): string {
  if (/ALTNAME|HOSTNAME/.test(code)) {
    return 'Check --graph-url, --authority-host and --cloud: the certificate is for another name, perhaps that of a proxy.';
  }
  if (/HAS_EXPIRED|NOT_YET_VALID/.test(code)) {
    return 'Check the clock of this machine; if it is right, the certificate of the service or of a proxy has to be renewed.';
  }
  return 'Point NODE_EXTRA_CA_CERTS at the CA certificate (PEM) of the proxy or private cloud, and start again.';
}

function unreachable(why: string, cause: unknown, { host, attempt }: { host: string; attempt: Attempt }): Failure {
  return stopping(`${capital(attempt.service)} cannot be reached at ${host}: ${why}.`, {
    fault: 'unreachable',
    hint: 'Check the network, HTTPS_PROXY and NO_PROXY; then start the same command again.',
    cause,
    retry: 'later',
  });
}

function failureOfGivenUp(given: Unanswered, host: string, attempt: Attempt): Failure {
  const { why } = given;
  const effect = why.kind === 'too-large' || why.isSent ? effectOf(attempt) : 'none';
  switch (why.kind) {
    case 'deadline':
      if (!why.isSent) return unreachable(`no connection after ${why.seconds} s`, given, { host, attempt });
      return new Failure(
        { code: 'timed-out', scope: 'row', retry: 'later', effect },
        `The answer of ${host} was not complete after ${why.seconds} s and was given up.`,
        { cause: given },
      );
    case 'too-large':
      // Asked again it would be as large; but what became of a write has to be read.
      return new Failure(
        { code: 'unexpected', scope: 'row', retry: attempt.writes ? 'later' : 'never', effect },
        `The answer of ${host} is larger than ${why.mebibytes} MiB and was given up.`,
        { cause: given },
      );
    case 'run-over': {
      const message = `The run has ended before ${host} answered.`;
      if (attempt.writes && why.isSent) {
        return new Failure({ code: 'unreachable', scope: 'row', retry: 'never', effect }, message, { cause: given });
      }
      return stopping(message, { fault: 'run-ended', hint: 'Start the same command again.', cause: given });
    }
  }
}

function effectOf(attempt: Attempt): 'none' | 'unknown' {
  return attempt.writes ? 'unknown' : 'none';
}

function innermost(error: unknown): unknown {
  let inner = error;
  // Bounded: a cause chain may be circular.
  for (let depth = 0; depth < 10 && inner instanceof Error && inner.cause !== undefined; depth++) inner = inner.cause;
  return inner;
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : '';
}

// Node tries all addresses of a name and reports their failures as one AggregateError.
function wasConnecting(error: unknown): boolean {
  return (
    error instanceof AggregateError || (error instanceof Error && 'syscall' in error && error.syscall === 'connect')
  );
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
