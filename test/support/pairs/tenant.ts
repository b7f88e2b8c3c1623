// A tenant and a directory of made-up people, and who belongs to whom. What it assumes:
//
// - Six companies in one forest and one tenant. Of a hundred people, 38 sign in at AD by the name they have in the cloud; 34
//   have a UPN of a domain that is not routed, and their cloud address in `mail`; 10 are of a company that writes its UPNs
//   otherwise, two thirds of them with a mail address that the cloud knows too; 8 came with a merger and have the old
//   domain's addresses in AD, of which half are known to the cloud as aliases; 6 have nothing in AD but a short logon name
//   and a domain that is not routed; 4 sign in at AD by a number. So nine in ten have an address on both sides.
// - More than half have an employee number on both sides, some on one.
// - Names are those of thirteen cultures, the common ones common: a few in a hundred people have a namesake. A fifth of
//   the people whose alphabet is another one are written in it on one side.
// - What happens to names in real life happens here, to a few in a hundred each: marriage (most keep the old address as an
//   alias), nicknames, initials, titles, additions in brackets or behind a dash, slips of the pen, missing attributes.
// - Four in a hundred are no people but service accounts and shared mailboxes.
// - One person in sixty has a leftover duplicate in the cloud that holds AD's address; one in a hundred an old account in
//   AD that holds an address of the cloud user. One in three hundred has inherited a leaver's address, the leaver still
//   being there on the other side.
import type { PairSide } from '../../../src/core/judge/pairing/side.ts';
import { dice, type Dice } from '../dice.ts';
import { type Culture, cultures, oneOf, plainLetters, surnameOf, often } from './cultures.ts';

/** Somebody, with the account on either side. */
export type Pair = {
  readonly ad: PairSide;
  readonly cloud: PairSide;
  readonly given: string;
  readonly surname: string;
  readonly isPerson: boolean;
  /** What makes this pair a hard one to know for right. */
  readonly traits: readonly string[];
};

export type PairsTenant = {
  readonly pairs: readonly Pair[];
  /** Accounts that are nobody's second half: leftovers and old accounts. */
  readonly moreAd: readonly PairSide[];
  readonly moreCloud: readonly PairSide[];
};

type Company = {
  readonly domain: string;
  readonly formerly: string;
  readonly internal: string;
  readonly format: Format;
  readonly sam: Format | 'number';
  readonly kind: 'same' | 'internal' | 'otherwise' | 'merged' | 'bare' | 'number';
  readonly share: number;
  /** ä is ae in its addresses. */
  readonly spells: boolean;
  /** How its directory writes a name. */
  readonly order: 'given-first' | 'surname-first';
};

type Format = 'first.last' | 'flast' | 'last.first' | 'f.last' | 'firstl' | 'lastf' | 'last';

const companies: readonly Company[] = [
  {
    domain: 'contoso.com',
    formerly: 'contoso.org',
    internal: 'corp.contoso.com',
    format: 'first.last',
    sam: 'flast',
    kind: 'same',
    share: 38,
    spells: true,
    order: 'given-first',
  },
  {
    domain: 'fabrikam.com',
    formerly: 'fabrikam.net',
    internal: 'fabrikam.local',
    format: 'first.last',
    sam: 'lastf',
    kind: 'internal',
    share: 34,
    spells: false,
    order: 'surname-first',
  },
  {
    domain: 'adatum.com',
    formerly: 'adatum.net',
    internal: 'ad.adatum.com',
    format: 'f.last',
    sam: 'flast',
    kind: 'otherwise',
    share: 10,
    spells: false,
    order: 'given-first',
  },
  {
    domain: 'northwind.com',
    formerly: 'tailspin.com',
    internal: 'tailspin.local',
    format: 'last.first',
    sam: 'firstl',
    kind: 'merged',
    share: 8,
    spells: true,
    order: 'surname-first',
  },
  {
    domain: 'litware.com',
    formerly: 'litware.net',
    internal: 'litware.local',
    format: 'first.last',
    sam: 'flast',
    kind: 'bare',
    share: 6,
    spells: false,
    order: 'given-first',
  },
  {
    domain: 'proseware.com',
    formerly: 'proseware.net',
    internal: 'ps.local',
    format: 'first.last',
    sam: 'number',
    kind: 'number',
    share: 4,
    spells: false,
    order: 'surname-first',
  },
];

const departments = 'Sales Finance HR Legal Purchasing Logistics IT Marketing Research Production'.split(' ');
const places = 'Berlin Paris Oslo Madrid London Warsaw Vienna Lyon Porto Leeds'.split(' ');
const services =
  'Backup Scan Fax Monitoring SQL Print Import Export Antivirus Archive Ticket Deploy Report Inventory'.split(' ');
const desks = 'Info Reception Invoices Support Orders Careers Press Events Helpdesk Training'.split(' ');
const titles = ['Dr. ', 'Prof. ', 'Dipl.-Ing. ', 'Prof. Dr. '];

/** Draws by share of a hundred. */
function byShare<Item extends { readonly share: number }>(chance: Dice, items: readonly Item[]): Item {
  let left = chance.next() * items.reduce((sum, { share }) => sum + share, 0);
  for (const item of items) if ((left -= item.share) < 0) return item;
  return oneOf(chance, items);
}

function localPart(format: Format, [first, last]: readonly [first: string, last: string]): string {
  switch (format) {
    case 'first.last':
      return `${first}.${last}`;
    case 'flast':
      return `${first.slice(0, 1)}${last}`;
    case 'last.first':
      return `${last}.${first}`;
    case 'f.last':
      return `${first.slice(0, 1)}.${last}`;
    case 'firstl':
      return `${first}${last.slice(0, 1)}`;
    case 'lastf':
      return `${last.slice(0, 5)}${first.slice(0, 2)}`;
    case 'last':
      return last;
  }
}

/** Names that are given once: a namesake gets a number. */
class Taken {
  readonly #next = new Map<string, number>();
  free(name: string, rest = ''): string {
    const key = `${name}${rest}`;
    const number = this.#next.get(key) ?? 1;
    this.#next.set(key, number + 1);
    return number === 1 ? `${name}${rest}` : `${name}${number}${rest}`;
  }
}

type Maker = {
  readonly chance: Dice;
  readonly taken: Taken;
  readonly moreAd: PairSide[];
  readonly moreCloud: PairSide[];
};

/** A tenant of so many pairs; the same seed makes the same. */
export function pairsTenant(count: number, seed: number): PairsTenant {
  const maker: Maker = { chance: dice(seed), taken: new Taken(), moreAd: [], moreCloud: [] };
  const pairs = Array.from({ length: count }, (_, n) =>
    maker.chance.next() < 0.04 ? account(maker, n) : person(maker, n),
  );
  leaverAddresses(maker, pairs);
  return { pairs, moreAd: maker.moreAd, moreCloud: maker.moreCloud };
}

type Who = { readonly given: string; readonly surname: string; readonly culture: Culture; readonly company: Company };

function person(maker: Maker, n: number): Pair {
  const { chance } = maker;
  const culture = byShare(chance, cultures);
  const who: Who = {
    given: often(chance, culture.given),
    surname: surnameOf(chance, culture),
    culture,
    company: byShare(chance, companies),
  };
  const traits: string[] = [who.company.kind];
  const married = chance.next() < 0.02 ? surnameOf(chance, culture) : null;
  if (married !== null) traits.push('married');
  const addresses = addressesOf(maker, who, married);
  const employee = chance.next();
  const number = employee < 0.75 ? String(100_000 + n) : null;
  const adName: Who = married !== null && chance.next() < 0.7 ? { ...who, surname: married } : who;
  const cloudName: Who = married !== null && adName === who ? { ...who, surname: married } : who;
  const ad: PairSide = {
    id: `ad-${n}`,
    ...named(chance, adName, { traits, order: who.company.order }),
    ...addresses.ad,
    employeeId: number,
  };
  const cloud: PairSide = {
    id: `cloud-${n}`,
    ...named(chance, cloudName, { traits, order: 'given-first' }),
    ...addresses.cloud,
    employeeId: employee < 0.55 ? number : null,
  };
  doubles(maker, { ad, cloud, traits });
  return { ad, cloud, given: who.given, surname: who.surname, isPerson: true, traits };
}

type Reached = Pick<PairSide, 'upn' | 'mail' | 'addresses' | 'accountNames'>;

/** The addresses of both sides, as the company gives them. */
function addressesOf(maker: Maker, who: Who, married: string | null): { ad: Reached; cloud: Reached } {
  const { chance, taken } = maker;
  const { company } = who;
  const first = plainLetters(who.given, company.spells).replaceAll('-', '');
  const last = plainLetters(who.surname, company.spells).replaceAll('-', '');
  const samLocal =
    company.sam === 'number' ? `u${chance.whole(10_000, 99_999)}` : localPart(company.sam, [first, last]);
  const sam = taken.free(samLocal.slice(0, 18), '').slice(0, 20);
  const local = taken.free(localPart(company.format, [first, last]), `@${company.domain}`);
  const cloudOld = local;
  const newLocal =
    married === null
      ? null
      : taken.free(localPart(company.format, [first, plainLetters(married, company.spells)]), `@${company.domain}`);
  // Of the married, a fifth got a new address on one side and nobody kept the old one there.
  const forgets = newLocal !== null && chance.next() < 0.2;
  const adAddress = newLocal ?? cloudOld;
  const aliases = newLocal === null || forgets ? [] : [cloudOld];
  const routed = `${local.split('@')[0] ?? ''}@practice.onmicrosoft.com`;
  const cloud: Reached = {
    upn: cloudOld,
    mail: cloudOld,
    addresses: [cloudOld, routed],
    accountNames: [local.split('@')[0] ?? ''],
  };
  const internalUpn = `${sam}@${company.internal}`;
  const nickname = chance.next() < 0.5 ? [adAddress.split('@')[0] ?? ''] : [];
  switch (company.kind) {
    case 'same':
      return {
        ad: { upn: adAddress, mail: adAddress, addresses: [adAddress, ...aliases], accountNames: [sam, ...nickname] },
        cloud,
      };
    case 'internal':
      return {
        ad: {
          upn: internalUpn,
          mail: adAddress,
          addresses: chance.next() < 0.5 ? [adAddress, ...aliases] : [],
          accountNames: [sam],
        },
        cloud,
      };
    case 'otherwise': {
      const knowsMail = chance.next() < 0.67;
      const upn = taken.free(localPart('first.last', [first, last]), `@${company.domain}`);
      return { ad: { upn, mail: knowsMail ? adAddress : null, addresses: [], accountNames: [sam] }, cloud };
    }
    case 'merged': {
      const old = taken.free(localPart('flast', [first, last]), `@${company.formerly}`);
      const isAlias = chance.next() < 0.5;
      return {
        ad: { upn: old, mail: old, addresses: [old], accountNames: [sam] },
        cloud: isAlias ? { ...cloud, addresses: [...cloud.addresses, old] } : cloud,
      };
    }
    case 'bare':
    case 'number':
      return { ad: { upn: internalUpn, mail: null, addresses: [], accountNames: [sam] }, cloud };
  }
}

type Writing = { readonly traits: string[]; readonly order: Company['order'] };

/** How one side writes the name: in its order, with what people and directories do to names. */
function named(
  chance: Dice,
  who: Who,
  { traits, order }: Writing,
): Pick<PairSide, 'displayName' | 'givenName' | 'surname'> {
  const { culture } = who;
  let { given, surname } = who;
  const luck = chance.next();
  const also = culture.calledAlso?.[given];
  if (also !== undefined && luck < 0.12) {
    traits.push('nickname');
    given = also;
  } else if (luck < 0.14) {
    traits.push('initial');
    given = `${given.charAt(0)}.`;
  } else if (luck < 0.16) {
    traits.push('second name');
    given = `${given} ${oneOf(chance, culture.given)}`;
  } else if (luck < 0.166 && surname.length > 4) {
    traits.push('slip of the pen');
    const at = chance.whole(1, surname.length - 2);
    surname = `${surname.slice(0, at)}${surname.charAt(at + 1)}${surname.charAt(at)}${surname.slice(at + 2)}`;
  } else if (luck < 0.19) {
    traits.push('without accents');
    given = asciiName(given);
    surname = asciiName(surname);
  } else if (luck < 0.2) {
    traits.push('double name');
    surname = `${surname}-${surnameOf(chance, culture)}`;
  }
  let display = order === 'surname-first' ? `${surname}, ${given}` : `${given} ${surname}`;
  if (culture.ownWriting && chance.next() < 0.2) {
    traits.push('other alphabet');
    given = culture.ownWriting(given);
    surname = culture.ownWriting(surname);
    display = culture.surnameFirst ? `${surname}${given}` : `${given} ${surname}`;
  }
  return { displayName: dressed(chance, display), ...attributes(chance, given, surname) };
}

function asciiName(name: string): string {
  return name
    .split(/(?<=[\s-])|(?=[\s-])/)
    .map((part) => {
      const plain = plainLetters(part, true);
      return plain === '' || plain === '-' ? part : plain.charAt(0).toUpperCase() + plain.slice(1);
    })
    .join('');
}

function dressed(chance: Dice, display: string): string | null {
  const luck = chance.next();
  if (luck < 0.01) return null;
  if (luck < 0.03) return `${oneOf(chance, titles)}${display}`;
  if (luck < 0.05) return `${display} (ext)`;
  if (luck < 0.06) return `${display} - ${oneOf(chance, departments)}`;
  if (luck < 0.07) return `${display} [${oneOf(chance, places)}]`;
  if (luck < 0.08) return display.toUpperCase();
  if (luck < 0.09) return display.normalize('NFD');
  return display;
}

function attributes(chance: Dice, givenName: string, surname: string): Pick<PairSide, 'givenName' | 'surname'> {
  const luck = chance.next();
  if (luck < 0.12) return { givenName: null, surname: null };
  // Filled the wrong way round, by an import long ago.
  return luck < 0.125 ? { givenName: surname, surname: givenName } : { givenName, surname };
}

/** Leftover duplicates in the cloud, and old accounts in AD. */
function doubles(maker: Maker, { ad, cloud, traits }: { ad: PairSide; cloud: PairSide; traits: string[] }): void {
  const { chance } = maker;
  const luck = chance.next();
  const isApart = ad.upn !== cloud.upn && !ad.addresses.includes(cloud.upn ?? '') && ad.mail !== cloud.mail;
  if (luck < (isApart ? 0.05 : 0.012)) {
    // Sync has made it from AD: it has AD's names, and AD's addresses as far as they were free.
    traits.push('leftover duplicate');
    const held = [ad.upn, ad.mail, ...ad.addresses].flatMap((one) =>
      one !== null && !cloud.addresses.includes(one) && one !== cloud.upn && !/\.local$|^[^@]*@(corp|ad)\./.test(one)
        ? [one]
        : [],
    );
    const [upn = `${(ad.accountNames[0] ?? 'x').toLowerCase()}${chance.whole(1_000, 9_999)}@practice.onmicrosoft.com`] =
      held;
    maker.moreCloud.push({
      ...ad,
      id: `leftover-${cloud.id}`,
      upn,
      mail: held[0] ?? null,
      addresses: held,
      accountNames: [],
    });
  } else if (luck > 0.99) {
    traits.push('old account in AD');
    // Copied long ago, with an address that the cloud user has now.
    const aliases = cloud.upn !== null && ![ad.upn, ad.mail, ...ad.addresses].includes(cloud.upn) ? [cloud.upn] : [];
    const name = `old-${ad.accountNames[0] ?? 'x'}`.slice(0, 20);
    maker.moreAd.push({
      ...ad,
      id: `old-${ad.id}`,
      upn: `${name}@old.contoso.local`,
      mail: null,
      addresses: aliases,
      accountNames: [name],
    });
  }
}

function account(maker: Maker, n: number): Pair {
  const { chance, taken } = maker;
  const company = byShare(chance, companies);
  const department = oneOf(chance, departments);
  const isService = chance.next() < 0.5;
  const [what, where] = isService
    ? [oneOf(chance, services), department]
    : [oneOf(chance, desks), oneOf(chance, places)];
  const plain = [what, where].map((word) => word.toLowerCase());
  const local = taken.free(
    isService ? plain.join('-') : oneOf(chance, [`${plain[0]}.${plain[1]}`, `${plain[0]}-${plain[1]}`, `${plain[0]}`]),
    `@${company.domain}`,
  );
  const sam = taken.free((isService ? `svc-${plain.join('-')}` : `sm_${plain.join('_')}`).slice(0, 18)).slice(0, 20);
  const hasMail = chance.next() < (isService ? 0.6 : 0.9);
  const ad: PairSide = {
    id: `ad-${n}`,
    displayName: chance.next() < 0.5 ? sam : `${what} ${where}`,
    givenName: null,
    surname: null,
    upn: `${sam}@${company.internal}`,
    mail: hasMail ? local : null,
    addresses: hasMail && chance.next() < 0.5 ? [local] : [],
    accountNames: [sam],
    employeeId: null,
  };
  const cloud: PairSide = {
    id: `cloud-${n}`,
    displayName: oneOf(chance, [
      `${what} ${isService ? 'Service' : 'Desk'} ${where}`,
      `${where} ${what}`,
      `${what} (${where})`,
      what,
    ]),
    givenName: null,
    surname: null,
    upn: local,
    mail: local,
    addresses: [local],
    accountNames: [local.split('@')[0] ?? ''],
    employeeId: null,
  };
  return {
    ad,
    cloud,
    given: what,
    surname: where,
    isPerson: false,
    traits: [isService ? 'service account' : 'shared mailbox'],
  };
}

/** A successor in AD gets a leaver's address as an alias; the leaver's cloud user still has it. */
function leaverAddresses({ chance }: Maker, pairs: Pair[]): void {
  for (const [at, pair] of pairs.entries()) {
    if (chance.next() >= 1 / 300) continue;
    const leaver = oneOf(chance, pairs);
    if (leaver === pair || leaver.cloud.upn === null) continue;
    const ad = { ...pair.ad, addresses: [...pair.ad.addresses, leaver.cloud.upn] };
    pairs[at] = { ...pair, ad, traits: [...pair.traits, "leaver's address"] };
  }
}
