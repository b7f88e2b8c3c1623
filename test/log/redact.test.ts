import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { makeSecret } from '../../src/config/secrets.ts';
import { makeRedact } from '../../src/log/redact.ts';

const password = 'pä$$w"ö+rd/ &=\\?~\'(1)';
const redact = makeRedact([password]);
const jwt = 'eyJhbGciOiJSUzI1NiJ9.eyJhdWQiOiJodHRwczovL2dyYXBoIn0.c2lnbmF0dXJlLXNpZ25hdHVyZQ';

/** Every writing of a secret that a message may carry. */
const writings: readonly (readonly [string, (text: string) => string])[] = [
  ['as it is', (text) => text],
  ['URL-encoded', encodeURIComponent],
  ['URL-encoded in lower case', (text) => encodeURIComponent(text).replaceAll(/%../g, (code) => code.toLowerCase())],
  ['in a form body', (text) => new URLSearchParams({ s: text }).toString().slice(2)],
  ['escaped for JSON', (text) => JSON.stringify(text).slice(1, -1)],
  ['in base64', (text) => Buffer.from(text).toString('base64')],
  ['in URL-safe base64', (text) => Buffer.from(text).toString('base64url')],
  ['in base64 behind a user name', (text) => Buffer.from(`svc:${text}`).toString('base64')],
  ['in base64 behind two letters', (text) => Buffer.from(`ab${text}`).toString('base64')],
  ['in base64 between other text', (text) => Buffer.from(`user=x&p=${text}&more=y`).toString('base64')],
  ['in URL-encoded base64', (text) => encodeURIComponent(Buffer.from(text).toString('base64'))],
];

describe('a configured secret', () => {
  it.each(writings)('is replaced %s, within a longer text', (_how, write) => {
    const written = write(password);
    const shown = JSON.stringify(redact({ message: `before ${written} after` }));
    expect(shown).toContain('[secret]');
    expect(shown).not.toContain(written.slice(3, -4));
    expect(shown).toMatch(/before .*after/);
  });

  it('never gets through, whatever it is', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'binary', minLength: 10, maxLength: 60 }),
        fc.constantFrom(...writings),
        (text, [, write]) => {
          const shown = makeRedact([text])(`<${write(text)}>`);
          expect(shown).not.toContain(text);
          expect(shown).toContain('[secret]');
        },
      ),
    );
  });

  it('is replaced in nested data, in lists, in keys, in maps and in errors with their causes', () => {
    const cause = Object.assign(new Error(`bind with ${password}`), {
      facts: { url: `x?p=${encodeURIComponent(password)}` },
    });
    const data = {
      list: [{ deep: [password] }],
      [password]: 1,
      map: new Map([['p', password]]),
      set: new Set([password]),
      error: new Error(`outer ${password}`, { cause }),
    };
    const shown = JSON.stringify(redact(data));
    expect(shown).not.toContain('pä$$');
    expect(shown).not.toContain(encodeURIComponent('pä$$'));
    expect(shown.match(/\[secret\]/g)?.length).toBeGreaterThanOrEqual(7);
    expect(shown).toContain('bind with');
  });

  it('of one letter is replaced too, and an empty one replaces nothing', () => {
    expect(makeRedact(['q'])('aqa')).toBe('a[secret]a');
    expect(makeRedact([''])('abc')).toBe('abc');
    expect(makeRedact([])('abc')).toBe('abc');
  });

  it('that contains another one is replaced as a whole', () => {
    expect(makeRedact(['pass', 'password-of-two'])('x password-of-two y')).toBe('x [secret] y');
  });
});

describe('what is secret by its shape', () => {
  it.each([
    ['a bearer header', `Authorization: Bearer ${jwt}`, 'Authorization: Bearer [token]'],
    ['an opaque bearer token', 'bearer abc.def~123', 'bearer [token]'],
    ['a basic header', 'Basic c3ZjOnBhc3N3b3Jk', 'Basic [token]'],
    ['a JWT', `got ${jwt} here`, 'got [token] here'],
    ['an encrypted JWT', `got eyJhbGciOi.abc.def.ghi.jkl end`, 'got [token] end'],
    ['a form body', 'grant_type=x&client_secret=abc%20d&scope=y', 'grant_type=x&client_secret=[secret]&scope=y'],
    ['a client assertion', `client_assertion=${jwt}&a=b`, 'client_assertion=[secret]&a=b'],
    [
      'a token answer',
      '{"token_type":"Bearer","access_token":"abc\\"def","x":1}',
      '{"token_type":"Bearer","access_token":"[secret]","x":1}',
    ],
    ['a private key', 'x -----BEGIN RSA PRIVATE KEY-----\nMIIB\n-----END RSA PRIVATE KEY----- y', 'x [private key] y'],
    ['a private key cut short', 'x -----BEGIN PRIVATE KEY-----\nMIIB', 'x [private key]'],
  ])('%s is masked', (_what, text, shown) => {
    expect(redact(text)).toBe(shown);
  });

  it.each([
    'authorization',
    'Authorization',
    'password',
    'adPassword',
    'bind_password',
    'clientSecret',
    'client_secret',
    'accessToken',
    'refresh_token',
    'privateKey',
    'Set-Cookie',
  ])('the text under the key %s is masked', (key) => {
    expect(redact({ [key]: 'anything' })).toEqual({ [key]: '[secret]' });
  });

  it('leaves alone what people need to see', () => {
    const data = {
      immutableId: 'f+bH/Mb+ZUq4IS9AopLRhQ==',
      userId: 'fcc7e67f-fec6-4a65-b821-2f40a292d185',
      requestId: '5a3d1c0e-7b42-4c8e-9f16-d20b6a94e7c1',
      dn: 'CN=Jürgen Müller,OU=People,DC=example,DC=test',
      status: 429,
      ok: true,
      none: null,
      message: 'The bearer of this is not a token',
      passwordAge: 3,
    };
    expect(redact(data)).toEqual(data);
  });
});

describe('data of any kind', () => {
  it('is made plain: secrets and dates by their own word, bytes by their number, the rest by its type', () => {
    expect(
      redact({
        secret: makeSecret('x'),
        at: new Date(0),
        bytes: Buffer.from('abc'),
        big: 10n,
        call: () => 1,
        symbol: Symbol('s'),
      }),
    ).toEqual({
      secret: '[secret]',
      at: '1970-01-01T00:00:00.000Z',
      bytes: '[3 bytes]',
      big: '10',
      call: '[function]',
      symbol: '[symbol]',
    });
  });

  it('may refer to itself', () => {
    const data: Record<string, unknown> = { a: 1 };
    data['self'] = data;
    expect(redact(data)).toEqual({ a: 1, self: '[circular]' });
  });

  it('may hold one thing twice', () => {
    const one = { a: 1 };
    expect(redact({ first: one, second: one })).toEqual({ first: { a: 1 }, second: { a: 1 } });
  });

  it('is bounded in depth, length and number', () => {
    const deep = Array.from({ length: 50 }).reduce<unknown>((inner) => ({ inner }), 'end');
    expect(JSON.stringify(redact(deep))).toContain('[too deep]');
    expect(String(redact('x'.repeat(100_000))).length).toBeLessThan(9000);
    expect(redact(Array.from({ length: 1000 }, () => 0))).toHaveLength(201);
  });
});
