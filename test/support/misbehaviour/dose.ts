import { dice, type Dice } from '../dice.ts';

/** How often the peer misbehaves: so many times, from the first request of the kind on, or from a later one. */
export type Dose = 'once' | 'first 3' | 'always';

const counts: Readonly<Record<Dose, number>> = { once: 1, 'first 3': 3, always: Number.POSITIVE_INFINITY };

/** What the peer is to do, and how often it has been done. */
export type Arm<Played> = {
  readonly kind: string;
  readonly misbehaviour: Played;
  readonly throws: Dice;
  /** So many times it was played, and had an effect. */
  readonly met: () => number;
  /** Whether the next request of the kind is to be played with. */
  readonly isDue: () => boolean;
  /** Notes that it was played. */
  readonly note: () => void;
};

/** Arms the peer; `onFirst` is called when it has misbehaved for the first time. */
export function armed<Played>(
  what: { readonly kind: string; readonly misbehaviour: Played; readonly dose: Dose },
  chance: { readonly seed: number; readonly skip: number },
  onFirst: () => void,
): Arm<Played> {
  let met = 0;
  let toSkip = chance.skip;
  return {
    kind: what.kind,
    misbehaviour: what.misbehaviour,
    throws: dice(chance.seed),
    met: () => met,
    isDue: () => met < counts[what.dose] && --toSkip < 0,
    note: () => {
      met++;
      if (met === 1) onFirst();
    },
  };
}
