import { type AddressHolder, type AdUser, type CloudUser, foundAdUser } from '../../users.ts';
import type { Evidence } from '../evidence.ts';
import type { PairRow } from './find-shift.ts';
import type { PairSide } from './side.ts';

/** An AD user as one side of a pairing. */
export function sideOfAdUser(user: AdUser): PairSide {
  return {
    id: user.objectGuid,
    displayName: user.displayName,
    givenName: user.givenName,
    surname: user.surname,
    upn: user.userPrincipalName,
    mail: user.mail,
    addresses: smtpOf(user.proxyAddresses),
    accountNames: [user.samAccountName, user.mailNickname].filter((name) => name !== null),
    employeeId: user.employeeId,
  };
}

/** A cloud user as the other. */
function sideOfCloudUser(user: CloudUser): PairSide {
  return {
    id: user.id,
    displayName: user.displayName,
    givenName: user.givenName,
    surname: user.surname,
    upn: user.userPrincipalName,
    mail: user.mail,
    addresses: smtpOf(user.proxyAddresses),
    accountNames: [],
    employeeId: user.employeeId,
  };
}

/** Another cloud user, of whom only an address and the names were asked for. */
export function sideOfHolder({ id, name, displayName }: AddressHolder): PairSide {
  const unknown = { givenName: null, surname: null, mail: null, addresses: [], accountNames: [], employeeId: null };
  return { id, displayName, upn: name, ...unknown };
}

/** The pair of a row, where both of its users were found. */
export function pairOf({ pairing, ad, cloud }: Evidence): PairRow {
  const user = foundAdUser(ad);
  const isPair = user !== null && cloud?.kind === 'found';
  const pair = isPair ? { ad: sideOfAdUser(user), cloud: sideOfCloudUser(cloud.user) } : null;
  return { line: pairing.line, pair };
}

function smtpOf(proxyAddresses: readonly string[]): string[] {
  return proxyAddresses.filter((address) => /^smtp:/i.test(address)).map((address) => address.slice('smtp:'.length));
}
