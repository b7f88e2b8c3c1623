// The peers pass on what they are not armed for as it came, and change what they are armed for, and nothing else.
import { readFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Agent, fetch } from 'undici';
import { testCertificates } from '../support/certificates.ts';
import { type Sandbox, startSandbox } from '../../src/sandbox/sandbox.ts';
import { openOn } from '../ad/tools.ts';
import { crowd } from '../support/crowd.ts';
import { armed } from '../support/misbehaviour/dose.ts';
import { altering, type HttpMisbehaviour } from '../support/misbehaviour/graph/exchange.ts';
import { type GraphPeer, startGraphPeer } from '../support/misbehaviour/graph/graph-peer.ts';
import { ldapMisbehaviours } from '../support/misbehaviour/ldap/ldap-misbehaviours.ts';
import { type LdapPeer, startLdapPeer } from '../support/misbehaviour/ldap/ldap-peer.ts';

let sandbox: Sandbox;
let graph: GraphPeer;
let ldap: LdapPeer;
let agent: Agent;
let ca: string;

beforeEach(async () => {
  sandbox = await startSandbox(crowd(8), { directory: { maxPageSize: 3 } });
  const certificates = await testCertificates();
  ca = certificates.caPem;
  agent = new Agent({ connect: { ca } });
  const own = readFileSync(sandbox.caFile, 'utf8');
  graph = await startGraphPeer({ origin: sandbox.tenant.url, ca: own }, certificates);
  ldap = await startLdapPeer({ port: Number(new URL(sandbox.directory.ldapsUrl).port), ca: own }, certificates);
});

afterEach(async () => {
  await Promise.all([agent.close(), graph.close(), ldap.close()]);
  await sandbox.close();
});

async function tokenOf(): Promise<string> {
  const body = new URLSearchParams({
    grant_type: 'client_credentials',
    client_id: sandbox.tenant.clientId,
    client_secret: sandbox.environment['AZURE_CLIENT_SECRET'] ?? '',
    scope: `${graph.origin}/.default`,
  });
  const url = `${graph.origin}/${sandbox.tenant.tenantId}/oauth2/v2.0/token`;
  const answer = await fetch(url, { method: 'POST', body: body.toString(), headers: form, dispatcher: agent });
  return ((await answer.json()) as { access_token: string }).access_token;
}

const form = { 'content-type': 'application/x-www-form-urlencoded' };

async function get(path: string, origin = graph.origin): Promise<Record<string, unknown>> {
  const headers = { authorization: `Bearer ${await tokenOf()}` };
  const answer = await fetch(`${origin}${path}`, { headers, dispatcher: agent });
  return (await answer.json()) as Record<string, unknown>;
}

const armGraph = (kind: string, play: HttpMisbehaviour['play'], dose: 'once' | 'always' = 'always') => {
  const arm = armed(
    { kind, misbehaviour: { name: 'made up', on: [], play }, dose },
    { seed: 1, skip: 0 },
    () => undefined,
  );
  graph.arm(arm);
  return arm;
};

describe('the peer before the tenant', () => {
  it('signs in and lists through it, with links that lead back to it, and knows the token', async () => {
    const page = await get('/v1.0/users?$top=5');
    expect(page['@odata.nextLink']).toMatch(new RegExp(`^${graph.origin}/v1.0/users\\?`));
    expect(graph.secrets.size).toBeGreaterThan(0);
  });

  it('changes the items of a batch that are meant, and no others', async () => {
    const arm = armGraph(
      'roles',
      altering(() => ({ status: 418, body: { value: 'changed' } })),
    );
    const requests = ['/organization', '/roleManagement/directory/roleAssignments'].map((url, at) => ({
      id: String(at),
      method: 'GET',
      url,
    }));
    const headers = { authorization: `Bearer ${await tokenOf()}`, 'content-type': 'application/json' };
    const body = JSON.stringify({ requests });
    const answer = await fetch(`${graph.origin}/v1.0/$batch`, { method: 'POST', body, headers, dispatcher: agent });
    const { responses } = (await answer.json()) as { responses: { id: string; status: number; body: unknown }[] };
    const byId = new Map(responses.map((item) => [item.id, item]));
    expect(byId.get('0')).toMatchObject({ status: 200, body: { value: [expect.anything()] } });
    expect(byId.get('1')).toMatchObject({ status: 418, body: { value: 'changed' } });
    expect(arm.met()).toBe(1);
  });

  it('does not count what came out as it was, and is due again', async () => {
    const arm = armGraph(
      'organization',
      altering(() => ({})),
      'once',
    );
    await get('/v1.0/organization');
    expect([arm.met(), arm.take() !== null]).toEqual([0, true]);
  });

  it('notices who was led to another host', async () => {
    await get('/v1.0/organization', graph.origin.replace('127.0.0.1', 'localhost'));
    expect(graph.strays).toEqual(['GET /v1.0/organization']);
  });

  it('remembers users as they were, and who was shown as somebody else', async () => {
    const [one, other] = sandbox.tenant.users();
    if (one === undefined || other === undefined) throw new Error('the crowd is empty');
    graph.enter('apply');
    await get(`/v1.0/users/${one.id}?$select=id,userPrincipalName`);
    expect([...graph.misread]).toEqual([]);
    armGraph(
      'guard reading',
      altering(() => ({ body: { id: other.id, userPrincipalName: 'x' } })),
    );
    await get(`/v1.0/users/${one.id}?$select=id,userPrincipalName`);
    expect([...graph.misread]).toEqual([one.id]);
  });
});

describe('the peer before the domain controller', () => {
  const open = () => {
    const { directory, environment } = sandbox;
    return openOn(directory, {
      urls: [ldap.url],
      password: environment['HARDMATCH_AD_PASSWORD'] ?? '',
      caPem: ca,
    });
  };
  const locate = async () => {
    const directory = await open();
    try {
      const refs = Array.from({ length: 8 }, (_, n) => ({ kind: 'sam' as const, name: `u000000${n + 1}` }));
      return [...(await directory.locate(refs, null))].map(({ kind }) => kind);
    } finally {
      await directory.close();
    }
  };

  it('passes binds, searches and pages on', async () => {
    expect(await locate()).toEqual(Array.from({ length: 8 }, () => 'found'));
  });

  it.each(['LDAP bind', 'LDAP search', 'LDAP page'] as const)('knows an %s from the others', async (kind) => {
    const misbehaviour = ldapMisbehaviours.find(({ name }) => name === 'connection closed before the answer');
    if (misbehaviour === undefined) throw new Error('there is no such misbehaviour');
    const arm = armed({ kind, misbehaviour, dose: 'once' as const }, { seed: 1, skip: 0 }, () => undefined);
    ldap.arm(arm);
    await locate().catch(() => undefined);
    expect(arm.met()).toBe(1);
  });

  it('rewrites entries so that they still can be read', async () => {
    const misbehaviour = ldapMisbehaviours.find(({ name }) => name === 'entries with every attribute twice');
    if (misbehaviour === undefined) throw new Error('there is no such misbehaviour');
    const arm = armed(
      { kind: 'LDAP page', misbehaviour, dose: 'always' as const },
      { seed: 1, skip: 0 },
      () => undefined,
    );
    ldap.arm(arm);
    const found = await locate();
    expect([arm.met() > 0, found.length]).toEqual([true, 8]);
  });
});
