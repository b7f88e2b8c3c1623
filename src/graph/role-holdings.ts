// Pure: from grants to people.
import type { Guid } from '../core/guid.ts';
import type { RoleHolding } from '../core/preflight.ts';
import type { Named, RoleGrant } from './bulk/convert-tenant.ts';

/** A user who is in a role-assignable group, or owns it. */
export type GroupPerson = { readonly id: Guid; readonly group: Named; readonly isOwner: boolean };

/**
 * Each principal's roles, directly and through groups, each once, assigned before eligible, by name. Principals that are
 * no users (applications, and groups nobody of whom is known) are in it as well; nobody asks for them.
 */
export function holdingsOf(
  grants: { readonly assigned: readonly RoleGrant[]; readonly eligible: readonly RoleGrant[] },
  known: { readonly names: readonly Named[]; readonly people: readonly GroupPerson[] },
): ReadonlyMap<Guid, readonly RoleHolding[]> {
  const names = new Map(known.names.map((definition) => [definition.id, definition.name]));
  const peopleOf = groupPeople(known.people);
  const found = new Map<Guid, Map<string, RoleHolding>>();
  const note = (id: Guid, holding: RoleHolding): void => {
    const mine = found.get(id) ?? new Map<string, RoleHolding>();
    found.set(id, mine.set(JSON.stringify(holding), holding));
  };
  for (const how of ['assigned', 'eligible'] as const) {
    for (const { principal, definition } of grants[how]) {
      const role = names.get(definition) ?? definition;
      const people = peopleOf.get(principal);
      if (people === undefined) note(principal as Guid, { role, how, through: null });
      for (const { id, group, isOwner } of people ?? []) {
        note(id, { role, how, through: isOwner ? `${group.name} (owner)` : group.name });
      }
    }
  }
  return new Map([...found].map(([id, mine]) => [id, [...mine.values()].sort(inOrder)]));
}

function groupPeople(people: readonly GroupPerson[]): ReadonlyMap<string, readonly GroupPerson[]> {
  const byGroup = new Map<string, GroupPerson[]>();
  for (const person of people) byGroup.set(person.group.id, [...(byGroup.get(person.group.id) ?? []), person]);
  return byGroup;
}

function inOrder(a: RoleHolding, b: RoleHolding): number {
  const place = ({ how, role, through }: RoleHolding): string => [how, role, through ?? ''].join('\n');
  return place(a) < place(b) ? -1 : 1;
}
