// The name by which Node's util.inspect, and with it console.log, asks a value how it wants to be shown.
const shown = Symbol.for('nodejs.util.inspect.custom');

/** A value that does not print: as text, in JSON and when inspected it is `[secret]`. Only `reveal` gives it. */
export type Secret = {
  reveal(): string;
  toString(): string;
  toJSON(): string;
};

// Whoever makes a secret has thereby said that it must not be shown; no list of secrets is kept anywhere else.
const made = new Set<string>();

/** Every secret of this process so far: what the log and the terminal must not show. */
export function knownSecrets(): readonly string[] {
  return [...made];
}

/** Wraps a secret. The value lives in a closure, so that walking the object's properties does not find it either. */
export function makeSecret(value: string): Secret {
  made.add(value);
  const mask = (): string => '[secret]';
  return Object.freeze({ reveal: () => value, toString: mask, toJSON: mask, [shown]: mask });
}

/** A command line begins, in a process that may have seen another: what that one knew is none of its own. */
export function forgetSecrets(): void {
  made.clear();
}
