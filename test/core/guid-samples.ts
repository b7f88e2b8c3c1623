import * as fc from 'fast-check';
import { type Guid, guidFromBytes, guidFromText } from '../../src/core/guid.ts';

/** GUID text, directory bytes in hex, immutable ID; from published examples, each worked out by somebody else. */
export const knownPairs: readonly (readonly [string, string, string])[] = [
  ['fcc7e67f-fec6-4a65-b821-2f40a292d185', '7fe6c7fcc6fe654ab8212f40a292d185', 'f+bH/Mb+ZUq4IS9AopLRhQ=='],
  ['BBFDC43D-4890-4558-BB89-50D802014A97', '3dc4fdbb90485845bb8950d802014a97', 'PcT9u5BIWEW7iVDYAgFKlw=='],
  ['f7cc07d7-7c15-447d-876d-c01b0e5a9e38', 'd707ccf7157c7d44876dc01b0e5a9e38', '1wfM9xV8fUSHbcAbDlqeOA=='],
  ['3ab39606-c642-489b-84b6-58c038d3ef39', '0696b33a42c69b4884b658c038d3ef39', 'BpazOkLGm0iEtljAONPvOQ=='],
  ['35918bc9-196d-40ea-9779-889d79b753f0', 'c98b91356d19ea409779889d79b753f0', 'yYuRNW0Z6kCXeYidebdT8A=='],
  ['bcd2e574-8d58-4136-a9df-8a19b145db79', '74e5d2bc588d3641a9df8a19b145db79', 'dOXSvFiNNkGp34oZsUXbeQ=='],
  ['00112233-4455-6677-8899-aabbccddeeff', '33221100554477668899aabbccddeeff', 'MyIRAFVEd2aImaq7zN3u/w=='],
  ['f4c2ce4e-1f08-4358-abdc-fe3f035af4cd', '4ecec2f4081f5843abdcfe3f035af4cd', 'Ts7C9AgfWEOr3P4/A1r0zQ=='],
];

/** Any 16 bytes as a GUID. */
export const anyGuid: fc.Arbitrary<Guid> = fc.uint8Array({ minLength: 16, maxLength: 16 }).map(guidFromBytes);

/** The GUID of a text that the test knows to be one. */
export function guidOf(text: string): Guid {
  const guid = guidFromText(text);
  if (guid === undefined) throw new Error(`not a GUID: ${text}`);
  return guid;
}
