import type { Guid } from '../core/guid.ts';
import type { AdLookup, AdUser } from '../core/users.ts';

/** One object that fits a question: a user, or what it is in place of one. */
export type Candidate = {
  readonly dn: string;
  readonly objectGuid: Guid;
  readonly found:
    { readonly kind: 'user'; readonly user: AdUser } | { readonly kind: 'other'; readonly objectClass: string };
};

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
  if (question.first.objectGuid === candidate.objectGuid) return;
  const others = (question.others ??= []);
  if (others.length < mostOthers && !others.some((other) => other.objectGuid === candidate.objectGuid)) {
    others.push(candidate);
  }
}

/**
 * The port's answer to a reference once everything has been read. Where it led to several questions, whoever fits any of
 * them is an answer, and who fits two is one.
 */
export function answerTo(questions: readonly Question[]): AdLookup {
  const found = new Map<Guid, Candidate>();
  for (const { first, others } of questions) {
    if (first === null) continue;
    for (const candidate of [first, ...(others ?? [])]) found.set(candidate.objectGuid, candidate);
  }
  const [only, ...more] = found.values();
  if (only === undefined) return { kind: 'none' };
  if (more.length > 0) return { kind: 'several', dns: [...found.values()].map((candidate) => candidate.dn).sort() };
  if (only.found.kind === 'user') return { kind: 'found', user: only.found.user };
  return { kind: 'not-a-user', dn: only.dn, objectClass: only.found.objectClass };
}
