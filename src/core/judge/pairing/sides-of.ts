import { smtpAmong } from '../../ids/addresses.ts';
import type { AddressHolder, AdUser, CloudUser } from '../../users.ts';
import type { PairSide } from './side.ts';

/** An AD user as one side of a pairing. */
export function sideOfAdUser(user: AdUser): PairSide {
  const accountNames = [user.samAccountName, user.mailNickname].filter((name) => name !== null);
  return sideOf(user, { id: user.objectGuid, accountNames });
}

/** A cloud user as the other. */
export function sideOfCloudUser(user: CloudUser): PairSide {
  return sideOf(user, { id: user.id, accountNames: [] });
}

function sideOf(user: AdUser | CloudUser, own: Pick<PairSide, 'id' | 'accountNames'>): PairSide {
  const { displayName, givenName, surname, userPrincipalName: upn, mail, employeeId } = user;
  return { ...own, displayName, givenName, surname, upn, mail, employeeId, addresses: smtpAmong(user.proxyAddresses) };
}

/** Another cloud user, of whom only an address and the names were asked for. */
export function sideOfHolder({ id, name, displayName }: AddressHolder): PairSide {
  const unknown = { givenName: null, surname: null, mail: null, addresses: [], accountNames: [], employeeId: null };
  return { id, displayName, upn: name, ...unknown };
}
