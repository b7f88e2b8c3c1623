import type { Forest } from './entries.ts';
import { type Result, resultCodes } from './answers.ts';
import { dnKeyOf, foldText } from './names.ts';
import type { BindRequest } from './requests.ts';
import { attributeFacts } from './schema.ts';
import { type Store, placesOf } from './store.ts';

/** The reasons AD hides in the `data` of a refused bind: a hexadecimal Windows error code. */
export type BindRefusal = '525' | '52e' | '530' | '531' | '532' | '533' | '701' | '773' | '775';

/** Somebody who may sign in, besides the account of the people file. */
export type PracticeAccount = {
  /** One of the people, or a name the directory does not know. */
  readonly sAMAccountName: string;
  readonly password: string;
  /** The bind is refused with this code; unless it is 525 or 775, only when the password is right. */
  readonly refusal?: BindRefusal;
  /** In place of the directory's own. */
  readonly hiddenAttributes?: readonly string[];
};

/** An account that may be bound to. */
export type Account = {
  /** `EXAMPLE\name` */
  readonly name: string;
  readonly password: string;
  readonly refusal: BindRefusal | null;
  /** lDAPDisplayNames. */
  readonly hidden: ReadonlySet<string>;
};

/** Accounts by every name they can be bound with. */
export type Accounts = ReadonlyMap<string, Account>;

export function makeAccounts(
  store: Store,
  accounts: readonly PracticeAccount[],
  hiddenAttributes: readonly string[],
): Accounts {
  const byName = new Map<string, Account>();
  for (const { sAMAccountName, password, refusal, hiddenAttributes: own } of accounts) {
    const found = person(store, sAMAccountName);
    const account: Account = {
      name: `${store.forest.netbiosName}\\${sAMAccountName}`,
      password,
      refusal: refusal ?? (found?.isDisabled === true ? '533' : null),
      hidden: hiddenSet(own ?? hiddenAttributes),
    };
    for (const name of logonNames(store.forest, sAMAccountName, found)) byName.set(name, account);
  }
  return byName;
}

function hiddenSet(names: readonly string[]): ReadonlySet<string> {
  return new Set(
    names.map((name) => {
      const facts = attributeFacts(name);
      // A misspelt name would hide nothing, and a test that relies on it would prove nothing.
      if (!facts) throw new RangeError(`the practice directory has no attribute ${name} to hide`);
      return facts.name;
    }),
  );
}

type Person = { readonly dnKey: string; readonly upn: string | null; readonly isDisabled: boolean };

function person(store: Store, sAMAccountName: string): Person | undefined {
  const context = store.contexts.find(({ dn }) => dn === store.forest.domainDn);
  const place = context && placesOf(context, 'sAMAccountName', foldText(sAMAccountName))[0];
  const entry = place === undefined ? undefined : context?.entries[place];
  if (!entry) return undefined;
  const control = Number(entry.values('userAccountControl')[0] ?? 0);
  const upn = entry.values('userPrincipalName')[0];
  return { dnKey: entry.key, upn: upn === undefined ? null : String(upn), isDisabled: (control & 2) !== 0 };
}

/** DN, `DOMAIN\name`, UPN, and `name@domain`, which works whatever the UPN is (MS-ADTS 5.1.1.1.1). */
function logonNames(forest: Forest, sAMAccountName: string, found: Person | undefined): string[] {
  const upns = [`${sAMAccountName}@${forest.domain}`, ...(found?.upn ? [found.upn] : [])];
  return [
    foldText(`${forest.netbiosName}\\${sAMAccountName}`),
    ...upns.map(foldText),
    ...(found ? [`dn:${found.dnKey}`] : []),
  ];
}

function accountNamed(accounts: Accounts, name: string): Account | undefined {
  const key = dnKeyOf(name);
  return accounts.get(foldText(name)) ?? (key === undefined ? undefined : accounts.get(`dn:${key}`));
}

/** How a bind ended, and who is signed in from then on: nobody after any refusal (RFC 4513 4). */
export type Bound = { readonly result: Result; readonly account: Account | null };

export type BindRules = {
  readonly accounts: Accounts;
  readonly requiresStrongAuth: boolean;
  readonly isSecure: boolean;
};

export function bind(request: BindRequest, { accounts, requiresStrongAuth, isSecure }: BindRules): Bound {
  const refuse = (code: number, message: string): Bound => ({ result: { code, message }, account: null });
  if (request.version !== 2 && request.version !== 3) return refuse(resultCodes.protocolError, 'LDAP 2 and 3 only\0');
  if (request.authentication.kind !== 'simple') {
    return refuse(resultCodes.authMethodNotSupported, 'the practice directory knows simple binds only\0');
  }
  const { password } = request.authentication;
  if (request.name === '' && password === '') return { result: { code: resultCodes.success }, account: null };
  if (requiresStrongAuth && !isSecure) return refuse(resultCodes.strongAuthRequired, strongAuthText);
  const account = accountNamed(accounts, request.name);
  const data = refusalOf(account, password);
  if (data !== null) return refuse(resultCodes.invalidCredentials, refusalText(data));
  return { result: { code: resultCodes.success }, account: account ?? null };
}

/** Null when the bind is good. An empty password is never: it would be an unauthenticated bind (RFC 4513 5.1.2). */
function refusalOf(account: Account | undefined, password: string): BindRefusal | null {
  if (!account) return '52e';
  // An unknown user and a locked-out one are told without looking at the password; the rest would help guessing.
  if (account.refusal === '525' || account.refusal === '775') return account.refusal;
  return password === '' || password !== account.password ? '52e' : account.refusal;
}

// AD closes its texts with a NUL; whoever logs them has to cope.
function refusalText(data: BindRefusal): string {
  return `80090308: LdapErr: DSID-0C090439, comment: AcceptSecurityContext error, data ${data}, v4563\0`;
}

const strongAuthText =
  '00002028: LdapErr: DSID-0C090257, comment: The server requires binds to turn on integrity checking if SSL\\TLS are not ' +
  'already active on the connection, data 0, v4563\0';
