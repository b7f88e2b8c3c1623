import type { Guid } from './guid.ts';
import type { List } from './list.ts';
import type { Preflight } from './preflight.ts';
import type { PlanRow } from './row.ts';

/** What kind of plan: made from a mappings file, or backwards from a run's journal. */
export type PlanKind = 'link' | 'rollback';

/** What a plan is bound to; the first line of plan.ndjson. */
export type PlanHeader = {
  /** 2: rows keep the user type of their cloud user, and whether it may sign in. */
  readonly format: 3;
  readonly kind: PlanKind;
  readonly toolVersion: string;
  readonly tenant: { readonly id: Guid; readonly name: string };
  readonly directory: { readonly domain: string; readonly source: string };
  /** `auto`, `objectGUID`, `mS-DS-ConsistencyGuid` or `attribute:<name>`. */
  readonly sourceAnchor: string;
  readonly allowRelink: boolean;
  readonly input: { readonly path: string; readonly sha256: string };
  readonly extraColumns: readonly string[];
  /** What was found out about the tenant as a whole. Not part of the fingerprint: it decides no write. */
  readonly preflight: Preflight;
  /** ISO 8601, UTC. Not part of the fingerprint: the same facts give the same fingerprint whenever they are read. */
  readonly createdAt: string;
};

export type Plan = {
  readonly header: PlanHeader;
  readonly rows: List<PlanRow>;
  /** `sha256:` and 64 hex digits over the header (without createdAt, toolVersion, paths and the directory's source) and all rows. */
  readonly fingerprint: string;
};

/** A plan whose rows are read from its file each time they are gone through. */
export type StoredPlan = Omit<Plan, 'rows'> & { readonly rows: Iterable<PlanRow> };

/** The part of the header that the fingerprint covers, with a fixed order of keys. */
export function boundFacts(header: PlanHeader): Record<string, unknown> {
  return {
    format: header.format,
    kind: header.kind,
    tenant: header.tenant.id,
    domain: header.directory.domain,
    sourceAnchor: header.sourceAnchor,
    allowRelink: header.allowRelink,
    input: header.input.sha256,
    extraColumns: header.extraColumns,
  };
}
