import { spawnSync } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect, createServer, type ConnectionOptions, type Server } from 'node:tls';
import { afterEach, describe, expect, it } from 'vitest';
import { makeAuthority, makeCertificates, type ServerCertificate } from '../../../src/sandbox/http/certificates.ts';

const servers: Server[] = [];
afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => new Promise((done) => server.close(done))));
});

async function serve(certificate: ServerCertificate, host = '127.0.0.1'): Promise<number> {
  const server = createServer({ cert: certificate.certPem, key: certificate.keyPem }, (socket) => socket.end('hello'));
  servers.push(server);
  await new Promise<void>((done, fail) => server.once('error', fail).listen(0, host, done));
  return (server.address() as AddressInfo).port;
}

/** `accepted`, or the code of the refusal. */
function handshake(port: number, options: ConnectionOptions): Promise<string> {
  return new Promise((done) => {
    const socket = connect({ port, host: '127.0.0.1', timeout: 5000, ...options }, () => {
      socket.destroy();
      done('accepted');
    });
    socket.on('error', (error: NodeJS.ErrnoException) => done(error.code ?? error.message));
  });
}

describe('makeCertificates', () => {
  it('makes a certificate that Node accepts for 127.0.0.1 and for localhost when it trusts the CA', async () => {
    const made = await makeCertificates();
    const port = await serve(made);
    expect(await handshake(port, { ca: made.caPem })).toBe('accepted');
    expect(await handshake(port, { ca: made.caPem, servername: 'localhost' })).toBe('accepted');
  });

  it('covers ::1 and the given DNS names and addresses', async () => {
    const { certPem } = await makeCertificates({ names: ['dc1.example.test', '192.0.2.7'] });
    const certificate = new X509Certificate(certPem);
    expect(certificate.checkIP('::1')).toBe('::1');
    expect(certificate.checkIP('192.0.2.7')).toBe('192.0.2.7');
    expect(certificate.checkHost('dc1.example.test')).toBe('dc1.example.test');
    expect(certificate.checkHost('dc2.example.test')).toBeUndefined();
  });

  it('is refused by a client that does not know the CA', async () => {
    const [made, other] = [await makeCertificates(), await makeCertificates()];
    const port = await serve(made);
    expect(await handshake(port, {})).toBe('UNABLE_TO_VERIFY_LEAF_SIGNATURE');
    expect(await handshake(port, { ca: other.caPem })).toBe('UNABLE_TO_VERIFY_LEAF_SIGNATURE');
  });

  it('is refused as expired when it ended in the past', async () => {
    const made = await makeCertificates({ notAfter: new Date(Date.now() - 60_000) });
    expect(await handshake(await serve(made), { ca: made.caPem })).toBe('CERT_HAS_EXPIRED');
  });

  it('is refused as not yet valid when it begins in the future', async () => {
    const made = await makeCertificates({ notBefore: new Date(Date.now() + 3_600_000) });
    expect(await handshake(await serve(made), { ca: made.caPem })).toBe('CERT_NOT_YET_VALID');
  });

  it('is refused for the wrong host when the loopback names are left out', async () => {
    const made = await makeCertificates({ names: ['dc9.example.test'], loopback: false });
    const port = await serve(made);
    expect(await handshake(port, { ca: made.caPem })).toBe('ERR_TLS_CERT_ALTNAME_INVALID');
    expect(await handshake(port, { ca: made.caPem, servername: 'dc9.example.test' })).toBe('accepted');
  });

  it('lets NODE_EXTRA_CA_CERTS make a child process trust the server', async () => {
    const made = await makeCertificates();
    const folder = mkdtempSync(join(tmpdir(), 'hardmatch-ca-'));
    try {
      const caFile = join(folder, 'ca.pem');
      writeFileSync(caFile, made.caPem);
      // The child is its own server too, so that this process need not answer while it waits for the child.
      const script = `
        const { cert, key } = JSON.parse(process.argv[1]);
        const tls = require('node:tls');
        const server = tls.createServer({ cert, key }, (socket) => socket.end()).listen(0, '127.0.0.1', () => {
          const socket = tls.connect({ port: server.address().port, host: '127.0.0.1' }, () => { console.log('accepted'); socket.end(); server.close(); });
          socket.on('error', (error) => { console.log(error.code); server.close(); });
        });`;
      const argument = JSON.stringify({ cert: made.certPem, key: made.keyPem });
      const run = (env: NodeJS.ProcessEnv): string =>
        spawnSync(process.execPath, ['-e', script, argument], { env, encoding: 'utf8', timeout: 15_000 }).stdout.trim();
      const { NODE_EXTRA_CA_CERTS: _unset, ...plain } = process.env;
      expect(run({ ...plain, NODE_EXTRA_CA_CERTS: caFile })).toBe('accepted');
      expect(run(plain)).toBe('UNABLE_TO_VERIFY_LEAF_SIGNATURE');
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
});

describe('makeAuthority', () => {
  it('signs for several servers that one trusted CA covers', async () => {
    const authority = await makeAuthority();
    const [first, second] = [await authority.issue(), await authority.issue({ names: ['dc2.example.test'] })];
    expect(first.certPem).not.toBe(second.certPem);
    expect(await handshake(await serve(first), { ca: authority.caPem })).toBe('accepted');
    expect(await handshake(await serve(second), { ca: authority.caPem })).toBe('accepted');
  });

  it('gives the CA and its certificates the properties RFC 5280 asks of them', async () => {
    const authority = await makeAuthority();
    const ca = new X509Certificate(authority.caPem);
    const server = new X509Certificate((await authority.issue()).certPem);
    expect(ca.ca).toBe(true);
    expect(server.ca).toBe(false);
    expect(server.checkIssued(ca)).toBe(true);
    expect(server.verify(ca.publicKey)).toBe(true);
    expect(server.serialNumber).not.toBe(ca.serialNumber);
    expect(authority.caPem.endsWith('-----END CERTIFICATE-----\n')).toBe(true);
  });
});
