// How fast AD is read: the section of docs/performance.md, with the figures that were last measured.
import { figureOf, kept, type Kept, table, where } from './kept.ts';

const fixed = (value: number, digits: number): string => value.toFixed(digits);

export function readingSection(): string {
  const result = kept('ad');
  return `## Reading Active Directory

\`npm run bench:ad\` makes a Samba domain controller with 50,000 users (\`scripts/samba/dc.sh\`), measures, and takes it away
again; Debian and root are needed. Last run: ${where(result)}, load of the machine ${fixed(figureOf(result, 'loadBefore'), 1)} before and ${fixed(figureOf(result, 'loadAfter'), 1)} after.

### What was compared

Client and controller share one machine, over LDAPS. Each reading is a process of its own, rounds are taken in turn, each
beginning with another, and medians are compared. Everybody who is asked for must be found in every round, and before the
first one the 50,000 objectGUIDs that came by each way are compared with those in \`ldapsearch\`'s output.

- **\`ldapsearch\`** (OpenLDAP) lists \`(employeeID=*)\`, which fits the 50,000 users and nobody else, in pages of 1,000, with the
  attributes that hardmatch asks for. Of the filters tried it is the fastest for it: \`(sAMAccountType=805306368)\` took 5 %
  longer, \`(objectClass=user)\` 30 %. Measured is the whole process.
- **Look-up** is the adapter with 50,000 references by \`sAMAccountName\`, which it answers by searches for a hundred each.
  Measured is the whole process, Node's start and the reading of the keys included.
- **Listing** is the same with references by \`employeeID\`, which has no index, so that the adapter lists.
- **One search per user** is what scripts do: the same library and attributes, one connection, one search after the other.
  Against it stands the adapter with the same 5,000 keys. Measured is from connecting to the end of the connections.
- **Over latency** both go through a relay that passes bytes on a millisecond later, each way, however many
  (\`bench/relay.ts\`). Timers are coarse; what a byte really took longer there and back is measured and kept.

### What came out

${tables(result)}

What does not depend on the load of the machine is processor time, of which 5,000 users take:

| processor time        | Samba  | client, start left out |
| --------------------- | ------ | ---------------------- |
| one search per user   | 1.3 s  | 0.9 s                  |
| a hundred at a time   | 0.43 s | 0.3 s                  |
| the same, with paging | 1.25 s | 0.3 s                  |

One by one, the two wait for each other and the sum is what it takes; a hundred at a time, they work side by side.

### Why it is done so

- **Look-ups are not paged.** Samba reads every entry of a paged search by a search of its own, which made look-ups three
  times the work for nothing: a hundred keys do not fill a page of a thousand. When an answer is too long to come at once
  (AD: result code 4), the search is sent again with paging, as are those after it on that attribute. Attributes without
  index are always paged: AD works at most two minutes on an answer, and only who pages gets what it has by then.
- **A hundred keys a search, four connections.** Without paging, 20, 50 and 100 keys cost Samba the same per key; more than
  that it takes badly. Four connections reach its four workers.
- **Answers are read by hardmatch, questions made by ldapts** ([decision 31](decisions.md#31-entries-are-read-off-the-wire-by-hand)).
- **The next page is asked for before the last one is read**, one ahead and no more. What is left of the distance to
  \`ldapsearch\` in a listing is the client's own work.
- **Look-up or listing.** With an index, look-ups win even for the whole domain, as above. Without one, each search makes the
  controller walk the domain, and so does a listing; both grow with the domain, so their proportion does not: a listing costs
  as much as five to nine searches for a hundred keys (50,000 users: 2.8 s a search; 200,000: 3.1 s on a faster day).
  hardmatch lists from the fifth on. What Windows makes of it has not been measured.
`;
}

function tables(result: Kept): string {
  const f = (name: string): number => figureOf(result, name);
  const s = (name: string): string => `${fixed(f(name), f(name) < 2 ? 2 : 1)} s`;
  const all = table(
    ['50,000 users', 'process', 'against ldapsearch', 'wanted'],
    [
      ['`ldapsearch`', s('ldapsearchSeconds'), '1', ''],
      [
        `look-up, ${f('lookUpSearches')} searches`,
        s('lookUpSeconds'),
        fixed(f('lookUpToLdapsearch'), 2),
        'at most 1.3',
      ],
      [`listing, ${f('listingSearches')} searches`, s('listingSeconds'), fixed(f('listingToLdapsearch'), 2), ''],
    ],
  );
  const some = table(
    ['5,000 users by key', 'one by one', 'hardmatch', 'times faster', 'wanted'],
    [
      ['loopback', s('serialSeconds'), s('hardmatchSeconds'), fixed(f('timesFaster'), 1), 'at least 5'],
      [
        `${fixed(f('latencyAddedMs'), 1)} ms latency`,
        s('serialSecondsOverLatency'),
        s('hardmatchSecondsOverLatency'),
        fixed(f('timesFasterOverLatency'), 1),
        'at least 30',
      ],
    ],
  );
  return `${all}\n\n${some}`;
}
