// Which values of AD sync does not take: the rules that Microsoft's IdFix applied for several tenants, and where its page
// "Prepare for directory synchronization to Microsoft 365" says otherwise, those of the page. What somebody else has already
// is no matter of the value alone, and not here.

/** What is wrong with a value; `kind` is the word that directory preparation tools have for it. */
export type ValueFault = {
  readonly kind: 'blank' | 'character' | 'domain part' | 'format' | 'length' | 'local part' | 'top-level domain';
  /** A sentence part: "it has a blank". */
  readonly why: string;
};

type Rule = (value: string) => ValueFault | null;

const atMost =
  (longest: number): Rule =>
  ({ length }) =>
    length > longest ? { kind: 'length', why: `it has ${length} characters, ${longest} are allowed` } : null;

const without =
  (refused: RegExp): Rule =>
  (value) => {
    const sign = refused.exec(value)?.[0];
    return sign === undefined ? null : { kind: 'character', why: `it has ${nameOf(sign)}` };
  };

const all =
  (...rules: readonly Rule[]): Rule =>
  (value) => {
    for (const rule of rules) {
      const fault = rule(value);
      if (fault !== null) return fault;
    }
    return null;
  };

function nameOf(sign: string): string {
  if (sign === ' ') return 'a blank';
  return /^[\s\p{C}]$/u.test(sign) ? 'a line break or another sign that cannot be seen' : `a ${sign}`;
}

/** Letters with a mark, of which decomposing leaves the mark: ü, é, ç. */
const unmarked: Rule = (value) => {
  const marked = Array.from(value.normalize('NFC')).find((letter) => /\p{M}/u.test(letter.normalize('NFD')));
  return marked === undefined ? null : { kind: 'character', why: `it has ${nameOf(marked)}` };
};

/** The parts around the one `@`, or what is wrong with that. */
function partsOf(address: string): readonly [local: string, domain: string] | ValueFault {
  const parts = address.split('@');
  const [local, domain] = parts;
  if (local === undefined || domain === undefined) return { kind: 'format', why: 'it has no @' };
  return parts.length === 2 ? [local, domain] : { kind: 'format', why: 'it has more than one @' };
}

const upnParts: Rule = (upn) => {
  const parts = partsOf(upn);
  if ('kind' in parts) return parts;
  const [local, domain] = parts;
  if (local === '') return { kind: 'local part', why: 'nothing stands before the @' };
  if (domain === '') return { kind: 'domain part', why: 'nothing stands behind the @' };
  if (domain.endsWith('.')) return { kind: 'domain part', why: 'it ends with a dot' };
  if (local.endsWith('.')) return { kind: 'local part', why: 'a dot stands right before the @' };
  if (local.length > 64) {
    return { kind: 'length', why: `it has ${local.length} characters before the @, 64 are allowed` };
  }
  return domain.length > 48
    ? { kind: 'length', why: `it has ${domain.length} characters behind the @, 48 are allowed` }
    : null;
};

/** Of a userPrincipalName. The apostrophe of O'Brien is allowed, whatever IdFix said. */
export const faultOfUpn: Rule = all(without(/[^\w'.\-!#^~@]/u), upnParts);

const smtpParts: Rule = (address) => {
  const parts = partsOf(address);
  if ('kind' in parts) return parts;
  const [local, domain] = parts;
  if (!local.split('.').every((atom) => /^[\w!#$%&'*+/=?^`{|}~-]+$/.test(atom))) {
    return { kind: 'local part', why: 'what stands before the @ is not how an address begins' };
  }
  const labels = domain.split('.');
  if (labels.length < 2 || !labels.every((label) => /^[a-z\d](?:[a-z\d-]*[a-z\d])?$/i.test(label))) {
    return { kind: 'domain part', why: `${domain === '' ? 'nothing' : domain} is no domain` };
  }
  const last = labels.at(-1) ?? '';
  return /^[a-z]{2,17}$/i.test(last) ? null : { kind: 'top-level domain', why: `.${last} is no top-level domain` };
};

// The colon behind "smtp" is cut off before: any other one is a second.
const smtpAddress = all(without(/[\s<>();,[\]":]/), unmarked, smtpParts);
const otherAddress = without(/[\r\n[\]"']/);

const typedAddress: Rule = (value) => {
  const [, type, address] = /^([^:@]*):([^]*)$/.exec(value) ?? [];
  if (type === undefined || address === undefined) return null;
  return type.toLowerCase() === 'smtp' ? smtpAddress(address) : otherAddress(address);
};

/** Of one of the proxyAddresses, prefix included. What has no prefix sync passes over. */
export const faultOfProxyAddress: Rule = all(atMost(256), typedAddress);

/** Of mail. Only as a sign-in name of its own would it have to be an address. */
export const faultOfMail: Rule = atMost(256);

/** Of targetAddress, with a prefix or without. */
export const faultOfTargetAddress: Rule = all(atMost(255), without(/\\/), (value) =>
  value.includes(':') ? typedAddress(value) : smtpAddress(value),
);

/** Of mailNickname; other signs than these sync replaces by `_`. */
export const faultOfMailNickname: Rule = all(atMost(64), (value) =>
  /^\.|\.$/.test(value) ? { kind: 'format', why: 'it begins or ends with a dot' } : null,
);

/** Of sAMAccountName, of which sync makes a UPN where there is none. */
export const faultOfSamAccountName: Rule = all(atMost(20), without(/[\\"|,/[\]:<>+=;?*']/));

/** Of displayName. */
export const faultOfDisplayName: Rule = all(atMost(255), (value) =>
  value.trim() === '' ? { kind: 'blank', why: 'it has nothing but blanks' } : null,
);

export const faultOfGivenName: Rule = atMost(63);

/** Of sn. */
export const faultOfSurname: Rule = atMost(64);
