// Client assertions: a JWT the application signs with the key of its certificate (RFC 7523; Microsoft identity platform:
// application authentication certificate credentials).
import { X509Certificate, constants, createHash, verify } from 'node:crypto';

/** Why an assertion is refused: the AADSTS number and its sentence. */
export type AssertionFault = { readonly number: number; readonly message: string };

type Expected = {
  /** PEM of the certificate registered on the application; undefined when none is. */
  readonly certificatePem: string | undefined;
  /** Accepted audiences: the token endpoint, however the tenant is named in it. */
  readonly audiences: readonly string[];
  readonly clientId: string;
  readonly now: number;
};

/** Clocks may differ by this much. */
const skewS = 300;

/** Undefined when the assertion proves that the application has the certificate's key. */
export function checkAssertion(assertion: string, expected: Expected): AssertionFault | undefined {
  const jwt = readJwt(assertion);
  if (jwt === undefined) return { number: 50027, message: 'JWT token is invalid or malformed.' };
  return checkSignature(jwt, expected.certificatePem) ?? checkClaims(jwt.claims, expected);
}

type Jwt = {
  readonly header: Readonly<Record<string, unknown>>;
  readonly claims: Readonly<Record<string, unknown>>;
  readonly signed: string;
  readonly signature: Buffer;
};

function readJwt(text: string): Jwt | undefined {
  const [header, claims, signature, ...more] = text.split('.');
  if (header === undefined || claims === undefined || signature === undefined || more.length > 0) return undefined;
  try {
    return {
      header: readPart(header),
      claims: readPart(claims),
      signed: `${header}.${claims}`,
      signature: Buffer.from(signature, 'base64url'),
    };
  } catch {
    return undefined;
  }
}

function readPart(text: string): Record<string, unknown> {
  const value: unknown = JSON.parse(Buffer.from(text, 'base64url').toString('utf8'));
  if (typeof value !== 'object' || value === null) throw new TypeError('not a JSON object');
  return value as Record<string, unknown>;
}

/** The header names the certificate by the hash of its DER form: `x5t#S256`, or `x5t` (SHA-1) of older clients. */
function checkSignature(jwt: Jwt, certificatePem: string | undefined): AssertionFault | undefined {
  const unknownKey = {
    number: 700027,
    message:
      'The certificate with identifier used to sign the client assertion is not registered on application. [Reason - The key was not found.]',
  };
  if (certificatePem === undefined) return unknownKey;
  const certificate = new X509Certificate(certificatePem);
  const hash = (name: string): string => createHash(name).update(certificate.raw).digest('base64url');
  const named = jwt.header['x5t#S256'] ?? jwt.header['x5t'];
  const isKnown = named === (jwt.header['x5t#S256'] === undefined ? hash('sha1') : hash('sha256'));
  if (!isKnown) return unknownKey;
  const paddings: Record<string, number> = {
    RS256: constants.RSA_PKCS1_PADDING,
    PS256: constants.RSA_PKCS1_PSS_PADDING,
  };
  const padding = paddings[String(jwt.header['alg'])];
  const bad = { number: 700027, message: 'Client assertion failed signature validation.' };
  if (padding === undefined || certificate.publicKey.asymmetricKeyType !== 'rsa') return bad;
  // Both algorithms are with SHA-256; PS256 salts with as many bytes as the hash has (RFC 7518 3.5).
  const key = { key: certificate.publicKey, padding, saltLength: constants.RSA_PSS_SALTLEN_DIGEST };
  return verify('sha256', Buffer.from(jwt.signed), key, jwt.signature) ? undefined : bad;
}

function checkClaims(claims: Readonly<Record<string, unknown>>, expected: Expected): AssertionFault | undefined {
  const nowS = expected.now / 1000;
  const notBefore = Number(claims['nbf'] ?? 0);
  const expires = Number(claims['exp'] ?? 0);
  if (!(expires > nowS - skewS) || notBefore > nowS + skewS) {
    return { number: 700024, message: 'Client assertion is not within its valid time range.' };
  }
  if (claims['iss'] !== expected.clientId || claims['sub'] !== expected.clientId) {
    return {
      number: 700021,
      message: `Client assertion application identifier doesn't match 'client_id' parameter.`,
    };
  }
  if (expected.audiences.includes(String(claims['aud']))) return undefined;
  return { number: 700023, message: 'Client assertion audience claim does not match Realm issuer.' };
}
