import { absent, readAuthorities, readPasswordFile } from './files.ts';
import { type Findings, missing, waysToGive } from './problems.ts';
import type { Secret } from './secrets.ts';
import type { directoryTable } from './directory-table.ts';
import type { Picked } from './sources.ts';

/** Where AD users are read: over LDAP, or from an export. */
export type DirectorySettings =
  | {
      readonly kind: 'ldap';
      /** `ldaps://host[:port]` or `ldap://host[:port]`, to be tried in order; at least one. */
      readonly urls: readonly string[];
      readonly user: string;
      readonly password: Secret;
      /** Absent: the directory's default naming context. */
      readonly base?: string;
      /** PEM; a DER file has been turned into it. */
      readonly caPem?: string;
      readonly startTls: boolean;
      readonly allowPlaintext: boolean;
    }
  /** `path` is absolute. */
  | { readonly kind: 'export'; readonly path: string };

type PickedValues = Picked<typeof directoryTable>;

/** Puts the directory's settings together; null when that cannot be done, and then `problems` says why. */
export async function directorySettings(gathered: PickedValues, findings: Findings): Promise<DirectorySettings | null> {
  const source = sourceOf(gathered, findings);
  if (source === null) return null;
  if (source === 'ldap') return ldapSettings(gathered, findings);
  const path = gathered.values.adExport;
  if (!path) return null;
  const problem = await absent(path, 'AD export');
  if (problem) findings.problems.push(problem);
  return { kind: 'export', path };
}

/** Whether a directory is named at all: a domain controller, or an AD export. */
export function namesDirectory({ ranks }: PickedValues): boolean {
  return ranks.has('adUrl') || ranks.has('adExport');
}

// Both may be given as long as one is nearer: --ad-export on the command line is meant to replace the file's adUrl.
function sourceOf({ ranks }: PickedValues, { problems }: Findings): 'ldap' | 'export' | null {
  const url = ranks.get('adUrl');
  const file = ranks.get('adExport');
  if (file === undefined && url === undefined) {
    problems.push(
      missing('adUrl', 'no domain controller is given', `; or read an export with ${waysToGive('adExport')}`),
    );
    // The other settings of LDAP are missing as a rule, too, and should be said in the same go.
    return 'ldap';
  }
  if (file === url) {
    problems.push({
      what: 'domain controllers and an AD export are given in the same place',
      remedy: `Take one of them out: ${waysToGive('adUrl')}; ${waysToGive('adExport')}.`,
    });
    return null;
  }
  return (file ?? 3) < (url ?? 3) ? 'export' : 'ldap';
}

async function ldapSettings(gathered: PickedValues, findings: Findings): Promise<DirectorySettings | null> {
  const { values, ranks } = gathered;
  if (!ranks.has('adUser')) findings.problems.push(missing('adUser', 'no bind name is given'));
  const password = await passwordOf(gathered, findings);
  const authorities = await authoritiesOf(gathered, findings);
  const transport = { startTls: values.adStarttls === true, allowPlaintext: values.adAllowPlaintext === true };
  checkTransport(values.adUrl ?? [], transport, findings);
  if (!values.adUrl || !values.adUser || !password) return null;
  return {
    kind: 'ldap',
    urls: values.adUrl,
    user: values.adUser,
    password,
    ...(values.adBase ? { base: values.adBase } : {}),
    ...authorities,
    ...transport,
  };
}

async function authoritiesOf({ values }: PickedValues, { problems, warnings }: Findings): Promise<{ caPem?: string }> {
  if (!values.adCaFile) return {};
  const read = await readAuthorities(values.adCaFile);
  if ('content' in read) {
    if (read.content.warning !== null) warnings.push(read.content.warning);
    return { caPem: read.content.pem };
  }
  problems.push(read);
  return {};
}

async function passwordOf({ values, ranks }: PickedValues, { problems, warnings }: Findings): Promise<Secret | null> {
  const own = ranks.get('adPassword');
  const file = ranks.get('adPasswordFile');
  if (own === undefined && file === undefined) {
    problems.push(
      missing('adPassword', 'no bind password is given', `; or name a file with ${waysToGive('adPasswordFile')}`),
    );
    return null;
  }
  if (own === file) {
    const names = 'HARDMATCH_AD_PASSWORD and HARDMATCH_AD_PASSWORD_FILE';
    problems.push({ what: `${names} are both set`, remedy: 'Clear one of them.' });
    return null;
  }
  if ((own ?? 3) < (file ?? 3)) return values.adPassword ?? null;
  if (!values.adPasswordFile) return null;
  const read = await readPasswordFile(values.adPasswordFile);
  if (!('content' in read)) {
    problems.push(read);
    return null;
  }
  if (read.content.warning !== null) warnings.push(read.content.warning);
  return read.content.secret;
}

function checkTransport(
  urls: readonly string[],
  { startTls, allowPlaintext }: { readonly startTls: boolean; readonly allowPlaintext: boolean },
  { problems, warnings }: Findings,
): void {
  const plain = urls.filter((url) => url.startsWith('ldap://'));
  if (plain.length === 0) {
    if (startTls && urls.length > 0)
      warnings.push('StartTLS has no effect on ldaps:// URLs: they are encrypted from the start.');
    return;
  }
  if (startTls) return;
  const what = `${plain.join(', ')} would send the password in the clear`;
  if (allowPlaintext) {
    warnings.push(`The password crosses the network in the clear to ${plain.join(', ')}.`);
    return;
  }
  problems.push({
    what,
    remedy: `Use ldaps://, or StartTLS: ${waysToGive('adStarttls')}. In a closed test network: ${waysToGive('adAllowPlaintext')}.`,
  });
}
