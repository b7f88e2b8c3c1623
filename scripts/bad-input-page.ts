import { existsSync, readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import {
  type Answer,
  exportAnswer,
  journalAnswer,
  mappingsAnswer,
  planAnswer,
  settingsAnswer,
} from './bad-input-answers.ts';

const head = `# Bad input

<!-- Made by \`npm run docs\`: the real readers, run on the real files. -->

What hardmatch answers to files that are awkward, damaged or something else than they should be, file by file, in the very
words of the program. The files are in \`fixtures/\`; a test reads each of them and compares. A refusal means exit code 2, or
3 where a plan or a journal was changed; nothing was planned and nothing was written then.
`;

type Corpus = {
  readonly folder: string;
  readonly title: string;
  readonly about: string;
  readonly ask: (path: string) => Promise<Answer>;
};

const fixtures = new URL('../fixtures/', import.meta.url);
const pathOf = (name: string): string => fileURLToPath(new URL(name, fixtures));

const corpora: readonly Corpus[] = [
  {
    folder: 'csv',
    title: 'Mappings files',
    about: '`plan <file>`, without `--columns` and `--encoding`. A row that is held is in the plan, with this reason.',
    ask: mappingsAnswer,
  },
  {
    folder: 'ad-exports',
    title: 'AD exports',
    about:
      '`plan --ad-export <file>`, for a mappings file that names nquill, tmarsh and jmueller. Who is not listed, is not found.',
    ask: exportAnswer,
  },
  { folder: 'config', title: 'Settings files', about: 'Any command, with `--config <file>`.', ask: settingsAnswer },
  { folder: 'plans', title: 'Plan files', about: '`apply <run>`, with the file as `plan.ndjson`.', ask: planAnswer },
  {
    folder: 'journals',
    title: 'Journal files',
    about: '`report <run>`, with the file as `journal.ndjson` beside a good plan.',
    ask: (path) => journalAnswer(path, pathOf('plans/good.ndjson')),
  },
];

/** docs/bad-input.md. Not yet formatted. */
export async function badInputPage(): Promise<string> {
  const parts = [head];
  for (const corpus of corpora.filter(({ folder }) => existsSync(new URL(folder, fixtures)))) {
    const lines: string[] = [];
    const names = readdirSync(new URL(corpus.folder, fixtures)).filter((name) => name !== 'README.md');
    for (const name of names.sort()) {
      const { says, remedy } = await corpus.ask(pathOf(`${corpus.folder}/${name}`));
      const told = says.split('\n').map(literal);
      const more = told.length > maxTold ? [...told.slice(0, maxTold), `… and ${told.length - maxTold} more`] : told;
      lines.push(`| \`${name}\` | ${more.join('<br>')} | ${literal(remedy)} |`);
    }
    // Not formatted: the widest cell would fill up all others, and a changed one change every line.
    const table = ['<!-- prettier-ignore -->', '| file | answer | remedy |', '| --- | --- | --- |', ...lines].join(
      '\n',
    );
    parts.push(`## ${corpus.title}\n\n${corpus.about}\n\n${table}\n`);
  }
  return parts.join('\n');
}

const maxTold = 8;
// A file of quotes alone is answered with quotes; the page need not have all of them.
const longest = 400;

function literal(text: string): string {
  const visible = text.replaceAll(
    /[\p{C}\p{Zl}\p{Zp}]/gu,
    (letter) => `U+${letter.codePointAt(0)?.toString(16).toUpperCase().padStart(4, '0') ?? ''}`,
  );
  const short = visible.length > longest ? `${visible.slice(0, longest)}…` : visible;
  return short.replaceAll(/[\\`*_<>[\]|$~#&]/g, String.raw`\$&`);
}
