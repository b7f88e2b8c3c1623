import { describe, expect, it } from 'vitest';
import { checkSettings, type LdapSettings, tlsOptions } from '../../../src/ad/ldap/settings.ts';
import { RunFault } from '../../../src/core/failure.ts';
import { testCertificates } from '../../support/certificates.ts';

const good: LdapSettings = {
  urls: ['ldaps://dc1.example.test'],
  user: 'svc@example.test',
  password: 'secret-password',
  startTls: false,
  allowPlaintext: false,
};

function faultOf(settings: Partial<LdapSettings>): RunFault {
  try {
    checkSettings({ ...good, ...settings });
  } catch (error) {
    if (error instanceof RunFault) return error;
    throw error;
  }
  throw new Error('no fault');
}

describe('LDAP settings', () => {
  it('say how each controller is spoken to', () => {
    const settings = { ...good, urls: ['ldaps://dc1', 'LDAP://dc2:389/', 'ldaps://[::1]:6360'], startTls: true };
    expect(checkSettings(settings).map(({ host, transport }) => [host, transport])).toEqual([
      ['dc1', 'tls'],
      ['dc2', 'starttls'],
      ['::1', 'tls'],
    ]);
  });

  it.each([
    [{ urls: [] }, 'ad-settings', /No domain controller/],
    [{ urls: ['dc1.example.test'] }, 'ad-settings', /not an LDAP URL/],
    [{ urls: ['https://dc1'] }, 'ad-settings', /not an LDAP URL/],
    [{ urls: ['ldaps://dc1/DC=example'] }, 'ad-settings', /more than host and port/],
    [{ urls: ['ldap://dc1'] }, 'ad-plaintext-refused', /unencrypted/],
    [{ urls: ['ldaps://dc1:3269'] }, 'ad-global-catalog', /global catalogue/],
    [{ urls: ['ldap://dc1:3268'], startTls: true }, 'ad-global-catalog', /global catalogue/],
    [{ password: '' }, 'ad-settings', /password is empty/],
    [{ user: '' }, 'ad-settings', /No AD user/],
    // ldapts would take this name for a SASL mechanism and never send the password.
    [{ user: 'EXTERNAL' }, 'ad-settings', /no name that AD lets sign in/],
    [{ caPem: 'MIIB…' }, 'ad-ca-file', /PEM/],
    [{ caPem: '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----' }, 'ad-ca-file', /cannot be read/],
  ] as const)('%j are refused', (settings, code, message) => {
    const fault = faultOf(settings);
    expect(fault.code).toBe(code);
    expect(fault.message).toMatch(message);
    expect(fault.exitCode).toBe(2);
    expect(fault.hint).not.toBe('');
  });

  it('never show a password that somebody put into the URL', () => {
    const fault = faultOf({ urls: ['ldaps://svc:hunter2@dc1'] });
    expect(`${fault.message} ${fault.hint}`).not.toContain('hunter2');
  });

  it('allow plaintext only when told', () => {
    const [controller] = checkSettings({ ...good, urls: ['ldap://dc1'], allowPlaintext: true });
    expect(controller?.transport).toBe('plaintext');
  });

  it('accept a file of several certificates', async () => {
    const { caPem, certPem } = await testCertificates();
    expect(() => checkSettings({ ...good, caPem: `${caPem}\r\n${certPem}` })).not.toThrow();
  });

  it('check a name as a name and an address as an address', () => {
    expect(tlsOptions({ url: '', host: 'dc1', transport: 'tls' }, undefined)).toEqual({
      servername: 'dc1',
      host: 'dc1',
    });
    expect(tlsOptions({ url: '', host: '::1', transport: 'tls' }, 'pem')).toEqual({ ca: 'pem', host: '::1' });
  });
});
