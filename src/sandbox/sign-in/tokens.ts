// Access tokens of the practice tenant: JWTs with the claims a Graph token has. They are signed with a key made at start
// (HS256, as no client may look into a Graph token), so none outlives the server that issued it.
import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import { tokenRefused } from '../http/graph-errors.ts';

/** Whom the access token speaks of. */
export type Caller = { readonly appId: string; readonly permissions: ReadonlySet<string> };

export type Tokens = {
  /** A token for the app, valid for `lifetimeS` seconds from now. */
  readonly issue: (appId: string) => string;
  /** Whom an `Authorization` header speaks of. Throws the 401 refusal of a missing, broken or expired token. */
  readonly read: (authorization: string | undefined) => Caller;
  /** No token issued so far is taken any more; those issued from now on are. */
  readonly expireAll: () => void;
};

type Claims = { readonly appid: string; readonly exp: number; readonly roles: readonly string[]; readonly uti: string };
type Known = { readonly caller: Caller; readonly exp: number; readonly series: string };

export function createTokens(settings: {
  readonly origin: () => string;
  readonly tenantId: string;
  /** What the app with this id has been granted. */
  readonly permissionsOf: (appId: string) => readonly string[];
  readonly lifetimeS: number;
  readonly now: () => number;
}): Tokens {
  const key = randomBytes(32);
  // Tokens come with every request; a verified one is remembered.
  const known = new Map<string, Known>();
  let series = 0;
  return {
    issue: (appId) => {
      const iat = Math.floor(settings.now() / 1000);
      return sign(key, {
        aud: settings.origin(),
        iss: `${settings.origin()}/${settings.tenantId}/`,
        iat,
        nbf: iat,
        // Not rounded, so that a lifetime below a second can be practised.
        exp: settings.now() / 1000 + settings.lifetimeS,
        appid: appId,
        idtyp: 'app',
        oid: appId,
        roles: settings.permissionsOf(appId),
        tid: settings.tenantId,
        uti: `${series}.${randomBytes(12).toString('base64url')}`,
        ver: '1.0',
      });
    },
    read: (authorization) => {
      const [, token] = /^Bearer +(\S+) *$/i.exec(authorization ?? '') ?? [];
      if (token === undefined) throw tokenRefused('Access token is empty.');
      const entry = known.get(token) ?? verify(key, token);
      if (entry.exp * 1000 <= settings.now() || entry.series !== String(series)) {
        known.delete(token);
        throw tokenRefused('Lifetime validation failed, the token is expired.');
      }
      if (!known.has(token)) {
        if (known.size > 1_000) known.clear();
        known.set(token, entry);
      }
      return entry.caller;
    },
    expireAll: () => {
      series++;
    },
  };
}

function sign(key: Buffer, claims: Record<string, unknown>): string {
  const encode = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');
  const signed = `${encode({ typ: 'JWT', alg: 'HS256' })}.${encode(claims)}`;
  return `${signed}.${createHmac('sha256', key).update(signed).digest('base64url')}`;
}

function verify(key: Buffer, token: string): Known {
  const [header, payload, signature] = token.split('.');
  if (header === undefined || payload === undefined || signature === undefined) {
    throw tokenRefused('IDX14100: JWT is not well formed, there are no dots (.).');
  }
  const right = createHmac('sha256', key).update(`${header}.${payload}`).digest();
  const given = Buffer.from(signature, 'base64url');
  if (given.length !== right.length || !timingSafeEqual(given, right)) {
    throw tokenRefused('Access token validation failure. Invalid signature.');
  }
  const claims = JSON.parse(Buffer.from(payload, 'base64url').toString('utf8')) as Claims;
  const [series = ''] = claims.uti.split('.');
  return { caller: { appId: claims.appid, permissions: new Set(claims.roles) }, exp: claims.exp, series };
}
