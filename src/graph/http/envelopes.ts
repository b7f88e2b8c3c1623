// What wraps Graph's answers: the items of a $batch, and its error object.
import { z } from 'zod';
import { type Guid, guidFromText } from '../../core/guid.ts';
import { readJson } from './json.ts';

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

export type BatchItemAnswer = {
  readonly id: string;
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: unknown;
};
export type GraphErrorBody = z.infer<typeof errorBody>['error'];

/** The items of a $batch answer, in whatever order they came; header names in lower case. */
export function toBatchAnswers(json: unknown): readonly BatchItemAnswer[] {
  return readJson(batchAnswers, json, 'a batch').responses.map(({ id, status, headers, body }) => ({
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
