/** Gives data fit for a log line: plain, bounded, and without secrets. */
export type Redact = (data: unknown) => unknown;

const mask = '[secret]';
// Deep enough for a failure with a cause in a request in a batch; longer texts are bodies, which a log is not for.
const mostDeep = 8;
const longestText = 8192;
const mostEntries = 200;

// What is secret by its shape, whether or not it was configured: bearer headers, JWTs (three parts, five when
// encrypted), private keys, and the fields in which OAuth carries credentials (RFC 6749, RFC 7521).
const shapes: readonly (readonly [RegExp, string])[] = [
  [/-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?(?:-----END [A-Z ]*PRIVATE KEY-----|$)/g, '[private key]'],
  [/\beyJ[\w-]{5,}\.[\w-]*(?:\.[\w-]*){1,3}/g, '[token]'],
  [/\b(Bearer|Basic)\s+[\w.~+/=-]{4,}/gi, '$1 [token]'],
  [/\b(client_secret|client_assertion|access_token|refresh_token|id_token|password)(=|%3D)[^&\s"']+/gi, '$1$2[secret]'],
  [
    /("(?:client_secret|client_assertion|access_token|refresh_token|id_token|password)"\s*:\s*")(?:[^"\\]|\\.)*/gi,
    '$1[secret]',
  ],
];

const secretKey =
  /^(?:authorization|(?:ad|bind)?-?_?password|passphrase|pwd|(?:client)?-?_?secret|client_?assertion|(?:access|refresh|id)_?token|private_?key|cookie|set-cookie)$/i;

/**
 * Makes the function that every line goes through. The configured secrets are replaced wherever they stand, also inside
 * a longer text, URL-encoded, escaped for JSON or in base64, alone or as part of something larger.
 */
export function makeRedact(secrets: readonly string[]): Redact {
  const forms = [...new Set(secrets.flatMap(formsOf))].sort((one, other) => other.length - one.length);
  const configured = forms.length === 0 ? null : new RegExp(forms.map(escaped).join('|'), 'g');
  const clean = (text: string): string => {
    const known = configured === null ? text : text.replace(configured, mask);
    const shaped = shapes.reduce((rest, [shape, instead]) => rest.replaceAll(shape, instead), known);
    return shaped.length > longestText ? `${shaped.slice(0, longestText)}… (${shaped.length} characters)` : shaped;
  };
  return (data) => walk(data, { clean, path: [] });
}

// All the ways in which one secret may be written. Base64 of a longer text holds the secret's bytes at one of three
// offsets; the letters at either end depend on the neighbours, so the stable middle is looked for.
function formsOf(secret: string): string[] {
  if (secret === '') return [];
  const bytes = Buffer.from(secret);
  const query = new URLSearchParams({ s: secret }).toString().slice(2);
  const percent = encodeURIComponent(secret);
  const aligned = [0, 1, 2].map((offset) => {
    const base64 = Buffer.concat([Buffer.alloc(offset), bytes])
      .toString('base64')
      .replaceAll('=', '');
    const whole = Math.floor(((offset + bytes.length) * 8) / 6);
    return base64.slice(Math.ceil((offset * 8) / 6), whole);
  });
  // A few letters of base64 would be found in many a word; a secret that short is caught by the other forms.
  const base64 = [bytes.toString('base64'), ...aligned.filter((text) => text.length >= 8)];
  return [
    secret,
    JSON.stringify(secret).slice(1, -1),
    ...[percent, query].flatMap((text) => [text, text.replaceAll(/%[0-9A-F]{2}/g, (code) => code.toLowerCase())]),
    ...base64.flatMap((text) => [text, text.replaceAll('+', '-').replaceAll('/', '_'), encodeURIComponent(text)]),
  ];
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
        secretKey.test(key) && typeof entry === 'string' ? mask : walk(entry, way),
      ]),
  );
}

// An error's own fields are not enumerable, and its class's additions (facts, code) are.
function errorEntries(error: Error): (readonly [string, unknown])[] {
  const own = Object.entries(error).filter(([key]) => !['name', 'message', 'stack', 'cause'].includes(key));
  const cause = error.cause === undefined ? [] : [['cause', error.cause] as const];
  return [['name', error.name], ['message', error.message], ['stack', error.stack], ...own, ...cause];
}

function escaped(text: string): string {
  return text.replaceAll(/[\\^$.*+?()[\]{}|/-]/g, String.raw`\$&`);
}
