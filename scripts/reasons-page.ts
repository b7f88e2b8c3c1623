import { reasonCatalogue, type ReasonText } from '../src/core/reasons.ts';

const head = `# Reasons

<!-- Made by \`npm run docs\` from src/core/reasons.ts. Change it there. -->

Every row that is not simply done carries one or more of these codes, in \`plan.csv\`, \`results.csv\`, \`report.html\` and
\`summary.json\`. Codes stay as they are from one version to the next, so scripts may depend on them; sentences may be
improved. What stands in braces is filled in for each row.

A **hold** keeps the row from being written. A **warning** does not: the row is written, and somebody should look. When a
row has several, they are in the order of repair, which is also the order of this page: what to mend first stands first.
`;

/** docs/reasons.md: the catalogue for people, in its own order. Not yet formatted. */
export function reasonsPage(): string {
  const entries: [string, ReasonText][] = Object.entries(reasonCatalogue);
  return [head, ...entries.map(([code, text]) => section(code, text))].join('\n');
}

function section(code: string, { severity, sentence, remedy }: ReasonText): string {
  return `## ${code}\n\n**${severity}** · ${literal(sentence)}\n\nWhat to do: ${literal(remedy)}\n`;
}

/** Keeps Markdown from reading anything into a sentence. */
function literal(text: string): string {
  return text.replaceAll(/[\\`*_<>[\]]/g, String.raw`\$&`);
}
