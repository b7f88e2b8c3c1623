import * as fc from 'fast-check';
import type { AdRef, CloudRef } from '../../../src/core/references.ts';
import { parseAdRef, parseCloudRef } from '../../../src/core/ids/parse-reference.ts';
import { awkwardText } from './dialects.ts';
import { Attempts, same, type Tally } from './tally.ts';

const part = fc.constantFrom(
  'CN=',
  'DC=example',
  ',',
  '\\',
  '\\,',
  '@',
  'example.test',
  'jdoe',
  'CORP',
  '{',
  '}',
  '(',
  ')',
  '<GUID=',
  '>',
  'f4c2ce4e-1f08-4358-abdc-fe3f035af4cd',
  '4ecec2f4081f5843abdcfe3f035af4cd',
  'Ts7C9AgfWEOr3P4/A1r0zQ==',
  '#EXT#',
  'X4',
  '0x',
  '78 206 ',
  '\\4e',
  'objectGUID:: ',
  'urn:uuid:',
  '\u200b',
  '\u202e',
  '\u0000',
  '\n',
  ' ',
  '*',
  '..',
);
const reference = fc.oneof(
  awkwardText,
  fc.string({ unit: 'binary', maxLength: 40 }),
  fc.array(part, { maxLength: 7 }).map((parts) => parts.join('')),
);
const key = fc.option(fc.constantFrom('employeeID', 'mail', '__proto__'), { nil: undefined, freq: 4 });

/** References: no text crashes the reader, and what it has read is read the same again from its own plain writing. */
export async function fuzzReferences(numRuns: number, seed: number): Promise<Tally> {
  const attempts = new Attempts();
  const property = fc.asyncProperty(reference, key, async (text, attribute) => {
    await attempts.of(() => {
      const ad = parseAdRef(text, attribute);
      if (ad.kind === 'ref') same(text, parseAdRef(plainAd(ad.ref), attribute), ad);
      const cloud = parseCloudRef(text, attribute);
      if (cloud.kind === 'ref') same(text, parseCloudRef(plainCloud(cloud.ref), attribute), cloud);
      for (const one of [ad, cloud]) {
        if (one.kind === 'bad' && !/^\S[^\r\n]*$/.test(one.why)) throw new Error(`no sentence: ${one.why}`);
      }
    });
  });
  await fc.assert(property, { numRuns, seed });
  return attempts.tally();
}

function plainAd(ref: AdRef): string {
  switch (ref.kind) {
    case 'sam':
      return ref.name;
    case 'domain-sam':
      return `${ref.domain}\\${ref.name}`;
    case 'upn':
      return ref.upn;
    case 'dn':
      return ref.dn;
    case 'sid':
      return ref.sid;
    case 'key':
      return ref.value;
    default:
      return ref.guid;
  }
}

function plainCloud(ref: CloudRef): string {
  return ref.kind === 'upn' ? ref.upn : ref.kind === 'key' ? ref.value : ref.id;
}
