import * as readers from './readers.ts';
import { setting } from './setting.ts';
import * as values from './values.ts';

/** The settings for AD, in the order in which help and docs show them. */
export const directoryTable = [
  setting('adUrl', {
    flag: '--ad-url',
    placeholder: '<url>',
    env: 'HARDMATCH_AD_URL',
    repeatable: true,
    description:
      'domain controllers, tried in order; ldaps://host or ldap://host, several separated by blanks or commas',
    read: readers.urls,
  }),
  setting('adUser', {
    flag: '--ad-user',
    placeholder: '<name>',
    env: 'HARDMATCH_AD_USER',
    description: 'bind name: a distinguished name, a UPN or DOMAIN\\name',
    read: readers.byText(values.readBindName),
  }),
  setting('adPassword', {
    placeholder: '<password>',
    env: 'HARDMATCH_AD_PASSWORD',
    inFile: false,
    isSecret: true,
    description: 'bind password',
    read: readers.secret,
  }),
  setting('adPasswordFile', {
    placeholder: '<file>',
    env: 'HARDMATCH_AD_PASSWORD_FILE',
    isPath: true,
    description: 'file with the bind password; a line break at its end is left out',
    read: readers.word,
  }),
  setting('adBase', {
    flag: '--ad-base',
    placeholder: '<dn>',
    env: 'HARDMATCH_AD_BASE',
    description: 'search base',
    fallback: "the root DSE's default naming context",
    read: readers.byText(values.readDn),
  }),
  setting('adCaFile', {
    flag: '--ad-ca-file',
    placeholder: '<file>',
    env: 'HARDMATCH_AD_CA_FILE',
    isPath: true,
    description: 'CA certificate for LDAPS and StartTLS, PEM or DER',
    fallback: "Node's own authorities",
    read: readers.word,
  }),
  setting('adStarttls', {
    flag: '--ad-starttls',
    env: 'HARDMATCH_AD_STARTTLS',
    description: 'StartTLS on an ldap:// URL',
    fallback: 'off',
    read: readers.toggle,
    usual: false,
  }),
  setting('adAllowPlaintext', {
    flag: '--ad-allow-plaintext',
    env: 'HARDMATCH_AD_ALLOW_PLAINTEXT',
    description: 'bind over ldap:// without StartTLS, which sends the password in the clear',
    fallback: 'off',
    read: readers.toggle,
    usual: false,
  }),
  setting('adExport', {
    flag: '--ad-export',
    placeholder: '<file>',
    env: 'HARDMATCH_AD_EXPORT',
    isPath: true,
    description: 'AD users from a file in place of LDAP (Get-ADUser … | Export-Csv)',
    read: readers.word,
  }),
];
