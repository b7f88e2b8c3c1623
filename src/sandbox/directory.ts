// The practice directory: an LDAP v3 server on loopback that answers as Active Directory does, filled from a people file.
// docs/sandbox-directory.md says what it promises. Read on in directory-entries.ts (what is in it), ldap-connection.ts (one
// client), ldap-search.ts (searches and pages), ldap-match.ts (filters), ldap-accounts.ts (binds). It is its own witness:
// nothing here decodes with the client library, which the tool uses on the other end.
import { type AddressInfo, type Server, type Socket, createServer } from 'node:net';
import { createSecureContext, createServer as createTlsServer } from 'node:tls';
import { entriesOf } from './directory-forest.ts';
import type { LoggedRequest, LoggedSearch } from './directory-log.ts';
import { type PracticeAccount, makeAccounts } from './ldap-accounts.ts';
import { type Interference, type Service, serveConnection } from './ldap-connection.ts';
import { foldText } from './ldap-names.ts';
import { type Store, makeStore, placesOf } from './ldap-store.ts';
import type { People } from './people.ts';

export type PracticeDirectoryOptions = {
  /** Of the account `people.directory.bindUser`. */
  readonly password: string;
  /** Serves LDAPS and StartTLS. */
  readonly tls: { readonly certPem: string; readonly keyPem: string };
  /** Default 127.0.0.1. */
  readonly host?: string;
  /** Default 0: any free port. */
  readonly ldapsPort?: number;
  readonly ldapPort?: number;
  /** Entries of a page, and of an unpaged search, at most; default 1000. */
  readonly maxPageSize?: number;
  /** Milliseconds before each answer; default 0. */
  readonly latencyMs?: number;
  /** Attributes the accounts may not read: silently absent, also for filters. Throws a RangeError for unknown names. */
  readonly hiddenAttributes?: readonly string[];
  /** Who may sign in besides the bind user. */
  readonly accounts?: readonly PracticeAccount[];
  /** Every nth page of a listing comes without entries although there are more; at least 2. Default: none does. */
  readonly emptyPageEvery?: number;
  /** Pages hold fewer entries than asked for, though more are to come; default false. */
  readonly shortPages?: boolean;
  /** Refuses passwords in the clear (code 8); default true. */
  readonly requireStrongAuth?: boolean;
  /** DNS names of other domains: a search of the domain refers to them. */
  readonly childDomains?: readonly string[];
  /** Asked about each search before it is answered; what it returns is done instead. */
  readonly interfere?: (search: Readonly<LoggedSearch>) => Interference | undefined;
};

export type PracticeDirectory = {
  readonly ldapsUrl: string;
  readonly ldapUrl: string;
  /** The domain's naming context, e.g. `DC=example,DC=test`. */
  readonly baseDn: string;
  /** The account to sign in with: as in the people file, and its DN. */
  readonly bindUser: string;
  readonly bindDn: string;
  /** Every request so far, as they were taken up; grows while the directory runs. */
  readonly log: readonly LoggedRequest[];
  /** Client connections: open now, and ever. */
  connections(): { readonly open: number; readonly total: number };
  /** Cuts every open connection; the directory goes on. */
  dropConnections(): void;
  /** Ends all connections and stops listening; nothing is left open. May be called twice. */
  close(): Promise<void>;
};

/** Starts the directory. Rejects when a port is taken, the certificate is no good, or an option makes no sense. */
export async function startDirectory(people: People, options: PracticeDirectoryOptions): Promise<PracticeDirectory> {
  check(options);
  const maxPageSize = options.maxPageSize ?? 1000;
  const { forest, entries } = entriesOf(people, { maxPageSize });
  const store = makeStore(forest, entries, options.childDomains ?? []);
  const bindUser = accountOf(store, people);
  const log: LoggedRequest[] = [];
  const service: Service = {
    store,
    log,
    accounts: makeAccounts(
      store,
      [{ sAMAccountName: bindUser.sAMAccountName, password: options.password }, ...(options.accounts ?? [])],
      options.hiddenAttributes ?? [],
    ),
    rules: { maxPageSize, emptyPageEvery: options.emptyPageEvery ?? 0, shortPages: options.shortPages ?? false },
    requiresStrongAuth: options.requireStrongAuth ?? true,
    latencyMs: options.latencyMs ?? 0,
    secureContext: createSecureContext({ cert: options.tls.certPem, key: options.tls.keyPem }),
    interfere: options.interfere ?? (() => undefined),
  };
  const listening = await listen(service, options);
  return {
    ...listening,
    baseDn: forest.domainDn,
    bindUser: people.directory.bindUser,
    bindDn: bindUser.dn,
    log,
  };
}

function check({ password, maxPageSize, emptyPageEvery }: PracticeDirectoryOptions): void {
  if (password === '') throw new RangeError('the bind user needs a password: AD refuses an empty one');
  if (maxPageSize !== undefined && maxPageSize < 1) throw new RangeError('maxPageSize is at least 1');
  // With every page empty no listing would ever end.
  if (emptyPageEvery !== undefined && emptyPageEvery < 2) throw new RangeError('emptyPageEvery is at least 2');
}

/** The bind user as an object: one of the people, or the account made for it. */
function accountOf(store: Store, people: People): { readonly sAMAccountName: string; readonly dn: string } {
  const context = store.contexts.find(({ dn }) => dn === store.forest.domainDn);
  const bindUser = people.directory.bindUser;
  const sam = bindUser.replace(/^.*\\/, '').replace(/@.*$/, '');
  const place = context
    ? [
        ...placesOf(context, 'userPrincipalName', foldText(bindUser)),
        ...placesOf(context, 'sAMAccountName', foldText(sam)),
      ][0]
    : undefined;
  const entry = place === undefined ? undefined : context?.entries[place];
  if (!entry) throw new RangeError(`no account for ${bindUser}`);
  return { sAMAccountName: String(entry.values('sAMAccountName')[0]), dn: entry.dn };
}

type Listening = Pick<PracticeDirectory, 'ldapsUrl' | 'ldapUrl' | 'connections' | 'dropConnections' | 'close'>;

async function listen(service: Service, options: PracticeDirectoryOptions): Promise<Listening> {
  const { host = '127.0.0.1', ldapsPort = 0, ldapPort = 0, tls } = options;
  const open = new Set<Socket>();
  let total = 0;
  let served = 0;
  const track = (socket: Socket): void => {
    open.add(socket);
    total++;
    socket.on('close', () => open.delete(socket));
    // A TLS handshake may fail before anybody else listens for errors.
    socket.on('error', () => socket.destroy());
  };
  const plain = createServer((socket) => serveConnection(service, ++served, { socket, isSecure: false }));
  const secure = createTlsServer({ cert: tls.certPem, key: tls.keyPem }, (socket) =>
    serveConnection(service, ++served, { socket, isSecure: true }),
  );
  for (const server of [plain, secure]) server.prependListener('connection', track);
  const dropConnections = (): void => {
    for (const socket of open) socket.destroy();
  };
  const close = async (): Promise<void> => {
    const stopped = Promise.all([stop(plain), stop(secure)]);
    dropConnections();
    await stopped;
  };
  try {
    const ports = [await startListening(secure, ldapsPort, host), await startListening(plain, ldapPort, host)];
    const name = host.includes(':') ? `[${host}]` : host;
    return {
      ldapsUrl: `ldaps://${name}:${ports[0]}`,
      ldapUrl: `ldap://${name}:${ports[1]}`,
      connections: () => ({ open: open.size, total }),
      dropConnections,
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

function startListening(server: Server, port: number, host: string): Promise<number> {
  return new Promise((done, fail) => {
    server.once('error', fail);
    server.listen(port, host, () => {
      server.off('error', fail);
      done((server.address() as AddressInfo).port);
    });
  });
}

function stop(server: Server): Promise<void> {
  return new Promise((done) => {
    // The callback's error says only that it was not listening (any more).
    server.close(() => done());
  });
}
