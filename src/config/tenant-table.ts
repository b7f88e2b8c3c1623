import * as readers from './readers.ts';
import { setting } from './setting.ts';
import * as values from './values.ts';

// The tenant's quota of writes is that of three applications: more than three could not be put to use.
const further = <Number extends 2 | 3>(number: Number) => [
  setting(`clientId${number}` as const, {
    placeholder: '<id>',
    env: `AZURE_CLIENT_ID_${number}`,
    description: `application (client) id of a ${ordinals[number]} app registration, which writes beside the first`,
    fallback: 'none',
    read: readers.byText(values.readGuid),
  }),
  setting(`clientSecret${number}` as const, {
    placeholder: '<secret>',
    env: `AZURE_CLIENT_SECRET_${number}`,
    inFile: false,
    isSecret: true,
    description: `client secret of the ${ordinals[number]} app registration`,
    read: readers.secret,
  }),
  setting(`clientCertificate${number}` as const, {
    placeholder: '<pem>',
    env: `AZURE_CLIENT_CERTIFICATE_PATH_${number}`,
    isPath: true,
    description: `PEM file with the client certificate of the ${ordinals[number]} app registration, and its private key`,
    read: readers.word,
  }),
  setting(`clientCertificatePassword${number}` as const, {
    placeholder: '<password>',
    env: `AZURE_CLIENT_CERTIFICATE_PASSWORD_${number}`,
    inFile: false,
    isSecret: true,
    description: `password of that certificate's private key`,
    read: readers.secret,
  }),
];
const ordinals = { 2: 'second', 3: 'third' } as const;

/** The settings for the tenant and for signing in to it, in the order in which help and docs show them. */
export const tenantTable = [
  setting('tenantId', {
    flag: '--tenant-id',
    placeholder: '<id>',
    env: 'AZURE_TENANT_ID',
    description: 'tenant: its id, or one of its domains',
    read: readers.byText(values.readTenantId),
  }),
  setting('clientId', {
    flag: '--client-id',
    placeholder: '<id>',
    env: 'AZURE_CLIENT_ID',
    description: 'application (client) id of the app registration',
    read: readers.byText(values.readGuid),
  }),
  setting('clientSecret', {
    placeholder: '<secret>',
    env: 'AZURE_CLIENT_SECRET',
    inFile: false,
    isSecret: true,
    description: "client secret: its value, not the secret's id",
    read: readers.secret,
  }),
  setting('clientCertificate', {
    flag: '--client-certificate',
    placeholder: '<pem>',
    env: 'AZURE_CLIENT_CERTIFICATE_PATH',
    isPath: true,
    description: 'PEM file with the client certificate and its private key',
    read: readers.word,
  }),
  setting('clientCertificatePassword', {
    placeholder: '<password>',
    env: 'AZURE_CLIENT_CERTIFICATE_PASSWORD',
    inFile: false,
    isSecret: true,
    description: "password of the certificate's private key",
    read: readers.secret,
  }),
  setting('signIn', {
    flag: '--sign-in',
    placeholder: '<way>',
    env: 'HARDMATCH_SIGN_IN',
    description:
      'how to sign in: secret, certificate; device-code, browser and managed-identity are not available yet in this version',
    fallback: 'certificate when one is given, else secret',
    read: readers.oneOf('secret', 'certificate', 'device-code', 'browser', 'managed-identity'),
  }),
  ...further(2),
  ...further(3),
  setting('cloud', {
    flag: '--cloud',
    placeholder: '<cloud>',
    env: 'HARDMATCH_CLOUD',
    description: 'cloud: public, usgov, usgov-dod or china',
    fallback: 'public',
    read: readers.oneOf('public', 'usgov', 'usgov-dod', 'china'),
    usual: 'public',
  }),
  setting('graphUrl', {
    flag: '--graph-url',
    placeholder: '<url>',
    env: 'HARDMATCH_GRAPH_URL',
    description: 'own Graph endpoint (sandbox, private cloud), without version',
    fallback: "the cloud's",
    read: readers.byText(values.readGraphUrl),
  }),
  setting('authorityHost', {
    flag: '--authority-host',
    placeholder: '<url>',
    env: 'AZURE_AUTHORITY_HOST',
    description: 'own sign-in endpoint (sandbox, private cloud), without tenant',
    fallback: "the cloud's",
    read: readers.byText(values.readAuthorityHost),
  }),
  // In milliseconds: to wait for an answer to begin, and between two pieces of it.
  setting('answerTimeout', {
    flag: '--answer-timeout',
    placeholder: '<duration>',
    env: 'HARDMATCH_ANSWER_TIMEOUT',
    description:
      'give up on an answer of sign-in or Graph that has not begun, or stands still, for so long, or is not complete after twice as long: 30s, 2m',
    fallback: '60s',
    read: readers.byText(values.readAnswerTimeout),
    usual: 60_000,
  }),
  setting('confirmTenant', {
    flag: '--confirm-tenant',
    placeholder: '<name>',
    inFile: false,
    description: 'continue with the tenant of this name, although it is not the one that the tenant id names',
    read: readers.word,
  }),
];
