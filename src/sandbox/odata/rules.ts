// Which filters the tenant answers (Microsoft Graph: Advanced query capabilities on directory objects; known issues of query
// parameters). A filter it does not answer is refused, never answered with something else.
import { tooManyClauses, unreadable, unsupported } from '../http/graph-errors.ts';
import type { FilterLevel, Property, ResourceType } from './properties.ts';
import type { ODataFilter, Literal } from './filter.ts';

/** What is asked about, and how: `isAdvanced` is ConsistencyLevel eventual together with $count. */
export type FilterMode = {
  readonly isAdvanced: boolean;
  readonly version: 'v1.0' | 'beta';
  readonly type: Pick<ResourceType<never>, 'name' | 'odataType' | 'propertyOf'>;
};

/** Alternatives (OR-ed clauses, values of an `in`) one plain query may have, and characters one value may have. */
const mostAlternatives = 15;
const longestValue = 120;

/** Throws the refusal the tenant would give; returns when the filter may be answered. */
export function checkFilter(filter: ODataFilter, mode: FilterMode): void {
  check(filter, { mode, isNegated: false, variable: null });
  const count = alternativesIn(filter);
  if (!mode.isAdvanced && count > mostAlternatives) throw tooManyClauses(count, mostAlternatives);
}

type Place = {
  readonly mode: FilterMode;
  readonly isNegated: boolean;
  /** Inside `any`: the lambda variable and the collection it ranges over. */
  readonly variable: { readonly name: string; readonly property: string } | null;
};

function check(filter: ODataFilter, place: Place): void {
  switch (filter.kind) {
    case 'and':
    case 'or':
      for (const part of filter.parts) check(part, place);
      return;
    case 'not':
      return check(filter.part, { ...place, isNegated: true });
    case 'any':
      return checkAny(filter, place);
    case 'compare':
      return checkCompare(filter, place);
    case 'in':
      for (const value of filter.values) checkEquals(filter.property, value, place);
      return;
    default:
      return checkAffix(filter, place);
  }
}

function checkAny(filter: Extract<ODataFilter, { kind: 'any' }>, place: Place): void {
  const property = need(filter.property, place);
  if (property.type !== 'list' || place.variable !== null) throw badClause(filter.property, place);
  check(filter.part, { ...place, variable: { name: filter.variable, property: filter.property } });
}

function checkCompare(filter: Extract<ODataFilter, { kind: 'compare' }>, place: Place): void {
  if (filter.op === 'eq') return checkEquals(filter.property, filter.value, place);
  if (filter.op !== 'ne') throw badClause(filter.property, place);
  checkEquals(filter.property, filter.value, { ...place, isNegated: true });
}

function checkEquals(name: string, value: Literal, place: Place): void {
  const property = operand(name, place);
  allow(name, value === null ? property.equalsNull : property.equals, place);
  if (place.isNegated) allow(name, property.negation, place);
  if (value === null || property.type === 'list') {
    if (value !== null) checkLength(value, place);
    return;
  }
  const isFlag = property.type === 'flag';
  if (isFlag !== (typeof value === 'boolean')) {
    throw unreadable(
      `Invalid filter clause: A binary operator with incompatible types was detected for property '${name}'.`,
    );
  }
  checkLength(value, place);
}

function checkAffix(filter: Extract<ODataFilter, { kind: 'startsWith' | 'endsWith' }>, place: Place): void {
  const property = operand(filter.property, place);
  allow(filter.property, property[filter.kind], place);
  if (place.isNegated) allow(filter.property, property.negation, place);
  checkLength(filter.value, place);
}

/** The property a clause compares. A collection is none by itself, only through a lambda variable. */
function operand(name: string, place: Place): Property {
  const property = need(name, place);
  if (property.type === 'list' && place.variable === null) throw badClause(name, place);
  return property;
}

/** The property a name stands for: its own, or the collection a lambda variable ranges over. */
function need(name: string, place: Place): Property {
  const { variable, mode } = place;
  // `p` is an entry of the collection, `p/category` a field of one.
  const isVariable = variable !== null && variable.name === name.split('/')[0];
  const property = mode.type.propertyOf(isVariable ? variable.property : name, mode.version);
  if (property === undefined) {
    throw unreadable(
      `Invalid filter clause: Could not find a property named '${name}' on type '${mode.type.odataType}'.`,
    );
  }
  if (variable !== null && !isVariable) throw badClause(name, place);
  return property;
}

function allow(name: string, level: FilterLevel, place: Place): void {
  if (level === 'plain' || (level === 'advanced' && place.mode.isAdvanced)) return;
  throw badClause(name, place);
}

function badClause(name: string, { mode }: Place): Error {
  return unsupported(
    `Unsupported or invalid query filter clause specified for property '${name}' of resource '${mode.type.name}'.`,
  );
}

function checkLength(value: Literal, place: Place): void {
  if (place.mode.isAdvanced || typeof value !== 'string' || value.length <= longestValue) return;
  throw unsupported(`A filter value has ${value.length} characters. Max allowed: ${longestValue}.`);
}

/** How many alternatives the widest OR of the tree has; each value of an `in` is one. */
function alternativesIn(filter: ODataFilter): number {
  switch (filter.kind) {
    case 'or':
      return filter.parts.reduce((sum, part) => sum + Math.max(1, alternativesIn(part)), 0);
    case 'and':
      return Math.max(...filter.parts.map(alternativesIn));
    case 'not':
    case 'any':
      return alternativesIn(filter.part);
    case 'in':
      return filter.values.length;
    default:
      return 1;
  }
}
