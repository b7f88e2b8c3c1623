/** Where access tokens come from; every way to sign in ends in one of these. */
export type TokenSource = {
  /**
   * A token good for the next request. `fresh` gets a new one although the held one looks valid. Throws a Failure of run
   * scope; its cause is the RunFault to end with.
   */
  token(options?: { readonly fresh?: boolean }): Promise<string>;
};
