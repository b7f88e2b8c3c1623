import { makeSecret } from './secrets.ts';
import { settingsTable } from './settings-table.ts';

/**
 * Makes secrets of what the environment holds of them, before anything is read or said: the settings that are secret,
 * and the accounts in proxy addresses, which are no settings of ours.
 */
export function noteSecretsOf(env: Readonly<Record<string, string | undefined>>): void {
  for (const { env: name, isSecret } of settingsTable) {
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
