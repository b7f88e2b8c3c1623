// Every refusal Graph is known to give, in the shapes real clients see. Two layers answer: the OData front (code
// `BadRequest`: it could not read the request) and the directory behind it (`Request_…`: it read it and will not do it).

/** One entry of `error.details`. */
export type ErrorDetail = { readonly code: string; readonly message: string; readonly target: string };

/** A refusal by the practice tenant; the dispatcher turns it into an answer with the request's ids and date. */
export class GraphRefusal extends Error {
  readonly status: number;
  readonly code: string;
  readonly details: readonly ErrorDetail[];
  readonly headers: Readonly<Record<string, string>>;
  constructor(
    status: number,
    code: string,
    more: { message: string; details?: readonly ErrorDetail[]; headers?: Readonly<Record<string, string>> },
  ) {
    super(more.message);
    this.name = 'GraphRefusal';
    this.status = status;
    this.code = code;
    this.details = more.details ?? [];
    this.headers = more.headers ?? {};
  }
}

/** The OData front could not read the request: 400 `BadRequest`. */
export function unreadable(message: string): GraphRefusal {
  return new GraphRefusal(400, 'BadRequest', { message });
}

/** The directory will not do it: 400 `Request_BadRequest`. */
export function refused(message: string): GraphRefusal {
  return new GraphRefusal(400, 'Request_BadRequest', { message });
}

/** The directory does not answer this kind of question: 400 `Request_UnsupportedQuery`. */
export function unsupported(message: string): GraphRefusal {
  return new GraphRefusal(400, 'Request_UnsupportedQuery', { message });
}

/** A synced user, or one whose source of authority is being moved. */
export function syncedUser(): GraphRefusal {
  return refused(
    'Unable to update the specified properties for on-premises mastered Directory Sync objects or objects currently undergoing migration.',
  );
}

/** The caller lacks a permission (or, for a target with roles, a role high enough). */
export function notAllowed(): GraphRefusal {
  return new GraphRefusal(403, 'Authorization_RequestDenied', {
    message: 'Insufficient privileges to complete the operation.',
  });
}

/** A value that must be unique belongs to another object, whose id stands in the second detail's target. */
export function valueInUse(property: string, holderId: string): GraphRefusal {
  const message = `Another object with the same value for property ${property} already exists.`;
  return new GraphRefusal(400, 'Request_BadRequest', {
    message,
    details: [
      { code: 'ObjectConflict', message, target: property },
      { code: 'ConflictingObjects', message, target: `User_${holderId}` },
    ],
  });
}

/** A value the directory does not take, without saying which. */
export function invalidValue(): GraphRefusal {
  return refused('One or more properties contains invalid values.');
}

/** No such object among the live ones; a soft-deleted user is answered the same way. */
export function notFound(key: string): GraphRefusal {
  return new GraphRefusal(404, 'Request_ResourceNotFound', {
    message: `Resource '${key}' does not exist or one of its queried reference-property objects are not present.`,
  });
}

/** More alternatives in one filter than the directory takes. */
export function tooManyClauses(count: number, most: number): GraphRefusal {
  return unsupported(
    `Too many child clauses specified in search filter expression containing 'OR' operators: ${count}. Max allowed: ${most}.`,
  );
}

/** The access token is missing, broken, expired or for another resource. */
export function tokenRefused(message: string): GraphRefusal {
  return new GraphRefusal(401, 'InvalidAuthenticationToken', { message });
}

/** The ids an error body repeats. */
export type CallIds = { readonly requestId: string; readonly clientRequestId: string };

/** The JSON body of a refusal. `at` is in milliseconds since the epoch. */
export function errorBody(refusal: GraphRefusal, ids: CallIds, at: number): Record<string, unknown> {
  const date = new Date(at).toISOString().slice(0, 19);
  if (refusal.status === 429) {
    const innerError = { code: '429', date, message: 'Please retry after', 'request-id': ids.requestId, status: '429' };
    return { error: { code: refusal.code, innerError, message: refusal.message } };
  }
  const innerError = { date, 'request-id': ids.requestId, 'client-request-id': ids.clientRequestId };
  const details = refusal.details.length > 0 ? { details: refusal.details } : {};
  return { error: { code: refusal.code, message: refusal.message, ...details, innerError } };
}
