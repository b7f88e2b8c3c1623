import { knownSecrets } from '../../config/secrets.ts';
import { type HideSecrets, hideSecrets } from '../../core/secret-text.ts';
import { escapedInJson, visible } from '../../report/visible.ts';

/** What is said: text for people, or one JSON document for a program. */
export type Speech = 'text' | 'json';

// Our own line breaks, the colours of terminal-layout.ts and the rewritten line of progress.ts. Whatever else can move the
// cursor, hide or reorder text came out of data.
// oxlint-disable-next-line no-control-regex -- finding them is the point
const ours = /(\n|\r\u001b\[2K)/;
// oxlint-disable-next-line no-control-regex -- finding them is the point
const oursInColour = /(\n|\r\u001b\[2K|\u001b\[(?:0|1|2|31|32|33|36)m)/;

// So short a secret would be found in ordinary words, and the gaps would tell what it is.
const shortestSought = 6;

/**
 * Makes the function that all output goes through: no secret of this process gets out, and no character that drives a
 * terminal or reorders text. Where a text was made, that may have been seen to already; here it does not depend on it.
 */
export function makeSafeOutput(hasColour: boolean): (said: string, speech: Speech) => string {
  const allowed = hasColour ? oursInColour : ours;
  let hide: HideSecrets = hideSecrets([], 'certain');
  let known = 0;
  return (said, speech) => {
    const secrets = knownSecrets();
    if (secrets.length !== known) {
      known = secrets.length;
      hide = hideSecrets(
        secrets.filter((secret) => secret.length >= shortestSought),
        'certain',
      );
    }
    const hidden = hide(said);
    if (speech === 'json') return escapedInJson(hidden);
    return hidden
      .split(allowed)
      .map((part, at) => (at % 2 === 1 ? part : visible(part)))
      .join('');
  };
}
