// Graph's JSON about licences: which of the tenant's bring a mailbox, and whether a user's do.
import { z } from 'zod';
import { looseText, looseTexts, readJson } from '../http/json.ts';

/** By skuId, the service plans of it that bring an Exchange mailbox; ids in lower case. */
export type MailboxPlans = ReadonlyMap<string, ReadonlySet<string>>;

/** What the tenant's licences bring; a preflight that may read them fills it in. */
export type KnownLicences = { mailboxPlans: MailboxPlans | null };

const sku = z.object({ skuId: z.string(), servicePlans: z.array(z.unknown()).nullish() });
const plan = z.object({ servicePlanId: z.string(), servicePlanName: looseText });
const assigned = z.object({ skuId: z.string(), disabledPlans: looseTexts });

// By name, as there is a plan of its own for each kind of customer (EXCHANGE_S_ENTERPRISE_GOV). Neither EXCHANGE_S_FOUNDATION
// nor EXCHANGE_S_ARCHIVE brings a mailbox (Microsoft, "Product names and service plan identifiers for licensing").
const mailboxPlan = /^EXCHANGE_(?:[SBL]_(?:STANDARD|ENTERPRISE|DESKLESS|ESSENTIALS)|LITE)/i;

/** One of the tenant's subscriptions. Throws a Failure when it cannot be told which. */
export function toMailboxPlans(json: unknown): readonly [skuId: string, plans: ReadonlySet<string>] {
  const { skuId, servicePlans } = readJson(sku, json, 'a subscription');
  const plans = (servicePlans ?? []).flatMap((one) => {
    const read = plan.safeParse(one).data;
    return read !== undefined && mailboxPlan.test(read.servicePlanName ?? '') ? [read.servicePlanId.toLowerCase()] : [];
  });
  return [skuId.toLowerCase(), new Set(plans)];
}

/** Whether one of a user's assignedLicenses brings a mailbox; null: not known, as one of them is not, or none was told. */
export function bringsMailbox(licences: readonly unknown[] | null, known: MailboxPlans | null): boolean | null {
  if (licences === null) return null;
  const each = new Set(licences.map((licence) => (known === null ? null : mailboxIn(licence, known))));
  if (each.has(true)) return true;
  return each.has(null) ? null : false;
}

function mailboxIn(licence: unknown, known: MailboxPlans): boolean | null {
  const read = assigned.safeParse(licence).data;
  const plans = read && known.get(read.skuId.toLowerCase());
  if (plans === undefined) return null;
  const disabled = new Set(read?.disabledPlans.map((id) => id.toLowerCase()));
  return [...plans].some((id) => !disabled.has(id));
}
