// What a checked filter means: a test of one record, and where the indexes of users can narrow the walk.
import type { ResourceType, StoredUser } from './properties.ts';
import { type IndexName, type UserStore, ascending, foldText } from './user-store.ts';
import type { ODataFilter, Literal } from './filter.ts';

/** Whether a record fits. */
export type RecordTest<R> = (record: R) => boolean;
export type UserTest = RecordTest<StoredUser>;

type ValueTest = (value: unknown) => boolean;

/** Compiles a filter that rules.ts has let through. Two-valued logic: `not` is true of records without a value. */
export function compileFilter<R>(filter: ODataFilter, type: ResourceType<R>): RecordTest<R> {
  switch (filter.kind) {
    case 'and': {
      const tests = filter.parts.map((part) => compileFilter(part, type));
      return (record) => tests.every((test) => test(record));
    }
    case 'or': {
      const tests = filter.parts.map((part) => compileFilter(part, type));
      return (record) => tests.some((test) => test(record));
    }
    case 'not': {
      const test = compileFilter(filter.part, type);
      return (record) => !test(record);
    }
    case 'any': {
      const test = compileElement(filter.part);
      return (record) => {
        const value = type.valueOf(record, filter.property);
        return Array.isArray(value) && value.some((element) => test(element));
      };
    }
    default: {
      const isCaseSensitive = type.propertyOf(filter.property, 'beta')?.isCaseSensitive === true;
      const test = compileValue(filter, isCaseSensitive);
      return (record) => test(type.valueOf(record, filter.property));
    }
  }
}

/** The test of one element of a collection, inside `any`. */
function compileElement(filter: ODataFilter): ValueTest {
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
    default: {
      const test = compileValue(filter, false);
      const field = filter.property.split('/')[1];
      if (field === undefined) return test;
      return (value) => test((value as Readonly<Record<string, unknown>>)[field]);
    }
  }
}

type Leaf = Extract<ODataFilter, { kind: 'compare' | 'in' | 'startsWith' | 'endsWith' }>;

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
export function narrow(filter: ODataFilter, store: UserStore): number[] | undefined {
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

function byAddress(filter: Extract<ODataFilter, { kind: 'any' }>, store: UserStore): number[] | undefined {
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
