import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto';
import { RunFault } from '../../core/failure.ts';

/** A client certificate as the sign-in library wants it. */
export type ClientCertificate = {
  /** SHA-256 of the certificate, hex without colons. */
  readonly thumbprintSha256: string;
  /** PKCS #8 PEM, unencrypted; stays in memory. */
  readonly privateKey: string;
  /** The certificate and what follows it in the file, PEM; lets Entra match by subject name and issuer. */
  readonly x5c: string;
};

const block = /-----BEGIN CERTIFICATE-----[\s\S]+?-----END CERTIFICATE-----/g;

/**
 * Reads a PEM file's content: a private key, possibly encrypted, and its certificate, in any order, possibly with a chain.
 * Faults when a part is missing, the passphrase is wrong, the two do not belong together, or the time is not right.
 */
export function readClientCertificate(pem: string, passphrase: string | undefined, now: Date): ClientCertificate {
  const key = readKey(pem, passphrase);
  const certificates = (pem.match(block) ?? []).map((text) => readCertificate(text));
  if (certificates.length === 0)
    throw unusable('there is no certificate in it', 'Put the certificate and its key in one file.');
  const own = certificates.find((certificate) => certificate.checkPrivateKey(key));
  if (own === undefined)
    throw unusable('its private key belongs to another certificate', 'Export both again, together.');
  if (now < new Date(own.validFrom))
    throw unusable(`it is valid only from ${own.validFrom}`, 'Check the clock of this machine.');
  if (now > new Date(own.validTo)) {
    throw unusable(`it expired on ${own.validTo}`, 'Make a new one and upload it to the app registration.');
  }
  const chain = [own, ...certificates.filter((certificate) => certificate !== own)];
  return {
    thumbprintSha256: own.fingerprint256.replaceAll(':', ''),
    privateKey: key.export({ type: 'pkcs8', format: 'pem' }).toString(),
    x5c: chain.map((certificate) => certificate.toString()).join(''),
  };
}

function readKey(pem: string, passphrase: string | undefined): KeyObject {
  if (!/-----BEGIN [A-Z ]*PRIVATE KEY-----/.test(pem)) {
    throw unusable(
      'there is no private key in it',
      'Put the certificate and its key in one PEM file; a .pfx has to be converted.',
    );
  }
  try {
    const key = createPrivateKey(passphrase === undefined ? pem : { key: pem, passphrase });
    if (key.asymmetricKeyType === 'rsa') return key;
  } catch (error) {
    // OpenSSL's wording differs between versions; what matters is whether the key wanted a passphrase at all.
    const isEncrypted = /ENCRYPTED/.test(pem);
    const why =
      isEncrypted && passphrase === undefined ? 'its private key is encrypted' : 'its private key cannot be read';
    throw unusable(
      why,
      isEncrypted ? 'Set AZURE_CLIENT_CERTIFICATE_PASSWORD to its passphrase.' : 'Export it again as PEM.',
      error,
    );
  }
  throw unusable('its key is not an RSA key', 'Entra takes RSA keys for signing in; make the certificate with one.');
}

function readCertificate(pem: string): X509Certificate {
  try {
    return new X509Certificate(pem);
  } catch (error) {
    throw unusable('a certificate in it cannot be read', 'Export it again as PEM.', error);
  }
}

function unusable(why: string, hint: string, cause?: unknown): RunFault {
  return new RunFault('client-certificate-unusable', `The client certificate cannot be used: ${why}.`, { hint, cause });
}
