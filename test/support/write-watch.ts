// Counts the writes that changed something in the practice tenant, whoever sent them.
import type { PracticeTenant } from '../../src/sandbox/tenant/tenant.ts';
import type { HookAnswer, TenantHooks } from '../../src/sandbox/http/request-log.ts';

/** The writes since the last `forget`. */
export type WriteWatch = {
  /** The values each user was given, by object id, in order; a PATCH with the value that was there already is none. */
  readonly effects: ReadonlyMap<string, readonly (string | null)[]>;
  /** How many PATCHes have changed something. */
  effective(): number;
  /** Called with the number of PATCHes that have come so far, before the tenant sees the latest. */
  onWrite: ((count: number) => void) | null;
  /** What goes wrong, asked about every request. */
  faults: TenantHooks['onRequest'] | null;
  forget(): void;
};

/** Puts itself in the place of the tenant's hook. */
export function watchWrites(tenant: PracticeTenant): WriteWatch {
  const effects = new Map<string, (string | null)[]>();
  let count = 0;
  const watch: WriteWatch = {
    effects,
    effective: () => [...effects.values()].reduce((sum, values) => sum + values.length, 0),
    onWrite: null,
    faults: null,
    forget: () => {
      effects.clear();
      count = 0;
    },
  };
  tenant.hooks.onRequest = async (request): Promise<HookAnswer> => {
    const answer = await watch.faults?.(request);
    if (request.method !== 'PATCH') return answer;
    watch.onWrite?.(++count);
    const id = request.path.split('/').at(-1)?.split('?')[0] ?? '';
    const reachesTenant = answer === undefined || answer === 'reset-after';
    const { onPremisesImmutableId: value } = JSON.parse(request.body) as { onPremisesImmutableId?: string | null };
    if (reachesTenant && value !== undefined && tenant.user(id)?.onPremisesImmutableId !== value) {
      effects.set(id, [...(effects.get(id) ?? []), value]);
    }
    return answer;
  };
  return watch;
}
