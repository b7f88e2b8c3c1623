// How convert.ts and convert-tenant.ts read: a shape or a Failure, nothing in between.
import { z } from 'zod';
import { Failure } from '../../core/failure.ts';
import type { Guid } from '../../core/guid.ts';

/** An object id, in lower case. */
export const guid = z.guid().transform((value) => value.toLowerCase() as Guid);

/** Text or a null that is there; absent is refused. */
export const text = z.string().nullable();

/** Text that Graph may leave out; left out is null. For what nothing rests on but what people read. */
export const looseText = z
  .string()
  .nullish()
  .transform((value) => value ?? null);

/** Texts; none where they are left out, and one that is no text is no reason to lose the others. */
export const looseTexts = z
  .array(z.unknown())
  .nullish()
  .transform((values) => (values ?? []).filter((value) => typeof value === 'string'));

/** The value in the asked-for shape. Throws a Failure that names what is missing of `what`. */
export function readJson<Shape>(schema: z.ZodType<Shape>, json: unknown, what: string): Shape {
  const parsed = schema.safeParse(json);
  if (parsed.success) return parsed.data;
  const places = parsed.error.issues.map((issue) => issue.path.join('.') || '(all of it)');
  throw new Failure(
    { code: 'unexpected', scope: 'row', retry: 'never', effect: 'none' },
    `Graph's answer is not what was asked for: ${what} has no usable ${[...new Set(places)].join(', ')}.`,
  );
}
