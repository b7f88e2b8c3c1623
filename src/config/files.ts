import { X509Certificate } from 'node:crypto';
import { checkRegular, type Content, mebibyte, NotRegular, readRegular } from '../files/regular-file.ts';
import { systemCodeOf } from '../files/system-error.ts';
import { type Problem } from './problems.ts';
import { makeSecret, type Secret } from './secrets.ts';

/** What came of a file that a setting names: what was in it, or why it is of no use. */
export type FromFile<Found> = { readonly content: Found } | Problem;

/** A system error in words that name neither call nor errno. */
export function whyUnreadable(error: unknown): string {
  switch (systemCodeOf(error)) {
    case 'ENOENT':
      return 'there is no such file';
    case 'EISDIR':
      return 'it is a folder';
    case 'EACCES':
    case 'EPERM':
      return 'this account may not read it';
    default:
      return error instanceof Error ? error.message : String(error);
  }
}

/** The text of a file as Windows tools write them: UTF-8 with or without its mark, or UTF-16 with one. */
function decodeText(bytes: Buffer): string {
  // TextDecoder takes the mark off by itself.
  return new TextDecoder(encodingOf(bytes)).decode(bytes);
}

function encodingOf(bytes: Buffer): string {
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return 'utf-16le';
  return bytes[0] === 0xfe && bytes[1] === 0xff ? 'utf-16be' : 'utf-8';
}

/** As `decodeText`; undefined when there are bytes that are no text, or a zero. */
export function decodeStrictly(bytes: Buffer): string | undefined {
  try {
    const text = new TextDecoder(encodingOf(bytes), { fatal: true }).decode(bytes);
    return text.includes('\0') ? undefined : text;
  } catch {
    return undefined;
  }
}

/** Reads the bind password. A line break at the end is the editor's; one inside means that it is another kind of file. */
export async function readPasswordFile(path: string): Promise<FromFile<{ secret: Secret; warning: string | null }>> {
  const file = await readBytes(path, 'password file');
  if (!('content' in file)) return file;
  const text = decodeText(file.content.bytes).replace(/\r?\n$/, '');
  const remedy = 'Put the password and nothing else into the file.';
  if (text === '') return { what: `the password file ${path} is empty`, remedy };
  if (/[\r\n]/.test(text)) return { what: `the password file ${path} has more than one line`, remedy };
  return { content: { secret: makeSecret(text), warning: looseMode(file.content, path, 'password file') } };
}

/** Reads CA certificates: PEM as it is, DER (the default of Windows' export) turned into PEM. */
export async function readAuthorities(path: string): Promise<FromFile<{ pem: string; warning: string | null }>> {
  const file = await readBytes(path, 'CA file');
  if (!('content' in file)) return file;
  const { bytes } = file.content;
  const text = decodeText(bytes);
  const blocks = text.match(/-----BEGIN CERTIFICATE-----.*?-----END CERTIFICATE-----/gs);
  try {
    const certificates = (blocks ?? [bytes]).map((source) => new X509Certificate(source));
    const pem = certificates.map((certificate) => certificate.toString()).join('');
    return { content: { pem, warning: writableByOthers(file.content, path, 'CA file') } };
  } catch {
    const what = blocks ? `a certificate in the CA file ${path} is damaged` : `the CA file ${path} is no certificate`;
    return { what, remedy: 'Export the CA certificate again, as Base-64 encoded X.509 (.CER).' };
  }
}

/**
 * Reads the client certificate. Checks that the parts are there; whether they belong together, and whether the time is
 * right, is found out when signing in.
 */
export async function readClientCertificate(
  path: string,
  hasPassword: boolean,
): Promise<FromFile<{ pem: Secret; warning: string | null }>> {
  const file = await readBytes(path, 'client certificate');
  if (!('content' in file)) return file;
  const pem = decodeText(file.content.bytes);
  const problem = certificateProblem(pem, path, hasPassword);
  return problem ?? { content: { pem: makeSecret(pem), warning: looseMode(file.content, path, 'client certificate') } };
}

function certificateProblem(pem: string, path: string, hasPassword: boolean): Problem | undefined {
  const what = `the client certificate ${path}`;
  const toPem = 'Write certificate and key to one PEM file: openssl pkcs12 -in app.pfx -out app.pem';
  if (!pem.includes('-----BEGIN ')) return { what: `${what} is not PEM`, remedy: `${toPem}.` };
  if (!pem.includes('-----BEGIN CERTIFICATE-----'))
    return { what: `${what} has a key but no certificate`, remedy: `${toPem}.` };
  if (!/-----BEGIN [A-Z ]*PRIVATE KEY-----/.test(pem))
    return { what: `${what} has no private key`, remedy: `${toPem}.` };
  // PKCS #8 says it in the first line, the older form in a header (RFC 1421).
  const isEncrypted = /-----BEGIN ENCRYPTED PRIVATE KEY-----|^Proc-Type: 4,ENCRYPTED/m.test(pem);
  return isEncrypted && !hasPassword
    ? { what: `${what} has an encrypted private key`, remedy: 'Give AZURE_CLIENT_CERTIFICATE_PASSWORD.' }
    : undefined;
}

/** Whether there is a file to be read later; undefined when there is. */
export async function absent(path: string, name: string): Promise<Problem | undefined> {
  try {
    await checkRegular(path);
    return undefined;
  } catch (error) {
    return unreadable(path, name, error);
  }
}

/** The most bytes that a file with a secret, a certificate or settings has: they take some kilobytes. */
export const largest = mebibyte;

async function readBytes(path: string, name: string): Promise<FromFile<Content>> {
  try {
    return { content: await readRegular(path, largest) };
  } catch (error) {
    return unreadable(path, name, error);
  }
}

function unreadable(path: string, name: string, error: unknown): Problem {
  // As `<(…)` of a shell makes them, say, or /dev/stdin.
  const isPipe = error instanceof NotRegular && error.kind === 'pipe';
  return {
    what: `the ${name} ${path} cannot be read: ${whyUnreadable(error)}`,
    remedy: isPipe ? 'Write it to a file that this account alone may read, and name that.' : 'Check the path.',
  };
}

/** A warning when others can change a file that says where secrets are sent; null when they cannot. */
export function writableByOthers({ mode }: Pick<Content, 'mode'>, path: string, name: string): string | null {
  if (process.platform === 'win32') return null;
  return (mode & 0o022) === 0 ? null : `The ${name} ${path} can be changed by others; chmod go-w it.`;
}

// Windows has no such bits: Node makes them up from the read-only attribute, so they say nothing there.
function looseMode({ mode }: Pick<Content, 'mode'>, path: string, name: string): string | null {
  if (process.platform === 'win32') return null;
  return (mode & 0o077) === 0 ? null : `The ${name} ${path} can be read by others; chmod 600 it.`;
}
