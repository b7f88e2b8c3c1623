// How a piece of work that has to fail ends.
import { Failure, RunFault } from '../../src/core/failure.ts';

/** The RunFault something ends in; anything else, success included, fails the test. */
export async function faultOf(work: Promise<unknown>): Promise<RunFault> {
  const end = await thrownBy(work);
  if (end instanceof RunFault) return end;
  throw new Error(`did not end in a RunFault, but in ${String(end)}`, { cause: end });
}

/** The Failure a call ends in; anything else, success included, fails the test. */
export async function failureOf(work: Promise<unknown>): Promise<Failure> {
  const end = await thrownBy(work);
  if (end instanceof Failure) return end;
  throw new Error(`did not end in a Failure, but in ${String(end)}`, { cause: end });
}

/** What was thrown; undefined where nothing was. */
export function thrownBy(work: Promise<unknown>): Promise<unknown> {
  return work.then(
    () => undefined,
    (error: unknown) => error,
  );
}
