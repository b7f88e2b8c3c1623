import { guidFromText } from '../core/guid.ts';
import { readClientCertificate } from './files.ts';
import { type Findings, missing, waysToGive } from './problems.ts';
import type { Cloud, SignIn, TenantSettings } from './settings.ts';
import type { Gathered } from './sources.ts';

/** Puts the tenant's settings together; null when that cannot be done, and then `problems` says why. */
export async function tenantSettings(gathered: Gathered, findings: Findings): Promise<TenantSettings | null> {
  const { values, ranks } = gathered;
  if (!ranks.has('tenantId')) findings.problems.push(missing('tenantId', 'no tenant is given'));
  if (!ranks.has('clientId')) findings.problems.push(missing('clientId', 'no application (client) id is given'));
  const signIn = await signInOf(gathered, findings);
  checkCloud(gathered, findings);
  if (values.tenantId === undefined || values.clientId === undefined || signIn === null) return null;
  return {
    tenantId: values.tenantId,
    clientId: values.clientId,
    cloud: values.cloud ?? 'public',
    answerTimeout: values.answerTimeout ?? 60_000,
    ...(values.graphUrl === undefined ? {} : { graphUrl: values.graphUrl }),
    ...(values.authorityHost === undefined ? {} : { authorityHost: values.authorityHost }),
    signIn,
  };
}

async function signInOf(gathered: Gathered, findings: Findings): Promise<SignIn | null> {
  const { values, ranks } = gathered;
  // Named, but not a way there is: that has been said already.
  if (ranks.has('signIn') && values.signIn === undefined) return null;
  switch (values.signIn ?? unnamedWay(gathered, findings)) {
    case 'secret':
      return secretSignIn(gathered, findings);
    case 'certificate':
      return certificateSignIn(gathered, findings);
    case null:
      return null;
    default:
      findings.problems.push({
        what: `signing in with ${values.signIn} is not available yet in this version`,
        remedy: `Use secret or certificate: ${waysToGive('signIn')}.`,
      });
      return null;
  }
}

function unnamedWay({ ranks }: Gathered, { problems, warnings }: Findings): 'secret' | 'certificate' | null {
  const hasSecret = ranks.has('clientSecret');
  if (ranks.has('clientCertificate')) {
    if (hasSecret) {
      warnings.push(
        'A client secret and a client certificate are given; the certificate is used. --sign-in secret uses the secret.',
      );
    }
    return 'certificate';
  }
  if (hasSecret) return 'secret';
  problems.push(
    missing(
      'clientSecret',
      'no client secret or certificate is given',
      `; for a certificate ${waysToGive('clientCertificate')}`,
    ),
  );
  return null;
}

function secretSignIn({ values, ranks }: Gathered, { problems, warnings }: Findings): SignIn | null {
  if (!ranks.has('clientSecret')) problems.push(missing('clientSecret', 'no client secret is given'));
  if (values.clientSecret === undefined) return null;
  // The portal shows two columns, and the one that can still be copied later is the wrong one.
  if (guidFromText(values.clientSecret.reveal()) !== undefined) {
    warnings.push("AZURE_CLIENT_SECRET is a GUID: probably the secret's id in place of its value.");
  }
  return { kind: 'secret', secret: values.clientSecret };
}

async function certificateSignIn({ values, ranks }: Gathered, findings: Findings): Promise<SignIn | null> {
  if (!ranks.has('clientCertificate')) {
    findings.problems.push(missing('clientCertificate', 'no client certificate is given'));
  }
  if (values.clientCertificate === undefined) return null;
  const password = values.clientCertificatePassword;
  const read = await readClientCertificate(values.clientCertificate, password !== undefined);
  if (!('content' in read)) {
    findings.problems.push(read);
    return null;
  }
  if (read.content.warning !== null) findings.warnings.push(read.content.warning);
  return { kind: 'certificate', pem: read.content.pem, ...(password === undefined ? {} : { password }) };
}

// "National cloud deployments", learn.microsoft.com/graph/deployments.
const cloudsOfHost: Readonly<Record<string, readonly Cloud[]>> = {
  'login.microsoftonline.com': ['public'],
  'login.microsoftonline.us': ['usgov', 'usgov-dod'],
  'login.chinacloudapi.cn': ['china'],
  'login.partner.microsoftonline.cn': ['china'],
};

// AZURE_AUTHORITY_HOST is often set for other tools; a token of one cloud is worth nothing in another.
function checkCloud({ values, ranks }: Gathered, { problems }: Findings): void {
  if (values.authorityHost === undefined || values.graphUrl !== undefined) return;
  if (ranks.has('cloud') && values.cloud === undefined) return;
  const { host } = new URL(values.authorityHost);
  const clouds = cloudsOfHost[host];
  const cloud = values.cloud ?? 'public';
  if (clouds === undefined || clouds.includes(cloud)) return;
  problems.push({
    what: `${host} signs in to ${clouds.join(' or ')}, and the cloud is ${cloud}`,
    remedy: `Set the cloud with ${waysToGive('cloud')}, or take the host out: ${waysToGive('authorityHost')}.`,
  });
}
