import { reasonCatalogue, type ReasonCode, type ReasonText } from '../src/core/reasons.ts';

const head = `# Reasons

<!-- Made by \`npm run docs\` from src/core/reasons.ts. Change it there. -->

Every row that is not simply done carries one or more of these codes, in \`plan.csv\`, \`results.csv\`, \`report.html\` and
\`summary.json\`. Codes stay as they are from one version to the next, so scripts may depend on them; sentences may be
improved. What stands in braces is filled in for each row.

A **hold** keeps the row from being written. A **warning** does not: the row is written, and somebody should look. When a
row has several, they are in the order of repair, which is also the order of this page: what to fix first stands first.

A few reasons are not a row's. A **stop** ends the run before there is a plan, because nothing that it would find could be
trusted. A **warning for the whole run** stands once at the top of the plan; the rows do not repeat it, and
\`summary.json\` counts it once. It changes no exit code.
`;

// Told once, not of a row. The catalogue does not say so: where a finding is put is up to the run.
const ofWholeRun: ReadonlySet<string> = new Set<ReasonCode>([
  'anchor-confirmed-against-evidence',
  'tenant-differs',
  'hard-match-blocked-in-tenant',
  'check-not-permitted',
]);

/** docs/reasons.md: the catalogue for people, in its own order. Not yet formatted. */
export function reasonsPage(): string {
  const entries: [string, ReasonText][] = Object.entries(reasonCatalogue);
  return [head, ...entries.map(([code, text]) => section(code, text))].join('\n');
}

function section(code: string, { severity, sentence, remedy }: ReasonText): string {
  return `## ${code}\n\n**${severity}${ofWholeRun.has(code) ? ' for the whole run' : ''}** · ${literal(sentence)}\n\nWhat to do: ${literal(remedy)}\n`;
}

/** Keeps Markdown from reading anything into a sentence. */
function literal(text: string): string {
  return text.replaceAll(/[\\`*_<>[\]]/g, String.raw`\$&`);
}
