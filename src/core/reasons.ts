/** `hold`: the row is not written. `warning`: it is, and somebody should look. `stop`: the run cannot be trusted and ends. */
export type Severity = 'hold' | 'warning' | 'stop';

export type ReasonText = {
  readonly severity: Severity;
  /** One sentence, a statement of fact; `{name}` is filled from the finding's facts. */
  readonly sentence: string;
  /** What to do about it, in the imperative. */
  readonly remedy: string;
};

const hold = (sentence: string, remedy: string): ReasonText => ({ severity: 'hold', sentence, remedy });
const warning = (sentence: string, remedy: string): ReasonText => ({ severity: 'warning', sentence, remedy });
const stop = (sentence: string, remedy: string): ReasonText => ({ severity: 'stop', sentence, remedy });

/**
 * Every reason, once; help, reports and docs are made from it. The order is the order of repair: what to fix first
 * stands first, and a row's reasons are sorted by it.
 */
export const reasonCatalogue = {
  'ad-attributes-hidden': stop(
    'The account cannot read what an anchor depends on: {attributes}.',
    'Grant it "Read all properties" on the users; a missing right must not turn into a wrong anchor.',
  ),
  'anchor-evidence-contradicts': stop(
    'The source anchor {setting} contradicts what sync uses here: of {telling} synced users that can tell, {against} have another anchor ({found}).',
    'Give the --source-anchor that sync uses, or confirm yours by its name with --confirm-source-anchor.',
  ),
  'anchor-confirmed-against-evidence': warning(
    'The source anchor {setting} was confirmed against the evidence: of {telling} synced users that can tell, {against} have another anchor ({found}).',
    'Make sure that whoever approves the plan knows why.',
  ),
  'tenant-differs': warning(
    'Tenant {asked} was asked for, and the one that answers is {name} ({id}).',
    'It was confirmed by its name with --confirm-tenant; make sure that whoever approves the plan knows why.',
  ),
  'hard-match-blocked-in-tenant': warning(
    'The tenant blocks hard match (blockCloudObjectTakeoverThroughHardMatchEnabled): sync will refuse every row.',
    'Have the switch turned off for the window, and on again after the sync cycle.',
  ),
  'pairings-look-shifted': warning(
    'The list looks wrong: in {doubted} of {judged} rows the two users do not look like one person; {how}.',
    'Do not apply this plan. Compare the columns of the file with their source (a row too many, a column sorted alone), correct it and plan again.',
  ),
  'check-not-permitted': warning(
    'Not checked: {check}. It needs {needs}.',
    'Grant the permission, or check by hand; see docs/permissions.md.',
  ),
  'check-failed': warning(
    'Not checked: {check}. Graph did not answer as it should ({why}).',
    'Plan again; if it stays, quote the answer to support, or check by hand.',
  ),
  'check-incomplete': warning(
    'Not wholly checked: {check}. Not seen is {unseen}: {groups}.',
    'Look at these groups by hand; sync refuses to join whoever holds a role through one of them.',
  ),
  'sync-not-running': warning(
    'Sync does not run: {why}.',
    'Find out why before the window (Connect Sync below 2.5.79.0 has stopped since 2026-09-30); until a cycle runs nobody is joined.',
  ),
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
  'ad-answer-unusable': hold(
    'What AD says of "{value}" cannot be used: {why}.',
    'Look at the object on each domain controller; correct it in AD, or wait until they have replicated, then plan again.',
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
  'cloud-user-external': hold(
    'The cloud user {upn} is somebody of another organization (#EXT# in its name), whatever its type.',
    'Name the account that this person has in the tenant itself; an external one is not taken over by sync.',
  ),
  'cloud-user-agent': hold(
    'The cloud user {upn} is the account of an agent, not of a person.',
    'Take the line out, or name the account of the person; agents do not come from AD.',
  ),
  'cloud-user-cloud-managed': hold(
    'The cloud user {upn} is managed in the cloud (its source of authority was moved there): sync leaves it alone, whatever its immutable ID.',
    'Leave it in the cloud and take the line out; or move its source of authority back to AD (isCloudManaged false, the block of hard match off, then a sync cycle).',
  ),
  'cloud-user-holds-role': hold(
    'The cloud user holds {roles}; sync refuses to join users with a directory role.',
    'Take the role away until sync has joined the user, then give it back.',
  ),
  'cloud-user-eligible-for-role': hold(
    'The cloud user is eligible for {roles}; sync refuses to join users who are eligible for a directory role.',
    'Take the eligibility away until sync has joined the user, then give it back.',
  ),
  'cloud-object-identifier-set': hold(
    'The cloud user is mapped to another AD object already: onPremisesObjectIdentifier is {current}, the AD user is {expected}.',
    'Clear onPremisesObjectIdentifier (Graph beta, null; User-OnPremisesSyncBehavior.ReadWrite.All and the role Global Administrator or Hybrid Identity Administrator; or ADSyncTools 2.5.0), then plan again.',
  ),
  'cloud-user-federated': hold(
    'The cloud user is in the federated domain {domain}, where the immutable ID cannot be set.',
    'Let the run move the UPN away and back with --federated-detour <managed domain>, or do both by hand.',
  ),
  'anchor-missing': hold(
    'The AD user has no value in {attribute}.',
    'Fill the attribute in AD, or choose another --source-anchor.',
  ),
  'anchor-malformed': hold(
    'The value of {attribute} cannot be an anchor: {why}.',
    'Fix the attribute in AD; a GUID anchor has exactly 16 bytes.',
  ),
  'anchor-value-unfit': hold(
    'The value of {attribute} is not taken by sync as an anchor: {why}.',
    'Choose another --source-anchor, the one that sync is set to; or change the value in AD before sync has seen it.',
  ),
  'anchor-shared-in-ad': hold(
    'The source anchor of {own}, {immutableId} by its {attribute}, is that of another AD user as well: {others}. Sync joins one of them, and fails on the others.',
    'Give each AD user an anchor of its own, or take the wrong one out of sync scope; a copied mS-DS-ConsistencyGuid is the usual cause.',
  ),
  'two-rows-one-anchor': hold(
    'Several AD users have this source anchor, on lines {lines}.',
    'Give each AD user an anchor of its own; a copied mS-DS-ConsistencyGuid is the usual cause.',
  ),
  'pairing-contradicted': hold(
    'The two are hardly one person: {ad}, {cloud}. {others}.',
    'Find out whom the line means, and correct it. Where it is right all the same, write pairing-contradicted into its accept column.',
  ),
  'claimed-id-differs': hold(
    'The file claims the immutable ID {claimed}, AD gives {computed}.',
    'Find out which is right; then correct the file or remove the claim.',
  ),
  'cloud-user-synced': hold(
    'Sync already carries this cloud user, with the immutable ID {current}.',
    'Take its AD user out of sync scope first; Graph refuses to change a synced user.',
  ),
  'ad-user-carried-by-sync': hold(
    'Sync carries this AD user already, on another cloud user, {kinship}: {holder}; {standing}.',
    'If that is the right person, nothing is left to do; name it in the file, best by object id. If it is a duplicate that sync made, take the AD user out of scope and delete the duplicate, then plan again.',
  ),
  'immutable-id-held-by-other': hold(
    'The immutable ID belongs to another cloud user, {kinship}: {holder}; {standing}.',
    'A duplicate of the same person: keep the one with the mailbox and free the ID on the other. Somebody else: the pairing is wrong.',
  ),
  'immutable-id-held-by-deleted': hold(
    'The immutable ID belongs to a user in the recycle bin, {kinship}: {holder}; {standing}.',
    'Make sure that its mailbox is not needed, then purge it; or restore it, if it is the one to keep. Otherwise sync may bring it back.',
  ),
  'relink-not-allowed': hold(
    'The cloud user already has a different immutable ID: {current}.',
    'Make sure that nothing depends on it, then allow the change with --allow-relink.',
  ),
  'changed-since-run': hold(
    'The immutable ID is {current}, not what the run wrote.',
    'Somebody changed it since; decide by hand what it should be.',
  ),
  'existing-id-is-encoding-error': warning(
    'The present immutable ID {current} is this very GUID in a wrong encoding: {why}.',
    'Replace it with --allow-relink.',
  ),
  'existing-id-is-other-anchor': warning(
    'The present immutable ID {current} is the {attribute} of this AD user, but the source anchor is {anchor}.',
    'Make sure which attribute sync uses; then replace the ID with --allow-relink, or plan with another --source-anchor.',
  ),
  'existing-id-is-other-user': warning(
    'The present immutable ID {current} is the anchor of another AD user: {owner}.',
    'Find out which AD user is the person; if the pairing is wrong, correct the file.',
  ),
  'existing-id-unknown-in-ad': warning(
    'The present immutable ID {current} is the anchor of nobody in the AD that is read.',
    'If it is of a domain that is gone, replace it with --allow-relink; if another domain or forest is synced too, look for it there first.',
  ),
  'existing-id-signs-in': warning(
    'The present immutable ID {current} is no anchor of AD; another identity provider (Google, Okta, …) may sign the user in by it.',
    'Find out who has set it: replacing it ends that sign-in.',
  ),
  'cloud-object-identifier-equal': warning(
    'The cloud user is mapped to this AD user already (onPremisesObjectIdentifier {current}), although sync does not carry it: it was synced before.',
    'Microsoft says in one place that such a user is joined, in another that only an empty one is; clear it first, or see after the cycle that it is joined.',
  ),
  'cloud-object-identifier-replaced': warning(
    'The cloud user is mapped to another AD object (onPremisesObjectIdentifier {current}); the tenant allows sync to map it to {expected} for the time being.',
    'Make sure that the pairing is right, and that the switch allowOnPremUpdateOfOnPremisesObjectIdentifierEnabled stays on until the sync cycle.',
  ),
  'soft-match-would-hit-other': warning(
    'By address, sync would take another cloud user: {holder} has {value}.',
    'Apply before sync sees the AD user, or move the address; a row that is held is in this danger now.',
  ),
  'another-joins': warning(
    'Sync joins the cloud user to another AD user, by {how}: {other}.',
    'Fix what holds the row and apply before the next cycle; or take that AD user out of sync scope, or off it what joins them.',
  ),
  'cloud-user-loses-ad': warning(
    'Sync carries the cloud user by {current}, and {why}: where sync deletes what AD has no more, the user goes to the recycle bin.',
    'Find its AD user. Where that is gone: turn sync off, move the source of authority of the user to the cloud, or delete and restore it.',
  ),
  'soft-match-will-fail': warning(
    'By address, sync finds {holder}, who has {value}, and may not join it: {why}. It makes a new cloud user, who then has the immutable ID.',
    'Fix what holds the row and apply before sync sees the AD user, or take the AD user out of sync scope until then.',
  ),
  'attribute-conflict-after-sync': warning(
    'After the take-over sync cannot set {attribute} {value}: {holder} has it.',
    'Free the value on the other object, or change it in AD, before the sync cycle.',
  ),
  'address-shared-in-ad': warning(
    'Another AD user brings {attribute} {value} as well: {other}. Sync sets it on whichever comes first; on the other it stays in error.',
    'Take the value off the AD user who is not to have it, before the sync cycle.',
  ),
  'ad-value-refused-by-sync': warning(
    'Sync does not take {attribute} {value}: {why}.',
    'Correct the value in AD; until then the attribute stays in error, and in the cloud as it is.',
  ),
  'ad-upn-suffix-unverified': warning(
    'The AD user principal name {upn} ends in a domain that the tenant has not verified: sync names the cloud user {becomes}.',
    'Give the AD user a verified suffix before the sync cycle, or verify the domain.',
  ),
  'ad-upn-missing': warning(
    'The AD user has no user principal name: sync makes one, and names the cloud user {upn}.',
    'Give the AD user the name that it is to sign in by, before the sync cycle.',
  ),
  'ad-in-sync-scope': warning(
    'Sync is on and the AD user is in its scope: a cycle before the write makes a new cloud user of it.',
    'Suspend the sync scheduler for the window, or take the AD user out of scope first.',
  ),
  'ad-user-out-of-scope': warning(
    'Sync leaves the AD user out: {rule}.',
    'Bring the AD user into scope once the immutable ID is set; until then nothing is joined.',
  ),
  'cloud-user-renamed': warning(
    'Nobody is found by {was}, and sync carries the AD user on {upn} by its immutable ID: linked and taken over, the UPN is now {upn}.',
    'If that is the account that the line means, nothing is left to do; name it by its object id in files to come. If sync has made or taken another one, look both up (hardmatch lookup) before anybody uses it.',
  ),
  'ad-user-disabled': warning(
    'The AD user is disabled.',
    'After the match the cloud user will be blocked from sign-in.',
  ),
  'pairing-nothing-in-common': warning(
    'Nothing shows that the two are one person: {ad} and {cloud} have no name, sign-in name or address in common.',
    'Find out whether both accounts are the same person’s before you apply; otherwise correct the line.',
  ),
  'pairing-doubtful': warning(
    'The two may be two people: {ad}, {cloud}; {why}.',
    'Find out whether both accounts are the same person’s before you apply, or correct the line.',
  ),
  'sign-in-will-change': warning(
    'Sign-in of the cloud user will change with the take-over: {how}.',
    'Make sure that this is meant, and tell the person; else change it in AD before the sync cycle.',
  ),
  'mailbox-on-both-sides': warning(
    'There is a mailbox on both sides: AD has one for this user, and so has the cloud user.',
    "Settle first which one stays: after the take-over the one in AD counts, and the mailbox in the cloud is nobody's.",
  ),
  'anchor-differs-from-guid': warning(
    'mS-DS-ConsistencyGuid is set and is not the objectGUID {objectGuid}.',
    'Where the user was migrated from another domain this is as it should be: the ConsistencyGuid is what sync uses. Otherwise it may be a copy of somebody else’s; ask before you apply.',
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
