import { describe, expect, it } from 'vitest';
import { RunFault } from '../../src/core/failure.ts';
import { openReader } from '../../src/graph/reader.ts';
import type { TenantInfo } from '../../src/run/ports.ts';
import { clientOf, json, silent, startOddServer } from './graph-server.ts';

const id = '46c82861-23b9-470b-ab37-a08402a70c67';
const other = '11111111-1111-4111-8111-111111111111';

type Answers = {
  readonly organizations?: readonly unknown[];
  readonly domains?: readonly string[];
  readonly tid?: string;
};

/** Describes a tenant that is asked for in this way and answers in that. `domains` absent: they may not be read. */
async function described(tenantId: string, answers: Answers): Promise<TenantInfo> {
  const { organizations = [{ id, displayName: 'Practice' }], domains, tid } = answers;
  const answer = (url: string): { status: number; body: unknown } => {
    if (url.includes('/organization')) return { status: 200, body: { value: organizations } };
    if (domains !== undefined) return { status: 200, body: { value: domains.map((name) => ({ id: name })) } };
    return { status: 403, body: { error: { code: 'Authorization_RequestDenied', message: 'No.' } } };
  };
  const server = await startOddServer((request, response) => {
    if (!request.url.endsWith('/$batch')) {
      const { status, body } = answer(request.url);
      json(response, status, body);
      return;
    }
    const { requests } = JSON.parse(request.body) as { requests: { id: string; url: string }[] };
    json(response, 200, { responses: requests.map((one) => ({ id: one.id, ...answer(one.url) })) });
  });
  const { client, clock, retry } = clientOf(server);
  const claims = Buffer.from(JSON.stringify(tid === undefined ? {} : { tid })).toString('base64url');
  const token = (): Promise<string> => Promise.resolve(`e30.${claims}.x`);
  return openReader({ client, clock, retry, log: silent, inFlight: 2 }, { tenantId, token }).describe();
}

describe('a tenant that was asked for', () => {
  it.each([
    ['its id', id, {}],
    ['one of its domains', 'Practice.Example.Test', { domains: ['x.test', 'practice.example.test'] }],
    ['a domain, where domains may not be read and the token is for it', 'x.test', { tid: id }],
    ['a domain, where nothing is known of domains at all', 'x.test', {}],
  ])('by %s is told as it is', async (_how, asked, answers) => {
    expect(await described(asked, answers)).toEqual({ id, name: 'Practice' });
  });

  it.each([
    ['its id', other, {}],
    ['a domain that is none of its own', 'y.test', { domains: ['x.test'] }],
    ['a domain, where the token is for another one', 'y.test', { tid: other }],
  ])('by %s and is another one is told with what was asked for', async (_how, asked, answers) => {
    expect(await described(asked, answers)).toEqual({ id, name: 'Practice', asked });
  });

  it.each([
    ['none', []],
    [
      'several',
      [
        { id, displayName: 'One' },
        { id: other, displayName: 'Two' },
      ],
    ],
    ['one without an id', [{ displayName: 'One' }]],
    ['one whose id is none', [{ id: 'practice', displayName: 'One' }]],
    ['null', [null]],
  ])('and answers with %s ends the run in a sentence', async (_what, organizations) => {
    const error: unknown = await described(id, { organizations }).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(RunFault);
    expect(error).toMatchObject({ message: expect.stringContaining('the organization') });
  });

  it('has no name where it tells none', async () => {
    expect(await described(id, { organizations: [{ id }] })).toEqual({ id, name: '' });
  });
});
