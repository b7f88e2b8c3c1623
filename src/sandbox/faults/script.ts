// The fault script: what is to go wrong in the sandbox, and when. docs/sandbox-faults.md is written for who makes one.
import { z } from 'zod';
import { mebibyte } from '../../files/regular-file.ts';
import { readPracticeFile } from '../people/practice-file.ts';

/** Beyond an hour nobody waits; a longer number is a slip of units. */
const longestMs = 3_600_000;
const ms = z.int().min(0).max(longestMs);
const ordinal = z.int().min(1);
const share = z.number().gt(0).max(1);
const when = z.enum(['before', 'after']).optional();

const methods = ['GET', 'POST', 'PATCH', 'DELETE'] as const;
const method = z.union([z.enum(methods), z.array(z.enum(methods)).min(1)], {
  error: `it is none of ${methods.join(', ')}, nor a list of them`,
});
const path = z.string().regex(/^[/*]/, 'it begins neither with / nor with *');

const retryAfter = z.union([z.number().min(0), z.strictObject({ date: z.number().min(0) })], {
  error: 'it is neither a number of seconds nor { "date": seconds }',
});
const answer = z.strictObject({
  kind: z.literal('answer'),
  status: z.int().min(400).max(599),
  when,
  retryAfter: retryAfter.optional(),
  code: z.string().optional(),
  message: z.string().optional(),
});
const reset = z.strictObject({ kind: z.literal('reset'), when });
const hang = z.strictObject({ kind: z.literal('hang'), when, forMs: ms.optional() });
const delay = z.strictObject({ kind: z.literal('delay'), ms, when });
const staleReads = z.strictObject({ kind: z.literal('stale-reads'), ms });
const expireTokens = z.strictObject({ kind: z.literal('expire-tokens') });

const oneOf = (...kinds: readonly string[]): { readonly error: string } => ({
  error: `the kind is none of ${kinds.join(', ')}`,
});

const often = {
  name: z.string().optional(),
  after: z.int().min(0).optional(),
  times: ordinal.optional(),
  every: ordinal.optional(),
  share: share.optional(),
};

const graphRule = z.strictObject({
  ...often,
  on: z.strictObject({
    kind: z.literal('graph'),
    method: method.optional(),
    path: path.optional(),
    batchItem: z.boolean().optional(),
    users: share.optional(),
  }),
  do: z.discriminatedUnion(
    'kind',
    [answer, reset, hang, delay, staleReads, expireTokens],
    oneOf('answer', 'reset', 'hang', 'delay', 'stale-reads', 'expire-tokens'),
  ),
});

const signInRule = z.strictObject({
  ...often,
  on: z.strictObject({ kind: z.literal('sign-in'), method: method.optional(), path: path.optional() }),
  do: z.discriminatedUnion('kind', [answer, reset, hang, delay], oneOf('answer', 'reset', 'hang', 'delay')),
});

const afterEntries = z.int().min(0).optional();
const directoryRule = z
  .strictObject({
    ...often,
    on: z.strictObject({
      kind: z.literal('directory'),
      request: z.enum(['connect', 'bind', 'search']).optional(),
      controller: ordinal.optional(),
      page: ordinal.optional(),
      filter: z.string().optional(),
    }),
    do: z.discriminatedUnion(
      'kind',
      [
        z.strictObject({
          kind: z.literal('answer'),
          code: z.int().min(1).max(123),
          message: z.string().optional(),
          afterEntries,
        }),
        z.strictObject({ kind: z.literal('reset'), afterEntries }),
        z.strictObject({ kind: z.literal('hang'), afterEntries }),
        z.strictObject({ kind: z.literal('delay'), ms }),
        z.strictObject({ kind: z.literal('stop'), forMs: ms.optional() }),
      ],
      oneOf('answer', 'reset', 'hang', 'delay', 'stop'),
    ),
  })
  .refine((rule) => rule.on.request !== 'connect' || rule.do.kind !== 'answer', {
    path: ['do', 'kind'],
    error: 'a connection cannot be answered, as nothing has been asked yet',
  });

const ruleKinds = { graph: graphRule, 'sign-in': signInRule, directory: directoryRule } as const;
const kindOnly = z.looseObject({
  on: z.looseObject({
    kind: z.enum(Object.keys(ruleKinds) as (keyof typeof ruleKinds)[], oneOf(...Object.keys(ruleKinds))),
  }),
});

const frame = z.strictObject({
  seed: z.int().optional(),
  mix: z.strictObject({ share, hangForMs: ms.optional() }).optional(),
  rules: z.array(z.unknown()).default([]),
});

export type GraphFaultRule = z.infer<typeof graphRule>;
export type SignInFaultRule = z.infer<typeof signInRule>;
export type DirectoryFaultRule = z.infer<typeof directoryRule>;
/** What happens to the requests in `on`, and how often. */
export type FaultRule = GraphFaultRule | SignInFaultRule | DirectoryFaultRule;

/** JSON as it stands in a file; the field names are explained in docs/sandbox-faults.md. */
export type FaultScript = Omit<z.infer<typeof frame>, 'rules'> & { readonly rules?: readonly FaultRule[] | undefined };

/** A script that cannot be used; the message names each rule and field. */
export class FaultScriptError extends Error {
  override readonly name = 'FaultScriptError';
}

/** Checks a script. Throws a FaultScriptError that names every problem. */
export function readFaultScript(value: unknown): FaultScript & { readonly rules: readonly FaultRule[] } {
  const outer = frame.safeParse(value);
  if (!outer.success) throw scriptError(problemsOf(outer.error, 'the script'));
  const read = outer.data.rules.map((rule, index) => readRule(rule, index));
  const problems = read.flatMap((one) => ('problems' in one ? one.problems : []));
  if (problems.length > 0) throw scriptError(problems);
  return { ...outer.data, rules: read.flatMap((one) => ('rule' in one ? [one.rule] : [])) };
}

const largest = 16 * mebibyte;

/** Reads a script from a file. Throws a FaultScriptError, also for a file that is not there or is no JSON. */
export function readFaultFile(file: string): FaultScript {
  return readFaultScript(readPracticeFile(file, largest, (why, cause) => new FaultScriptError(why, { cause })));
}

type ReadRule = { readonly rule: FaultRule } | { readonly problems: readonly string[] };

/** Two steps, so that a problem is told of the kind that was meant and not of all kinds there are. */
function readRule(value: unknown, index: number): ReadRule {
  const named = (value as { name?: unknown } | null)?.name;
  const place = `rule ${index + 1}${typeof named === 'string' ? ` ("${named}")` : ''}`;
  const kind = kindOnly.safeParse(value);
  if (!kind.success) return { problems: problemsOf(kind.error, place) };
  const read = ruleKinds[kind.data.on.kind].safeParse(value);
  return read.success ? { rule: read.data } : { problems: problemsOf(read.error, place) };
}

function problemsOf(error: z.ZodError, place: string): string[] {
  return error.issues.map(({ path: field, message }) => {
    const at = field.length === 0 ? place : `${place}, ${field.join('.')}`;
    return `${at}: ${message.replace(/^Invalid input: /, '')}`;
  });
}

function scriptError(problems: readonly string[]): FaultScriptError {
  return new FaultScriptError(problems.join('; '));
}
