import { describe, expect, it } from 'vitest';
import type { Guid } from '../../../src/core/guid.ts';
import { guidBehind, questionOf, wrongWritings } from '../../../src/core/lookup/question.ts';

const iris = 'fcc7e67f-fec6-4a65-b821-2f40a292d185' as Guid;
const irisId = 'f+bH/Mb+ZUq4IS9AopLRhQ==';
const asText = Buffer.from(iris).toString('base64');
const ask = (value: string) => questionOf(value, null);

describe('what is asked about a value', () => {
  it.each([
    iris,
    `{${iris.toUpperCase()}}`,
    `  ${iris}  `,
    '127 230 199 252 198 254 101 74 184 33 47 64 162 146 209 133',
    String.raw`\7f\e6\c7\fc\c6\fe\65\4a\b8\21\2f\40\a2\92\d1\85`,
  ])('takes %s for a GUID: of an AD object, of a cloud object, behind an immutable ID', (value) => {
    const question = ask(value);
    expect(question).toMatchObject({
      value,
      kind: 'GUID',
      ad: [
        { kind: 'guid', guid: iris },
        { kind: 'anchor', guid: iris },
      ],
      cloud: [{ kind: 'object-id', id: iris }],
      notes: [],
    });
    expect(question.immutableIds).toEqual([irisId, ...wrongWritings(iris)]);
  });

  it('takes an immutable ID for the anchor it is made of, and asks for the wrong writings of it too', () => {
    expect(ask(irisId)).toMatchObject({ kind: 'immutable ID', ad: [{ kind: 'anchor', guid: iris }], cloud: [] });
    expect(ask(irisId).immutableIds).toContain(asText);
  });

  it('asks for both readings of 32 hex digits', () => {
    const question = ask(iris.replaceAll('-', ''));
    expect(question.cloud).toHaveLength(2);
    expect(question.immutableIds).toContain(irisId);
    expect(question.notes.join()).toContain('Both were looked up.');
  });

  it('explains a wrong encoding and asks for the text itself and for what was meant', () => {
    const question = ask(asText);
    expect(question).toMatchObject({ kind: 'immutable ID', ad: [{ kind: 'anchor', guid: iris }] });
    expect(question.immutableIds).toEqual(expect.arrayContaining([asText, irisId]));
    expect(question.notes.join()).toContain(`the base64 of the text of the GUID ${iris}`);
  });

  it('asks for the twin of an ID whose bytes look unswapped', () => {
    // The bytes of the GUID in text order: read in directory order they are no random GUID.
    const unswapped = Buffer.from(iris.replaceAll('-', ''), 'hex').toString('base64');
    const { ad, notes } = ask(unswapped);
    expect(ad).toHaveLength(2);
    expect(ad).toContainEqual({ kind: 'anchor', guid: iris });
    expect(notes.join()).toContain(iris);
  });

  it('takes a mistyped immutable ID for one, and says what is wrong with it', () => {
    const question = ask('Uh26aD5C+UGp5ul88++e1R==');
    expect(question).toMatchObject({ kind: 'immutable ID', immutableIds: ['Uh26aD5C+UGp5ul88++e1R=='] });
    expect(question.notes.join()).toContain('A, Q, g or w');
  });

  it.each(['jdoe@example.test', 'smtp:jdoe@example.test', 'SMTP:jdoe@example.test'])(
    'asks for %s as name and as address',
    (value) => {
      expect(ask(value)).toMatchObject({
        kind: 'UPN or mail address',
        ad: [
          { kind: 'upn', upn: 'jdoe@example.test' },
          { kind: 'key', attribute: 'mail', value: 'jdoe@example.test' },
          { kind: 'key', attribute: 'proxyAddresses', value: 'smtp:jdoe@example.test' },
        ],
        cloud: [
          { kind: 'upn', upn: 'jdoe@example.test' },
          { kind: 'key', attribute: 'mail', value: 'jdoe@example.test' },
        ],
        immutableIds: [],
        addresses: ['jdoe@example.test'],
      });
    },
  );

  it.each([
    ['S-1-5-21-1-2-3-1104', 'SID', { kind: 'sid', sid: 'S-1-5-21-1-2-3-1104' }],
    ['s-1-5-21-1-2-3-1104', 'SID', { kind: 'sid', sid: 'S-1-5-21-1-2-3-1104' }],
    ['CN=A\\, B,DC=x', 'distinguished name', { kind: 'dn', dn: 'CN=A\\, B,DC=x' }],
    ['EXAMPLE\\jdoe', 'account name', { kind: 'domain-sam', domain: 'EXAMPLE', name: 'jdoe' }],
    ['jdoe', 'account name', { kind: 'sam', name: 'jdoe' }],
  ])('takes %s for a %s', (value, kind, ref) => {
    expect(ask(value)).toMatchObject({ kind, ad: [ref], notes: [] });
  });

  it('never takes the padding of base64 for the equals sign of a DN', () => {
    expect(ask('PcT9u5BIWEW7iVDYAgFKlw==').kind).toBe('immutable ID');
    expect(ask('PcT9u5BIWEW7iVDYAgFKlR==').kind).toBe('immutable ID');
  });

  it('asks for a plain text as account name and as immutable ID, by the custom anchor where there is one', () => {
    expect(ask('1004')).toMatchObject({ ad: [{ kind: 'sam', name: '1004' }], immutableIds: ['1004'] });
    expect(questionOf('1004', 'employeeID').ad).toContainEqual({ kind: 'key', attribute: 'employeeID', value: '1004' });
  });

  it.each(['', '   ', 'a\u0007b@example.test', 'a b@', 'System.Byte[]'])(
    'asks nothing that cannot be asked: %j',
    (value) => {
      const question = ask(value);
      expect([...question.cloud, ...question.addresses]).toEqual([]);
      expect(question.notes).toHaveLength(1);
    },
  );
});

describe('the GUID behind an immutable ID', () => {
  it('is found through right and wrong encodings, and not where there is none', () => {
    expect([irisId, asText].map(guidBehind)).toEqual([iris, iris]);
    expect(guidBehind('1004')).toBeUndefined();
  });
});
