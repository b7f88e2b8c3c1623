// Apart from certificates.ts, whose library every command would load for its help otherwise.

/** What may be wrong with a server's certificate. */
export const certificateFlaws = ['expired', 'wrong-host', 'unknown-ca'] as const;
export type CertificateFlaw = (typeof certificateFlaws)[number];
