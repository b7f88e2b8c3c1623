// Damaged and hostile journals of the plan in fixtures/plans/good.ndjson, made from a good one.
// scripts/write-damaged-files.ts writes them to fixtures/journals/.
import type { JournalEntry, JournalHeader } from '../src/core/journal.ts';
import type { DetourStep } from '../src/core/journal.ts';
import { beginChain } from '../src/storage/chain.ts';
import { fingerprintOf } from '../src/storage/fingerprint.ts';
import { at, header as planHeader, rows, tenantId } from '../test/storage/examples-plain.ts';

const header: JournalHeader = {
  kind: 'header',
  format: 2,
  fingerprint: fingerprintOf(planHeader, rows),
  tenantId,
  at,
};

const nora = rows[0];
if (!nora?.cloud || !nora.detour) throw new Error('the example has another first row');
const { home, away } = nora.detour;
const of = { line: nora.line, userId: nora.cloud.id } as const;
const ended = { code: null, attempts: 1, requestId: 'a1b2', detail: '', at } as const;

function stepOf(step: DetourStep, before: string | null, after: string | null): [JournalEntry, JournalEntry] {
  return [
    { kind: 'detour-intent', ...of, userPrincipalName: home, step, before, after, at },
    { kind: 'detour-outcome', ...of, step, outcome: 'applied', ...ended },
  ];
}

const [goAway, wentAway] = stepOf('upn-away', home, away);
const [set, wasSet] = stepOf('set', nora.cloud.before, nora.after);
const [goBack, wentBack] = stepOf('upn-back', away, home);
const applied: JournalEntry = { kind: 'outcome', ...of, outcome: 'applied', ...ended, attempts: 3 };
const entries = [goAway, wentAway, set, wasSet, goBack, wentBack, applied];

/** A journal whose sums fit, whatever it says: what somebody can do who reads the source. */
function forged(first: object, others: readonly object[]): Buffer {
  const chain = beginChain();
  return Buffer.from([first, ...others].map((value) => `${chain.seal(value)}\n`).join(''));
}

const good = forged(header, entries);
const goodText = good.toString('utf8');
const lines = goodText.split('\n').slice(0, -1);
const [first = '', ...body] = lines;
const text = (...parts: readonly string[]): Buffer => Buffer.from(parts.map((part) => `${part}\n`).join(''));
const swap = (from: string, to: string): Buffer => {
  if (!goodText.includes(from)) throw new Error(`the good journal has no ${from}`);
  return Buffer.from(goodText.replace(from, to));
};
const bareHeader = JSON.stringify({ ...header, format: 1 });

/** File name and content of every journal in fixtures/journals/. */
export const damagedJournals: Readonly<Record<string, Buffer>> = {
  'good.ndjson': good,
  'good-header-only.ndjson': text(first),
  'good-with-crlf.ndjson': Buffer.from(goodText.replaceAll('\n', '\r\n')),
  'good-with-bom.ndjson': Buffer.from(`\ufeff${goodText}`),
  'good-begun-twice.ndjson': forged(header, [goAway, ...entries]),
  // What a crash leaves: the last entry was never acknowledged, and is gone.
  'cut-in-last-line.ndjson': good.subarray(0, -20),
  'cut-before-last-line-end.ndjson': good.subarray(0, -1),
  'cut-after-whole-line.ndjson': text(first, ...body.slice(0, -1)),
  'zero-bytes-at-end.ndjson': Buffer.concat([good, Buffer.alloc(500)]),
  'zero-bytes-in-last-line.ndjson': Buffer.concat([good.subarray(0, -50), Buffer.alloc(50)]),
  'garbage-at-end-without-line-end.ndjson': Buffer.concat([good, Buffer.from('and more')]),

  'empty.ndjson': Buffer.alloc(0),
  'binary.ndjson': Buffer.from(Array.from({ length: 512 }, (_byte, place) => (place * 167 + 13) % 256)),
  'not-json.ndjson': Buffer.from('This is a journal.\n'),
  'utf16.ndjson': Buffer.from(`\ufeff${goodText}`, 'utf16le'),
  'cr-only.ndjson': Buffer.from(goodText.replaceAll('\n', '\r')),
  'cut-in-header.ndjson': good.subarray(0, 100),
  'garbage-at-end.ndjson': text(...lines, 'and more'),
  'blank-line-at-end.ndjson': text(...lines, ''),
  'zero-bytes-for-a-line.ndjson': text(first, '\0'.repeat(200), ...body.slice(1)),
  'zero-bytes-and-a-line-end.ndjson': Buffer.concat([good, Buffer.alloc(200), Buffer.from('\n')]),
  'header-missing.ndjson': text(...body),
  'header-twice.ndjson': text(first, ...lines),
  'line-is-deep.ndjson': text(first, '['.repeat(100_000), ...body),
  'line-is-deep-and-closed.ndjson': text(first, '['.repeat(100_000) + ']'.repeat(100_000), ...body),
  'line-is-long.ndjson': text(first, JSON.stringify({ ...goAway, before: 'x'.repeat(300_000) }), ...body),

  'edited-value.ndjson': swap('"after":"Uh26', '"after":"Uh27'),
  'edited-header.ndjson': swap('"at":"2026', '"at":"2027'),
  'edited-outcome.ndjson': swap(
    '"outcome":"applied","code":null,"attempts":3',
    '"outcome":"stale","code":null,"attempts":3',
  ),
  'edited-sum.ndjson': Buffer.from(goodText.replace(/"sum":"\w{32}"/, `"sum":"${'0'.repeat(32)}"`)),
  'sum-removed.ndjson': Buffer.from(goodText.replace(/,"sum":"\w{32}"(?=\}\n$)/, '')),
  'key-given-twice.ndjson': swap('{"kind":"detour-intent"', '{"kind":"intent","kind":"detour-intent"'),
  'spaces-put-in.ndjson': swap('{"kind":"detour-intent",', '{ "kind": "detour-intent", '),
  'line-removed.ndjson': text(first, ...body.slice(1)),
  'line-doubled.ndjson': text(first, body[0] ?? '', ...body),
  'lines-in-another-order.ndjson': text(first, body[1] ?? '', body[0] ?? '', ...body.slice(2)),
  'blank-line-put-in.ndjson': text(first, '', ...body),
  'two-journals.ndjson': Buffer.concat([good, good]),

  'format-1.ndjson': text(bareHeader, ...entries.map((entry) => JSON.stringify(entry))),
  'format-3.ndjson': forged({ ...header, format: 3 }, entries),
  // Their sums fit: such a journal can be recognised by what it says alone.
  'forged-format-as-text.ndjson': forged({ ...header, format: '2' }, entries),
  'forged-other-plan.ndjson': forged({ ...header, fingerprint: `sha256:${'1'.repeat(64)}` }, entries),
  'forged-tenant-not-a-guid.ndjson': forged({ ...header, tenantId: 'all' }, entries),
  'forged-other-user.ndjson': forged(header, [{ ...goAway, userId: '46c82862-23b9-470b-ab37-a08402a70c67' }]),
  'forged-other-value.ndjson': forged(header, [goAway, wentAway, { ...set, before: 'AAAAAAAAAAAAAAAAAAAAAA==' }]),
  'forged-other-row.ndjson': forged(header, [{ ...goAway, line: 3 }]),
  'forged-no-such-row.ndjson': forged(header, [{ ...goAway, line: 99 }]),
  'forged-end-without-beginning.ndjson': forged(header, [applied]),
  'forged-step-without-beginning.ndjson': forged(header, [wentAway]),
  'forged-on-after-the-end.ndjson': forged(header, [...entries, goAway]),
  'forged-plain-write.ndjson': forged(header, [
    { kind: 'intent', ...of, userPrincipalName: home, before: nora.cloud.before, after: nora.after, at },
  ]),
  'forged-unknown-kind.ndjson': forged(header, [{ ...goAway, kind: 'deletion' }]),
  'forged-line-is-zero.ndjson': forged(header, [{ ...goAway, line: 0 }]),
  'forged-line-is-text.ndjson': forged(header, [{ ...goAway, line: '2' }]),
  'forged-hostile-key.ndjson': forged(header, [{ ...goAway, 'a\nb\u001b]0;owned\u0007\u202e': 1 }]),
  'forged-proto.ndjson': forged(header, [
    JSON.parse(`{"__proto__":{"x":1},${JSON.stringify(goAway).slice(1)}`) as object,
  ]),
};
