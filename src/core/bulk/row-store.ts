import type { RowOutcome } from '../outcome.ts';
import { PackedList, type Packing } from './packed.ts';
import type { VerificationRow } from '../result.ts';

/** Something of each row, packed, by the row's line. What is set again takes the place of what was there. */
export class RowStore<Item> {
  readonly #packing: Packing<Item>;
  #items: PackedList<Item>;
  readonly #places = new Map<number, number>();

  constructor(packing: Packing<Item>) {
    this.#packing = packing;
    this.#items = new PackedList(packing);
  }

  set(line: number, item: Item): void {
    this.#places.set(line, this.#items.add(item));
    // What was there before is still in the list; a wait for sync sets every row dozens of times.
    if (this.#items.length > 2 * this.#places.size + 1_000) this.#sweep();
  }

  get(line: number): Item | undefined {
    const place = this.#places.get(line);
    return place === undefined ? undefined : this.#items.get(place);
  }

  #sweep(): void {
    const before = this.#items;
    this.#items = new PackedList(this.#packing);
    for (const [line, place] of this.#places) this.#places.set(line, this.#items.add(before.get(place)));
  }
}

/** How rows ended, and when. */
export type Outcomes = RowStore<RowOutcome & { readonly at: string }>;

type PackedOutcome = readonly [
  at: string,
  outcome: RowOutcome['outcome'],
  code: RowOutcome['code'],
  attempts: number,
  requestId: string | null,
  detail: string,
];

export function packedOutcomes(): Outcomes {
  return new RowStore({
    pack: ({ at, outcome, code, attempts, requestId, detail }): PackedOutcome => [
      at,
      outcome,
      code,
      attempts,
      requestId,
      detail,
    ],
    unpack: ([at, outcome, code, attempts, requestId, detail]: PackedOutcome) => ({
      at,
      outcome,
      code,
      attempts,
      requestId,
      detail,
    }),
  });
}

/** A verification without its row. */
export type ReadBack = Omit<VerificationRow, 'row'>;

/** What rows read back as. */
export type ReadBacks = RowStore<ReadBack>;

type PackedReadBack = readonly [
  verdict: ReadBack['verdict'],
  expected: string | null,
  /** `true`: the expected one. */
  actual: string | true | null,
  checkedAt: string | null,
  detail: string,
];

export function packedReadBacks(): ReadBacks {
  return new RowStore({
    pack: ({ verdict, expected, actual, checkedAt, detail }): PackedReadBack => [
      verdict,
      expected,
      actual !== null && actual === expected ? true : actual,
      checkedAt,
      detail,
    ],
    unpack: ([verdict, expected, actual, checkedAt, detail]: PackedReadBack) => ({
      verdict,
      expected,
      actual: actual === true ? expected : actual,
      checkedAt,
      detail,
    }),
  });
}
