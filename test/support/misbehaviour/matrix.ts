// Every request with every misbehaviour that applies to it, in every dose: made from the lists, never written down.
import { createHash } from 'node:crypto';
import { dice } from '../dice.ts';
import { bodyMisbehaviours } from './graph/body-misbehaviours.ts';
import { connectionMisbehaviours } from './graph/connection-misbehaviours.ts';
import type { Dose } from './dose.ts';
import type { HttpMisbehaviour } from './graph/exchange.ts';
import { headerMisbehaviours } from './graph/header-misbehaviours.ts';
import { ldapMisbehaviours } from './ldap/ldap-misbehaviours.ts';
import type { LdapMisbehaviour } from './ldap/ldap-peer.ts';
import { objectMisbehaviours } from './graph/object-misbehaviours.ts';
import { pageMisbehaviours } from './graph/page-misbehaviours.ts';
import { httpKinds, type KindName, ldapKinds } from './request-kinds.ts';
import { statusMisbehaviours } from './graph/status-misbehaviours.ts';
import { tokenMisbehaviours } from './graph/token-misbehaviours.ts';
import { writeMisbehaviours } from './graph/write-misbehaviours.ts';

/** One kind of request, one misbehaviour, one dose. Its name is how it is asked for again. */
export type Cell = {
  readonly name: string;
  readonly kind: KindName;
  readonly dose: Dose;
  readonly plays:
    | { readonly side: 'graph'; readonly misbehaviour: HttpMisbehaviour }
    | { readonly side: 'ldap'; readonly misbehaviour: LdapMisbehaviour };
};

const httpMisbehaviours: readonly HttpMisbehaviour[] = [
  ...connectionMisbehaviours,
  ...headerMisbehaviours,
  ...statusMisbehaviours,
  ...bodyMisbehaviours,
  ...objectMisbehaviours,
  ...pageMisbehaviours,
  ...tokenMisbehaviours,
  ...writeMisbehaviours,
];

const allDoses: readonly Dose[] = ['once', 'first 3', 'always'];

/** The whole matrix, request by request. */
export function allCells(): Cell[] {
  const kinds: readonly KindName[] = [...(Object.keys(httpKinds) as KindName[]), ...ldapKinds];
  return kinds.flatMap((kind) => [
    ...httpMisbehaviours.flatMap((misbehaviour) => cellsOf(kind, { side: 'graph', misbehaviour })),
    ...ldapMisbehaviours.flatMap((misbehaviour) => cellsOf(kind, { side: 'ldap', misbehaviour })),
  ]);
}

function cellsOf(kind: KindName, plays: Cell['plays']): Cell[] {
  const { name, on, doses = allDoses } = plays.misbehaviour;
  if (!(on as readonly KindName[]).includes(kind)) return [];
  return doses.map((dose) => ({ name: `${kind} x ${name} x ${dose}`, kind, dose, plays }));
}

/** Whether the cell takes so long that a sample does without it: one that waits again and again, for as long as it may. */
export function isLong({ dose, plays: { misbehaviour } }: Cell): boolean {
  return misbehaviour.isSlow === true && dose !== 'once';
}

/** So many cells, by chance: from as many kinds of requests as there are, each in its turn, beginning with any. */
export function sampleOf(cells: readonly Cell[], count: number, seed: number): Cell[] {
  const throws = dice(seed);
  const byKind = new Map<KindName, Cell[]>();
  for (const cell of cells) if (!isLong(cell)) byKind.set(cell.kind, [...(byKind.get(cell.kind) ?? []), cell]);
  const stacks = [...byKind.values()];
  const first = throws.whole(0, stacks.length - 1);
  const chosen: Cell[] = [];
  for (let turn = first; chosen.length < count && stacks.some((stack) => stack.length > 0); turn++) {
    const stack = stacks[turn % stacks.length] ?? [];
    chosen.push(...stack.splice(throws.whole(0, Math.max(0, stack.length - 1)), 1));
  }
  return chosen;
}

/** A seed of the cell's own, so that it can be repeated alone. */
export function seedOf(cell: Cell, seed: number): number {
  return createHash('sha256').update(`${seed}:${cell.name}`).digest().readUInt32BE();
}
