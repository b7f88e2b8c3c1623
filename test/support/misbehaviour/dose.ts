import { dice, type Dice } from '../dice.ts';

/** How often the peer misbehaves: so many times, from the first request of the kind on, or from a later one. */
export type Dose = 'once' | 'first 3' | 'always';

const counts: Readonly<Record<Dose, number>> = { once: 1, 'first 3': 3, always: Number.POSITIVE_INFINITY };

/** A request that is played with. */
export type Turn = {
  /** Notes that it has come to something: an answer that came out as it was is none, and does not count. */
  readonly note: () => void;
  /** To be called once it is over; one that has come to nothing leaves the next its place. */
  readonly over: () => void;
};

/** What the peer is to do, and how often it has been done. */
export type Arm<Played> = {
  readonly kind: string;
  readonly misbehaviour: Played;
  readonly throws: Dice;
  /** So many times it was played, and came to something. */
  readonly met: () => number;
  /** The turn of the next request of the kind; null where it is not to be played with. Those under way count. */
  readonly take: () => Turn | null;
};

/** Arms the peer; `onFirst` is called when it has misbehaved for the first time. */
export function armed<Played>(
  what: { readonly kind: string; readonly misbehaviour: Played; readonly dose: Dose },
  chance: { readonly seed: number; readonly skip: number },
  onFirst: () => void,
): Arm<Played> {
  let met = 0;
  let underWay = 0;
  let toSkip = chance.skip;
  const turn = (): Turn => {
    let isOpen = true;
    let isNoted = false;
    const over = (): void => {
      if (isOpen) underWay--;
      isOpen = false;
    };
    underWay++;
    return {
      over,
      note: () => {
        over();
        if (isNoted) return;
        isNoted = true;
        met++;
        if (met === 1) onFirst();
      },
    };
  };
  return {
    kind: what.kind,
    misbehaviour: what.misbehaviour,
    throws: dice(chance.seed),
    met: () => met,
    take: () => (met + underWay < counts[what.dose] && --toSkip < 0 ? turn() : null),
  };
}
