import type { AddressHolder, AdUser, CloudUser } from '../../users.ts';
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
export function sideOfCloudUser(user: CloudUser): PairSide {
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

function smtpOf(proxyAddresses: readonly string[]): string[] {
  return proxyAddresses.filter((address) => /^smtp:/i.test(address)).map((address) => address.slice('smtp:'.length));
}
