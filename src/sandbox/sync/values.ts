// Which values sync does not take, attribute by attribute: the table of docs/sandbox-sync.md, section 5. Pure: what another
// object has is asked in attributes.ts.

/** What is wrong with a value, in words known from directory preparation tools. */
export type ValueFault =
  'blank' | 'character' | 'domain part' | 'duplicate' | 'format' | 'length' | 'local part' | 'top-level domain';

/** A value of AD that sync refuses; the attribute stays in error and the cloud's value as it is. */
export type RefusedValue = {
  readonly attribute:
    | 'displayName'
    | 'givenName'
    | 'mail'
    | 'mailNickname'
    | 'proxyAddresses'
    | 'sAMAccountName'
    | 'sn'
    | 'targetAddress'
    | 'userPrincipalName';
  /** As AD has it, `smtp:` included. */
  readonly value: string;
  readonly why: ValueFault;
};

type Check = (value: string) => ValueFault | undefined;

/** Longest values, in characters. */
const longest = {
  displayName: 255,
  givenName: 63,
  mail: 256,
  mailNickname: 64,
  proxyAddress: 256,
  sAMAccountName: 20,
  sn: 64,
  targetAddress: 255,
  upnPrefix: 64,
  upnSuffix: 48,
} as const;

function longerThan(most: number): Check {
  return (value) => (value.length > most ? 'length' : undefined);
}

function withCharacters(refused: RegExp): Check {
  return (value) => (refused.test(value) ? 'character' : undefined);
}

/** The first fault that one of the checks finds. */
function firstOf(...checks: readonly Check[]): Check {
  return (value) => {
    for (const check of checks) {
      const fault = check(value);
      if (fault !== undefined) return fault;
    }
    return undefined;
  };
}

/** Letters with a mark above, below or through them that Unicode takes apart: ü, é, ç. */
const withMarks: Check = (value) => (/\p{M}/u.test(value.normalize('NFD')) ? 'character' : undefined);

const upnForm: Check = (upn) => {
  const [prefix = '', suffix = '', ...more] = upn.split('@');
  if (more.length > 0 || !upn.includes('@')) return 'format';
  if (prefix === '') return 'local part';
  if (suffix === '' || /[.&\s]$/.test(suffix)) return 'domain part';
  if (prefix.endsWith('.')) return 'local part';
  return prefix.length > longest.upnPrefix || suffix.length > longest.upnSuffix ? 'length' : undefined;
};

/** Of a userPrincipalName. An apostrophe is no fault (O'Brien). */
export const faultOfUpn = firstOf(withCharacters(/[^A-Za-z0-9'.\-_!#^~@]/), upnForm);

const atoms = /^[\w!#$%&'*+/=?^`{|}~-]+(\.[\w!#$%&'*+/=?^`{|}~-]+)*$/;
const label = /^[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?$/;

/** Whether a text is an SMTP address, and if not, which part is at fault. */
const addressForm: Check = (address) => {
  const [local = '', domain = '', ...more] = address.split('@');
  if (more.length > 0 || !address.includes('@')) return 'format';
  if (!atoms.test(local)) return 'local part';
  const labels = domain.split('.');
  if (labels.length < 2 || !labels.every((one) => label.test(one))) return 'domain part';
  return /^[A-Za-z]{2,17}$/.test(labels.at(-1) ?? '') ? undefined : 'top-level domain';
};

/** A colon in an address is a second one: the first stands behind `smtp`. */
const smtpAddress = firstOf(withCharacters(/[\s<>();,[\]":]/), withMarks, addressForm);
const otherAddress = withCharacters(/[\r\n[\]"']/);

function faultOfTyped(value: string): ValueFault | undefined {
  const [, type, rest] = /^([^:@]*):([^]*)$/.exec(value) ?? [];
  if (type === undefined || rest === undefined) return undefined;
  return type.toLowerCase() === 'smtp' ? smtpAddress(rest) : otherAddress(rest);
}

/** Of one proxy address with its prefix. One without a prefix is no fault: sync passes it over. */
export const faultOfProxy = firstOf(longerThan(longest.proxyAddress), faultOfTyped);

export const faultOfMail = longerThan(longest.mail);

/** Of a targetAddress, which may come without a prefix. */
export const faultOfTarget = firstOf(longerThan(longest.targetAddress), withCharacters(/\\/), (value) =>
  value.includes(':') ? faultOfTyped(value) : smtpAddress(value),
);

export const faultOfSam = firstOf(longerThan(longest.sAMAccountName), withCharacters(/[\\"|,/[\]:<>+=;?*']/));

const faultOfNickname = firstOf(longerThan(longest.mailNickname), (value) =>
  /^\.|\.$/.test(value) ? 'format' : undefined,
);

/** The mailNickname that sync makes of AD's, or what is wrong with it: most signs are no fault, but replaced. */
export function nicknameOf(value: string): { readonly nickname: string } | { readonly fault: ValueFault } {
  const fault = faultOfNickname(value);
  if (fault !== undefined) return { fault };
  return { nickname: value.replaceAll(/[\s\\!#$%&*+/=?^`{}|~<>()';:,[\]"@]/g, '_') };
}

/** Of the attributes that are names alone. */
export const faultOfName = {
  displayName: firstOf(longerThan(longest.displayName), (value) => (value.trim() === '' ? 'blank' : undefined)),
  givenName: longerThan(longest.givenName),
  sn: longerThan(longest.sn),
} as const;
