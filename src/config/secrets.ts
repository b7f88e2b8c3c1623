// The name by which Node's util.inspect, and with it console.log, asks a value how it wants to be shown.
const shown = Symbol.for('nodejs.util.inspect.custom');

/** A value that does not print: as text, in JSON and when inspected it is `[secret]`. Only `reveal` gives it. */
export type Secret = {
  reveal(): string;
  toString(): string;
  toJSON(): string;
};

/** Wraps a secret. The value lives in a closure, so that walking the object's properties does not find it either. */
export function makeSecret(value: string): Secret {
  const mask = (): string => '[secret]';
  return Object.freeze({ reveal: () => value, toString: mask, toJSON: mask, [shown]: mask });
}
