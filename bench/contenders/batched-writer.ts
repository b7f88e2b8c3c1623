// Writes by hardmatch's own client and at its own pace, so many PATCHes to a request: 1 is a PATCH by itself, more is a $batch,
// whose throttled items are sent again together. A write that gets no answer is not sent again: it counts as failed.
import { Failure } from '../../src/core/failure.ts';
import type { Guid } from '../../src/core/guid.ts';
import { systemClock } from '../../src/cli/host/clock.ts';
import { type GraphClient, openClient } from '../../src/graph/http/client.ts';
import { toBatchAnswers } from '../../src/graph/http/envelopes.ts';
import { failureOfAnswer, quotaUse } from '../../src/graph/http/failures.ts';
import { openHttp } from '../../src/graph/http/http.ts';
import { openWriter } from '../../src/graph/writer.ts';
import { makePace } from '../../src/run/apply/row/pace.ts';
import { graphUrl, token } from './signed-in.ts';
import { contend, type Row, sideBySide } from './told.ts';

/** How one PATCH ended. */
type End = { readonly use: number | null } | Failure;

await contend(async (rows, [perRequest = 1, rowsInFlight = 20]) => {
  const http = openHttp();
  const signedIn = await token();
  const nothing = (): void => undefined;
  const log = { debug: nothing, info: nothing, warn: nothing, error: nothing };
  const tokens = { token: () => Promise.resolve(signedIn) };
  const client = openClient(graphUrl(), { http, tokens, clock: systemClock, log });
  const pace = makePace(systemClock);
  const pause = (ms: number): Promise<boolean> => systemClock.sleep(ms).then(() => true);
  const send = perRequest === 1 ? alone(client) : together(client);

  const written = async (chunk: readonly Row[]): Promise<number> => {
    let failed = 0;
    for (let open = chunk; open.length > 0;) {
      // Every item is charged by itself, so each has to wait for its turn; the last one's is when the batch may go.
      for (const _row of open) await pace.turn(pause);
      const ends = await send(open);
      const again: Row[] = [];
      for (const [index, row] of open.entries()) {
        const end = ends[index];
        if (end === undefined) failed++;
        else if (!(end instanceof Failure)) pace.answered(end.use);
        else if (end.facts.code === 'throttled') {
          pace.refused(end.facts.retryAfterMs ?? 1_000, end.facts.quotaUse ?? null);
          again.push(row);
        } else failed++;
      }
      open = again;
    }
    return failed;
  };
  const chunks = Array.from({ length: Math.ceil(rows.length / perRequest) }, (_, index) =>
    rows.slice(index * perRequest, (index + 1) * perRequest),
  );
  const failed = await sideBySide(chunks, Math.max(1, Math.floor(rowsInFlight / perRequest)), written);
  await http.close();
  return failed;
});

type Send = (rows: readonly Row[]) => Promise<readonly End[]>;

function alone(client: GraphClient): Send {
  const writer = openWriter(client, process.env['AZURE_CLIENT_ID'] ?? '');
  return (rows) =>
    Promise.all(
      rows.map(({ id, immutableId }) =>
        writer.setImmutableId(id as Guid, immutableId).then(({ quotaUse: use }): End => ({ use }), asFailure),
      ),
    );
}

function together(client: GraphClient): Send {
  return async (rows) => {
    const requests = rows.map(({ id, immutableId }, index) => ({
      id: String(index + 1),
      method: 'PATCH',
      url: `/users/${id}`,
      headers: { 'content-type': 'application/json' },
      body: { onPremisesImmutableId: immutableId },
    }));
    const needs = 'User.ReadWrite.All';
    const answer = await client.call({ method: 'POST', path: '/$batch', body: { requests }, needs }).catch(asFailure);
    if (answer instanceof Failure) return rows.map(() => answer);
    const ends = new Map<string, End>();
    for (const item of toBatchAnswers(answer.body)) {
      const attempt = { writes: true, needs, service: 'Graph' } as const;
      const end = item.status === 204 ? { use: quotaUse(item.headers) } : failureOfAnswer(item, attempt, new Date());
      ends.set(item.id, end);
    }
    return requests.map(({ id }) => ends.get(id) ?? unanswered());
  };
}

function unanswered(): Failure {
  return new Failure({ code: 'unexpected', scope: 'row', retry: 'never', effect: 'unknown' }, 'Left out of a batch.');
}

function asFailure(error: unknown): Failure {
  if (error instanceof Failure) return error;
  throw error;
}
