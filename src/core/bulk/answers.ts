import { itemAt, type List, listOf } from '../list.ts';

/** Whatever users are kept in. */
export type Kept<User> = { get(place: number): User };

/**
 * One answer to each of `count` questions, made when it is asked for. `answerTo` is asked for each of them now: a place
 * stands for "found", with the user that is kept there, and any other answer for itself.
 */
export function answersByPlace<User, Other extends object>(
  count: number,
  users: Kept<User>,
  answerTo: (question: number) => number | Other,
): List<Other | { readonly kind: 'found'; readonly user: User }> {
  /** By question: the place of a user, or -1 and below for the other answers, each kept once. */
  const places = new Int32Array(count);
  const others = new Map<Other, number>();
  for (let question = 0; question < count; question++) {
    const answer = answerTo(question);
    if (typeof answer === 'object' && !others.has(answer)) others.set(answer, -1 - others.size);
    places[question] = typeof answer === 'object' ? (others.get(answer) ?? 0) : answer;
  }
  const kept = [...others.keys()];
  return listOf(count, (question) => {
    const place = places[question] ?? 0;
    return place < 0 ? itemAt(kept, -1 - place) : { kind: 'found', user: users.get(place) };
  });
}
