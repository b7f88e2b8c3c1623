import { guidsOf } from '../core/ids/anchor.ts';
import type { AdHit, IdOwner } from '../core/lookup/ad-findings.ts';
import type { LookupAnswer } from '../core/lookup/answer.ts';
import type { CloudHit } from '../core/lookup/cloud-findings.ts';
import type { CheckName, Unchecked } from '../core/preflight.ts';
import type { AddressHolder } from '../core/users.ts';
import { counted, number } from './phrases.ts';
import { type Paint, pairs, painter, type TerminalOptions, wrap } from './terminal-layout.ts';
import { visible } from './visible.ts';

type Facts = (readonly [label: string, value: string])[];

// The screen ends with who was not found; a list of thousands belongs into a file.
const missingShown = 10;

/**
 * What `lookup` prints: one block for each value (what it was taken for, then AD, live users, recycle bin), at the end how
 * many were found. Ends with a line break; nothing from AD or the tenant can drive the terminal or hide in it.
 */
export function lookupText(
  answers: readonly LookupAnswer[],
  unchecked: readonly Unchecked[],
  options: TerminalOptions,
): string {
  const layout: Layout = { paint: painter(options), width: Math.max(options.width, 40) };
  const blocks = answers.map((answer) => blockOf(answer, layout));
  return `${[...blocks, endOf(answers, unchecked, layout)].map((lines) => lines.join('\n')).join('\n\n')}\n`;
}

type Layout = { readonly paint: Paint; readonly width: number };

function blockOf(answer: LookupAnswer, layout: Layout): string[] {
  const { paint, width } = layout;
  const value = answer.value.trim() === '' ? '(empty)' : visible(answer.value);
  return [
    `${paint('strong', value)}  ${answer.kind}${answer.isFound ? '' : `, ${paint('warn', 'found nowhere')}`}`,
    ...answer.notes.flatMap((note) => wrap(visible(note), width, '  ')),
    ...adSection(answer, layout),
    ...section(
      'Live users',
      answer.live.map((hit) => cloudEntry(hit, answer)),
      layout,
    ),
    ...section(
      'Recycle bin',
      answer.deleted.map((hit) => cloudEntry(hit, answer)),
      layout,
    ),
    ...(answer.objects.length > 0 ? section('Groups and contacts', answer.objects.map(objectEntry), layout) : []),
  ];
}

/** Somebody found: a headline and facts beneath it. */
type Entry = { readonly head: string; readonly facts: Facts };

function section(title: string, entries: readonly Entry[], { paint, width }: Layout): string[] {
  if (entries.length === 0) return [`  ${title}: ${paint('faint', 'nobody')}`];
  const lines = entries.flatMap(({ head, facts }) => [
    ...wrap(visible(head), width, '    '),
    ...pairs(
      facts.map(([label, value]) => [label, visible(value)] as const),
      width - 4,
    ).map((line) => `    ${line}`),
  ]);
  return [`  ${title}`, ...lines];
}

function adSection({ ad, adOthers }: LookupAnswer, layout: Layout): string[] {
  if (ad === null) return [`  Active Directory: ${layout.paint('faint', 'not asked')}`];
  const others = adOthers.map(({ dn, objectClass }): Entry => ({ head: `${dn}, a ${objectClass}`, facts: [] }));
  return section('Active Directory', [...ad.map(adEntry), ...others], layout);
}

function adEntry({ as, user, immutableId, anchor }: AdHit): Entry {
  const { samAccountName, userPrincipalName, mail, sid, adminDescription } = user;
  const facts: Facts = [
    ['immutable ID', immutableId === null ? 'none' : `${immutableId} (from ${anchor ?? 'an unknown attribute'})`],
    ...guidsOf(user).map(({ attribute, guid }) => [attribute, guid] as const),
    ...given({ sAMAccountName: samAccountName, UPN: userPrincipalName, mail, SID: sid, adminDescription }),
  ];
  return { head: `${user.dn}, by ${as.join(', ')}${user.enabled ? '' : '; disabled'}`, facts };
}

function cloudEntry(hit: CloudHit, { ad }: LookupAnswer): Entry {
  const { as, userPrincipalName, displayName, userType, accountEnabled, deletedDateTime } = hit;
  const name = displayName === null ? '' : ` (${displayName})`;
  const guest = userType === 'Guest' ? '; a guest' : '';
  const blocked = accountEnabled === false ? '; sign-in blocked' : '';
  const facts: Facts = [
    ['object id', hit.id],
    ['immutable ID', hit.immutableId ?? 'none'],
    ...ownerFact(hit, ad !== null),
    ['synced', hit.isSynced ? 'yes' : 'no'],
    ...given({ mail: hit.mail, licences: hit.licences === null ? null : number(hit.licences) }),
    ...given({ deleted: deletedDateTime }),
  ];
  return { head: `${userPrincipalName}${name}, by ${as.join(', ')}${guest}${blocked}`, facts };
}

function ownerFact({ immutableId, owner }: CloudHit, isAdAsked: boolean): Facts {
  if (immutableId === null) return [];
  if (owner !== null) return [['whose', whoseSentence(owner)]];
  return isAdAsked ? [['whose', "nobody's in AD"]] : [];
}

function whoseSentence(owner: IdOwner): string {
  switch (owner.kind) {
    case 'anchor':
      return owner.dn;
    case 'other-anchor':
      return `${owner.dn}: its ${owner.attribute}, which is not its source anchor`;
    case 'wrong-encoding':
      return `${owner.dn}: wrongly encoded, ${owner.why} of its ${owner.attribute}`;
  }
}

const claims: Readonly<Record<AddressHolder['as'], string>> = {
  upn: 'UPN',
  'primary-smtp': 'primary SMTP address',
  'other-smtp': 'SMTP address',
  mail: 'mail',
  'other-mail': 'other mail address',
};

function objectEntry({ kind, id, name, as }: AddressHolder): Entry {
  return { head: `${name}, a ${kind}, by ${claims[as]}`, facts: [['object id', id]] };
}

function given(facts: Readonly<Record<string, string | null>>): Facts {
  return Object.entries(facts).flatMap(([label, value]) =>
    value === null || value === '' ? [] : [[label, value] as const],
  );
}

// The checks that bear on who has an address; the survey has others, which matter to a plan alone.
const checks: Readonly<Partial<Record<CheckName, string>>> = {
  'address-groups': 'addresses of groups',
  'address-contacts': 'addresses of contacts',
};

function endOf(answers: readonly LookupAnswer[], unchecked: readonly Unchecked[], { paint, width }: Layout): string[] {
  const missing = answers.filter((answer) => !answer.isFound);
  const shown = missing.slice(0, missingShown).map(({ value }) => visible(value));
  const more = missing.length > missingShown ? ` and ${number(missing.length - missingShown)} more` : '';
  const found = `${counted(answers.length, 'value')}, ${number(answers.length - missing.length)} found`;
  const notes = unchecked.flatMap(({ check, needs }) => {
    const what = checks[check];
    return what === undefined ? [] : [`Not checked: ${what}. It needs ${needs}.`];
  });
  if (answers.some(({ ad }) => ad === null)) {
    notes.unshift('AD was not asked: no domain controller and no AD export is configured.');
  }
  return [
    paint('strong', missing.length === 0 ? `${found}.` : `${found}. Nowhere: ${shown.join(', ')}${more}`),
    ...notes.flatMap((note) => wrap(note, width, '')),
  ];
}
