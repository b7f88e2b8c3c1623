// A practice tenant for one test file, and a plain HTTPS client that sends paths exactly as they are given.
import { readFileSync } from 'node:fs';
import { Agent, request as httpsRequest } from 'node:https';
import { afterAll } from 'vitest';
import { type People, readPeople } from '../../src/sandbox/people/people.ts';
import { type PracticeTenant, type TenantOptions, startTenant } from '../../src/sandbox/tenant/tenant.ts';
import { testCertificates } from '../support/certificates.ts';

export const clientSecret = 'a practice secret, with + and & in it';

/** The cast, anew for each call; typed as it is used in tests. */
export function cast(): People {
  return readPeople('fixtures/cast.json');
}

/** Ids of the cast's cloud users, by the part of their UPN before the @ (deleted ones without their prefix). */
const ids: Readonly<Record<string, string>> = Object.fromEntries(
  (JSON.parse(readFileSync('fixtures/cast.json', 'utf8')) as People).cloudUsers.map((user) => [
    user.userPrincipalName.replace(/^[0-9a-f]{32}/, '').split('@')[0],
    user.id,
  ]),
);

export const id = (name: string): string => {
  const found = ids[name];
  if (found === undefined) throw new Error(`the cast has no cloud user ${name}`);
  return found;
};

/** Every field that tests look at in some answer; what an answer does not have is undefined, whatever the type says. */
export type Body = {
  readonly id: string;
  readonly value: readonly Body[];
  readonly userPrincipalName: string;
  readonly onPremisesImmutableId: string | null;
  readonly onPremisesSyncEnabled: boolean | null;
  readonly verifiedDomains: readonly { readonly name: string }[];
  readonly responses: readonly BatchAnswer[];
  readonly '@odata.context': string;
  readonly '@odata.count': number | undefined;
  readonly '@odata.nextLink': string | undefined;
  readonly error: {
    readonly code: string;
    readonly message: string;
    readonly details: readonly { readonly target: string }[];
    readonly innerError: Readonly<Record<string, string>>;
  };
  readonly access_token: string;
  readonly error_description: string;
  readonly error_codes: readonly number[];
  readonly metadata: readonly { readonly aliases: readonly string[] }[];
};

/** One answer inside a batch. */
export type BatchAnswer = {
  readonly id: string;
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Body;
};

export type Reply = {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly text: string;
  readonly json: Body;
};

export type Sent = {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
};

export type Client = {
  readonly tenant: PracticeTenant;
  readonly caPem: string;
  readonly agent: Agent;
  /** Any path of the server, as it is. */
  readonly raw: (path: string, sent?: Sent) => Promise<Reply>;
  /** Below /v1.0 (or the version given in the path), with a token. */
  readonly graph: (path: string, sent?: Sent) => Promise<Reply>;
  /** The path of a page's next link. */
  readonly next: (body: Body) => string;
  readonly token: () => Promise<string>;
  readonly close: () => Promise<void>;
};

/** A tenant of its own; ended by `close`. */
export async function openTenant(options: Partial<TenantOptions> = {}, people: People = cast()): Promise<Client> {
  const { caPem, certPem, keyPem } = await testCertificates();
  const tenant = await startTenant(people, { tls: { certPem, keyPem }, clientSecret, ...options });
  const agent = new Agent({ ca: caPem, keepAlive: true });
  let held: Promise<string> | undefined;
  const raw = (path: string, sent: Sent = {}): Promise<Reply> => send(tenant.url, { path, agent, sent });
  const token = async (): Promise<string> => {
    const reply = await raw(`/${tenant.tenantId}/oauth2/v2.0/token`, tokenRequest(tenant));
    return reply.json.access_token;
  };
  return {
    tenant,
    caPem,
    agent,
    raw,
    token,
    graph: async (path, sent = {}) => {
      const authorization = `Bearer ${await (held ??= token())}`;
      const full = /^\/(v1\.0|beta)\//.test(path) ? path : `/v1.0${path}`;
      return raw(full, { ...sent, headers: { authorization, ...sent.headers } });
    },
    next: (body) => (body['@odata.nextLink'] ?? 'no next link').replace(tenant.graphUrl, ''),
    close: async () => {
      agent.destroy();
      await tenant.close();
    },
  };
}

/** A tenant that lives as long as the test file. */
export async function sharedTenant(options: Partial<TenantOptions> = {}, people?: People): Promise<Client> {
  const client = await openTenant(options, people);
  afterAll(() => client.close());
  return client;
}

export function tokenRequest(tenant: PracticeTenant, changes: Record<string, string> = {}): Sent {
  const form = {
    grant_type: 'client_credentials',
    client_id: tenant.clientId,
    client_secret: clientSecret,
    scope: `${tenant.graphUrl}/.default`,
    ...changes,
  };
  // A parameter changed to nothing is left out.
  const body = new URLSearchParams(Object.entries(form).filter(([, value]) => value !== '')).toString();
  return { method: 'POST', headers: { 'content-type': 'application/x-www-form-urlencoded' }, body };
}

export const eventual = { consistencylevel: 'eventual' };

export function patch(body: unknown): Sent {
  return { method: 'PATCH', body };
}

export function batch(requests: unknown): Sent {
  return { method: 'POST', body: { requests } };
}

function send(url: string, of: { path: string; agent: Agent; sent: Sent }): Promise<Reply> {
  const { body, headers = {}, method = 'GET' } = of.sent;
  const text = body === undefined || typeof body === 'string' ? body : JSON.stringify(body);
  const type = typeof body === 'string' || body === undefined ? {} : { 'content-type': 'application/json' };
  const { hostname, port } = new URL(url);
  return new Promise((resolve, reject) => {
    const options = { hostname, port, path: of.path, method, agent: of.agent, headers: { ...type, ...headers } };
    const outgoing = httpsRequest(options, (incoming) => {
      const chunks: Buffer[] = [];
      incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
      incoming.on('error', reject);
      incoming.on('end', () => {
        const answer = Buffer.concat(chunks).toString('utf8');
        resolve({
          status: incoming.statusCode ?? 0,
          headers: incoming.headers as Record<string, string | undefined>,
          text: answer,
          json: (/json/.test(incoming.headers['content-type'] ?? '') ? JSON.parse(answer) : undefined) as Body,
        });
      });
    });
    outgoing.on('error', reject);
    outgoing.end(text);
  });
}
