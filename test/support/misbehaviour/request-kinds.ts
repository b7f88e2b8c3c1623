// test/support/misbehaviour/: a peer that stands between the program and the sandbox, and misbehaves. Start here.
//   request-kinds   what is asked, and how it is known      dose           how often the peer misbehaves
//   exchange        one HTTP request, as misbehaviours see it   graph-peer   the HTTPS proxy that plays them
//   connection- header- status- body- object- page- token- write-   the lists for sign-in and Graph
//   ldap-frames, ldap-peer, ldap-misbehaviours               the same for the domain controller
//   matrix          every request with every misbehaviour that applies to it
//   world, program-run   a tenant with a plan in it, and the program at work on it
//   cell            one run through it all                   invariants, effects   what must hold whatever happens

/** What the program is doing. */
export type Stage = 'plan' | 'apply' | 'verify';

export type HttpKind =
  | 'sign-in discovery'
  | 'sign-in token'
  | 'organization'
  | 'listing'
  | 'next page'
  | 'batch'
  | 'guard reading'
  | 'PATCH'
  | 'read-back'
  | 'recycle bin'
  | 'roles';
export type LdapKind = 'LDAP bind' | 'LDAP search' | 'LDAP page';
export type KindName = HttpKind | LdapKind;

/** A request as it came; `items` are the URLs of a batch by id, null when it is none. */
export type Asked = {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body: string;
  readonly stage: Stage;
  readonly items: ReadonlyMap<string, string> | null;
  /** Users to whom a PATCH has gone in this stage. */
  readonly patched: ReadonlySet<string>;
};

type Recognised = {
  /** The stages in which it occurs. */
  readonly stages: readonly Stage[];
  readonly is: (asked: Asked) => boolean;
  /** Of a batch, the items that are meant; without it all of them. */
  readonly part?: RegExp;
};

const user = /^(?:\/v1\.0)?\/users\/([0-9a-f-]{36})(?:\?|$)/;

/** The object ids of the users that a request asks for one by one. */
export function usersAskedFor({ path, items }: Asked): string[] {
  return [path, ...(items?.values() ?? [])].flatMap((url) => user.exec(url)?.[1] ?? []);
}

/** Whether a request is, or has among its items, a GET of such a path. */
function asks({ method, path, items }: Asked, pattern: RegExp): boolean {
  if (items !== null) return [...items.values()].some((url) => pattern.test(url));
  return method === 'GET' && pattern.test(path.replace(/^\/(v1\.0|beta)/, ''));
}

const isUserByUser = (asked: Asked): boolean => asked.method !== 'PATCH' && usersAskedFor(asked).length > 0;
const isOfPatched = (asked: Asked): boolean => usersAskedFor(asked).some((id) => asked.patched.has(id));
const everywhere = ['plan', 'apply', 'verify'] as const;

/** Every kind of request to sign-in and Graph, with what tells it from the others. */
export const httpKinds: Readonly<Record<HttpKind, Recognised>> = {
  'sign-in discovery': { stages: everywhere, is: ({ path }) => path.includes('/.well-known/openid-configuration') },
  'sign-in token': { stages: everywhere, is: ({ path }) => path.includes('/oauth2/v2.0/token') },
  organization: { stages: everywhere, is: (asked) => asks(asked, /^\/organization/), part: /^\/organization/ },
  listing: { stages: ['plan'], is: ({ path, items }) => items === null && /\/users\?(?!.*skiptoken).*top=/.test(path) },
  'next page': { stages: ['plan'], is: ({ path }) => /[?&](\$|%24)skiptoken=/.test(path) },
  batch: { stages: ['plan'], is: (asked) => asked.items !== null && asks(asked, /^\/organization/) },
  'guard reading': {
    stages: ['apply'],
    is: (asked) => asked.stage === 'apply' && isUserByUser(asked) && !isOfPatched(asked),
  },
  PATCH: { stages: ['apply'], is: ({ method }) => method === 'PATCH' },
  'read-back': {
    stages: ['apply', 'verify'],
    is: (asked) =>
      (asked.stage === 'apply' && isUserByUser(asked) && isOfPatched(asked)) ||
      (asked.stage !== 'plan' && asks(asked, /^\/users\?/)) ||
      (asked.stage === 'verify' && isUserByUser(asked)),
  },
  'recycle bin': {
    stages: everywhere,
    is: (asked) => asks(asked, /^\/directory\/deletedItems/),
    part: /^\/directory\/deletedItems/,
  },
  roles: { stages: ['plan'], is: (asked) => asks(asked, /^\/roleManagement/), part: /^\/roleManagement/ },
};

/** Every kind of request to a domain controller: known from the message itself, see ldap-frames.ts. */
export const ldapKinds: readonly LdapKind[] = ['LDAP bind', 'LDAP search', 'LDAP page'];

/** The stages in which a kind occurs. */
export function stagesOf(kind: KindName): readonly Stage[] {
  return kind in httpKinds ? httpKinds[kind as HttpKind].stages : ['plan'];
}

/** The items of a batch by id; null for any other request. */
export function itemsOf(path: string, body: string): ReadonlyMap<string, string> | null {
  if (!/\/(\$|%24)batch$/.test(path)) return null;
  const { requests } = JSON.parse(body) as { requests: readonly { id: string; url: string }[] };
  return new Map(requests.map(({ id, url }) => [id, url]));
}
