// What accidents and people do to a file of lines: bytes in, bytes out.
import fc from 'fast-check';

/** One thing done to a file. */
export type Mutation = (bytes: Buffer) => Buffer;

// A place in a file whose length is not known yet: 0 is its begin, 1 its end.
const anyPlace = fc.double({ min: 0, max: 1, noNaN: true });
const placeIn = (length: number, place: number): number => Math.min(length, Math.floor(place * (length + 1)));
const elementAt = (length: number, place: number): number => Math.min(length - 1, Math.floor(place * length));

const anyGarbage = fc.oneof(
  fc.uint8Array({ minLength: 1, maxLength: 40 }).map((bytes) => Buffer.from(bytes)),
  fc
    .constantFrom('\n', '\r', '\r\n', '\0', '\0'.repeat(600), '\ufeff', '{', '}', '[', '"', '\\', ',', 'null\n', '{}\n')
    .map((text) => Buffer.from(text)),
  fc
    .constantFrom('['.repeat(20_000), '{"a":'.repeat(20_000), '1e400', '-0', '\u2028', '\u202e\u001b[2J')
    .map((text) => Buffer.from(text)),
);

const onBytes: fc.Arbitrary<Mutation> = fc.oneof(
  fc.record({ place: anyPlace, mask: fc.integer({ min: 1, max: 255 }) }).map(({ place, mask }) => (bytes: Buffer) => {
    if (bytes.length === 0) return bytes;
    const changed = Buffer.from(bytes);
    const at = elementAt(bytes.length, place);
    changed[at] = (changed[at] ?? 0) ^ mask;
    return changed;
  }),
  fc.record({ place: anyPlace, garbage: anyGarbage }).map(({ place, garbage }) => (bytes: Buffer) => {
    const at = placeIn(bytes.length, place);
    return Buffer.concat([bytes.subarray(0, at), garbage, bytes.subarray(at)]);
  }),
  fc
    .record({ from: anyPlace, length: fc.integer({ min: 1, max: 400 }), isZeroed: fc.boolean() })
    .map(({ from, length, isZeroed }) => (bytes: Buffer) => {
      const at = placeIn(bytes.length, from);
      const rest = bytes.subarray(at + length);
      const hole = Buffer.alloc(isZeroed ? Math.min(length, bytes.length - at) : 0);
      return Buffer.concat([bytes.subarray(0, at), hole, rest]);
    }),
);

const onLines: fc.Arbitrary<Mutation> = fc
  .record({ what: fc.constantFrom('double', 'remove', 'swap', 'move', 'truncate'), one: anyPlace, other: anyPlace })
  .map(({ what, one, other }) => (bytes: Buffer) => {
    // latin1 takes every byte for a character and back.
    const lines = bytes.toString('latin1').split(/(?<=\n)/);
    if (lines.length === 0) return bytes;
    const at = elementAt(lines.length, one);
    const to = elementAt(lines.length, other);
    const line = lines[at] ?? '';
    const changed = {
      double: () => lines.toSpliced(to, 0, line),
      remove: () => lines.toSpliced(at, 1),
      swap: () => lines.with(at, lines[to] ?? '').with(to, line),
      move: () => lines.toSpliced(at, 1).toSpliced(to, 0, line),
      truncate: () => lines.slice(0, at),
    }[what]();
    return Buffer.from(changed.join(''), 'latin1');
  });

/** Takes a value of JSON and changes it somewhere inside. */
export type JsonMutation = (value: unknown) => unknown;

const anyKey = fc.constantFrom(
  '__proto__',
  'constructor',
  'toString',
  'kind',
  'sum',
  'line',
  'after',
  'detour',
  'x',
  'a\nb\u001b[2J',
);
const anyOdd: fc.Arbitrary<unknown> = fc.oneof(
  fc.jsonValue(),
  fc.constantFrom<unknown>(
    '',
    '\ud800',
    0,
    -1,
    1.5,
    1e308,
    2 ** 53,
    true,
    null,
    [],
    {},
    'a'.repeat(5_000),
    '2026-13-45T99:99:99Z',
  ),
);

/** A change of one key or element somewhere in the value: another value, removed, or one more beside it. */
export const anyJsonMutation: fc.Arbitrary<JsonMutation> = fc
  .record({
    places: fc.array(anyPlace, { minLength: 1, maxLength: 4 }),
    what: fc.constantFrom('set', 'remove', 'add'),
    key: anyKey,
    odd: anyOdd,
  })
  .map(({ places, what, key, odd }) => {
    const change = (value: unknown, depth: number): unknown => {
      if (typeof value !== 'object' || value === null) return odd;
      const keys = Object.entries(value);
      const place = places[depth];
      const chosen = keys[elementAt(keys.length, place ?? 0)];
      let changed: [string, unknown][] = keys;
      if (place !== undefined && chosen && depth + 1 < places.length) {
        changed = keys.map(([name, inner]) => [name, name === chosen[0] ? change(inner, depth + 1) : inner]);
      } else if (what === 'add') changed = [...keys, [key, odd]];
      else if (what === 'remove') changed = keys.filter(([name]) => name !== chosen?.[0]);
      else changed = keys.map(([name, inner]) => [name, name === chosen?.[0] ? odd : inner]);
      return Array.isArray(value) ? changed.map(([, inner]) => inner) : Object.fromEntries(changed);
    };
    return (value) => change(value, 0);
  });

const onValues: fc.Arbitrary<Mutation> = fc
  .record({ place: anyPlace, mutate: anyJsonMutation })
  .map(({ place, mutate }) => (bytes: Buffer) => {
    const lines = bytes.toString('utf8').split(/(?<=\n)/);
    const at = elementAt(lines.length, place);
    try {
      const changed = JSON.stringify(mutate(JSON.parse(lines[at] ?? '')));
      return Buffer.from(lines.with(at, `${changed}\n`).join(''));
    } catch {
      // No JSON any more, by a mutation before.
      return bytes;
    }
  });

/** One to three things done to a file, one after the other. */
export const anyMutation: fc.Arbitrary<Mutation> = fc
  .array(fc.oneof(onBytes, onLines, onValues), { minLength: 1, maxLength: 3 })
  .map((all) => (bytes) => all.reduce((now, mutate) => mutate(now), bytes));
