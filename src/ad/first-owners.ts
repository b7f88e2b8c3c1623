import { KeyTable } from '../core/bulk/bulk.ts';

/** Who was the first to have something that one object alone may have. Objects are numbers. */
export class FirstOwners {
  readonly #keys = new KeyTable();
  /** By the number of the key. */
  readonly #owners: number[] = [];

  /** The first owner, who is the one given where there was none. */
  of(key: string, owner: number): number {
    return (this.#owners[this.#keys.add(key)] ??= owner);
  }
}
