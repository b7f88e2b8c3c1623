// Client certificates as an engineer would have them: RSA, self-signed, PEM.
import 'reflect-metadata'; // must stay first: see there
import { createPrivateKey, webcrypto } from 'node:crypto';
import { PemConverter, X509CertificateGenerator } from '@peculiar/x509';

export type MadeCertificate = {
  readonly certPem: string;
  readonly keyPem: string;
  readonly encryptedKeyPem: (passphrase: string) => string;
};

let pair: Promise<readonly [MadeCertificate, MadeCertificate]> | undefined;

/** Two of RSA, made once for all tests that share a process: their keys take longer than most tests. */
export function clientCertificates(): Promise<readonly [MadeCertificate, MadeCertificate]> {
  return (pair ??= Promise.all([makeClientCertificate(), makeClientCertificate()]));
}

export async function makeClientCertificate(
  options: { kind?: 'rsa' | 'ec'; notBefore?: Date; notAfter?: Date } = {},
): Promise<MadeCertificate> {
  const signingAlgorithm =
    options.kind === 'ec'
      ? { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' }
      : { name: 'RSASSA-PKCS1-v1_5', modulusLength: 2048, publicExponent: new Uint8Array([1, 0, 1]), hash: 'SHA-256' };
  const keys = await webcrypto.subtle.generateKey(signingAlgorithm, true, ['sign', 'verify']);
  const certificate = await X509CertificateGenerator.createSelfSigned({
    name: 'CN=hardmatch test client',
    notBefore: options.notBefore ?? new Date(Date.now() - 3_600_000),
    notAfter: options.notAfter ?? new Date(Date.now() + 3_600_000),
    signingAlgorithm,
    keys,
  });
  const keyPem = `${PemConverter.encode(await webcrypto.subtle.exportKey('pkcs8', keys.privateKey), 'PRIVATE KEY')}\n`;
  return {
    certPem: `${certificate.toString('pem')}\n`,
    keyPem,
    encryptedKeyPem: (passphrase) =>
      createPrivateKey(keyPem).export({ type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase }).toString(),
  };
}
