// Damaged and hostile plan files, made from a good one. scripts/write-damaged-files.ts writes them to fixtures/plans/.
import { createHash } from 'node:crypto';
import type { PlanHeader } from '../src/core/plan.ts';
import type { PlanRow } from '../src/core/row.ts';
import { fingerprintOf, rowText } from '../src/storage/fingerprint.ts';
import { header, rows } from '../test/storage/examples-plain.ts';

type Json = Readonly<Record<string, unknown>>;

/** A plan's lines with an end that fits them, whatever they say: what somebody can do who reads the source. */
function forged(first: string, others: readonly string[], fingerprint = 'sha256:' + '0'.repeat(64)): string {
  const lines = [first, ...others];
  const hash = createHash('sha256');
  for (const line of lines) hash.update(`${line}\n`);
  const end = { kind: 'end', rows: others.length, fingerprint, digest: `sha256:${hash.digest('hex')}` };
  return [...lines, JSON.stringify(end)].map((line) => `${line}\n`).join('');
}

function forgedPlan(head: PlanHeader, planned: readonly PlanRow[]): string {
  return forged(
    JSON.stringify(head),
    planned.map((row) => rowText(row)),
    fingerprintOf(head, planned),
  );
}

/** A row in the file with keys that the type does not allow. */
const odd = (row: PlanRow, more: Json): string => JSON.stringify({ ...(JSON.parse(rowText(row)) as Json), ...more });

/** The text of the good plan. */
export const goodPlan = forgedPlan(header, rows);

const lines = goodPlan.split('\n').slice(0, -1);
const [first = '', nora = '', kept = '', held = '', end = ''] = lines;
const [ready] = rows as readonly [PlanRow];
const others = [kept, held];

const text = (...parts: readonly string[]): Buffer => Buffer.from(parts.map((part) => `${part}\n`).join(''));
const swap = (line: string, from: string, to: string): string => {
  if (!line.includes(from)) throw new Error(`the good plan has no ${from}`);
  return line.replace(from, to);
};
const withRow = (row: string): Buffer => Buffer.from(forged(first, [row, ...others]));
const withHeader = (more: Json): Buffer =>
  Buffer.from(forged(JSON.stringify({ ...header, ...more }), [nora, ...others]));
const unsound = (more: Partial<PlanRow>): Buffer =>
  Buffer.from(forgedPlan(header, [{ ...ready, ...more }, ...rows.slice(1)]));

/** File name and content of every plan in fixtures/plans/. */
export const damagedPlans: Readonly<Record<string, Buffer>> = {
  'good.ndjson': Buffer.from(goodPlan),
  'good-with-crlf.ndjson': Buffer.from(goodPlan.replaceAll('\n', '\r\n')),
  'good-with-bom.ndjson': Buffer.from(`\ufeff${goodPlan}`),
  'good-without-last-line-end.ndjson': Buffer.from(goodPlan.trimEnd()),

  'empty.ndjson': Buffer.alloc(0),
  'blank-line-only.ndjson': Buffer.from('\n'),
  'binary.ndjson': Buffer.from(Array.from({ length: 512 }, (_byte, place) => (place * 167 + 13) % 256)),
  'not-json.ndjson': Buffer.from('This is a plan.\n'),
  'one-array.ndjson': Buffer.from(`[${lines.join(',')}]\n`),
  'utf16.ndjson': Buffer.from(`\ufeff${goodPlan}`, 'utf16le'),
  'bom-twice.ndjson': Buffer.from(`\ufeff\ufeff${goodPlan}`),
  'cr-only.ndjson': Buffer.from(goodPlan.replaceAll('\n', '\r')),

  'cut-in-header.ndjson': Buffer.from(goodPlan.slice(0, 100)),
  'cut-in-row.ndjson': Buffer.from(goodPlan.slice(0, first.length + 300)),
  'cut-after-row.ndjson': text(first, nora, kept),
  'cut-in-end.ndjson': Buffer.from(goodPlan.slice(0, -40)),
  'header-missing.ndjson': text(nora, kept, held, end),
  'end-missing.ndjson': text(first, nora, kept, held),
  'end-twice.ndjson': text(...lines, end),
  'garbage-after-end.ndjson': text(...lines, 'and more'),
  'blank-line-after-end.ndjson': text(...lines, ''),
  'row-after-end.ndjson': text(...lines, nora),
  'zero-bytes-after-end.ndjson': Buffer.concat([Buffer.from(goodPlan), Buffer.alloc(64)]),
  'zero-bytes-for-a-row.ndjson': text(first, '\0'.repeat(nora.length), kept, held, end),

  'edited-value.ndjson': text(first, swap(nora, '"after":"Uh26', '"after":"Uh27'), kept, held, end),
  'edited-user.ndjson': text(first, swap(nora, '"id":"46c82861', '"id":"46c82862'), kept, held, end),
  'edited-outlook.ndjson': text(
    first,
    swap(nora, '"attribute":"mail"', '"attribute":"userPrincipalName"'),
    kept,
    held,
    end,
  ),
  'edited-header.ndjson': text(swap(first, '"allowRelink":false', '"allowRelink":true'), nora, kept, held, end),
  'edited-preflight.ndjson': text(
    swap(first, '"softMatchBlocked":true', '"softMatchBlocked":false'),
    nora,
    kept,
    held,
    end,
  ),
  'edited-count.ndjson': text(first, nora, kept, held, swap(end, '"rows":3', '"rows":4')),
  'edited-fingerprint.ndjson': text(first, nora, kept, held, end.replace(/sha256:\w+/, `sha256:${'0'.repeat(64)}`)),
  'other-tenant.ndjson': text(swap(first, '5a3d1c0e', '5a3d1c0f'), nora, kept, held, end),
  'line-removed.ndjson': text(first, nora, held, end),
  'line-doubled.ndjson': text(first, nora, nora, kept, held, end),
  'rows-in-another-order.ndjson': text(first, kept, nora, held, end),
  'spaces-put-in.ndjson': text(first, swap(nora, '{"line":2,', '{ "line": 2, '), kept, held, end),
  'key-given-twice.ndjson': text(first, swap(nora, '{"line":2,', '{"after":"x","line":2,'), kept, held, end),

  'format-0.ndjson': withHeader({ format: 0 }),
  'format-1.ndjson': withHeader({ format: 1 }),
  'format-as-text.ndjson': withHeader({ format: '2' }),
  'header-with-unknown-key.ndjson': withHeader({ dryRun: true }),
  'header-with-proto.ndjson': Buffer.from(
    forged(swap(first, '{"format"', '{"__proto__":{"allowRelink":true},"format"'), [nora]),
  ),
  'header-is-null.ndjson': Buffer.from(forged('null', [nora])),
  'header-is-a-number.ndjson': Buffer.from(forged('1e999', [nora])),

  'row-is-null.ndjson': withRow('null'),
  'row-is-a-text.ndjson': withRow('"row"'),
  'row-is-deep.ndjson': withRow('['.repeat(100_000)),
  'row-is-deep-and-closed.ndjson': withRow('['.repeat(100_000) + ']'.repeat(100_000)),
  'row-has-deep-facts.ndjson': withRow(
    swap(nora, '"reasons":[]', `"reasons":${'['.repeat(5_000)}${']'.repeat(5_000)}`),
  ),
  'row-is-long.ndjson': withRow(odd(ready, { line: 'x'.repeat(300_000) })),
  'row-with-proto.ndjson': withRow(swap(nora, '{"line":2', '{"__proto__":{"state":"held"},"line":2')),
  'row-with-constructor.ndjson': withRow(swap(nora, '{"line":2', '{"constructor":{"prototype":{"x":1}},"line":2')),
  'row-with-hostile-key.ndjson': withRow(odd(ready, { 'a\nb\u001b]0;owned\u0007\u202e': 1 })),
  'row-with-long-key.ndjson': withRow(odd(ready, { ['k'.repeat(100_000)]: 1 })),
  'facts-with-proto.ndjson': withRow(
    swap(nora, '{"code":"ad-user-disabled"}', '{"code":"ad-user-disabled","facts":{"__proto__":"x"}}'),
  ),
  'unknown-reason.ndjson': withRow(swap(nora, 'ad-user-disabled', 'toString')),
  'line-is-zero.ndjson': withRow(odd(ready, { line: 0 })),
  'line-is-a-fraction.ndjson': withRow(odd(ready, { line: 2.5 })),
  'line-is-too-great.ndjson': withRow(swap(nora, '"line":2', '"line":9007199254740993')),
  'line-is-text.ndjson': withRow(odd(ready, { line: '2' })),
  'after-is-a-list.ndjson': withRow(odd(ready, { after: [ready.after] })),
  'user-is-not-a-guid.ndjson': withRow(odd(ready, { cloud: { ...ready.cloud, id: '../users' } })),
  'state-is-unknown.ndjson': withRow(odd(ready, { state: 'done' })),
  'digest-missing.ndjson': text(first, nora, kept, held, end.replace(/,"digest":"[^"]*"/, '')),
  'count-is-negative.ndjson': text(first, nora, kept, held, swap(end, '"rows":3', '"rows":-3')),

  // Their fingerprint and digest fit: such a plan can be recognised by what it says alone.
  'unsound-held-with-a-step.ndjson': unsound({ state: 'held' }),
  'unsound-ready-without-a-user.ndjson': unsound({ cloud: null }),
  'unsound-link-to-nothing.ndjson': unsound({ after: null }),
  'unsound-unlink-to-a-value.ndjson': unsound({ step: 'unlink' }),
  'unsound-detour-of-somebody-else.ndjson': unsound({
    detour: { home: 'chief@example.test', away: 'c@example.onmicrosoft.test' },
  }),
  'unsound-extra-columns.ndjson': unsound({ extra: [] }),
  'unsound-line-twice.ndjson': Buffer.from(forgedPlan(header, [...rows, ready])),
  'forged-fingerprint.ndjson': Buffer.from(forged(first, [nora, kept, held], `sha256:${'a'.repeat(64)}`)),
  // Lone surrogates are texts that JSON can have and UTF-8 cannot: nothing is lost.
  'good-with-lone-surrogates.ndjson': Buffer.from(
    forgedPlan(header, [{ ...ready, adText: 'a\ud800', extra: ['\udc00b'] }]),
  ),
};
