// Certificates for the sandbox's servers, made in memory with WebCrypto: no openssl binary, so it runs on Windows too.
import 'reflect-metadata'; // must stay first: tsyringe, beneath @peculiar/x509, refuses to load without it
import { randomBytes, webcrypto } from 'node:crypto';
import { isIP } from 'node:net';
import {
  AuthorityKeyIdentifierExtension,
  BasicConstraintsExtension,
  ExtendedKeyUsage,
  ExtendedKeyUsageExtension,
  KeyUsageFlags,
  KeyUsagesExtension,
  PemConverter,
  SubjectAlternativeNameExtension,
  SubjectKeyIdentifierExtension,
  X509CertificateGenerator,
} from '@peculiar/x509';
import type { CertificateFlaw } from './certificate-flaws.ts';

const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
const hour = 3_600_000;
const day = 24 * hour;

/** The names every server of the sandbox can be reached by. */
const loopbackNames: readonly string[] = ['localhost', '127.0.0.1', '::1'];

export type ServerCertificateOptions = {
  /** DNS names or IP addresses besides localhost, 127.0.0.1 and ::1. */
  readonly names?: readonly string[];
  /** `false` leaves the loopback names out: a client on loopback then meets a certificate made out to somebody else. */
  readonly loopback?: boolean;
  /** Default: an hour ago, so that clocks a little apart agree. */
  readonly notBefore?: Date;
  /** Default: in 30 days. In the past: an expired certificate. */
  readonly notAfter?: Date;
};

/** What a TLS server needs, in PEM; the key is PKCS #8. */
export type ServerCertificate = { readonly certPem: string; readonly keyPem: string };

/** A server certificate together with the CA that signed it. */
export type Certificates = ServerCertificate & { readonly caPem: string };

/** A CA of its own, valid for 30 days; its key never leaves the process. Two authorities do not trust each other. */
export type Authority = {
  readonly caPem: string;
  issue(options?: ServerCertificateOptions): Promise<ServerCertificate>;
};

/** Makes a CA that several servers can share. Fit for NODE_EXTRA_CA_CERTS (one PEM block, LF, closing line break). */
export async function makeAuthority(): Promise<Authority> {
  const keys = await makeKeys();
  const now = Date.now();
  const ca = await X509CertificateGenerator.createSelfSigned({
    // The random part keeps two CAs in one trust store apart: chains are looked up by subject name first.
    name: `CN=hardmatch practice CA ${randomBytes(4).toString('hex')}`,
    serialNumber: serialNumber(),
    notBefore: new Date(now - day),
    notAfter: new Date(now + 30 * day),
    signingAlgorithm: algorithm,
    keys,
    extensions: [
      new BasicConstraintsExtension(true, 0, true),
      new KeyUsagesExtension(KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign, true),
      await SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  });
  return {
    caPem: pem(ca.toString('pem')),
    issue: (options = {}) => issue({ name: ca.subject, keys }, options),
  };
}

/**
 * A new CA and one server certificate by it (ECDSA P-256), accepted by Node's TLS for the loopback names and `names`.
 * Called twice it gives two CAs: the way to meet an unknown one.
 */
export async function makeCertificates(options: ServerCertificateOptions = {}): Promise<Certificates> {
  const authority = await makeAuthority();
  return { caPem: authority.caPem, ...(await authority.issue(options)) };
}

/** A server certificate by the authority for the loopback names; with a flaw, one that no client should accept. */
export async function issueWith(flaw: CertificateFlaw | undefined, authority: Authority): Promise<ServerCertificate> {
  switch (flaw) {
    case undefined:
      return authority.issue();
    case 'expired':
      return authority.issue({ notAfter: new Date(Date.now() - hour) });
    case 'wrong-host':
      return authority.issue({ loopback: false, names: ['elsewhere.example.test'] });
    case 'unknown-ca':
      return (await makeAuthority()).issue();
  }
}

type Issuer = { readonly name: string; readonly keys: webcrypto.CryptoKeyPair };

async function issue(issuer: Issuer, options: ServerCertificateOptions): Promise<ServerCertificate> {
  const keys = await makeKeys();
  const now = Date.now();
  const notAfter = options.notAfter ?? new Date(now + 30 * day);
  const names = [...(options.loopback === false ? [] : loopbackNames), ...(options.names ?? [])];
  const certificate = await X509CertificateGenerator.create({
    subject: 'CN=hardmatch practice server',
    issuer: issuer.name,
    serialNumber: serialNumber(),
    // An expired certificate must still have begun before it ended.
    notBefore: options.notBefore ?? new Date(Math.min(now - hour, notAfter.getTime() - hour)),
    notAfter,
    signingAlgorithm: algorithm,
    publicKey: keys.publicKey,
    signingKey: issuer.keys.privateKey,
    extensions: [
      new BasicConstraintsExtension(false, undefined, true),
      new KeyUsagesExtension(KeyUsageFlags.digitalSignature, true),
      new ExtendedKeyUsageExtension([ExtendedKeyUsage.serverAuth]),
      new SubjectAlternativeNameExtension(names.map((value) => ({ type: isIP(value) === 0 ? 'dns' : 'ip', value }))),
      await SubjectKeyIdentifierExtension.create(keys.publicKey),
      await AuthorityKeyIdentifierExtension.create(issuer.keys.publicKey),
    ],
  });
  const key = await webcrypto.subtle.exportKey('pkcs8', keys.privateKey);
  return { certPem: pem(certificate.toString('pem')), keyPem: pem(PemConverter.encode(key, 'PRIVATE KEY')) };
}

function makeKeys(): Promise<webcrypto.CryptoKeyPair> {
  return webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
}

/** 15 random bytes, the first never zero or negative: RFC 5280 4.1.2.2 wants a positive number of at most 20 bytes. */
function serialNumber(): string {
  return `01${randomBytes(15).toString('hex')}`;
}

function pem(text: string): string {
  return `${text.trim()}\n`;
}
