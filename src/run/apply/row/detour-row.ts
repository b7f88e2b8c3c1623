import { foldKey } from '../../../core/references.ts';
import type { Detour } from '../../../core/row.ts';
import type { ReadyRow } from './row-outcome.ts';

/** A ready row whose user is in a federated domain. */
export type DetourRow = ReadyRow & { readonly detour: Detour };

export function takesDetour(row: ReadyRow): row is DetourRow {
  return row.detour !== null;
}

/** Entra takes UPNs for the same whatever their case. */
export function isSameUpn(one: string, other: string): boolean {
  return foldKey(one) === foldKey(other);
}

/** What a person must read first: where the user is, and what brings it home. */
export function leftOn({ home, away }: Detour, isSure: boolean): string {
  return (
    `The user ${isSure ? 'is' : 'may be'} on ${away} in place of ${home}: ` +
    'run hardmatch apply on this run folder again, which goes on from there and brings the user home.'
  );
}
