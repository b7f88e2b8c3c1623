import { type Guid, guidFromText } from '../core/guid.ts';
import { readClientCertificate } from './files.ts';
import { type Findings, missing, waysToGive } from './problems.ts';
import { settingOf } from './settings-table.ts';
import type { Picked } from './sources.ts';
import type { Secret } from './secrets.ts';
import type { ValuesOf } from './setting.ts';
import type { tenantTable } from './tenant-table.ts';

type Cloud = ValuesOf<typeof tenantTable>['cloud'];

/** The ways to sign in that this version has. */
export type SignIn =
  | { readonly kind: 'secret'; readonly secret: Secret }
  /** The certificate and its private key, PEM; the password is that of the key. */
  | { readonly kind: 'certificate'; readonly pem: Secret; readonly password?: Secret };

/** `number` is what the names of its settings end in. */
export type FurtherApplication = { readonly number: 2 | 3; readonly clientId: Guid; readonly signIn: SignIn };

export type TenantSettings = {
  /** A GUID in lower case, or a domain of the tenant. */
  readonly tenantId: string;
  readonly clientId: Guid;
  /** Applications that write beside the first, each with a quota of its own; the first alone reads. */
  readonly others: readonly FurtherApplication[];
  readonly cloud: Cloud;
  /** https, without version, tenant or trailing slash; in place of the cloud's own. */
  readonly graphUrl?: string;
  readonly authorityHost?: string;
  /** Milliseconds to wait for an answer to begin, and between two pieces of it. */
  readonly answerTimeout: number;
  readonly signIn: SignIn;
  /** The name of the tenant that may be another one than asked for. */
  readonly confirmTenant: string | null;
};

type PickedValues = Picked<typeof tenantTable>;

/** Puts the tenant's settings together; null when that cannot be done, and then `problems` says why. */
export async function tenantSettings(gathered: PickedValues, findings: Findings): Promise<TenantSettings | null> {
  const { values, ranks } = gathered;
  if (!ranks.has('tenantId')) findings.problems.push(missing('tenantId', 'no tenant is given'));
  if (!ranks.has('clientId')) findings.problems.push(missing('clientId', 'no application (client) id is given'));
  const signIn = await signInOf(gathered, findings, firstKeys);
  const others = await othersOf(gathered, findings);
  checkCloud(gathered, findings);
  const { tenantId, clientId, cloud, answerTimeout, graphUrl, authorityHost, confirmTenant = null } = values;
  if (!tenantId || !clientId || !signIn || !cloud || !answerTimeout) return null;
  return {
    tenantId,
    clientId,
    others,
    cloud,
    answerTimeout,
    ...(graphUrl ? { graphUrl } : {}),
    ...(authorityHost ? { authorityHost } : {}),
    signIn,
    confirmTenant,
  };
}

/** The settings of one application. */
type ApplicationKeys = {
  readonly id: 'clientId' | 'clientId2' | 'clientId3';
  readonly secret: 'clientSecret' | 'clientSecret2' | 'clientSecret3';
  readonly certificate: 'clientCertificate' | 'clientCertificate2' | 'clientCertificate3';
  readonly password: 'clientCertificatePassword' | 'clientCertificatePassword2' | 'clientCertificatePassword3';
};

const firstKeys: ApplicationKeys = {
  id: 'clientId',
  secret: 'clientSecret',
  certificate: 'clientCertificate',
  password: 'clientCertificatePassword',
};
const furtherKeys = ([2, 3] as const).map((number): ApplicationKeys & { readonly number: 2 | 3 } => ({
  number,
  id: `clientId${number}`,
  secret: `clientSecret${number}`,
  certificate: `clientCertificate${number}`,
  password: `clientCertificatePassword${number}`,
}));

/** The applications that write beside the first. Two with one id would share one quota, which is no gain and a mistake. */
async function othersOf(gathered: PickedValues, findings: Findings): Promise<TenantSettings['others']> {
  const { values, ranks } = gathered;
  const others: TenantSettings['others'][number][] = [];
  const known = new Set([values.clientId]);
  for (const keys of furtherKeys) {
    if (![keys.id, keys.secret, keys.certificate, keys.password].some((key) => ranks.has(key))) continue;
    if (!ranks.has(keys.id)) {
      findings.problems.push(
        missing(keys.id, `a secret or certificate is given for ${settingOf(keys.id).env}, and no id`),
      );
    }
    const signIn = await signInOf(gathered, findings, keys);
    const clientId = values[keys.id];
    if (!clientId || !signIn) continue;
    if (known.has(clientId)) {
      findings.problems.push({
        what: `${settingOf(keys.id).env} names an application that is named already`,
        remedy: 'The quota is one per application: register another one, or take this one out.',
      });
    }
    known.add(clientId);
    others.push({ number: keys.number, clientId, signIn });
  }
  return others;
}

async function signInOf(gathered: PickedValues, findings: Findings, keys: ApplicationKeys): Promise<SignIn | null> {
  const { values } = gathered;
  // Named, but not a way there is: that has been said already.
  if (values.signIn === undefined) return null;
  switch (values.signIn ?? unnamedWay(gathered, findings, keys)) {
    case 'secret':
      return secretSignIn(gathered, findings, keys);
    case 'certificate':
      return certificateSignIn(gathered, findings, keys);
    case null:
      return null;
    default:
      if (keys !== firstKeys) return null;
      findings.problems.push({
        what: `signing in with ${values.signIn} is not available yet in this version`,
        remedy: `Use secret or certificate: ${waysToGive('signIn')}.`,
      });
      return null;
  }
}

function unnamedWay(
  { ranks }: PickedValues,
  { problems, warnings }: Findings,
  keys: ApplicationKeys,
): 'secret' | 'certificate' | null {
  const hasSecret = ranks.has(keys.secret);
  if (ranks.has(keys.certificate)) {
    if (hasSecret) {
      warnings.push(
        `A client secret and a client certificate are given${applicationOf(keys)}; the certificate is used. --sign-in secret uses the secret.`,
      );
    }
    return 'certificate';
  }
  if (hasSecret) return 'secret';
  problems.push(
    missing(
      keys.secret,
      `no client secret or certificate is given${applicationOf(keys)}`,
      `; for a certificate ${waysToGive(keys.certificate)}`,
    ),
  );
  return null;
}

/** For sentences: nothing where there is but one application. */
function applicationOf({ id }: ApplicationKeys): string {
  return id === 'clientId' ? '' : ` for the application of ${settingOf(id).env}`;
}

function secretSignIn(
  { values, ranks }: PickedValues,
  { problems, warnings }: Findings,
  keys: ApplicationKeys,
): SignIn | null {
  if (!ranks.has(keys.secret)) {
    problems.push(missing(keys.secret, `no client secret is given${applicationOf(keys)}`));
  }
  const secret = values[keys.secret];
  if (!secret) return null;
  // The portal shows two columns, and the one that can still be copied later is the wrong one.
  if (guidFromText(secret.reveal()) !== undefined) {
    warnings.push(`${settingOf(keys.secret).env} is a GUID: probably the secret's id in place of its value.`);
  }
  return { kind: 'secret', secret };
}

async function certificateSignIn(
  { values, ranks }: PickedValues,
  findings: Findings,
  keys: ApplicationKeys,
): Promise<SignIn | null> {
  if (!ranks.has(keys.certificate)) {
    findings.problems.push(missing(keys.certificate, `no client certificate is given${applicationOf(keys)}`));
  }
  const path = values[keys.certificate];
  if (!path) return null;
  const password = values[keys.password];
  const read = await readClientCertificate(path, Boolean(password));
  if (!('content' in read)) {
    findings.problems.push(read);
    return null;
  }
  if (read.content.warning !== null) findings.warnings.push(read.content.warning);
  return { kind: 'certificate', pem: read.content.pem, ...(password ? { password } : {}) };
}

// "National cloud deployments", learn.microsoft.com/graph/deployments.
const cloudsOfHost: Readonly<Record<string, readonly Cloud[]>> = {
  'login.microsoftonline.com': ['public'],
  'login.microsoftonline.us': ['usgov', 'usgov-dod'],
  'login.chinacloudapi.cn': ['china'],
  'login.partner.microsoftonline.cn': ['china'],
};

// AZURE_AUTHORITY_HOST is often set for other tools; a token of one cloud is worth nothing in another.
function checkCloud({ values: { authorityHost, graphUrl, cloud } }: PickedValues, { problems }: Findings): void {
  if (!authorityHost || graphUrl || cloud === undefined) return;
  const { host } = new URL(authorityHost);
  const clouds = cloudsOfHost[host];
  if (clouds === undefined || clouds.includes(cloud)) return;
  problems.push({
    what: `${host} signs in to ${clouds.join(' or ')}, and the cloud is ${cloud}`,
    remedy: `Set the cloud with ${waysToGive('cloud')}, or take the host out: ${waysToGive('authorityHost')}.`,
  });
}
