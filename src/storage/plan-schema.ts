import { z } from 'zod';
import type { Guid } from '../core/guid.ts';
import type { PlanHeader } from '../core/plan.ts';
import type { Forecast } from '../core/forecast.ts';
import type { Preflight } from '../core/preflight.ts';
import { type ReasonCode, reasonCatalogue } from '../core/reasons.ts';
import { foldKey } from '../core/references.ts';
import type { Detour, PlanRow } from '../core/row.ts';

/** A GUID in the program's own spelling, the only one it writes. */
export const guid = z
  .string()
  .regex(/^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/, 'is not a GUID in lower case')
  .transform((text) => text as Guid);

export const fingerprint = z.string().regex(/^sha256:[0-9a-f]{64}$/, 'is not sha256: and 64 hex digits');

const finding = z.strictObject({
  code: z.enum(Object.keys(reasonCatalogue) as [ReasonCode, ...ReasonCode[]]),
  facts: z.record(z.string().regex(/^[a-z]\w*$/i), z.string()).exactOptional(),
});

const users = z.int().nonnegative();

const preflight: z.ZodType<Preflight> = z.strictObject({
  sync: z.strictObject({ isEnabled: z.boolean().nullable(), lastSyncAt: z.string().nullable() }),
  features: z.strictObject({ hardMatchBlocked: z.boolean(), softMatchBlocked: z.boolean() }).nullable(),
  evidence: z
    .strictObject({
      users,
      consistencyGuid: users,
      objectGuid: users,
      either: users,
      custom: users,
      neither: users,
      notInAd: users,
    })
    .nullable(),
  findings: z.array(finding),
});

const planHeader = z.strictObject({
  format: z.literal(3),
  kind: z.enum(['link', 'rollback']),
  toolVersion: z.string(),
  tenant: z.strictObject({ id: guid, name: z.string() }),
  directory: z.strictObject({ domain: z.string(), source: z.string() }),
  sourceAnchor: z.string(),
  allowRelink: z.boolean(),
  input: z.strictObject({ path: z.string(), sha256: z.string().regex(/^[0-9a-f]{64}$/) }),
  extraColumns: z.array(z.string()),
  preflight,
  createdAt: z.iso.datetime(),
});

const attribute = z.enum(['userPrincipalName', 'mail', 'proxyAddresses']);

const forecast: z.ZodType<Forecast> = z.strictObject({
  prediction: z.discriminatedUnion('kind', [
    z.strictObject({ kind: z.literal('carried'), by: guid }),
    z.strictObject({ kind: z.literal('out-of-scope'), rule: z.string() }),
    z.strictObject({ kind: z.literal('joins'), user: guid }),
    z.strictObject({ kind: z.literal('join-blocked'), user: guid, why: finding.shape.code }),
    z.strictObject({ kind: z.literal('restores'), user: guid }),
    z.strictObject({ kind: z.literal('soft-matches'), user: guid }),
    z.strictObject({ kind: z.literal('soft-match-blocked'), user: guid }),
    z.strictObject({
      kind: z.literal('soft-match-fails'),
      user: guid,
      why: z.enum(['role', 'blocked-in-tenant']),
    }),
    z.strictObject({ kind: z.literal('carry-blocked'), user: guid }),
    z.strictObject({ kind: z.literal('provisions') }),
    z.strictObject({ kind: z.literal('nameless') }),
    z.strictObject({ kind: z.literal('another-joins'), rival: z.string() }),
    z.strictObject({ kind: z.literal('contested') }),
    z.strictObject({ kind: z.literal('unknown') }),
  ]),
  clashes: z.array(z.strictObject({ attribute, value: z.string(), holder: z.string() })),
  overwrites: z.array(z.strictObject({ attribute, cloud: z.string().nullable(), ad: z.string() })),
});

const storedRow = z.strictObject({
  line: z.int().positive(),
  adText: z.string(),
  cloudText: z.string(),
  state: z.enum(['ready', 'kept', 'held']),
  step: z.enum(['link', 'relink', 'unlink', 'keep']).nullable(),
  reasons: z.array(finding),
  warnings: z.array(finding),
  ad: z
    .strictObject({
      dn: z.string(),
      objectGuid: guid,
      sourceAnchor: z.string().nullable(),
      immutableId: z.string().nullable(),
      name: z.string().nullable(),
      sid: z.string().nullable(),
    })
    .nullable(),
  cloud: z
    .strictObject({
      id: guid,
      userPrincipalName: z.string(),
      name: z.string().nullable(),
      before: z.string().nullable(),
      syncEnabled: z.boolean().nullable(),
      userType: z.string().nullable(),
      accountEnabled: z.boolean().nullable(),
    })
    .nullable(),
  after: z.string().nullable(),
  detour: z.strictObject({ home: z.string(), away: z.string() }).nullable(),
  outlook: forecast.nullable(),
  extra: z.array(z.string()),
});

const planRow = storedRow.transform(fromStored);

const planEnd = z.strictObject({
  kind: z.literal('end'),
  rows: z.int().nonnegative(),
  fingerprint,
  digest: fingerprint,
});

/** The last line: how many rows there are, their fingerprint, and a digest over every line before. */
export type PlanEnd = z.infer<typeof planEnd>;

/** A row as plan.ndjson has it: its forecast is called outlook there. */
export type StoredRow = Omit<PlanRow, 'forecast'> & { readonly outlook: PlanRow['forecast'] };

/** The row as everybody else knows it. */
export function fromStored({ outlook, ...row }: StoredRow): PlanRow {
  return { ...row, forecast: outlook };
}

/** What a line was read as, or the sentence that says why it cannot be. */
export type Checked<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly why: string };

export const readHeader = (value: unknown): Checked<PlanHeader> => read(planHeader, value);
export const readRow = (value: unknown): Checked<PlanRow> => read(planRow, value);
export const readEnd = (value: unknown): Checked<PlanEnd> => read(planEnd, value);

/** Checks a value; the sentence names the first thing that is wrong with it. */
export function read<T>(schema: z.ZodType<T>, value: unknown): Checked<T> {
  const result = schema.safeParse(value);
  if (result.success) return { ok: true, value: result.data };
  const [issue] = result.error.issues;
  const place = issue === undefined || issue.path.length === 0 ? '' : `${issue.path.join('.')}: `;
  return { ok: false, why: printable(`${place}${issue?.message ?? 'not as expected'}`) };
}

/** Keys of a damaged file are quoted to people: on one line, not without end, and with nothing that drives a terminal. */
function printable(text: string): string {
  const short = text.length > 200 ? `${text.slice(0, 200)}…` : text;
  return short.replaceAll(/[\p{C}\p{Zl}\p{Zp}]/gu, (hidden) => {
    const code = hidden.codePointAt(0) ?? 0;
    return `\\u{${code.toString(16)}}`;
  });
}

/**
 * What no row of a plan may be, beyond its shape: applying one would write something nobody planned, or break halfway.
 * Undefined when the row is sound. Checked when a plan is written, and again when it is read.
 */
export function unsound(row: PlanRow, header: PlanHeader): string | undefined {
  if (row.extra.length !== header.extraColumns.length) return 'it has another number of extra columns than the header';
  if ((row.state === 'held') !== (row.step === null)) return 'a row has no step exactly when it is held';
  if ((row.state === 'held') !== row.reasons.length > 0) return 'a row has reasons exactly when it is held';
  if ((row.state === 'kept') !== (row.step === 'keep')) return 'a row is kept exactly when its step is keep';
  if (row.state !== 'held' && row.cloud === null) return 'a row that is not held needs its cloud user';
  if (row.state === 'ready' && (row.after === null) !== (row.step === 'unlink')) return 'only unlink writes no value';
  return row.state === 'ready' && row.detour !== null ? unsoundDetour(row.detour, row) : undefined;
}

// A detour renames the user twice, so it may only lead away from the name it has and back to it.
function unsoundDetour({ home, away }: Detour, { cloud }: PlanRow): string | undefined {
  if (![home, away].every((upn) => /^[^@\s]+@[^@\s]+$/.test(upn))) return 'a detour goes from one UPN to another';
  if (foldKey(home) === foldKey(away)) return 'a detour that stays where it is';
  const now = foldKey(cloud?.userPrincipalName ?? '');
  // A rollback may find the user away still, when the run was cut off between the steps.
  const isKnown = now === foldKey(home) || now === foldKey(away);
  return isKnown ? undefined : 'a detour that is not of its cloud user';
}
