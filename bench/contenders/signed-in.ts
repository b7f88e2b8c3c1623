// Microsoft's client library as its README sets it up: its own chain of handlers, which retries 429, 503 and 504 three times
// and keeps to Retry-After, over Node's fetch, which keeps connections alive.
import { Client } from '@microsoft/microsoft-graph-client';

export async function token(): Promise<string> {
  const { AZURE_TENANT_ID, AZURE_CLIENT_ID, AZURE_CLIENT_SECRET, AZURE_AUTHORITY_HOST } = process.env;
  const answer = await fetch(`${AZURE_AUTHORITY_HOST}/${AZURE_TENANT_ID}/oauth2/v2.0/token`, {
    method: 'POST',
    body: new URLSearchParams({
      grant_type: 'client_credentials',
      client_id: AZURE_CLIENT_ID ?? '',
      client_secret: AZURE_CLIENT_SECRET ?? '',
      scope: `${graphUrl()}/.default`,
    }),
  });
  if (!answer.ok) throw new Error(`sign-in: ${answer.status} ${await answer.text()}`);
  return ((await answer.json()) as { access_token: string }).access_token;
}

export function graphUrl(): string {
  return process.env['HARDMATCH_GRAPH_URL'] ?? '';
}

export async function signIn(): Promise<Client> {
  const signedIn = await token();
  return Client.init({
    baseUrl: `${graphUrl()}/`,
    customHosts: new Set([new URL(graphUrl()).hostname]),
    authProvider: (done) => done(null, signedIn),
  });
}
