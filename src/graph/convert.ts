// The only reader of Graph's JSON. Graph leaves a property out when it was not selected or not permitted; a null that is
// there is a fact, one that is not must never be taken for a fact. So every selected property has to be present.
import { z } from 'zod';
import { Failure } from '../core/failure.ts';
import { type Guid, guidFromText } from '../core/guid.ts';
import type { CloudUser } from '../core/users.ts';
import type { TenantInfo } from '../run/ports.ts';

/** What is selected of every live user. */
export const userProperties = [
  'id',
  'displayName',
  'userPrincipalName',
  'mail',
  'userType',
  'accountEnabled',
  'onPremisesImmutableId',
  'onPremisesSyncEnabled',
] as const;

/** What is selected of every user in the recycle bin. */
export const deletedUserProperties = [...userProperties, 'deletedDateTime'] as const;

const guid = z.guid().transform((text) => text.toLowerCase() as Guid);
const text = z.string().nullable();

const liveUser = z.object({
  id: guid,
  displayName: text,
  userPrincipalName: z.string(),
  mail: text,
  userType: text,
  accountEnabled: z.boolean().nullable(),
  onPremisesImmutableId: text,
  onPremisesSyncEnabled: z.boolean().nullable(),
});
const deletedUser = liveUser.extend({ deletedDateTime: z.string() });
const page = z.object({ value: z.array(z.unknown()), '@odata.nextLink': z.string().optional() });
const organizations = z.object({ value: z.tuple([z.object({ id: guid, displayName: text })]) });
const batchAnswers = z.object({
  responses: z.array(
    z.object({
      id: z.string(),
      status: z.int(),
      headers: z.record(z.string(), z.coerce.string()).nullish(),
      body: z.unknown().optional(),
    }),
  ),
});
const errorBody = z.object({
  error: z.object({
    code: z.string(),
    message: z.string().default(''),
    innerError: z.object({ 'request-id': z.string().optional() }).nullish(),
    details: z
      .array(z.object({ code: z.string().nullish(), message: z.string().nullish(), target: z.string().nullish() }))
      .nullish(),
  }),
});

/** A user as listed, with the values of further selected properties (`--cloud-key`) by name. */
export type ListedUser = { readonly user: CloudUser; readonly keys: Readonly<Record<string, string | null>> };
export type Page = { readonly rows: readonly unknown[]; readonly nextLink: string | undefined };
export type BatchItemAnswer = {
  readonly id: string;
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: unknown;
};
export type GraphErrorBody = z.infer<typeof errorBody>['error'];

/** A live user. Throws a Failure when a selected property is absent. */
export function toUser(json: unknown): CloudUser {
  return { ...read(liveUser, json, 'a user'), deletedDateTime: null };
}

/** A live user and its further keys. Throws a Failure when a selected property is absent. */
export function toListedUser(json: unknown, keys: readonly string[]): ListedUser {
  return { user: toUser(json), keys: keysOf(json, keys) };
}

/** A user in the recycle bin, under the name it had when it was alive. */
export function toDeletedUser(json: unknown, keys: readonly string[]): ListedUser {
  const user = read(deletedUser, json, 'a deleted user');
  return { user: { ...user, userPrincipalName: unmangled(user.userPrincipalName, user.id) }, keys: keysOf(json, keys) };
}

/**
 * The UPN a deleted user had. Entra puts the object id's 32 hex digits in front of it on deletion (graph/api/
 * directory-deleteditems-list); digits that are not its own id are part of the name and stay.
 */
function unmangled(userPrincipalName: string, id: Guid): string {
  const prefix = id.replaceAll('-', '');
  const isMangled = userPrincipalName.toLowerCase().startsWith(prefix) && userPrincipalName.length > prefix.length;
  return isMangled ? userPrincipalName.slice(prefix.length) : userPrincipalName;
}

function keysOf(json: unknown, keys: readonly string[]): Record<string, string | null> {
  if (keys.length === 0) return {};
  return read(z.object(Object.fromEntries(keys.map((key) => [key, text]))), json, 'a user') as Record<
    string,
    string | null
  >;
}

export function toPage(json: unknown): Page {
  const { value, '@odata.nextLink': nextLink } = read(page, json, 'a page of users');
  return { rows: value, nextLink };
}

export function toTenantInfo(json: unknown): TenantInfo {
  const [{ id, displayName }] = read(organizations, json, 'the organization').value;
  return { id, name: displayName ?? '' };
}

/** `/users/$count` answers with digits alone, sometimes behind a byte-order mark. Undefined for anything else. */
export function toCount(body: unknown): number | undefined {
  const digits = String(body)
    .replace(/^\uFEFF/, '')
    .trim();
  return /^\d{1,12}$/.test(digits) ? Number(digits) : undefined;
}

/** The items of a $batch answer, in whatever order they came; header names in lower case. */
export function toBatchAnswers(json: unknown): readonly BatchItemAnswer[] {
  return read(batchAnswers, json, 'a batch').responses.map(({ id, status, headers, body }) => ({
    id,
    status,
    headers: Object.fromEntries(Object.entries(headers ?? {}).map(([name, value]) => [name.toLowerCase(), value])),
    body,
  }));
}

/** Graph's error object; undefined when the body is something else (a proxy's page, nothing at all). */
export function toGraphError(json: unknown): GraphErrorBody | undefined {
  const parsed = errorBody.safeParse(json);
  return parsed.success ? parsed.data.error : undefined;
}

/** `User_<id>` as conflicts name the other object; other kinds of object give undefined. */
export function userIdOfTarget(target: string): Guid | undefined {
  return guidFromText(target.replace(/^User_/i, ''));
}

function read<Shape>(schema: z.ZodType<Shape>, json: unknown, what: string): Shape {
  const parsed = schema.safeParse(json);
  if (parsed.success) return parsed.data;
  const places = parsed.error.issues.map((issue) => issue.path.join('.') || '(all of it)');
  throw new Failure(
    { code: 'unexpected', scope: 'row', retry: 'never', effect: 'none' },
    `Graph's answer is not what was asked for: ${what} has no usable ${[...new Set(places)].join(', ')}.`,
  );
}
