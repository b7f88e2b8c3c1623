// Each rule of what sync refuses, with a value that breaks it alone and, beside it, one that just does not.
import { describe, expect, it } from 'vitest';
import * as values from '../../../src/core/sync/values.ts';

type Row = readonly [what: string, broken: string, kind: string, fine: string];
const at = 'example.test';
const a = (n: number): string => 'a'.repeat(n);

const suites: readonly (readonly [string, (value: string) => values.ValueFault | null, readonly Row[]])[] = [
  [
    'userPrincipalName',
    values.faultOfUpn,
    [
      ['a blank', `bad mail@${at}`, 'character', `bad-mail@${at}`],
      ...'\\%&*+/=?{}|<>();:,[]"'
        .split('')
        .map((sign): Row => [`a ${sign}`, `u${sign}1@${at}`, 'character', `u#^~!'_1@${at}`]),
      ['a letter with a mark', `jürgen@${at}`, 'character', `juergen@${at}`],
      ['a letter with a mark set apart', `ju\u0308rgen@${at}`, 'character', `o'brien@${at}`],
      ['another alphabet', `иван@${at}`, 'character', `ivan@${at}`],
      ['no @', 'u1.example.test', 'format', `u1@${at}`],
      ['two @', `u1@b@${at}`, 'format', `u1.b@${at}`],
      ['@ first', `@${at}`, 'local part', `u@${at}`],
      ['@ last', 'u1@', 'domain part', 'u1@x'],
      ['a dot last', `u1@${at}.`, 'domain part', `u1@${at}`],
      ['a dot right before the @', `dot.@${at}`, 'local part', `.dot@${at}`],
      ['more than 64 before the @', `${a(65)}@${at}`, 'length', `${a(64)}@${at}`],
      ['more than 48 behind the @', `u1@${a(44)}.test`, 'length', `u1@${a(43)}.test`],
    ],
  ],
  [
    'one of the proxyAddresses',
    values.faultOfProxyAddress,
    [
      ['more than 256', `smtp:${a(240)}@${at}`, 'length', `smtp:${a(238)}@${at}`],
      ...' <>();,[]"'
        .split('')
        .map((sign): Row => [`a ${sign}`, `smtp:u${sign}1@${at}`, 'character', `smtp:u+1@${at}`]),
      ['a second colon', `smtp:smtp:u1@${at}`, 'character', `SMTP:u1@${at}`],
      ['a letter with a mark', `smtp:ü@${at}`, 'character', `smtp:u@${at}`],
      ['no @', 'smtp:u1', 'format', `smtp:u1@${at}`],
      ['two @', `smtp:u1@b@${at}`, 'format', `smtp:u1@b.${at}`],
      ['two dots', `SMTP:dot..x@${at}`, 'local part', `SMTP:dot.x@${at}`],
      ['nothing before the @', `smtp:@${at}`, 'local part', `smtp:u@${at}`],
      ['one label', 'smtp:u1@localhost', 'domain part', 'smtp:u1@local.host'],
      ['a label that ends with a hyphen', 'smtp:u1@ex-.test', 'domain part', 'smtp:u1@e-x.test'],
      ['a last label of one letter', 'smtp:u1@example.x', 'top-level domain', 'smtp:u1@example.xy'],
      ['a last label with digits', 'smtp:u1@10.0.0.25', 'top-level domain', 'smtp:u1@10.0.0.test'],
      ['a last label of 18 letters', `smtp:u1@x.${a(18)}`, 'top-level domain', `smtp:u1@x.${a(17)}`],
      ['a quote in an X500 address', 'X500:/o="a"', 'character', 'X500:/o=First Organization/cn=u1'],
      ['a line break in an X400 address', 'x400:c=de\r\n', 'character', 'x400:c=de;a= ;p=x'],
      ['brackets in a sip address', `sip:[u1]@${at}`, 'character', `sip:u1@${at}`],
      ['an apostrophe in a sip address', `sip:o'brien@${at}`, 'character', 'no prefix, and passed over'],
    ],
  ],
  [
    'targetAddress',
    values.faultOfTargetAddress,
    [
      ['more than 255', `SMTP:${a(239)}@${at}`, 'length', `SMTP:${a(237)}@${at}`],
      ['a backslash', `SMTP:a\\u1@${at}`, 'character', `SMTP:u1@${at}`],
      ['no address', 'SMTP:u1', 'format', `u1@${at}`],
      ['no address without a prefix', 'u1', 'format', 'u1@far.test'],
    ],
  ],
  ['mail', values.faultOfMail, [['more than 256', a(257), 'length', a(256)]]],
  [
    'mailNickname',
    values.faultOfMailNickname,
    [
      ['more than 64', a(65), 'length', a(64)],
      ['a dot first', '.u1', 'format', 'u.1'],
      ['a dot last', 'u1.', 'format', 'a,u1: replaced, not refused'],
    ],
  ],
  [
    'sAMAccountName',
    values.faultOfSamAccountName,
    [
      ['more than 20', a(21), 'length', a(20)],
      ...'\\"|,/[]:<>+=;?*\''.split('').map((sign): Row => [`a ${sign}`, `u${sign}1`, 'character', 'u-1_2.3']),
    ],
  ],
  [
    'displayName',
    values.faultOfDisplayName,
    [
      ['more than 255', a(256), 'length', a(255)],
      ['nothing but blanks', '  ', 'blank', ' x '],
    ],
  ],
  ['givenName', values.faultOfGivenName, [['more than 63', a(64), 'length', a(63)]]],
  ['sn', values.faultOfSurname, [['more than 64', a(65), 'length', a(64)]]],
];

describe.each(suites)('%s', (_attribute, faultOf, rows) => {
  it.each(rows)('is refused for %s', (...[, broken, kind, fine]) => {
    expect(faultOf(broken)).toEqual({ kind, why: expect.stringMatching(/^(it|nothing|a dot|what|\S+ is no) ?/) });
    expect(faultOf(fine)).toBeNull();
  });
});

it('a sign that cannot be seen is told in words', () => {
  expect(values.faultOfUpn('a b@x.test')?.why).toBe('it has a blank');
  expect(values.faultOfUpn('a\tb@x.test')?.why).toBe('it has a line break or another sign that cannot be seen');
  expect(values.faultOfUpn('a,b@x.test')?.why).toBe('it has a ,');
});
