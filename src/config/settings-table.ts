// config/: settings, from flags over environment over a file. Start here: the one table of all settings, from which the
// command line's options, docs/settings.md and the messages are made.
//   settings        what comes out                    schema        how each value is read (zod)
//   load            the way from sources to settings  config-file   hardmatch.config.json
//   sources         who wins                          problems      everything that is wrong, told at once
//   directory, tenant   what must come together       files         certificates and the password file

type Facts = {
  /** Absent: never a flag. */
  readonly flag?: string;
  /** What the flag takes; absent for a switch. */
  readonly placeholder?: string;
  readonly env?: string;
  /** False: refused in the file, because it is a secret or the decision of one run. */
  readonly inFile?: false;
  readonly repeatable?: true;
  readonly isSecret?: true;
  /** A path, resolved against the working directory, or against the file's folder when it comes from the file. */
  readonly isPath?: true;
  readonly description: string;
  /** What holds when nothing is given, for people. */
  readonly fallback?: string;
};

type Group = 'directory' | 'tenant' | 'run';
type Row<Key extends string> = Facts & { readonly key: Key; readonly group: Group };

const rowsOf =
  (group: Group) =>
  <Key extends string>(key: Key, facts: Facts): Row<Key> => ({ key, group, ...facts });
const directory = rowsOf('directory');
const tenant = rowsOf('tenant');
const run = rowsOf('run');

// The tenant's quota of writes is that of three applications: more than three could not be put to use.
const further = <Number extends 2 | 3>(number: Number) => [
  tenant(`clientId${number}` as const, {
    placeholder: '<id>',
    env: `AZURE_CLIENT_ID_${number}`,
    description: `application (client) id of a ${ordinals[number]} app registration, which writes beside the first`,
    fallback: 'none',
  }),
  tenant(`clientSecret${number}` as const, {
    placeholder: '<secret>',
    env: `AZURE_CLIENT_SECRET_${number}`,
    inFile: false,
    isSecret: true,
    description: `client secret of the ${ordinals[number]} app registration`,
  }),
  tenant(`clientCertificate${number}` as const, {
    placeholder: '<pem>',
    env: `AZURE_CLIENT_CERTIFICATE_PATH_${number}`,
    isPath: true,
    description: `PEM file with the client certificate of the ${ordinals[number]} app registration, and its private key`,
  }),
  tenant(`clientCertificatePassword${number}` as const, {
    placeholder: '<password>',
    env: `AZURE_CLIENT_CERTIFICATE_PASSWORD_${number}`,
    inFile: false,
    isSecret: true,
    description: `password of that certificate's private key`,
  }),
];
const ordinals = { 2: 'second', 3: 'third' } as const;

/**
 * Every setting, in the order in which help and docs show them. `key` is its name in the file, and its flag in camel case.
 */
export const settingsTable = [
  directory('adUrl', {
    flag: '--ad-url',
    placeholder: '<url>',
    env: 'HARDMATCH_AD_URL',
    repeatable: true,
    description:
      'domain controllers, tried in order; ldaps://host or ldap://host, several separated by blanks or commas',
  }),
  directory('adUser', {
    flag: '--ad-user',
    placeholder: '<name>',
    env: 'HARDMATCH_AD_USER',
    description: 'bind name: a distinguished name, a UPN or DOMAIN\\name',
  }),
  directory('adPassword', {
    placeholder: '<password>',
    env: 'HARDMATCH_AD_PASSWORD',
    inFile: false,
    isSecret: true,
    description: 'bind password',
  }),
  directory('adPasswordFile', {
    placeholder: '<file>',
    env: 'HARDMATCH_AD_PASSWORD_FILE',
    isPath: true,
    description: 'file with the bind password; a line break at its end is left out',
  }),
  directory('adBase', {
    flag: '--ad-base',
    placeholder: '<dn>',
    env: 'HARDMATCH_AD_BASE',
    description: 'search base',
    fallback: "the root DSE's default naming context",
  }),
  directory('adCaFile', {
    flag: '--ad-ca-file',
    placeholder: '<file>',
    env: 'HARDMATCH_AD_CA_FILE',
    isPath: true,
    description: 'CA certificate for LDAPS and StartTLS, PEM or DER',
    fallback: "Node's own authorities",
  }),
  directory('adStarttls', {
    flag: '--ad-starttls',
    env: 'HARDMATCH_AD_STARTTLS',
    description: 'StartTLS on an ldap:// URL',
    fallback: 'off',
  }),
  directory('adAllowPlaintext', {
    flag: '--ad-allow-plaintext',
    env: 'HARDMATCH_AD_ALLOW_PLAINTEXT',
    description: 'bind over ldap:// without StartTLS, which sends the password in the clear',
    fallback: 'off',
  }),
  directory('adExport', {
    flag: '--ad-export',
    placeholder: '<file>',
    env: 'HARDMATCH_AD_EXPORT',
    isPath: true,
    description: 'AD users from a file in place of LDAP (Get-ADUser … | Export-Csv)',
  }),
  tenant('tenantId', {
    flag: '--tenant-id',
    placeholder: '<id>',
    env: 'AZURE_TENANT_ID',
    description: 'tenant: its id, or one of its domains',
  }),
  tenant('clientId', {
    flag: '--client-id',
    placeholder: '<id>',
    env: 'AZURE_CLIENT_ID',
    description: 'application (client) id of the app registration',
  }),
  tenant('clientSecret', {
    placeholder: '<secret>',
    env: 'AZURE_CLIENT_SECRET',
    inFile: false,
    isSecret: true,
    description: "client secret: its value, not the secret's id",
  }),
  tenant('clientCertificate', {
    flag: '--client-certificate',
    placeholder: '<pem>',
    env: 'AZURE_CLIENT_CERTIFICATE_PATH',
    isPath: true,
    description: 'PEM file with the client certificate and its private key',
  }),
  tenant('clientCertificatePassword', {
    placeholder: '<password>',
    env: 'AZURE_CLIENT_CERTIFICATE_PASSWORD',
    inFile: false,
    isSecret: true,
    description: "password of the certificate's private key",
  }),
  tenant('signIn', {
    flag: '--sign-in',
    placeholder: '<way>',
    env: 'HARDMATCH_SIGN_IN',
    description:
      'how to sign in: secret, certificate; device-code, browser and managed-identity are not available yet in this version',
    fallback: 'certificate when one is given, else secret',
  }),
  ...further(2),
  ...further(3),
  tenant('cloud', {
    flag: '--cloud',
    placeholder: '<cloud>',
    env: 'HARDMATCH_CLOUD',
    description: 'cloud: public, usgov, usgov-dod or china',
    fallback: 'public',
  }),
  tenant('graphUrl', {
    flag: '--graph-url',
    placeholder: '<url>',
    env: 'HARDMATCH_GRAPH_URL',
    description: 'own Graph endpoint (sandbox, private cloud), without version',
    fallback: "the cloud's",
  }),
  tenant('authorityHost', {
    flag: '--authority-host',
    placeholder: '<url>',
    env: 'AZURE_AUTHORITY_HOST',
    description: 'own sign-in endpoint (sandbox, private cloud), without tenant',
    fallback: "the cloud's",
  }),
  tenant('answerTimeout', {
    flag: '--answer-timeout',
    placeholder: '<duration>',
    env: 'HARDMATCH_ANSWER_TIMEOUT',
    description:
      'give up on an answer of sign-in or Graph that has not begun, or stands still, for so long, or is not complete after twice as long: 30s, 2m',
    fallback: '60s',
  }),
  tenant('confirmTenant', {
    flag: '--confirm-tenant',
    placeholder: '<name>',
    inFile: false,
    description: 'continue with the tenant of this name, although it is not the one that the tenant id names',
  }),
  run('sourceAnchor', {
    flag: '--source-anchor',
    placeholder: '<attribute>',
    description: 'source anchor: auto, objectGUID, mS-DS-ConsistencyGuid or attribute:<name>',
    fallback: 'auto',
  }),
  run('confirmSourceAnchor', {
    flag: '--confirm-source-anchor',
    placeholder: '<name>',
    inFile: false,
    description: "continue with this source anchor, named again, although the tenant's synced users contradict it",
  }),
  run('adKey', {
    flag: '--ad-key',
    placeholder: '<attribute>',
    description: 'AD attribute that the mappings name AD users by (mail, employeeID, …)',
  }),
  run('cloudKey', {
    flag: '--cloud-key',
    placeholder: '<property>',
    description: 'Graph property that the mappings name cloud users by (mail, employeeId, …)',
  }),
  run('columns', {
    flag: '--columns',
    placeholder: '<ad=name,cloud=name>',
    description: "the mappings' columns, where their names are none of the known ones",
  }),
  run('encoding', {
    flag: '--encoding',
    placeholder: '<name>',
    description: 'encoding of the mappings: utf-8, utf-16le, utf-16be or windows-1252',
    fallback: 'UTF-8, or UTF-16 when the file has its mark',
  }),
  run('concurrency', {
    flag: '--concurrency',
    placeholder: '<n>',
    description: 'writes under way at the same time, 1 to 64',
    fallback: '8 for each application that writes',
  }),
  run('first', {
    flag: '--first',
    placeholder: '<n>',
    inFile: false,
    description:
      'pilot: only the first n ready rows, counted from the top of the plan; to go on, give more or leave it out',
  }),
  run('allowRelink', {
    flag: '--allow-relink',
    inFile: false,
    description: 'may replace a different, non-empty immutable ID',
    fallback: 'off',
  }),
  run('federatedDetour', {
    flag: '--federated-detour',
    placeholder: '<domain>',
    inFile: false,
    description:
      'managed domain of the tenant that users of a federated domain are moved to while their ID is set, and back from',
    fallback: 'they are held',
  }),
  run('maxFailures', {
    flag: '--max-failures',
    placeholder: '<n|n%>',
    description: 'stop after so many failed rows, or when so many in a hundred have failed',
    fallback: 'no limit',
  }),
  run('maxConsecutiveFailures', {
    flag: '--max-consecutive-failures',
    placeholder: '<n>',
    description: 'stop after so many failed rows without a success between them; 0 for no limit',
    fallback: '20',
  }),
  run('stopAt', {
    flag: '--stop-at',
    placeholder: '<time>',
    inFile: false,
    description:
      "end of the maintenance window: no row is begun from then on; 05:30 (this machine's time, the next one) or 2026-11-26T05:30Z",
    fallback: 'the run ends when it is done',
  }),
  run('maxAge', {
    flag: '--max-age',
    placeholder: '<duration>',
    description: 'refuse to apply a plan older than this: 30m, 24h, 7d',
    fallback: '24h',
  }),
  run('expect', {
    flag: '--expect',
    placeholder: '<fingerprint>',
    inFile: false,
    description: 'apply only the plan that has this fingerprint',
  }),
  run('logLevel', {
    flag: '--log-level',
    placeholder: '<level>',
    description: 'what goes into hardmatch.log: debug, info, warn or error',
    fallback: 'info',
  }),
];

/** The name of a setting: its key in the file. */
export type SettingKey = (typeof settingsTable)[number]['key'];

/** One line of the table. */
export type Setting = Row<SettingKey>;

const byKey = new Map<string, Setting>(settingsTable.map((setting) => [setting.key, setting]));

/** The line of the table for a key. */
export function settingOf(key: SettingKey): Setting {
  const setting = byKey.get(key);
  if (setting === undefined) throw new Error(`no such setting: ${key}`);
  return setting;
}
