// A bad day at Graph: one rule for each fault, in proportions that make all of them happen within a few hundred requests.
import type { FaultScript, GraphFaultRule } from './script.ts';

/** How long a request of the mix hangs before its connection is cut; without it, until the client gives up. */
export type MixOptions = { readonly hangForMs?: number | undefined };

type Ingredient = { readonly name: string; readonly weight: number; readonly do: GraphFaultRule['do'] };

// Waits are short, so that a test of a whole run ends; hangs are rare, as each costs a client its time-out.
const ingredients: readonly Ingredient[] = [
  { name: '429, whole seconds', weight: 12, do: { kind: 'answer', status: 429, retryAfter: 1 } },
  { name: '429, a fraction', weight: 12, do: { kind: 'answer', status: 429, retryAfter: 0.25 } },
  { name: '429, no Retry-After', weight: 8, do: { kind: 'answer', status: 429 } },
  { name: '429, a date', weight: 8, do: { kind: 'answer', status: 429, retryAfter: { date: 0 } } },
  { name: '500', weight: 5, do: { kind: 'answer', status: 500 } },
  { name: '502', weight: 5, do: { kind: 'answer', status: 502 } },
  { name: '503', weight: 8, do: { kind: 'answer', status: 503, retryAfter: 0.5 } },
  { name: '504', weight: 7, do: { kind: 'answer', status: 504 } },
  { name: 'reset before', weight: 10, do: { kind: 'reset', when: 'before' } },
  { name: 'reset after', weight: 10, do: { kind: 'reset', when: 'after' } },
  { name: '503 after the effect', weight: 6, do: { kind: 'answer', status: 503, when: 'after' } },
  { name: '504 after the effect', weight: 7, do: { kind: 'answer', status: 504, when: 'after' } },
  { name: 'hang before', weight: 1, do: { kind: 'hang', when: 'before' } },
  { name: 'hang after', weight: 1, do: { kind: 'hang', when: 'after' } },
];

/**
 * Rules by which a share of Graph's requests meet one of everything that goes wrong on a bad day, and the same share of the
 * items in batches one of the answers: no item cuts a connection in life, and here it would take the other 19 with it.
 */
export function mixRules(share: number, { hangForMs }: MixOptions = {}): GraphFaultRule[] {
  const answers = ingredients.filter(({ do: { kind } }) => kind === 'answer');
  return [...rulesOf(ingredients, { share, batchItem: false }), ...rulesOf(answers, { share, batchItem: true })].map(
    (rule) =>
      rule.do.kind === 'hang' && hangForMs !== undefined ? { ...rule, do: { ...rule.do, forMs: hangForMs } } : rule,
  );
}

function rulesOf(
  parts: readonly Ingredient[],
  { share, batchItem }: { readonly share: number; readonly batchItem: boolean },
): GraphFaultRule[] {
  const whole = parts.reduce((sum, { weight }) => sum + weight, 0);
  let taken = 0;
  return parts.map(({ name, weight, do: fault }) => {
    const own = (share * weight) / whole;
    // A rule is asked only about what those before it let through, so its chance there is higher than its part.
    const chance = Math.min(1, own / (1 - taken));
    taken += own;
    const where = batchItem ? 'item' : 'request';
    return { name: `mix, ${where}: ${name}`, on: { kind: 'graph', batchItem }, share: chance, do: fault };
  });
}

/** A script of nothing but the mix: `share` of Graph's requests, and of the items in batches, meet a fault. */
export function faultMix(share: number, seed: number, options: MixOptions = {}): FaultScript {
  return { seed, mix: { share, ...options } };
}
