/** `hold`: the row is not written. `warning`: it is, and somebody should look. */
export type Severity = 'hold' | 'warning';

export type ReasonText = {
  readonly severity: Severity;
  /** One sentence, a statement of fact; `{name}` is filled from the finding's facts. */
  readonly sentence: string;
  /** What to do about it, in the imperative. */
  readonly remedy: string;
};

const hold = (sentence: string, remedy: string): ReasonText => ({ severity: 'hold', sentence, remedy });
const warning = (sentence: string, remedy: string): ReasonText => ({ severity: 'warning', sentence, remedy });

/**
 * Every reason, once; help, reports and docs are made from it. The order is the order of repair: what to fix first
 * stands first, and a row's reasons are sorted by it.
 */
export const reasonCatalogue = {
  'missing-value': hold('The {column} column is empty.', 'Fill in the value, or remove the line.'),
  'bad-reference': hold(
    '"{value}" in {column} cannot be read: {why}.',
    'Write it as the documentation of the mappings file says.',
  ),
  'ad-user-not-found': hold(
    'No AD user is found for "{value}".{note}',
    'Check the spelling, the search base, and that the user is in the domain being read.',
  ),
  'ad-user-ambiguous': hold(
    '"{value}" fits several AD users: {candidates}.',
    'Name the user by objectGUID or distinguished name.',
  ),
  'ad-not-a-user': hold('"{value}" is not a user in AD but a {objectClass}: {dn}.', 'Name a user object.'),
  'duplicate-ad-user': hold(
    'The same AD user is on lines {lines}.',
    'Keep the one line that is right; an AD user can join one cloud user.',
  ),
  'cloud-user-not-found': hold(
    'No cloud user is found for "{value}".',
    'Check the spelling; a user that was renamed is best named by object id.',
  ),
  'cloud-user-ambiguous': hold('"{value}" fits several cloud users: {candidates}.', 'Name the user by object id.'),
  'cloud-user-deleted': hold(
    'The cloud user is in the recycle bin (deleted {deleted}).',
    'Restore the user first, or name the live user that is meant.',
  ),
  'duplicate-cloud-user': hold(
    'The same cloud user is on lines {lines}.',
    'Keep the one line that is right; a cloud user can have one immutable ID.',
  ),
  'cloud-user-guest': hold(
    'The cloud user is a guest.',
    'Name the member account of this person; a guest is not synced.',
  ),
  'anchor-missing': hold(
    'The AD user has no value in {attribute}.',
    'Fill the attribute in AD, or choose another --source-anchor.',
  ),
  'anchor-malformed': hold(
    'The value of {attribute} cannot be an anchor: {why}.',
    'Mend the attribute in AD; a GUID anchor has exactly 16 bytes.',
  ),
  'two-rows-one-anchor': hold(
    'Several AD users have this source anchor, on lines {lines}.',
    'Give each AD user an anchor of its own; a copied mS-DS-ConsistencyGuid is the usual cause.',
  ),
  'claimed-id-differs': hold(
    'The file claims the immutable ID {claimed}, AD gives {computed}.',
    'Find out which is right; then correct the file or remove the claim.',
  ),
  'cloud-user-synced': hold(
    'Sync already carries this cloud user, with the immutable ID {current}.',
    'Take its AD user out of sync scope first; Graph refuses to change a synced user.',
  ),
  'immutable-id-held-by-other': hold(
    'The immutable ID belongs to another cloud user: {holder}.',
    'Find out which of the two is the person; free the ID by clearing it on, or deleting, the other user.',
  ),
  'immutable-id-held-by-deleted': hold(
    'The immutable ID belongs to a deleted user in the recycle bin: {holder}.',
    'Purge the deleted user, after making sure that its mailbox is not needed; otherwise sync may restore it.',
  ),
  'relink-not-allowed': hold(
    'The cloud user already has a different immutable ID: {current}.',
    'Make sure that nothing depends on it, then allow the change with --allow-relink.',
  ),
  'changed-since-run': hold(
    'The immutable ID is {current}, not what the run wrote.',
    'Somebody changed it since; decide by hand what it should be.',
  ),
  'ad-user-disabled': warning(
    'The AD user is disabled.',
    'After the match the cloud user will be blocked from sign-in.',
  ),
  'anchor-differs-from-guid': warning(
    'mS-DS-ConsistencyGuid is set and is not the objectGUID {objectGuid}.',
    'Nothing, when the user was migrated between domains; the ConsistencyGuid is what sync uses.',
  ),
  throttled: hold(
    'Graph kept refusing for too many requests.',
    'Run the same folder again later, or with lower --concurrency.',
  ),
  'timed-out': hold('Graph did not answer in time.', 'Run the same folder again.'),
  unreachable: hold('Graph could not be reached.', 'Check the network and the proxy, then run the same folder again.'),
  forbidden: hold(
    'Graph refused for lack of rights.',
    'Check User.ReadWrite.All; a user who holds an admin role needs a caller with a higher role.',
  ),
  conflict: hold(
    'Graph refused because another object has a value that must be unique.',
    'Look up who has the immutable ID, and see the detail.',
  ),
  'bad-request': hold('Graph refused the change.', 'See the detail; a synced or federated user is the usual cause.'),
  'server-error': hold('Graph failed.', 'Run the same folder again; quote the request id to support if it stays.'),
  unexpected: hold('Something unforeseen happened.', 'See the detail and the log.'),
} as const satisfies Record<string, ReasonText>;

export type ReasonCode = keyof typeof reasonCatalogue;

/** A reason met in a row, with what fills its sentence. */
export type Finding = { readonly code: ReasonCode; readonly facts?: Readonly<Record<string, string>> };

const order = new Map(Object.keys(reasonCatalogue).map((code, place) => [code, place]));

/** The finding's sentence with its facts filled in. */
export function sentenceOf(finding: Finding): string {
  return reasonCatalogue[finding.code].sentence.replaceAll(
    /\{(\w+)\}/g,
    (_whole, name: string) => finding.facts?.[name] ?? '',
  );
}

export function remedyOf(code: ReasonCode): string {
  return reasonCatalogue[code].remedy;
}

export function severityOf(code: ReasonCode): Severity {
  return reasonCatalogue[code].severity;
}

/** In the order of repair; the first is the one to fix first. */
export function inRepairOrder(findings: readonly Finding[]): Finding[] {
  return [...findings].sort((a, b) => (order.get(a.code) ?? 0) - (order.get(b.code) ?? 0));
}
