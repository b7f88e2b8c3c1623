import { figureOf, kept, table, where } from './kept.ts';
import { readingSection } from './performance-ad.ts';
import { memorySection } from './performance-memory.ts';
import { writingSection } from './performance-writes.ts';

/** docs/performance.md. */
export function performancePage(): string {
  return `<!-- Made by npm run docs from bench/results. -->

# Performance

What hardmatch takes, beside what else there is, and how it grows. Every figure comes from a command that can be run again;
it prints what it measured, and keeps it in \`bench/results\` with date, machine and version. All servers were on the machine
that measured: the [practice tenant](sandbox-tenant.md), which has Graph's quotas and a latency, and a Samba domain controller.
No real tenant and no Windows controller has been measured.

## What a run is bound by

Graph takes 3,000 writes of users in 150 seconds from one application, and six times that in 300 seconds from all
applications of a tenant: 20 a second, and 60. A run of 50,000 users waits for that and for nothing else. **More machines cannot
help**: the quota is the application's and, above it, the tenant's, and it does not ask where a request comes from. Two machines
with one application share its 20 a second, and get in each other's way, since neither knows what the other has used. Nor do
more threads, larger batches or a faster network: refused requests are charged as well. What does help: a second and a third
[application](permissions.md#several-applications), which take one run to the 60 a second of the tenant, beyond which there is
nothing; writing nothing that is right already, which plans see to; and other software that writes users paused for the
window.

${writingSection()}

${readingSection()}

${planningSection()}

${memorySection()}`;
}

function planningSection(): string {
  const result = kept('plan-requests');
  const f = (name: string): number => figureOf(result, name);
  const rows = table(
    ['a tenant of 120,000 users', 'requests to Graph', 'wanted', 'searches in AD'],
    [
      ['100,000 rows', f('100000 rows: graphRequests'), 'at most 140', f('100000 rows: ldapSearches')],
      ['100 rows', f('100 rows: graphRequests'), 'at most 12', f('100 rows: ldapSearches')],
    ],
  );
  return `${everybody()}

## Planning

\`npm run bench:plan-requests\` (${where(result)}), 2,000 users in the recycle bin, 300 who hold roles:

${rows}

Many rows: everybody is listed once, 999 to a page. Few: each is asked for, 20 to a request. Which is cheaper is worked out
from the number of rows and \`users/$count\` (\`src/graph/bulk/read-mode.ts\`); what is asked in the same moment is one request.`;
}

function everybody(): string {
  const result = kept('ad-everybody');
  const f = (name: string): string => String(figureOf(result, name));
  return `### All of AD

A plan asks who else in AD has the anchors and the addresses of its rows. Of fewer than 2,000 rows that is searched for: up to
ten searches for each hundred rows (both anchor attributes, UPN, mail, proxy addresses). From 2,000 on every user of the domain
is read once instead, in pages, which answers the rows as well. On the practice directory, 100,000 rows of 120,000 users
(\`npm run bench:ad-everybody\`, ${where(result)}): ${f('all of AD: searches')} searches and ${f('all of AD: seconds')} s, against
${f('rows alone: searches')} searches and ${f('rows alone: seconds')} s for the rows alone, ${f('ratio')} times. A Samba controller takes longer over
pages than over look-ups, as above.`;
}
