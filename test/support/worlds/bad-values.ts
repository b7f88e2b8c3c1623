// Values of AD that sync refuses, one for each rule, and others next to them that it takes.
import type { PracticeAdUser } from '../../../src/sandbox/people/people.ts';
import { domain } from './draft.ts';

type Change = (ad: PracticeAdUser) => void;

const upn =
  (make: (local: string) => string): Change =>
  (ad) => {
    ad.userPrincipalName = make(localOf(ad));
  };

const proxy =
  (make: (local: string) => string): Change =>
  (ad) => {
    ad.proxyAddresses = [...ad.proxyAddresses, make(localOf(ad))];
  };

const target =
  (make: (local: string) => string): Change =>
  (ad) => {
    ad.targetAddress = make(localOf(ad));
  };

const localOf = ({ sAMAccountName }: PracticeAdUser): string => sAMAccountName;

/** No UPN, and a logon name that cannot make one. */
const unnamed =
  (make: (sam: string) => string): Change =>
  (ad) => {
    ad.userPrincipalName = null;
    ad.sAMAccountName = make(ad.sAMAccountName);
  };

/** By name, for whoever reads about a mismatch. */
export const badValues: Readonly<Record<string, Change>> = {
  'upn with a blank': upn((local) => `bad ${local}@${domain}`),
  'upn with a sign': upn((local) => `bad,${local}@${domain}`),
  'upn with a percent': upn((local) => `bad%${local}@${domain}`),
  'upn with an umlaut': upn((local) => `jürgen.${local}@${domain}`),
  'upn with a dot before @': upn((local) => `${local}.@${domain}`),
  'upn with two @': upn((local) => `${local}@b@${domain}`),
  'upn without @': upn((local) => `${local}.${domain}`),
  'upn too long before @': upn((local) => `${local.padEnd(65, 'a')}@${domain}`),
  'upn too long after @': upn((local) => `${local}@${'b'.repeat(50)}.test`),
  'upn with a dot last': upn((local) => `${local}@${domain}.`),
  'upn with an apostrophe, which is fine': upn((local) => `o'brien.${local}@${domain}`),
  'logon name too long': unnamed((sam) => sam.padEnd(24, 'x')),
  'logon name with a sign': unnamed((sam) => `${sam};x`),
  'logon name that makes a bad upn': unnamed((sam) => `${sam}.`),
  'proxy with two dots': proxy((local) => `smtp:dot..${local}@${domain}`),
  'proxy with a blank': proxy((local) => `smtp:a ${local}@${domain}`),
  'proxy with an umlaut': proxy((local) => `smtp:ü${local}@${domain}`),
  'proxy with a second colon': proxy((local) => `smtp:smtp:${local}@${domain}`),
  'proxy with a comma': proxy((local) => `smtp:a,${local}@${domain}`),
  'proxy without @': proxy((local) => `smtp:${local}`),
  'proxy of one label': proxy((local) => `smtp:${local}@localhost`),
  'proxy with a short last label': proxy((local) => `smtp:${local}@example.x`),
  'proxy too long': proxy((local) => `smtp:${local.padEnd(260, 'p')}@${domain}`),
  'x500 with a quote': proxy((local) => `X500:/o="${local}"`),
  'x500 with blanks, which is fine': proxy((local) => `X500:/o=First Organization/cn=${local}`),
  'sip with brackets': proxy((local) => `sip:[${local}]@${domain}`),
  'proxy that is not routed': proxy((local) => `smtp:${local}@corp.local`),
  'proxy of an unverified domain': proxy((local) => `smtp:${local}@claimed.test`),
  'mail too long': (ad) => {
    ad.mail = `${ad.sAMAccountName.padEnd(250, 'm')}@${domain}`;
  },
  'targetAddress with a backslash': target((local) => `SMTP:a\\${local}@${domain}`),
  'targetAddress that is no address': target((local) => `SMTP:${local}`),
  'targetAddress too long': target((local) => `SMTP:${local.padEnd(256, 't')}@${domain}`),
  'nickname with a dot first': (ad) => {
    ad.mailNickname = `.${ad.sAMAccountName}`;
  },
  'nickname too long': (ad) => {
    ad.mailNickname = ad.sAMAccountName.padEnd(65, 'n');
  },
  'nickname with a sign, which is replaced': (ad) => {
    ad.mailNickname = `a,${ad.sAMAccountName}`;
  },
  'display name too long': (ad) => {
    ad.displayName = 'd'.repeat(256);
  },
  'display name of blanks': (ad) => {
    ad.displayName = '  ';
  },
  'given name too long': (ad) => {
    ad.givenName = 'g'.repeat(64);
  },
  'surname too long': (ad) => {
    ad.sn = 's'.repeat(65);
  },
};

/** What leaves an AD user out of sync, one for each rule. */
export const outOfScope: Readonly<Record<string, Change>> = {
  'adminDescription User_': (ad) => {
    ad.adminDescription = 'User_NoSync';
  },
  'a critical system object': (ad) => {
    ad.isCriticalSystemObject = true;
  },
  'logon name MSOL_': (ad) => {
    ad.sAMAccountName = `MSOL_${ad.sAMAccountName}`;
  },
  'logon name AAD_': (ad) => {
    ad.sAMAccountName = `AAD_${ad.sAMAccountName}`;
  },
  'a CAS mailbox': (ad) => {
    ad.mailNickname = `CAS_{${ad.sAMAccountName}}`;
  },
  'a system mailbox': (ad) => {
    ad.cn = `SystemMailbox{${ad.sAMAccountName}}`;
    ad.mailNickname = ad.cn;
  },
  'a health mailbox': (ad) => {
    ad.cn = `HealthMailbox${ad.sAMAccountName}`;
    ad.displayName = ad.cn;
    ad.mailNickname = ad.cn;
  },
  'a discovery mailbox': (ad) => {
    ad.cn = `DiscoverySearchMailbox{${ad.sAMAccountName}}`;
    ad.mailNickname = ad.cn;
  },
  'the federation mailbox': (ad) => {
    ad.cn = `FederatedEmail.${ad.sAMAccountName}`;
    ad.mailNickname = ad.cn;
  },
  'a mailbox plan': (ad) => {
    ad.msExchRecipientTypeDetails = '16777216';
  },
  'a linked mailbox': (ad) => {
    ad.msExchRecipientTypeDetails = '2';
  },
};
