import { createHash, createPrivateKey, X509Certificate } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import { RunFault } from '../../../src/core/failure.ts';
import { readClientCertificate } from '../../../src/graph/sign-in/certificate.ts';
import { clientCertificates, makeClientCertificate, type MadeCertificate } from '../client-certificate.ts';

let own: MadeCertificate;
let other: MadeCertificate;
const now = new Date();

beforeAll(async () => {
  [own, other] = await clientCertificates();
});

function faultOf(pem: string, passphrase?: string, at = now): RunFault {
  try {
    readClientCertificate(pem, passphrase, at);
  } catch (error) {
    expect(error).toBeInstanceOf(RunFault);
    return error as RunFault;
  }
  throw new Error('nothing was wrong with it');
}

describe('readClientCertificate', () => {
  it('computes the SHA-256 thumbprint over the DER, in either order of certificate and key, with CRLF', () => {
    const der = new X509Certificate(own.certPem).raw;
    const thumbprint = createHash('sha256').update(der).digest('hex').toUpperCase();
    for (const pem of [
      own.certPem + own.keyPem,
      own.keyPem + own.certPem,
      (own.certPem + own.keyPem).replaceAll('\n', '\r\n'),
    ]) {
      const read = readClientCertificate(pem, undefined, now);
      expect(read.thumbprintSha256).toBe(thumbprint);
      expect(createPrivateKey(read.privateKey).equals(createPrivateKey(own.keyPem))).toBe(true);
    }
  });

  it('puts the certificate of the key first when the file has a chain', () => {
    const read = readClientCertificate(other.certPem + own.certPem + own.keyPem, undefined, now);
    expect(read.thumbprintSha256).toBe(
      readClientCertificate(own.certPem + own.keyPem, undefined, now).thumbprintSha256,
    );
    expect(read.x5c.match(/BEGIN CERTIFICATE/g)).toHaveLength(2);
    expect(new X509Certificate(read.x5c).fingerprint256.replaceAll(':', '')).toBe(read.thumbprintSha256);
  });

  it('opens an encrypted key with its passphrase only', () => {
    const pem = own.certPem + own.encryptedKeyPem('open sesame');
    expect(readClientCertificate(pem, 'open sesame', now).privateKey).toContain('BEGIN PRIVATE KEY');
    expect(faultOf(pem).message).toContain('is encrypted');
    const wrong = faultOf(pem, 'open barley');
    expect(wrong.hint).toContain('AZURE_CLIENT_CERTIFICATE_PASSWORD');
    expect(`${wrong.message}${String(wrong.cause)}`).not.toContain('open barley');
  });

  it('says which part is missing or does not fit', async () => {
    expect(faultOf(own.keyPem).message).toContain('no certificate');
    expect(faultOf(own.certPem).message).toContain('no private key');
    expect(faultOf(own.certPem + other.keyPem).message).toContain('belongs to another certificate');
    expect(faultOf('').message).toContain('no private key');
    expect(faultOf(`-----BEGIN CERTIFICATE-----\nbm90\n-----END CERTIFICATE-----\n${own.keyPem}`).message).toContain(
      'a certificate in it cannot be read',
    );
    const ec = await makeClientCertificate({ kind: 'ec' });
    expect(faultOf(ec.certPem + ec.keyPem).message).toContain('not an RSA key');
  });

  it('says that it has expired, or is not valid yet', () => {
    const pem = own.certPem + own.keyPem;
    expect(faultOf(pem, undefined, new Date(now.getTime() + 7_200_000)).message).toContain('expired on');
    expect(faultOf(pem, undefined, new Date(now.getTime() - 7_200_000)).hint).toContain('clock');
  });
});
