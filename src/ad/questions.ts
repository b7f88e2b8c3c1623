import type { Guid } from '../core/guid.ts';
import { foldKey } from '../core/references.ts';
import type { AdFlaw, AdAnswer, AdUser } from '../core/users.ts';

/** One object that fits a question: a user, what it is in place of one, or why that cannot be told. */
export type Candidate = {
  readonly dn: string;
  /** Null where what came is none: such an object is known by its name. */
  readonly objectGuid: Guid | null;
  readonly found:
    | { readonly kind: 'user'; readonly user: AdUser }
    | { readonly kind: 'other'; readonly objectClass: string }
    | { readonly kind: 'unusable'; readonly flaws: readonly AdFlaw[] };
};

/** What tells an object from others. */
export function identityOf({ dn, objectGuid }: Candidate): string {
  return objectGuid ?? `the object named ${foldKey(dn)}`;
}

/** A question and what was found for it so far. References that mean the same share one. */
export type Question = {
  /** What to put to the server: text, or the bytes of an octet string. */
  readonly term: string | Buffer;
  first: Candidate | null;
  /** Others than `first`, up to a few: a reader wants to see who, not all of a thousand. */
  others: Candidate[] | null;
};

/** Of those that fit a question beside the first. */
export const mostOthers = 9;

/** Attributes that may have a value: its folded key, and how to put it to the server. */
export type Asked = {
  readonly attributes: readonly string[];
  readonly key: string;
  readonly term: string | Buffer;
};

/**
 * Everything asked, by attribute and folded key, so that answers can come in any order, twice (a search that was redone
 * after a lost connection), or unasked (AD also folds accents): what equals no key is ignored.
 */
export class Questions {
  readonly #byAttribute = new Map<string, Map<string, Question>>();

  /** Asks for objects that have the key in any of the attributes: a question about each. */
  askAll(asked: Asked): readonly Question[] {
    return asked.attributes.map((attribute) => this.ask(attribute, asked.key, asked.term));
  }

  /** Asks for objects whose `attribute` has the key. */
  ask(attribute: string, key: string, term: string | Buffer): Question {
    let keys = this.#byAttribute.get(attribute);
    if (!keys) this.#byAttribute.set(attribute, (keys = new Map<string, Question>()));
    let question = keys.get(key);
    if (!question) keys.set(key, (question = { term, first: null, others: null }));
    return question;
  }

  attributes(): readonly string[] {
    return [...this.#byAttribute.keys()];
  }

  about(attribute: string): ReadonlyMap<string, Question> {
    return this.#byAttribute.get(attribute) ?? new Map<string, Question>();
  }
}

/** Takes a candidate for a question; the same object offered again changes nothing. */
export function offer(question: Question, candidate: Candidate): void {
  if (question.first === null) {
    question.first = candidate;
    return;
  }
  const identity = identityOf(candidate);
  if (identityOf(question.first) === identity) return;
  const others = (question.others ??= []);
  if (others.length < mostOthers && !others.some((other) => identityOf(other) === identity)) {
    others.push(candidate);
  }
}

/**
 * The port's answer to a reference once everything has been read. Where it led to several questions, whoever fits any of
 * them is an answer, and who fits two is one. `doubts`: what was found of a candidate beyond what it says itself; one in
 * doubt is nobody's answer, and neither are those beside it.
 */
export function answerTo(
  questions: readonly Question[],
  doubts: (candidate: Candidate) => readonly AdFlaw[] = () => [],
): AdAnswer {
  const found = new Map<string, Candidate>();
  for (const { first, others } of questions) {
    if (first === null) continue;
    for (const candidate of [first, ...(others ?? [])]) found.set(identityOf(candidate), candidate);
  }
  const candidates = [...found.values()];
  const [only, ...more] = candidates;
  if (only === undefined) return { kind: 'none' };
  const dns = candidates.map(({ dn }) => dn).sort();
  const flaws = candidates.flatMap((candidate) => [...flawsIn(candidate), ...doubts(candidate)]);
  if (flaws.length > 0) return { kind: 'unusable', dns, flaws: distinct(flaws) };
  if (more.length > 0) return { kind: 'several', dns };
  if (only.found.kind === 'user') return { kind: 'found', user: only.found.user };
  return { kind: 'not-a-user', dn: only.dn, objectClass: only.found.kind === 'other' ? only.found.objectClass : '' };
}

function flawsIn({ found }: Candidate): readonly AdFlaw[] {
  return found.kind === 'unusable' ? found.flaws : [];
}

function distinct(flaws: readonly AdFlaw[]): AdFlaw[] {
  return [...new Map(flaws.map((flaw) => [`${flaw.anchor} ${flaw.why}`, flaw])).values()];
}
