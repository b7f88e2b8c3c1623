// The practice directory: an LDAP v3 server on loopback that answers as Active Directory does, filled from a people file.
// docs/sandbox-directory.md says what it promises. It is its own witness: nothing here decodes with the client library.
//   forest, entries, store, schema   what is in it           controller, connection   who answers; one client
//   requests, answers, ber           messages                search, match, filter    searches, pages, filters
//   accounts                         binds                   faults, log              what goes wrong, what was asked
//   names, sid                       spellings
import { createSecureContext } from 'node:tls';
import { type PracticeController, type RunningController, startController } from './controller.ts';
import { entriesOf } from './forest.ts';
import type { LoggedRequest, LoggedSearch } from './log.ts';
import type { Faults } from '../faults/engine.ts';
import { type PracticeAccount, makeAccounts } from './accounts.ts';
import type { Service } from './connection.ts';
import { foldText } from './names.ts';
import { type Store, makeStore, placesOf } from './store.ts';
import type { Interference } from './faults.ts';
import type { People } from '../people/people.ts';

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
  /** What is to go wrong, where `interfere` has nothing to say; nothing by default. */
  readonly faults?: Faults;
  /** How many controllers serve the domain; default 1. The port numbers are the first one's. */
  readonly controllers?: number;
};

export type PracticeDirectory = {
  /** Of the first controller. */
  readonly ldapsUrl: string;
  readonly ldapUrl: string;
  readonly controllers: readonly PracticeController[];
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
  const service: Omit<Service, 'stop' | 'controller'> = {
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
    faults: options.faults,
  };
  const running = await startControllers(service, options);
  const [first] = running.controllers;
  if (!first) throw new Error('no controller was started');
  return {
    ...running,
    ldapsUrl: first.ldapsUrl,
    ldapUrl: first.ldapUrl,
    baseDn: forest.domainDn,
    bindUser: people.directory.bindUser,
    bindDn: bindUser.dn,
    log,
  };
}

function check({ password, maxPageSize, emptyPageEvery, controllers }: PracticeDirectoryOptions): void {
  if (controllers !== undefined && controllers < 1) throw new RangeError('there is at least 1 controller');
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

async function startControllers(
  service: Omit<Service, 'stop' | 'controller'>,
  options: PracticeDirectoryOptions,
): Promise<Pick<PracticeDirectory, 'controllers' | 'connections' | 'dropConnections' | 'close'>> {
  const { host = '127.0.0.1', ldapsPort = 0, ldapPort = 0, tls } = options;
  let served = 0;
  const running: RunningController[] = [];
  const close = async (): Promise<void> => {
    await Promise.all(running.map((one) => one.close()));
  };
  try {
    for (let controller = 1; controller <= (options.controllers ?? 1); controller++) {
      const ports = controller === 1 ? { ldaps: ldapsPort, ldap: ldapPort } : { ldaps: 0, ldap: 0 };
      const nextConnection = (): number => ++served;
      running.push(await startController({ service: { ...service, controller }, tls, host, ports, nextConnection }));
    }
  } catch (error) {
    await close();
    throw error;
  }
  return {
    controllers: running,
    connections: () => ({
      open: running.reduce((sum, one) => sum + one.connections().open, 0),
      total: running.reduce((sum, one) => sum + one.connections().total, 0),
    }),
    dropConnections: () => {
      for (const one of running) one.dropConnections();
    },
    close,
  };
}
