import { KeyTable, KeyIndex, PackedList, foundAdUser, type Kept } from '../../core/bulk/bulk.ts';
import type { AdAnswer, AdUser } from '../../core/users.ts';
import { candidatePacking } from '../packed-candidates.ts';
import { answerTo, type Asked, type Candidate, mostOthers } from '../questions.ts';

/** What is asked about one attribute: the keys, and who was found to have each. */
type About = { readonly keys: KeyTable; readonly found: KeyIndex };

/** The questions that one reference led to: the number of the attribute, and that of the key. */
type Led = readonly (readonly [attribute: number, key: number])[];

const none: AdAnswer = { kind: 'none' };

/**
 * What Questions (questions.ts) is, for an export of any size: references are numbers here, and candidates packed. The first
 * one found for a question is kept, and a few more; `answer` tells what came of the reference of that number.
 */
export class ExportQuestions {
  readonly #attributes: string[] = [];
  readonly #about: About[] = [];
  readonly #candidates = new PackedList(candidatePacking());
  /** Places of candidates that are no users. */
  readonly #others = new Set<number>();
  /** By reference: attribute and key of its question, -1 where it has none, -2 where it has several, in `#several`. */
  readonly #attributeOf: Int32Array;
  readonly #keyOf: Int32Array;
  readonly #several = new Map<number, Led>();
  readonly #users = usersAmong(this.#candidates);

  /** For references numbered below `references`. */
  constructor(references: number) {
    this.#attributeOf = new Int32Array(references).fill(-1);
    this.#keyOf = new Int32Array(references);
  }

  ask(reference: number, { attributes, key }: Asked): void {
    const led = attributes.map((attribute) => {
      const number = this.#numberOf(attribute);
      return [number, this.#about[number]?.keys.add(key) ?? 0] as const;
    });
    const [only] = led;
    if (led.length > 1) this.#several.set(reference, led);
    this.#attributeOf[reference] = led.length > 1 ? -2 : (only?.[0] ?? -1);
    this.#keyOf[reference] = only?.[1] ?? 0;
  }

  attributes(): readonly string[] {
    return this.#attributes;
  }

  /** Takes a record: `keysIn` gives its keys of an attribute, and `candidate` is made when somebody asked for one of them. */
  offer(keysIn: (attribute: string) => readonly string[], candidate: () => Candidate): void {
    let made: Candidate | undefined;
    let place = -1;
    for (const [number, attribute] of this.#attributes.entries()) {
      const about = this.#about[number];
      if (about === undefined) continue;
      for (const text of keysIn(attribute)) {
        const key = about.keys.find(text);
        if (key < 0) continue;
        made ??= candidate();
        const known = about.found.at(key);
        if (this.#isKnown(known, made)) continue;
        if (place < 0) place = this.#keep(made);
        about.found.add(key, place);
      }
    }
  }

  #isKnown(known: readonly number[], candidate: Candidate): boolean {
    if (known.some((place) => this.#candidates.get(place).objectGuid === candidate.objectGuid)) return true;
    return known.length > mostOthers;
  }

  /** Those found so far, by whatever question; a candidate may come more than once. */
  found(): Iterable<Candidate> {
    return this.#candidates;
  }

  answer(reference: number): AdAnswer {
    const attribute = this.#attributeOf[reference] ?? -1;
    const led = attribute === -2 ? this.#several.get(reference) : [[attribute, this.#keyOf[reference] ?? 0] as const];
    const found = (led ?? []).map(([number, key]) => this.#about[number]?.found.at(key) ?? []);
    const [place, more] = found.flat();
    if (place === undefined) return none;
    if (more === undefined && !this.#others.has(place)) return foundAdUser(this.#users, place);
    return answerTo(
      found.map(([first, ...others]) => ({
        term: '',
        first: first === undefined ? null : this.#candidates.get(first),
        others: others.map((other) => this.#candidates.get(other)),
      })),
    );
  }

  #numberOf(attribute: string): number {
    const known = this.#attributes.indexOf(attribute);
    if (known >= 0) return known;
    const keys = new KeyTable();
    this.#about.push({ keys, found: new KeyIndex(keys) });
    return this.#attributes.push(attribute) - 1;
  }

  #keep(candidate: Candidate): number {
    const place = this.#candidates.add(candidate);
    if (candidate.found.kind !== 'user') this.#others.add(place);
    return place;
  }
}

/** Apart from the questions: an answer keeps the users it may be asked for, and nothing that led to them. */
function usersAmong(candidates: PackedList<Candidate>): Kept<AdUser> {
  return { get: (place) => userOf(candidates.get(place)) };
}

function userOf({ found }: Candidate): AdUser {
  if (found.kind !== 'user') throw new Error('a candidate that is no user was taken for one');
  return found.user;
}
