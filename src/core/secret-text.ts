// Finding secrets in texts that come from elsewhere. Pure; log/ and cli/ hide with it what they are handed, graph/ and ad/
// what services say back.

/** What stands in place of a secret. */
export const secretMask = '[secret]';

// What is secret by its shape, whether or not it was configured: JWTs (three parts, five when encrypted), private keys.
const certainShapes: readonly (readonly [RegExp, string])[] = [
  [/-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?(?:-----END [A-Z ]*PRIVATE KEY-----|$)/g, '[private key]'],
  [/\beyJ[\w-]{5,}\.[\w-]*(?:\.[\w-]*){1,3}/g, '[token]'],
];

// Bearer headers, and the fields in which OAuth carries credentials (RFC 6749, RFC 7521). In a sentence for people these
// would take "basic rules" for a header.
const likelyShapes: readonly (readonly [RegExp, string])[] = [
  ...certainShapes,
  [/\b(Bearer|Basic)\s+[\w.~+/=-]{4,}/gi, '$1 [token]'],
  [/\b(client_secret|client_assertion|access_token|refresh_token|id_token|password)(=|%3D)[^&\s"']+/gi, '$1$2[secret]'],
  [
    /("(?:client_secret|client_assertion|access_token|refresh_token|id_token|password)"\s*:\s*")(?:[^"\\]|\\.)*/gi,
    '$1[secret]',
  ],
];

/** What is looked for besides the given secrets. */
type Shapes = 'none' | 'certain' | 'likely';

const shapesOf: Readonly<Record<Shapes, typeof certainShapes>> = {
  none: [],
  certain: certainShapes,
  likely: likelyShapes,
};

/** Takes secrets out of a text. */
export type HideSecrets = (text: string) => string;

/**
 * Makes the function that replaces these secrets wherever they stand, also inside a longer text, URL-encoded, escaped for
 * JSON or in base64; and whatever has the shape of a secret. `certain` shapes
 * are nothing else; `likely` ones can be ordinary words too.
 */
export function hideSecrets(secrets: readonly string[], shapes: Shapes): HideSecrets {
  const forms = [...new Set(secrets.flatMap(formsOf))].sort((one, other) => other.length - one.length);
  const known = forms.length === 0 ? null : new RegExp(forms.map(escaped).join('|'), 'g');
  const shaped = shapesOf[shapes];
  return (text) => {
    const rest = known === null ? text : text.replace(known, secretMask);
    return shaped.reduce((left, [shape, instead]) => left.replaceAll(shape, instead), rest);
  };
}

// All the ways in which one secret may be written. Base64 of a longer text holds the secret's bytes at one of three
// offsets; the letters at either end depend on the neighbours, so the stable middle is looked for.
function formsOf(secret: string): string[] {
  if (secret === '') return [];
  const bytes = Buffer.from(secret);
  const query = new URLSearchParams({ s: secret }).toString().slice(2);
  // What cannot be percent-encoded (half a surrogate pair) is not on any wire either.
  const percent = encodeURIComponent(bytes.toString());
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

function escaped(text: string): string {
  return text.replaceAll(/[\\^$.*+?()[\]{}|/-]/g, String.raw`\$&`);
}
