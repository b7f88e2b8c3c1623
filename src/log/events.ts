/**
 * The lines that can stand in hardmatch.log, by their `event`; a test finds every call in the sources here. Names are kept
 * once they are out: people group and alert on them. Whoever logs something new adds it.
 */
export const logEvents = {
  'command-started': 'A command begins, in which run folder.',
  'command-ended': 'A command has ended by itself, with which counts and exit code.',
  'command-failed': 'A command could not go on.',
  'plan-made': 'The plan is complete, with which fingerprint and how many rows.',
  'ad-connected': 'A connection to a domain controller stands, and how it is protected.',
  'ad-controller-not-usable': 'A domain controller could not be reached or refused the bind; the next one is tried.',
  'ad-everybody-read': 'All AD users of the domain were read, to be asked who else has an anchor or an address.',
  'ad-reading': 'AD users are about to be looked up by one attribute, and in which way.',
  'ad-export-read': 'The AD export has been read, with how many users.',
  'ad-export-columns-missing': 'The AD export lacks optional columns; what they would tell is not known.',
  'ad-search-failed': 'A search in AD did not work; it is tried again where that can help.',
  'survey-begins': 'Cloud users and holders are about to be read, by listing or by filters.',
  'count-unknown': 'The tenant did not say how many of something it has; a guess decides how it is read.',
  'check-not-permitted': 'A check was refused; it is told in the plan, and the run continues without it.',
  'check-failed': 'A check could not be made, for another reason than a missing right; the run continues without it.',
  'object-identifiers-unread': 'Object identifiers could not be read; the run continues without them.',
  'switches-unread': 'The switches of sync could not be read while rows are written; the run goes on.',
  'roles-unread': 'Roles could not be read again while rows are written; the run continues with what was read before.',
  'ad-not-read-again': 'AD could not be read again before the first write; the plan is believed in what it says of it.',
  'reports-unwritten': 'A report could not be written; what it would say stands on the terminal.',
  'take-over-looked': 'What sync has done has been read, for how many rows, and how many of them it has not come to.',
  'take-over-look-failed': 'A look at what sync has done could not be taken; the next one comes in its turn.',
  'row-ended': 'One row has been written, or is known not to have been.',
  'application-set-aside': 'An application may not write what others may; it is not used any more in this run.',
  'writes-taken': 'The writing is over; byApplication says how many writes each application had taken.',
  'write-failed': 'One write did not work; it is tried again where that can help.',
} as const satisfies Record<string, string>;

/** The event's sentence, which stands in its line for whoever reads the file; undefined for an event that has none. */
export function sayEvent(event: string): string | undefined {
  return Object.entries(logEvents).find(([name]) => name === event)?.[1];
}
