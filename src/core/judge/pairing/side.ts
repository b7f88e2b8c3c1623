/** One side of a pairing, an AD user or a cloud user, as far as it tells whose account it is. */
export type PairSide = {
  /** Tells apart users of the same side. */
  readonly id: string;
  readonly displayName: string | null;
  readonly givenName: string | null;
  readonly surname: string | null;
  readonly upn: string | null;
  readonly mail: string | null;
  /** SMTP addresses without their prefix, the primary one and the others. */
  readonly addresses: readonly string[];
  /** Names of the account without a domain: sAMAccountName, mailNickname. */
  readonly accountNames: readonly string[];
  readonly employeeId: string | null;
};
