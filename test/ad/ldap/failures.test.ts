import {
  Client,
  InvalidCredentialsError,
  NoSuchObjectError,
  StrongAuthRequiredError,
  UnknownStatusCodeError,
} from 'ldapts';
import { describe, expect, it } from 'vitest';
import { classify, refusalOf } from '../../../src/ad/ldap/failures.ts';
import { bindFault, searchFault, unreachableFault } from '../../../src/ad/ldap/faults.ts';

const withCode = (code: string, message = 'x'): Error => Object.assign(new Error(message), { code });

describe('errors', () => {
  it.each([
    [withCode('ECONNREFUSED'), 'unreachable'],
    [withCode('ENOTFOUND'), 'unreachable'],
    [withCode('UNABLE_TO_VERIFY_LEAF_SIGNATURE'), 'tls'],
    [withCode('ERR_TLS_CERT_ALTNAME_INVALID'), 'tls'],
    [withCode('CERT_HAS_EXPIRED'), 'tls'],
    [withCode('EPROTO'), 'tls'],
    [new Error('Connection timeout'), 'unreachable'],
    [new Error('SearchRequest: Operation timed out'), 'unreachable'],
    [new Error('Socket connection not established'), 'unreachable'],
    [
      new Error('Connection closed before message response was received. Message type: SearchRequest (0x63)'),
      'unreachable',
    ],
    [new Error('Socket error. Message type: SearchRequest (0x63)\nread ECONNRESET'), 'unreachable'],
    [new NoSuchObjectError('x'), 'result'],
    [new TypeError('x is not a function'), 'unknown'],
    ['text', 'unknown'],
  ])('%s are %s', (error, kind) => {
    expect(classify(error).kind).toBe(kind);
  });

  it('of the library without a connection are still the ones matched here', async () => {
    const client = new Client({ url: 'ldap://127.0.0.1:1', connectTimeout: 1_000 });
    const error: unknown = await client.bind('a', 'b').catch((caught: unknown) => caught);
    expect(classify(error)).toMatchObject({ kind: 'unreachable' });
  });

  it('of a refused bind are decoded from the data AD sends', () => {
    const text = '80090308: LdapErr: DSID-0C0903A9, comment: AcceptSecurityContext error, data 775, v1db1\0';
    expect(refusalOf(text)).toBe('the account is locked out (data 775)');
    expect(refusalOf('comment: AcceptSecurityContext error, data abc, v1db1')).toContain('abc');
    expect(refusalOf('')).toContain('wrong');
  });

  it('become faults by their code, whatever the text', () => {
    const samba = { code: new StrongAuthRequiredError().code, text: 'BindSimple: Transport encryption required.' };
    expect(bindFault('ldap://dc1', samba, undefined).code).toBe('ad-tls-required');
    expect(bindFault('ldap://dc1', { code: new InvalidCredentialsError().code, text: '' }, undefined).code).toBe(
      'ad-sign-in-refused',
    );
    for (const code of [10, 32, 34]) expect(searchFault('OU=x', { code, text: '' }, undefined).code).toBe('ad-base');
    const referral = classify(new UnknownStatusCodeError(10, '0000202B: RefErr: DSID-0310084A'));
    expect(referral).toMatchObject({ kind: 'result', code: 10 });
  });

  it('of several controllers keep the hint that can be acted upon', () => {
    const tls = { kind: 'tls', why: 'its certificate is not trusted here', hint: 'Give the CA.' } as const;
    const gone = { kind: 'unreachable', why: 'nothing listens', timedOut: false } as const;
    const fault = unreachableFault([
      { url: 'ldaps://a', trouble: gone },
      { url: 'ldaps://b', trouble: tls },
    ]);
    expect(fault.code).toBe('ad-unreachable');
    expect(fault.hint).toBe('Give the CA.');
    expect(unreachableFault([{ url: 'ldaps://b', trouble: tls }]).code).toBe('ad-tls');
  });
});
