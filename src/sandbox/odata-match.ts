// What a checked filter means: a test of one user, and where the indexes can narrow the walk.
import { type StoredUser, propertyOf, valueOf } from './graph-properties.ts';
import { type IndexName, type UserStore, ascending, foldText } from './graph-store.ts';
import type { Filter, Literal } from './odata-filter.ts';

/** Whether a user fits. */
export type UserTest = (user: StoredUser) => boolean;

type Reader = (user: StoredUser) => unknown;
type ValueTest = (value: unknown) => boolean;

/** Compiles a filter that odata-rules.ts has let through. Two-valued logic: `not` is true of users without a value. */
export function compileFilter(filter: Filter): UserTest {
  switch (filter.kind) {
    case 'and': {
      const tests = filter.parts.map(compileFilter);
      return (user) => tests.every((test) => test(user));
    }
    case 'or': {
      const tests = filter.parts.map(compileFilter);
      return (user) => tests.some((test) => test(user));
    }
    case 'not': {
      const test = compileFilter(filter.part);
      return (user) => !test(user);
    }
    case 'any': {
      const test = compileElement(filter.part);
      return (user) => {
        const value = valueOf(user, filter.property);
        return Array.isArray(value) && value.some((element) => test(element));
      };
    }
    default:
      return onValue((user) => valueOf(user, filter.property), compileValue(filter, isCaseSensitive(filter.property)));
  }
}

function onValue(read: Reader, test: ValueTest): UserTest {
  return (user) => test(read(user));
}

function isCaseSensitive(property: string): boolean {
  return propertyOf(property, 'beta')?.isCaseSensitive === true;
}

/** The test of one element of a collection, inside `any`. */
function compileElement(filter: Filter): ValueTest {
  switch (filter.kind) {
    case 'and': {
      const tests = filter.parts.map(compileElement);
      return (value) => tests.every((test) => test(value));
    }
    case 'or': {
      const tests = filter.parts.map(compileElement);
      return (value) => tests.some((test) => test(value));
    }
    case 'not': {
      const test = compileElement(filter.part);
      return (value) => !test(value);
    }
    case 'any':
      return () => false;
    default:
      return compileValue(filter, false);
  }
}

type Leaf = Extract<Filter, { kind: 'compare' | 'in' | 'startsWith' | 'endsWith' }>;

function compileValue(leaf: Leaf, caseSensitive: boolean): ValueTest {
  const fold = (value: unknown): unknown =>
    typeof value === 'string' && !caseSensitive ? foldText(value) : (value ?? null);
  switch (leaf.kind) {
    case 'compare': {
      const wanted = fold(leaf.value);
      return leaf.op === 'ne' ? (value) => fold(value) !== wanted : (value) => fold(value) === wanted;
    }
    case 'in': {
      const wanted = new Set(leaf.values.map(fold));
      return (value) => wanted.has(fold(value));
    }
    default: {
      const wanted = String(fold(leaf.value));
      const test = leaf.kind === 'startsWith' ? 'startsWith' : 'endsWith';
      return (value) => typeof value === 'string' && String(fold(value))[test](wanted);
    }
  }
}

const indexed = new Set<string>(['id', 'userPrincipalName', 'mail', 'onPremisesImmutableId']);

/** The slots a filter can only be true of, ascending; undefined when everybody must be tested. */
export function narrow(filter: Filter, store: UserStore): number[] | undefined {
  switch (filter.kind) {
    case 'and': {
      for (const part of filter.parts) {
        const slots = narrow(part, store);
        if (slots) return slots;
      }
      return undefined;
    }
    case 'or': {
      const parts = filter.parts.map((part) => narrow(part, store));
      return parts.every((slots) => slots !== undefined) ? ascending(parts.flat()) : undefined;
    }
    case 'compare':
      return filter.op === 'eq' ? byKeys(filter.property, [filter.value], store) : undefined;
    case 'in':
      return byKeys(filter.property, filter.values, store);
    case 'any':
      return byAddress(filter, store);
    default:
      return undefined;
  }
}

function byAddress(filter: Extract<Filter, { kind: 'any' }>, store: UserStore): number[] | undefined {
  const { part } = filter;
  if (filter.property !== 'proxyAddresses' || part.kind !== 'compare' || part.op !== 'eq') return undefined;
  return typeof part.value === 'string' ? store.candidates('proxyAddresses', part.value) : undefined;
}

function byKeys(property: string, values: readonly Literal[], store: UserStore): number[] | undefined {
  if (!indexed.has(property)) return undefined;
  const keys = values.filter((value) => typeof value === 'string');
  if (keys.length < values.length) return undefined;
  return ascending(keys.flatMap((key) => store.candidates(property as IndexName, key)));
}
