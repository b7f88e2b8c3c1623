// Sign-in as the Microsoft identity platform v2.0 does it for applications: discovery, and client_credentials with a secret
// or a certificate. Refusals carry the AADSTS numbers of Entra's error codes reference.
import { randomUUID, timingSafeEqual } from 'node:crypto';
import { checkAssertion } from './assertion.ts';
import type { Tokens } from './tokens.ts';
import type { TenantAnswer } from '../http/request-log.ts';

/** What an application may prove itself with. */
export type KnownApplication = {
  readonly clientId: string;
  readonly clientSecret: string;
  /** PEM of the certificate whose client assertions are accepted. */
  readonly clientCertificate?: string | undefined;
};

export type SignInSettings = {
  readonly origin: () => string;
  readonly tenantId: string;
  readonly tenantName: string;
  /** Verified domains also name the tenant in a path. */
  readonly domains: readonly string[];
  /** By client id, in lower case. */
  readonly applications: ReadonlyMap<string, KnownApplication>;
  readonly tokens: Tokens;
  readonly lifetimeS: number;
  readonly now: () => number;
};

type Request = { readonly method: string; readonly path: string; readonly body: string };

/** Answers a request that is not Graph's. Unknown paths are 404 without a body. */
export function answerSignIn(settings: SignInSettings, request: Request): TenantAnswer {
  const [path = ''] = request.path.split('?');
  if (request.method === 'GET' && path === '/common/discovery/instance') return instanceDiscovery(settings);
  const [, tenant, rest] = /^\/([^/]+)\/(.+)$/.exec(path) ?? [];
  if (tenant === undefined || rest === undefined) return { status: 404 };
  const route = routes.find((one) => one.method === request.method && one.rest === rest);
  if (route === undefined) return { status: 404 };
  const names = [settings.tenantId, ...settings.domains];
  if (!names.includes(tenant.toLowerCase())) {
    const message = `Tenant '${tenant}' not found. Check to make sure you have the correct tenant ID and are signing into the correct cloud.`;
    return refusal(settings, { status: 400, error: 'invalid_request', number: 90002, message });
  }
  return route.handle(settings, tenant, new URLSearchParams(request.body));
}

type SignInRoute = {
  readonly method: string;
  readonly rest: string;
  readonly handle: (settings: SignInSettings, tenant: string, form: URLSearchParams) => TenantAnswer;
};

const routes: readonly SignInRoute[] = [
  { method: 'GET', rest: 'v2.0/.well-known/openid-configuration', handle: openIdConfiguration },
  // Access tokens are not for clients to verify, so there is no key to publish.
  { method: 'GET', rest: 'discovery/v2.0/keys', handle: () => ({ status: 200, json: { keys: [] } }) },
  { method: 'POST', rest: 'oauth2/v2.0/token', handle: token },
];

function instanceDiscovery(settings: SignInSettings): TenantAnswer {
  const { host } = new URL(settings.origin());
  return {
    status: 200,
    json: {
      tenant_discovery_endpoint: `${settings.origin()}/${settings.tenantId}/v2.0/.well-known/openid-configuration`,
      'api-version': '1.1',
      metadata: [{ preferred_network: host, preferred_cache: host, aliases: [host] }],
    },
  };
}

function openIdConfiguration(settings: SignInSettings, tenant: string): TenantAnswer {
  const base = `${settings.origin()}/${tenant}`;
  return {
    status: 200,
    json: {
      token_endpoint: `${base}/oauth2/v2.0/token`,
      token_endpoint_auth_methods_supported: ['client_secret_post', 'private_key_jwt'],
      jwks_uri: `${base}/discovery/v2.0/keys`,
      response_modes_supported: ['query', 'fragment', 'form_post'],
      subject_types_supported: ['pairwise'],
      id_token_signing_alg_values_supported: ['RS256'],
      response_types_supported: ['code', 'id_token', 'code id_token', 'id_token token'],
      scopes_supported: ['openid', 'profile', 'email', 'offline_access'],
      issuer: `${settings.origin()}/${settings.tenantId}/v2.0`,
      request_uri_parameter_supported: false,
      authorization_endpoint: `${base}/oauth2/v2.0/authorize`,
      device_authorization_endpoint: `${base}/oauth2/v2.0/devicecode`,
      end_session_endpoint: `${base}/oauth2/v2.0/logout`,
    },
  };
}

function token(settings: SignInSettings, tenant: string, form: URLSearchParams): TenantAnswer {
  const application = settings.applications.get(form.get('client_id')?.toLowerCase() ?? '');
  const fault =
    checkGrant(form) ??
    (application ? checkClient(settings, { tenant, form, application }) : unknownApplication(settings, form)) ??
    checkScope(settings, form);
  if (fault) return refusal(settings, fault);
  const json = {
    token_type: 'Bearer',
    expires_in: settings.lifetimeS,
    ext_expires_in: settings.lifetimeS,
    access_token: settings.tokens.issue(application?.clientId ?? ''),
  };
  return { status: 200, json, headers: { 'Cache-Control': 'no-store, no-cache', Pragma: 'no-cache' } };
}

type Fault = { readonly status: number; readonly error: string; readonly number: number; readonly message: string };

function checkGrant(form: URLSearchParams): Fault | undefined {
  for (const name of ['grant_type', 'client_id', 'scope']) {
    if (form.get(name)) continue;
    const message = `The request body must contain the following parameter: '${name}'.`;
    return { status: 400, error: 'invalid_request', number: 900144, message };
  }
  if (form.get('grant_type') !== 'client_credentials') {
    const message = `The app requested an unsupported grant type '${form.get('grant_type')}'.`;
    return { status: 400, error: 'unsupported_grant_type', number: 70003, message };
  }
  return undefined;
}

function unknownApplication(settings: SignInSettings, form: URLSearchParams): Fault {
  const message = `Application with identifier '${form.get('client_id')}' was not found in the directory '${settings.tenantName}'.`;
  return { status: 400, error: 'unauthorized_client', number: 700016, message };
}

type Grant = {
  /** As the path names it. */
  readonly tenant: string;
  readonly form: URLSearchParams;
  readonly application: KnownApplication;
};

function checkClient(settings: SignInSettings, { tenant, form, application }: Grant): Fault | undefined {
  const refuse = (number: number, message: string): Fault => ({
    status: 401,
    error: 'invalid_client',
    number,
    message,
  });
  const assertion = form.get('client_assertion');
  if (assertion !== null) {
    if (form.get('client_assertion_type') !== 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer') {
      return refuse(50027, 'The client assertion type is not supported.');
    }
    const audiences = [tenant, settings.tenantId].map((name) => `${settings.origin()}/${name}/oauth2/v2.0/token`);
    const fault = checkAssertion(assertion, {
      certificatePem: application.clientCertificate,
      audiences: [...audiences, `${settings.origin()}/${settings.tenantId}/v2.0`],
      clientId: application.clientId,
      now: settings.now(),
    });
    return fault && refuse(fault.number, fault.message);
  }
  const secret = form.get('client_secret');
  if (secret === null) {
    return refuse(
      7000216,
      `'client_assertion', 'client_secret' or 'request' is required for the 'client_credentials' grant type.`,
    );
  }
  if (isSame(secret, application.clientSecret)) return undefined;
  return refuse(
    7000215,
    `Invalid client secret provided. Ensure the secret being sent in the request is the client secret value, not the client secret ID, for a secret added to app '${application.clientId}'.`,
  );
}

/** An app asks for everything it has been granted: `<resource>/.default`, and the one resource here is this Graph. */
function checkScope(settings: SignInSettings, form: URLSearchParams): Fault | undefined {
  const scope = form.get('scope') ?? '';
  // OpenID scopes beside it are let through, as Entra does.
  const scopes = scope.split(' ').filter((one) => !['', 'openid', 'profile', 'email', 'offline_access'].includes(one));
  const resource = scopes[0]?.replace(/\/\.default$/, '');
  if (scopes.length !== 1 || resource === scopes[0]) {
    const message = `The provided value for scope ${scope} is not valid. Client credential flows must have a scope value with /.default suffixed to the resource identifier (application ID URI).`;
    return { status: 400, error: 'invalid_scope', number: 1002012, message };
  }
  if (resource?.replace(/\/$/, '') === settings.origin()) return undefined;
  const message = `The resource principal named ${resource} was not found in the tenant named ${settings.tenantName}.`;
  return { status: 400, error: 'invalid_resource', number: 500011, message };
}

function isSame(given: string, right: string): boolean {
  const [a, b] = [Buffer.from(given), Buffer.from(right)];
  return a.length === b.length && timingSafeEqual(a, b);
}

function refusal(settings: SignInSettings, fault: Fault): TenantAnswer {
  const timestamp = `${new Date(settings.now()).toISOString().slice(0, 19).replace('T', ' ')}Z`;
  const [trace, correlation] = [randomUUID(), randomUUID()];
  const error_description = `AADSTS${fault.number}: ${fault.message} Trace ID: ${trace} Correlation ID: ${correlation} Timestamp: ${timestamp}`;
  return {
    status: fault.status,
    json: {
      error: fault.error,
      error_description,
      error_codes: [fault.number],
      timestamp,
      trace_id: trace,
      correlation_id: correlation,
      error_uri: `${settings.origin()}/error?code=${fault.number}`,
    },
  };
}
