import { type Setting, settingsTable } from './settings-table.ts';

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

/**
 * Makes secrets of what the environment holds of them, before anything is read or said: the settings that are secret,
 * and the accounts in proxy addresses, which are no settings of ours.
 */
export function noteSecretsOf(env: Readonly<Record<string, string | undefined>>): void {
  const settings: readonly Setting[] = settingsTable;
  for (const { env: name, isSecret } of settings) {
    const value = isSecret && name !== undefined ? env[name] : undefined;
    if (value !== undefined && value !== '') makeSecret(value);
  }
  for (const [name, value] of Object.entries(env)) {
    if (value !== undefined && /^(?:https?|all)_proxy$/i.test(name)) noteAccount(value);
  }
}

// Not by URL: an address that is none may hold a password all the same.
function noteAccount(address: string): void {
  const account = /^(?:[a-z][a-z0-9+.-]*:\/\/)?(.*)@/is.exec(address)?.[1];
  if (account === undefined) return;
  const password = account.slice(account.indexOf(':') + 1);
  for (const written of [account, password]) {
    if (written === '') continue;
    makeSecret(written);
    makeSecret(decoded(written));
  }
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
