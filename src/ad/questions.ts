import { answersByPlace, KeyIndex, KeyTable, PackedList } from '../core/bulk/bulk.ts';
import type { List } from '../core/list.ts';
import type { AdAnswer, AdFlaw, AdUser } from '../core/users.ts';
import { type Candidate, candidatePacking, identityOf, usersAmong } from './candidates.ts';
import type { SearchPlan } from './search-plan.ts';

/** What is asked about one attribute: the keys, and by key the places of those who were found to have it. */
type About = { readonly attribute: string; readonly keys: KeyTable; readonly found: KeyIndex };

/** Who has this key in this attribute? References that mean the same share one question. */
export type Question = { readonly about: About; readonly key: number };

// Of those that fit a question: a reader wants to see who, not all of a thousand.
const mostFound = 10;

/** What `answers` goes by beside what was found. */
export type Judging = {
  /**
   * By identity, what speaks against an object beyond what it says itself: one in doubt is nobody's answer, and neither are
   * those beside it.
   */
  readonly doubts?: ReadonlyMap<string, readonly AdFlaw[]>;
  /** What can be said of a reference that led to nobody. */
  readonly whyNone?: (reference: number) => string | null;
};

const noDoubts: ReadonlyMap<string, readonly AdFlaw[]> = new Map();

/**
 * Everything asked, by attribute and folded key, so that answers can come in any order, twice (a search that was redone
 * after a lost connection), or unasked (AD also folds accents): what equals no key is ignored. There may be a million:
 * references are numbers here, and whoever was found is packed.
 */
export class Questions {
  readonly #about: About[] = [];
  readonly #candidates = new PackedList(candidatePacking());
  /** Places of candidates that are no users. */
  readonly #others = new Set<number>();
  /** By reference: the number of the attribute and that of the key; -1 where it has none, -2 where several. */
  readonly #attributeOf: Int32Array;
  readonly #keyOf: Int32Array;
  readonly #several = new Map<number, readonly Question[]>();
  readonly #notes = new Map<number, string>();

  /** For references numbered below `references`. */
  constructor(references: number) {
    this.#attributeOf = new Int32Array(references).fill(-1);
    this.#keyOf = new Int32Array(references);
  }

  /** Asks where the reference leads. */
  ask(reference: number, plan: SearchPlan): void {
    if (plan.kind === 'nowhere') {
      this.#notes.set(reference, plan.note);
      return;
    }
    const questions = plan.attributes.map((attribute) => {
      const about = this.#aboutOf(attribute);
      return { about, key: about.keys.add(plan.key) };
    });
    const [only] = questions;
    if (questions.length > 1) this.#several.set(reference, questions);
    this.#attributeOf[reference] =
      questions.length > 1 ? -2 : only === undefined ? -1 : this.#about.indexOf(only.about);
    this.#keyOf[reference] = only?.key ?? 0;
  }

  attributes(): readonly string[] {
    return this.#about.map(({ attribute }) => attribute);
  }

  /** How many keys are asked for in the attribute. */
  countOf(attribute: string): number {
    return this.#aboutOf(attribute).keys.size;
  }

  /** For each key asked for in the attribute, in the order they came, the first reference that led to it. */
  *firstReferences(attribute: string): Generator<number> {
    let next = 0;
    for (let reference = 0; reference < this.#attributeOf.length; reference++) {
      const question = this.#questionsOf(reference).find(({ about }) => about.attribute === attribute);
      if (question?.key !== next) continue;
      next += 1;
      yield reference;
    }
  }

  /** Those of them whose key nobody was found to have so far. */
  openReferences(attribute: string): readonly number[] {
    const { found } = this.#aboutOf(attribute);
    const isOpen = (_reference: number, key: number): boolean => found.at(key).length === 0;
    return [...this.firstReferences(attribute)].filter(isOpen);
  }

  /** The questions about the attribute that an object with these keys fits. */
  fitting(attribute: string, keys: readonly string[]): readonly Question[] {
    const about = this.#aboutOf(attribute);
    return keys.flatMap((text) => {
      const key = about.keys.find(text);
      return key < 0 ? [] : { about, key };
    });
  }

  /** Takes an object for the questions that it fits; the same object offered again changes nothing. */
  offer(questions: readonly Question[], candidate: Candidate): void {
    let place = -1;
    for (const { about, key } of questions) {
      if (this.#isEnough(about.found.at(key), candidate)) continue;
      if (place < 0) place = this.#keep(candidate);
      about.found.add(key, place);
    }
  }

  /** Those found so far, by whatever question; a candidate may come more than once. */
  found(): Iterable<Candidate> {
    return this.#candidates;
  }

  /**
   * The port's answers once everything has been read. Where a reference led to several questions, whoever fits any of them
   * is an answer, and who fits two is one. The answers keep those who were found, and nothing of what was asked.
   */
  answers({ doubts = noDoubts, whyNone = () => null }: Judging): List<AdAnswer> {
    const noted = new Map<string | null, AdAnswer>([[null, { kind: 'none' }]]);
    const users = usersAmong(this.#candidates);
    return answersByPlace<AdUser, AdAnswer>(this.#attributeOf.length, users, (reference) => {
      const answer = this.#answer(reference, doubts);
      if (answer !== null) return answer;
      const note = this.#notes.get(reference) ?? whyNone(reference);
      const none = noted.get(note) ?? { kind: 'none', note: note ?? '' };
      noted.set(note, none);
      return none;
    });
  }

  /** The place of the one user who was found; or another answer; null where nobody was. */
  #answer(reference: number, doubts: ReadonlyMap<string, readonly AdFlaw[]>): number | AdAnswer | null {
    const [place, ...more] = this.#questionsOf(reference).flatMap(({ about, key }) => about.found.at(key));
    if (place === undefined) return null;
    if (more.length === 0 && doubts.size === 0 && !this.#others.has(place)) return place;
    const met = new Map([place, ...more].map((at) => [identityOf(this.#candidates.get(at)), at] as const));
    const [only = place, ...others] = met.values();
    const isInDoubt = [...met.keys()].some((identity) => doubts.has(identity));
    if (others.length === 0 && !isInDoubt && !this.#others.has(only)) return only;
    return withoutUser(
      [...met.values()].map((at) => this.#candidates.get(at)),
      doubts,
    );
  }

  #questionsOf(reference: number): readonly Question[] {
    const number = this.#attributeOf[reference] ?? -1;
    if (number === -2) return this.#several.get(reference) ?? [];
    const about = this.#about[number];
    return about === undefined ? [] : [{ about, key: this.#keyOf[reference] ?? 0 }];
  }

  #aboutOf(attribute: string): About {
    const known = this.#about.find((about) => about.attribute === attribute);
    if (known !== undefined) return known;
    const keys = new KeyTable();
    const about = { attribute, keys, found: new KeyIndex(keys) };
    this.#about.push(about);
    return about;
  }

  #isEnough(known: readonly number[], candidate: Candidate): boolean {
    if (known.length === 0) return false;
    const identity = identityOf(candidate);
    return known.length >= mostFound || known.some((place) => identityOf(this.#candidates.get(place)) === identity);
  }

  #keep(candidate: Candidate): number {
    const place = this.#candidates.add(candidate);
    if (candidate.found.kind !== 'user') this.#others.add(place);
    return place;
  }
}

/** The answer where those who were found are not one user of whom nothing is in doubt. */
function withoutUser(candidates: readonly Candidate[], doubts: ReadonlyMap<string, readonly AdFlaw[]>): AdAnswer {
  const dns = candidates.map(({ dn }) => dn).sort();
  const flaws = candidates.flatMap((candidate) => [
    ...flawsIn(candidate),
    ...(doubts.get(identityOf(candidate)) ?? []),
  ]);
  if (flaws.length > 0) return { kind: 'unusable', dns, flaws: distinct(flaws) };
  const [only] = candidates;
  if (candidates.length > 1 || only === undefined) return { kind: 'several', dns };
  return { kind: 'not-a-user', dn: only.dn, objectClass: only.found.kind === 'other' ? only.found.objectClass : '' };
}

function flawsIn({ found }: Candidate): readonly AdFlaw[] {
  return found.kind === 'unusable' ? found.flaws : [];
}

function distinct(flaws: readonly AdFlaw[]): AdFlaw[] {
  return [...new Map(flaws.map((flaw) => [`${flaw.anchor} ${flaw.why}`, flaw])).values()];
}
