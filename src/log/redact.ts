import { hideSecrets, secretMask } from '../core/secret-text.ts';

/** Gives data fit for a log line: plain, bounded, and without secrets. */
export type Redact = (data: unknown) => unknown;

// Deep enough for a failure with a cause in a request in a batch; longer texts are bodies, which a log is not for.
const mostDeep = 8;
const longestText = 8192;
const mostEntries = 200;

const secretKey =
  /^(?:authorization|(?:ad|bind)?-?_?password|passphrase|pwd|(?:client)?-?_?secret|client_?assertion|(?:access|refresh|id)_?token|private_?key|cookie|set-cookie)$/i;

/**
 * Makes the function that every line goes through. The configured secrets are replaced wherever they stand, also inside
 * a longer text, URL-encoded, escaped for JSON or in base64, alone or as part of something larger.
 */
export function makeRedact(secrets: readonly string[]): Redact {
  const hide = hideSecrets(secrets, 'likely');
  const clean = (text: string): string => {
    const shaped = hide(text);
    return shaped.length > longestText ? `${shaped.slice(0, longestText)}… (${shaped.length} characters)` : shaped;
  };
  return (data) => walk(data, { clean, path: [] });
}

type Walk = { readonly clean: (text: string) => string; readonly path: readonly object[] };

function walk(value: unknown, way: Walk): unknown {
  switch (typeof value) {
    case 'string':
      return way.clean(value);
    case 'number':
    case 'boolean':
    case 'undefined':
      return value;
    case 'object':
      return value === null ? null : walkObject(value, way);
    case 'bigint':
      return String(value);
    default:
      return `[${typeof value}]`;
  }
}

function walkObject(value: object, way: Walk): unknown {
  if (way.path.includes(value)) return '[circular]';
  if (way.path.length >= mostDeep) return '[too deep]';
  const inner = { ...way, path: [...way.path, value] };
  if (value instanceof Uint8Array) return `[${value.length} bytes]`;
  if (value instanceof Map)
    return walkEntries(
      [...value].map(([key, entry]) => [String(key), entry]),
      inner,
    );
  if (Array.isArray(value) || value instanceof Set) return walkList([...value], inner);
  if (value instanceof Error) return walkEntries(errorEntries(value), inner);
  // Dates and secrets say by toJSON how they want to be written.
  if ('toJSON' in value && typeof value.toJSON === 'function') return walk((value.toJSON as () => unknown)(), inner);
  return walkEntries(Object.entries(value), inner);
}

function walkList(list: readonly unknown[], way: Walk): unknown[] {
  const shown = list.slice(0, mostEntries).map((entry) => walk(entry, way));
  return list.length > mostEntries ? [...shown, `… (${list.length} entries)`] : shown;
}

function walkEntries(entries: readonly (readonly [string, unknown])[], way: Walk): Record<string, unknown> {
  return Object.fromEntries(
    entries
      .slice(0, mostEntries)
      .map(([key, entry]) => [
        way.clean(key),
        secretKey.test(key) && typeof entry === 'string' ? secretMask : walk(entry, way),
      ]),
  );
}

// An error's own fields are not enumerable, and its class's additions (facts, code) are.
function errorEntries(error: Error): (readonly [string, unknown])[] {
  const own = Object.entries(error).filter(([key]) => !['name', 'message', 'stack', 'cause'].includes(key));
  const cause = error.cause === undefined ? [] : [['cause', error.cause] as const];
  return [['name', error.name], ['message', error.message], ['stack', error.stack], ...own, ...cause];
}
