// One CA and one server certificate for all tests that share a process: making keys takes longer than most tests.
import { type Certificates, makeCertificates } from '../../src/sandbox/http/certificates.ts';

let made: Promise<Certificates> | undefined;

/** For loopback, and for the names that tests reach it by in other ways. A test about certificates makes its own. */
export function testCertificates(): Promise<Certificates> {
  return (made ??= makeCertificates({ names: ['dc1.example.test', 'login.microsoftonline.com'] }));
}
