import { BerReader, BerWriter, EqualityFilter, FilterParser, OrFilter } from 'ldapts';
import { describe, expect, it } from 'vitest';
import { searchPlanOf, questionsPerSearch, searchesFor, wayToRead } from '../../src/ad/search-plan.ts';
import { Questions } from '../../src/ad/questions.ts';
import { guidFromText, type Guid, guidToBytes } from '../../src/core/guid.ts';

const guid = guidFromText('f4c2ce4e-1f08-4358-abdc-fe3f035af4cd') as Guid;

function termsOf(filter: unknown): (string | Buffer)[] {
  if (!(filter instanceof OrFilter)) throw new Error('not an OR');
  return filter.filters.map((part) => {
    if (!(part instanceof EqualityFilter)) throw new Error('not an equality');
    return part.value;
  });
}

describe('searches', () => {
  it('carry at most a hundred questions each, and all of them', () => {
    const terms = Array.from({ length: 250 }, (_none, n) => `user${n}`);
    const filters = [...searchesFor('a', terms)];
    expect(filters.map((filter) => termsOf(filter).length)).toEqual([questionsPerSearch, questionsPerSearch, 50]);
    expect(filters.flatMap(termsOf)).toEqual(terms);
  });

  it('stay small when the values are long: Samba closes the connection above 256,000 bytes', () => {
    const terms = Array.from({ length: 100 }, (_none, n) => `${n}-${'x'.repeat(20_000)}`);
    const filters = [...searchesFor('a', terms)];
    for (const filter of filters) {
      const writer = new BerWriter();
      filter.write(writer);
      expect(writer.buffer.length).toBeLessThan(150_000);
    }
    expect(filters.flatMap(termsOf)).toEqual(terms);
  });

  it('ask for both spellings of a name that can be composed', () => {
    const name = 'Müller'.normalize('NFD');
    expect([...searchesFor('a', [name])].flatMap(termsOf)).toEqual([name, 'Müller'.normalize('NFC')]);
  });

  it('put a GUID on the wire as its 16 bytes', () => {
    const ask = searchPlanOf({ kind: 'guid', guid });
    if (ask.kind !== 'ask') throw new Error('no question');
    const [filter] = searchesFor(ask.attributes[0] ?? '', [ask.term]);
    const writer = new BerWriter();
    filter?.write(writer);
    const written = writer.buffer.toString('hex');
    expect(written).toContain(`0410${guidToBytes(guid).toString('hex')}`);
  });

  it('for an anchor ask both attributes that it may come from', () => {
    expect(searchPlanOf({ kind: 'anchor', guid })).toEqual({
      kind: 'ask',
      attributes: ['objectGUID', 'mS-DS-ConsistencyGuid'],
      key: guidToBytes(guid).toString('base64'),
      term: guidToBytes(guid),
    });
  });

  it('put a SID on the wire as its octets, and refuse what is none', () => {
    const octets = Buffer.from('01020000000000052000000020020000', 'hex');
    const asked = { kind: 'ask', attributes: ['objectSid'], key: octets.toString('base64'), term: octets };
    expect(searchPlanOf({ kind: 'sid', sid: 'S-1-5-32-544' })).toEqual(asked);
    expect(searchPlanOf({ kind: 'key', attribute: 'objectSid', value: ' s-1-5-32-544' }, 'sid')).toEqual(asked);
    expect(searchPlanOf({ kind: 'sid', sid: 'S-1-5' })).toMatchObject({
      kind: 'nowhere',
      note: expect.stringMatching(/"S-1-5" is no security identifier/),
    });
  });

  it('are never written as strings, because ldapts re-encodes escaped bytes', () => {
    const escaped = [...guidToBytes(guid)].map((byte) => `\\${byte.toString(16).padStart(2, '0')}`).join('');
    const writer = new BerWriter();
    FilterParser.parseString(`(objectGUID=${escaped})`).write(writer);
    const reader = new BerReader(writer.buffer);
    reader.readSequence();
    reader.readString();
    const sent = reader.readString(4, true);
    expect(sent?.equals(guidToBytes(guid))).toBe(false);
  });
});

describe('the way to read', () => {
  it('is to look up by an index, whatever the number', () => {
    expect(wayToRead(true, 1)).toBe('look-up');
    expect(wayToRead(true, 1_000_000)).toBe('look-up');
  });

  it('is one listing without an index, except for a few keys', () => {
    expect(wayToRead(false, 400)).toBe('look-up');
    expect(wayToRead(false, 401)).toBe('list');
  });
});

describe('questions', () => {
  it('that mean the same are one', () => {
    const questions = new Questions(4);
    for (const [place, name] of ['other', 'Jürgen', 'JÜRGEN', 'jürgen'.normalize('NFD')].entries()) {
      questions.ask(place, searchPlanOf({ kind: 'sam', name }));
    }
    expect(questions.countOf('sAMAccountName')).toBe(2);
    expect([...questions.firstReferences('sAMAccountName')]).toEqual([0, 1]);
  });

  it('about bytes take any writing of a GUID and refuse what has two readings', () => {
    const ask = (value: string) => searchPlanOf({ kind: 'key', attribute: 'mS-DS-ConsistencyGuid', value }, 'octets');
    const bytes = guidToBytes(guid);
    for (const value of [guid, `{${guid}}`, bytes.toString('base64'), [...bytes].join(' ')]) {
      expect(ask(value)).toMatchObject({ kind: 'ask', key: bytes.toString('base64') });
    }
    expect(ask('4ecec2f4081f5843abdcfe3f035af4cd')).toMatchObject({ kind: 'nowhere' });
    expect(ask('no bytes at all')).toMatchObject({ kind: 'nowhere' });
  });
});
