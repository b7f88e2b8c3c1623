import type { Failure } from '../../core/failure.ts';
import { stopping } from '../http/failures.ts';

/** Which application signs in, counted from 1, and what must not be told of it. */
export type SigningIn = { readonly number: number; readonly secrets: readonly string[] };

type Advice = {
  readonly fault: string;
  readonly sentence: string;
  /** Where it names a setting of the application: made with what the setting ends in, `_2` for the second one. */
  readonly hint: string | ((ending: string) => string);
};

const wrongApp = (ending: string): string =>
  ending === ''
    ? 'Check --client-id and --tenant-id (AZURE_CLIENT_ID, AZURE_TENANT_ID): the application must be in this tenant.'
    : `Check AZURE_CLIENT_ID${ending} and --tenant-id (AZURE_TENANT_ID): the application must be in this tenant.`;

// Codes: learn.microsoft.com/entra/identity-platform/reference-error-codes.
const advice: Readonly<Record<string, Advice>> = {
  '7000215': {
    fault: 'client-secret-wrong',
    sentence: 'The client secret is not the right one.',
    hint: (ending) =>
      `Set AZURE_CLIENT_SECRET${ending} to the secret's value, not its id; Entra shows the value once, when it is made.`,
  },
  '7000222': {
    fault: 'client-secret-expired',
    sentence: 'The client secret has expired.',
    hint: 'Make a new one at the app registration, under Certificates & secrets.',
  },
  '700016': { fault: 'app-not-found', sentence: 'The tenant has no such application.', hint: wrongApp },
  '7000229': {
    fault: 'app-not-consented',
    sentence: 'The application has no service principal in the tenant.',
    hint: 'Have an administrator consent to it once; docs/permissions.md has the steps.',
  },
  '65001': {
    fault: 'app-not-consented',
    sentence: 'Nobody has consented to what the application may do.',
    hint: 'Grant admin consent at the app registration, under API permissions.',
  },
  '7000112': {
    fault: 'app-disabled',
    sentence: 'The application is disabled.',
    hint: 'Enable sign-in for it under Enterprise applications.',
  },
  '90002': {
    fault: 'tenant-not-found',
    sentence: 'The sign-in service knows no such tenant.',
    hint: 'Check --tenant-id (AZURE_TENANT_ID) and --cloud: each cloud has its own tenants.',
  },
  '900023': {
    fault: 'tenant-not-found',
    sentence: 'The tenant id is neither a GUID nor a domain name.',
    hint: 'Check --tenant-id (AZURE_TENANT_ID).',
  },
  '700027': {
    fault: 'client-certificate-refused',
    sentence: 'The client certificate is not one that the application has.',
    hint: 'Upload the certificate to the app registration, under Certificates & secrets, and check the clock of this machine.',
  },
  '700024': {
    fault: 'client-certificate-refused',
    sentence: 'What was signed with the client certificate is not valid at this time.',
    hint: 'Check the clock of this machine.',
  },
  '53003': {
    fault: 'conditional-access',
    sentence: 'A Conditional Access policy blocks the application.',
    hint: 'Run where the policy allows it, or have the policy exempt this application.',
  },
};

/**
 * The Failure of a sign-in that Entra refused: run scope, never to be repeated. For a code that is not in the table the
 * first line of Entra's own text is told, with the secrets blacked out should it ever quote one.
 */
export function refusedSignIn(
  answer: { text: string; cause: unknown },
  { number: place, secrets }: SigningIn,
): Failure {
  const number = /AADSTS(\d+)/.exec(answer.text)?.[1];
  const known = number === undefined ? undefined : advice[number];
  const code = number === undefined ? '' : ` (AADSTS${number})`;
  const said = redact(answer.text.split(/\r?\n/, 1)[0] ?? '', secrets);
  return stopping(known ? `Sign-in failed: ${known.sentence.replace(/\.$/, '')}${code}.` : `Sign-in failed: ${said}`, {
    fault: known?.fault ?? 'sign-in-refused',
    hint:
      hintFor(known, place) ??
      'Look the code up at https://login.microsoftonline.com/error, and check the application and tenant.',
    code: 'forbidden',
    cause: answer.cause,
  });
}

function hintFor(known: Advice | undefined, place: number): string | undefined {
  const hint = known?.hint;
  return typeof hint === 'function' ? hint(place === 1 ? '' : `_${place}`) : hint;
}

function redact(text: string, secrets: readonly string[]): string {
  return secrets.reduce((rest, secret) => (secret === '' ? rest : rest.replaceAll(secret, '***')), text);
}
