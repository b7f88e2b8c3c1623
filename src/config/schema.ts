import { z } from 'zod';
import { makeSecret } from './secrets.ts';
import { type SettingKey, settingsTable } from './settings-table.ts';
import * as values from './values.ts';

// Values come as text from flags and the environment, and as text or numbers from the file; the readers are the same.
const word = z
  .union([z.string(), z.number()], { error: 'it is not a text' })
  .transform((raw) => String(raw).trim())
  .check((ctx) => {
    if (ctx.value === '') ctx.issues.push({ code: 'custom', input: ctx.value, message: 'it is empty' });
    // "C:\temp" in JSON has a tab in it, and nobody sees why the file is not found.
    // oxlint-disable-next-line no-control-regex -- finding them is the point
    if (/[\u0000-\u001f]/.test(ctx.value)) {
      const message = 'it has a control character in it; in JSON a backslash is written twice';
      ctx.issues.push({ code: 'custom', input: ctx.value, message });
    }
  });

// Unions are not used where a reader may refuse: zod would say "invalid input" in place of the reader's sentence.
function readBy<Value>(read: (text: string) => values.Read<Value>) {
  return word.transform((text, ctx): Value => settle(read(text), ctx));
}

type Issues = { issues: { push(issue: { code: 'custom'; input: unknown; message: string }): unknown } };

function settle<Value>(result: values.Read<Value>, ctx: Issues): Value {
  if ('value' in result) return result.value;
  ctx.issues.push({ code: 'custom', input: undefined, message: result.wrong });
  return z.NEVER;
}

function oneOf<const Choice extends string>(choices: readonly [Choice, ...Choice[]]) {
  return readBy((text): values.Read<Choice> => {
    const choice = choices.find((one) => one === text.toLowerCase());
    return choice === undefined ? { wrong: `"${text}" is none of ${choices.join(', ')}` } : { value: choice };
  });
}

const toggle = z
  .union([z.boolean(), z.string()], { error: 'it is neither true nor false' })
  .transform((raw, ctx): boolean => settle(values.readToggle(String(raw).trim()), ctx));

const secret = z.string({ error: 'it is not a text' }).min(1, 'it is empty').transform(makeSecret);

const urls = z
  .union([z.string(), z.array(z.string())], { error: 'it is neither a text nor a list of texts' })
  .transform((raw, ctx): readonly string[] => {
    const texts = [raw]
      .flat()
      .flatMap((text) => text.split(/[\s,]+/))
      .filter((text) => text !== '');
    if (texts.length === 0) return settle<string[]>({ wrong: 'it is empty' }, ctx);
    return [...new Set(texts.map((text) => settle(values.readLdapUrl(text), ctx)))];
  });

const whole = (least: number, most: number) => readBy((text) => values.readWhole(text, least, most));

const columnNames = z.strictObject({ ad: z.string().min(1).optional(), cloud: z.string().min(1).optional() });
const columns = z.unknown().transform((raw, ctx): values.ColumnNames => {
  if (typeof raw === 'string') return settle(values.readColumns(raw), ctx);
  const { ad, cloud } = columnNames.safeParse(raw).data ?? {};
  if (ad === undefined && cloud === undefined)
    return settle<values.ColumnNames>({ wrong: 'it is not {"ad": …, "cloud": …}' }, ctx);
  return { ...(ad === undefined ? {} : { ad }), ...(cloud === undefined ? {} : { cloud }) };
});

/** How each setting is read, whichever source it came from. The outputs are the types the rest of config/ works with. */
export const valueSchemas = {
  adUrl: urls,
  adUser: readBy(values.readBindName),
  adPassword: secret,
  adPasswordFile: word,
  adBase: readBy(values.readDn),
  adCaFile: word,
  adStarttls: toggle,
  adAllowPlaintext: toggle,
  adExport: word,
  tenantId: readBy(values.readTenantId),
  clientId: readBy(values.readGuid),
  clientSecret: secret,
  clientCertificate: word,
  clientCertificatePassword: secret,
  clientId2: readBy(values.readGuid),
  clientSecret2: secret,
  clientCertificate2: word,
  clientCertificatePassword2: secret,
  clientId3: readBy(values.readGuid),
  clientSecret3: secret,
  clientCertificate3: word,
  clientCertificatePassword3: secret,
  signIn: oneOf(['secret', 'certificate', 'device-code', 'browser', 'managed-identity']),
  cloud: oneOf(['public', 'usgov', 'usgov-dod', 'china']),
  graphUrl: readBy(values.readGraphUrl),
  authorityHost: readBy(values.readAuthorityHost),
  answerTimeout: readBy(values.readAnswerTimeout),
  confirmTenant: word,
  sourceAnchor: readBy(values.readSourceAnchor),
  confirmSourceAnchor: readBy(values.readSourceAnchorName),
  adKey: readBy(values.readAttributeName),
  cloudKey: readBy(values.readAttributeName),
  columns,
  encoding: oneOf(['utf-8', 'utf-16le', 'utf-16be', 'windows-1252']),
  concurrency: whole(1, 64),
  first: whole(1, Number.MAX_SAFE_INTEGER),
  allowRelink: toggle,
  federatedDetour: readBy(values.readDomain),
  maxFailures: readBy(values.readMaxFailures),
  maxConsecutiveFailures: whole(0, Number.MAX_SAFE_INTEGER),
  stopAt: readBy(values.readMoment),
  maxAge: readBy(values.readDuration),
  expect: readBy(values.readFingerprint),
  logLevel: oneOf(['debug', 'info', 'warn', 'error']),
} as const satisfies Record<SettingKey, z.ZodType>;

/** The values that were given and could be read. */
export type SettingValues = { readonly [Key in SettingKey]?: z.output<(typeof valueSchemas)[Key]> };

const fileKeys = settingsTable.filter((setting) => setting.inFile !== false).map((setting) => setting.key);

/** The settings file: an object with known keys alone. The values are read later, with those from other sources. */
export const fileSchema = z.strictObject(Object.fromEntries(fileKeys.map((key) => [key, z.unknown().optional()])));
