// Whether a request is one a fault rule speaks of.
import { createHash } from 'node:crypto';
import type { DirectoryFaultRule, GraphFaultRule, SignInFaultRule } from './script.ts';

/** A request to the tenant, as rules see it. */
export type TenantFaultEvent = {
  readonly kind: 'graph' | 'sign-in';
  readonly method: string;
  /** Without query; of Graph, below the version. */
  readonly path: string;
  readonly batchItem: boolean;
  /** The id of the user it is about; asked only where a rule needs it. */
  readonly userId: () => string | undefined;
};

/** What a client does to the directory, as rules see it. */
export type DirectoryFaultEvent = {
  readonly kind: 'directory';
  readonly request: 'connect' | 'bind' | 'search';
  /** From 1. */
  readonly controller: number;
  /** Of a search. */
  readonly filter?: string;
  /** Of a paged search, from 1. */
  readonly page?: number | null;
};

/** Whether a rule of the tenant speaks of the request. `seed` decides which users a share of them is. */
export function fitsTenant(rule: GraphFaultRule | SignInFaultRule, event: TenantFaultEvent, seed: number): boolean {
  const { on } = rule;
  if (on.kind !== event.kind) return false;
  if (on.method !== undefined && ![on.method].flat().some((method) => method === event.method)) return false;
  if (on.path !== undefined && !fitsPath(on.path, event.path)) return false;
  if (on.kind === 'sign-in') return true;
  if (on.batchItem !== undefined && on.batchItem !== event.batchItem) return false;
  return on.users === undefined || isChosen(event.userId(), on.users, seed);
}

/** Whether a rule of the directory speaks of what the client does. */
export function fitsDirectory({ on }: DirectoryFaultRule, event: DirectoryFaultEvent): boolean {
  if ((on.request ?? 'search') !== event.request) return false;
  if (on.controller !== undefined && on.controller !== event.controller) return false;
  if (on.page !== undefined && on.page !== event.page) return false;
  return on.filter === undefined || (event.filter ?? '').toLowerCase().includes(on.filter.toLowerCase());
}

/** `*` is any text without a slash, `**` any text; case does not matter, as it does not to Graph. */
function fitsPath(pattern: string, path: string): boolean {
  const parts = pattern.split(/(\*\*|\*)/).map((part) => {
    if (part === '**') return '.*';
    return part === '*' ? '[^/]*' : part.replaceAll(/[.+?^${}()|[\]\\]/g, String.raw`\$&`);
  });
  return new RegExp(`^${parts.join('')}$`, 'i').test(path);
}

/** By the id and nothing else, so that the same users are met in every run, whatever is asked about them. */
function isChosen(userId: string | undefined, share: number, seed: number): boolean {
  if (userId === undefined) return false;
  const hash = createHash('sha256').update(`${seed} ${userId.toLowerCase()}`).digest();
  return hash.readUInt32BE(0) / 2 ** 32 < share;
}
