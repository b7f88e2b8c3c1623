// The gate's own test: every architecture rule is broken once, on purpose, and has to be reported. All the offences live in
// one small program in a temporary folder, checked with the project's own rules by the project's own script.
import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { temporaryFolder } from '../support/temporary-folder.ts';

const project = resolve(import.meta.dirname, '../..');

/** A program that keeps every rule and has each folder in it. */
const lawful: Record<string, string> = {
  'src/main.ts': `import { program } from './cli/program.ts';\nimport { two } from './core/two.ts';\nprogram(two);`,
  'src/cli/program.ts': [
    `import { Command } from 'commander';`,
    `import { composePart } from './session/compose.ts';`,
    `export const program = (n: number): unknown => [n, Command, composePart];`,
  ].join('\n'),
  'src/cli/session/compose.ts': [
    ...['config', 'input', 'ad', 'graph', 'storage', 'report', 'log', 'sandbox', 'run'].map(
      (folder) => `import { ${folder}Part } from '../../${folder}/part.ts';`,
    ),
    `export const composePart = (): unknown => [configPart, inputPart, adPart, graphPart, storagePart, reportPart, logPart, sandboxPart, runPart];`,
  ].join('\n'),
  'src/core/one.ts': `export const one = 1;`,
  'src/core/two.ts': `import { one } from './one.ts';\nexport const two = one + one;`,
  'src/core/bulk/many.ts': `export const many = 3;`,
  'src/core/bulk/bulk.ts': `export { many } from './many.ts';`,
  'src/core/ids/writing.ts': `import { one } from '../one.ts';\nexport const writing = one;`,
  'src/core/sync/cycle.ts': `import { writing } from '../ids/writing.ts';\nexport const cycle = writing;`,
  'src/core/judge/judge.ts': [
    `import { many } from '../bulk/bulk.ts';`,
    `import { cycle } from '../sync/cycle.ts';`,
    `export const judge = many + cycle;`,
  ].join('\n'),
  'src/core/lookup/answer.ts': `import { writing } from '../ids/writing.ts';\nexport const answer = writing;`,
  'src/run/ports.ts': `import { one } from '../core/one.ts';\nexport type Port = { readonly n: typeof one };`,
  'src/run/part.ts': [
    `import limit from 'p-limit';`,
    `import { judge } from '../core/judge/judge.ts';`,
    `import { answer } from '../core/lookup/answer.ts';`,
    `import type { Port } from './ports.ts';`,
    `export const runPart = (p: Port): unknown => [p, limit, judge, answer];`,
  ].join('\n'),
  'src/config/part.ts': adapter('config', 'leven'),
  'src/input/part.ts': `${adapter('input')}\nexport { csvPart } from '../csv/part.ts';`,
  'src/ad/part.ts': `${adapter('ad', 'ldapts')}\nexport { csvPart } from '../csv/part.ts';`,
  'src/graph/part.ts': adapter(
    'graph',
    '@azure/msal-node',
    '@microsoft/microsoft-graph-client',
    'undici',
    'zod',
    'p-limit',
  ),
  'src/storage/part.ts': `${adapter('storage', 'zod', 'node:fs')}\nexport { filesPart } from '../files/part.ts';`,
  'src/report/part.ts': adapter('report', 'csv-stringify/sync', 'get-east-asian-width'),
  'src/log/part.ts': adapter('log', 'pino'),
  'src/files/part.ts': `import { one } from '../core/one.ts';\nexport const filesPart = one;`,
  'src/csv/part.ts': `import { parse } from 'csv-parse/sync';\nexport { filesPart } from '../files/part.ts';\nexport const csvPart = parse;`,
  'src/sandbox/part.ts': adapter('sandbox', 'ldapts', '@peculiar/x509', 'reflect-metadata', 'zod', 'node:tls'),
};

/** Files that break no rule, and that no program begins with. */
const onlyCore = Object.fromEntries(Object.entries(lawful).filter(([file]) => file.startsWith('src/core/')));

function adapter(folder: string, ...libraries: string[]): string {
  const imports = libraries.map((name, i) => `import * as lib${i} from '${name}';`);
  const names = libraries.map((_name, i) => `lib${i}`).join(', ');
  return [
    ...imports,
    `import type { Port } from '../run/ports.ts';`,
    `export const ${folder}Part = (p: Port): unknown => [p, ${names}];`,
  ].join('\n');
}

const importing = (...specifiers: string[]): string => specifiers.map((name) => `import '${name}';`).join('\n');
const importingType = (name: string): string => `import type * as x from '${name}';\nexport type X = typeof x;`;

/** One file per offence. Each rule of .dependency-cruiser.mjs stands here at least once; the first test below sees to it. */
const offences: readonly (readonly [rule: string, file: string, content: string])[] = [
  ['core-imports-nothing', 'src/core/reads-a-file.ts', importing('node:fs')],
  ['core-imports-nothing', 'src/core/checks-with-a-library.ts', importing('zod')],
  ['core-imports-nothing', 'src/core/knows-a-library-type.ts', importingType('zod')],
  ['core-imports-nothing', 'src/core/knows-a-port.ts', importingType('../run/ports.ts')],
  ['shapes-know-no-room', 'src/core/reads-a-writing.ts', importing('./ids/writing.ts')],
  ['core-ids-looks-down-only', 'src/core/ids/looks-at-sync.ts', importing('../sync/cycle.ts')],
  ['core-bulk-looks-down-only', 'src/core/bulk/looks-at-ids.ts', importing('../ids/writing.ts')],
  ['core-sync-looks-down-only', 'src/core/sync/asks-the-judge.ts', importingType('../judge/judge.ts')],
  ['core-judge-looks-down-only', 'src/core/judge/looks-up.ts', importing('../lookup/answer.ts')],
  ['core-lookup-looks-down-only', 'src/core/lookup/asks-the-judge.ts', importing('../judge/judge.ts')],
  ['bulk-has-one-face', 'src/core/judge/counts-by-itself.ts', importing('../bulk/many.ts')],
  ['run-knows-no-adapter', 'src/run/reaches-for-the-tenant.ts', importing('../graph/part.ts')],
  ['run-acts-through-ports', 'src/run/writes-a-file.ts', importing('node:fs/promises')],
  ['report-writes-nothing', 'src/report/writes-a-file.ts', importing('node:fs')],
  ['config-knows-core-and-ports-only', 'src/config/asks-the-directory.ts', importing('../ad/part.ts')],
  ['input-knows-core-and-ports-only', 'src/input/stores.ts', importing('../storage/part.ts')],
  ['ad-knows-core-and-ports-only', 'src/ad/asks-the-tenant.ts', importing('../graph/part.ts')],
  ['graph-knows-core-and-ports-only', 'src/graph/uses-a-use-case.ts', importing('../run/part.ts')],
  ['storage-knows-core-and-ports-only', 'src/storage/reports.ts', importing('../report/part.ts')],
  ['report-knows-core-and-ports-only', 'src/report/logs.ts', importing('../log/part.ts')],
  ['log-knows-core-and-ports-only', 'src/log/reads-settings.ts', importing('../config/part.ts')],
  ['sandbox-knows-core-and-ports-only', 'src/sandbox/knows-the-real-client.ts', importingType('../ad/part.ts')],
  ['report-knows-core-and-ports-only', 'src/report/reads.ts', importing('../files/part.ts')],
  ['run-knows-no-adapter', 'src/run/reads.ts', importing('../files/part.ts')],
  ['files-knows-core-only', 'src/files/says-it-itself.ts', importing('../storage/part.ts')],
  ['csv-knows-core-and-files-only', 'src/csv/says-it-itself.ts', importing('../input/part.ts')],
  ['graph-knows-core-and-ports-only', 'src/graph/reads-a-table.ts', importing('../csv/part.ts')],
  ['input-knows-core-and-ports-only', 'src/input/reads-an-export.ts', importing('../ad/part.ts')],
  ['ad-knows-core-and-ports-only', 'src/ad/reads-mappings.ts', importing('../input/part.ts')],
  ['files-are-opened-in-files', 'src/csv/opens-by-itself.ts', importing('node:fs/promises')],
  ['files-are-opened-in-files', 'src/input/opens-by-itself.ts', importing('node:fs/promises')],
  ['files-are-opened-in-files', 'src/config/opens-by-itself.ts', importing('node:fs')],
  ['main-knows-cli-and-core-only', 'src/main.ts', `${lawful['src/main.ts']}\n${importing('./graph/part.ts')}`],
  ['only-main-knows-cli', 'src/ad/asks-people.ts', importing('../cli/program.ts')],
  ['only-compose-opens-the-two-sides', 'src/cli/commands/opens-a-tenant.ts', importing('../../graph/part.ts')],
  ['nobody-imports-main', 'src/cli/starts-again.ts', importing('../main.ts')],
  ['only-graph-knows-@azure', 'src/cli/signs-in.ts', importing('@azure/msal-node')],
  ['only-graph-knows-@microsoft', 'src/run/sends-a-patch.ts', importingType('@microsoft/microsoft-graph-client')],
  ['only-graph-knows-undici', 'src/config/tries-the-proxy.ts', importing('undici')],
  ['only-ad-and-sandbox-knows-ldapts', 'src/cli/searches.ts', importing('ldapts')],
  ['only-cli-knows-commander', 'src/config/reads-flags.ts', importing('commander')],
  ['only-config-knows-leven', 'src/core/guesses.ts', importing('leven')],
  ['only-report-knows-get-east-asian-width', 'src/cli/measures.ts', importing('get-east-asian-width')],
  ['only-csv-knows-csv-parse', 'src/input/reads-by-itself.ts', importing('csv-parse/sync')],
  ['only-report-knows-csv-stringify', 'src/storage/writes-a-table.ts', importing('csv-stringify/sync')],
  ['only-log-knows-pino', 'src/graph/logs-by-itself.ts', importing('pino')],
  ['only-storage-and-graph-and-sandbox-knows-zod', 'src/ad/checks.ts', importing('zod')],
  ['only-run-and-graph-knows-p-limit', 'src/ad/limits.ts', importing('p-limit')],
  ['only-sandbox-knows-@peculiar/x509', 'src/graph/reads-a-certificate.ts', importing('@peculiar/x509')],
  ['only-sandbox-knows-reflect-metadata', 'src/graph/reads-metadata.ts', importing('reflect-metadata')],
  ['no-homeless-library', 'src/graph/uses-what-a-library-uses.ts', importing('sonic-boom')],
  ['no-development-package', 'src/storage/uses-a-test-tool.ts', importing('fast-check')],
  ['no-unlisted-package', 'src/log/uses-what-pino-uses.ts', importing('sonic-boom')],
  ['no-unresolvable', 'src/input/mistypes.ts', importing('./prat.ts')],
  ['src-stays-in-src', 'src/sandbox/uses-a-test.ts', importing('../../test/cast.ts')],
  ['no-cycles', 'src/storage/hen.ts', `import { egg } from './egg.ts';\nexport const hen = (): unknown => egg;`],
  ['no-orphans', 'src/core/forgotten.ts', `export const forgotten = 1;`],
  ['no-dead-files', 'src/core/unreached.ts', importing('./one.ts')],
];

const besides: Record<string, string> = {
  'src/storage/egg.ts': `import { hen } from './hen.ts';\nexport const egg = (): unknown => hen;`,
  'test/cast.ts': `export const cast = 1;`,
};

const scratch = temporaryFolder();

/** Lays the program down in a folder of its own, with the project's rules and libraries beside it. */
function lay(name: string, files: Record<string, string>): string {
  const root = join(scratch, name);
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), `${content}\n`);
  }
  for (const file of ['package.json', 'tsconfig.json', '.dependency-cruiser.mjs', '.oxlintrc.json']) {
    copyFileSync(join(project, file), join(root, file));
  }
  // A junction is what Windows lets everybody make; elsewhere the word is ignored.
  symlinkSync(join(project, 'node_modules'), join(root, 'node_modules'), 'junction');
  return root;
}

type Run = { readonly exitCode: number | null; readonly output: string };

function run(root: string, script: string, ...args: string[]): Run {
  const options = { cwd: root, encoding: 'utf8', timeout: 60_000 } as const;
  const { status, stdout, stderr } = spawnSync(process.execPath, [join(project, script), ...args], options);
  return { exitCode: status, output: stdout + stderr };
}

type Checked = { readonly exitCode: number; readonly lines: readonly string[] };
const script: unknown = await import(new URL('../../scripts/architecture.mjs', import.meta.url).href);
const { checkArchitecture } = script as { checkArchitecture: () => Promise<Checked> };

/** What the project's own script says of the program there, without starting it anew each time. */
async function check(root: string): Promise<Run> {
  const home = process.cwd();
  process.chdir(root);
  try {
    const { exitCode, lines } = await checkArchitecture();
    return { exitCode, output: lines.map((line) => `${line}\n`).join('') };
  } finally {
    process.chdir(home);
  }
}

/** What was reported: rule → the files it was reported for, read off the script's output. */
function reported(output: string): Map<string, string[]> {
  const found = new Map<string, string[]>();
  let files: string[] = [];
  for (const line of output.split(/\r?\n/)) {
    const rule = /^[\w@/-]+$/.exec(line)?.[0];
    if (rule !== undefined) found.set(rule, (files = []));
    const path = /^ {2}- (.+)$/.exec(line)?.[1]?.split(' -> ') ?? [];
    // The importer comes first and is the one to blame; in a circle everybody is.
    files.push(...(found.get('no-cycles') === files ? path : path.slice(0, 1)));
  }
  return found;
}

describe('the architecture gate', () => {
  let found = new Map<string, string[]>();
  let broken: Run = { exitCode: null, output: '' };
  beforeAll(() => {
    const files = {
      ...lawful,
      ...besides,
      ...Object.fromEntries(offences.map(([, file, content]) => [file, content])),
    };
    broken = run(lay('unlawful', files), 'scripts/check-architecture.mjs');
    found = reported(broken.output);
  });

  it('passes a program that keeps every rule', async () => {
    const { exitCode, output } = await check(lay('lawful', lawful));
    expect(output).toContain('every rule is kept');
    expect(exitCode).toBe(0);
  });

  it('fails a program that breaks them', () => {
    expect(broken.exitCode).toBe(1);
  });

  it('has an offence here for every rule it knows', async () => {
    const config: unknown = await import(new URL('../../.dependency-cruiser.mjs', import.meta.url).href);
    const { forbidden } = (config as { default: { forbidden: { name: string; comment: string }[] } }).default;
    expect(new Set(offences.map(([rule]) => rule))).toEqual(new Set(forbidden.map(({ name }) => name)));
    for (const { comment } of forbidden) expect(comment.length).toBeGreaterThan(40);
  });

  it.each(offences)('reports %s for %s', (rule, file) => {
    expect(found.get(rule)).toContain(file);
  });

  it('reports rooms that import each other, although none of their files do', async () => {
    const { exitCode, output } = await check(
      lay('two-rooms', {
        ...lawful,
        'src/storage/cellar/coal.ts': `import { depth } from '../depth.ts';\nexport const coal = depth;`,
        'src/storage/depth.ts': 'export const depth = 2;',
        'src/storage/part.ts': `${lawful['src/storage/part.ts']}\nexport { coal } from './cellar/coal.ts';`,
      }),
    );
    expect([...reported(output).keys()]).toEqual(['rooms-go-one-way']);
    expect(output).toContain('  - src/storage -> src/storage/cellar -> src/storage\n');
    expect(exitCode).toBe(1);
  });

  it('reports nobody who keeps the rules', () => {
    const guilty = new Set([...offences.map(([, file]) => file), ...Object.keys(besides)]);
    // What main.ts cannot reach is every offender nobody imports, so that rule alone names more files than its own.
    // Nearly every offence makes rooms import each other, whichever; that has a test of its own.
    found.delete('rooms-go-one-way');
    const innocent = [...found.values()].flat().filter((file) => file.startsWith('src/') && !guilty.has(file));
    expect(innocent).toEqual([]);
  });

  it.each([
    ['there is nothing in src', { 'src/readme.md': 'empty' }, ''],
    ['there is no start', onlyCore, ''],
    ['the sources were not looked at', lawful, `options.exclude = '^src/';`],
    ['some of the sources were not looked at', lawful, `options.exclude = '^src/ad/';`],
  ])('fails, and proves nothing, when %s', async (name, files, blindness) => {
    const root = lay(name.replaceAll(' ', '-'), files);
    const rules = join(root, '.dependency-cruiser.mjs');
    copyFileSync(rules, join(root, 'rules.mjs'));
    writeFileSync(
      rules,
      `import rules from './rules.mjs';\nconst { options } = rules;\n${blindness}\nexport default rules;\n`,
    );
    const { exitCode, output } = await check(root);
    expect(output).toContain('Nothing is proved');
    expect(exitCode).toBe(2);
  });
});

describe('the linter', () => {
  const outside = [
    'Date',
    'performance',
    'Intl',
    'console',
    'process',
    'fetch',
    'WebSocket',
    'setTimeout',
    'setInterval',
  ];
  outside.push('setImmediate', 'queueMicrotask', 'crypto', 'require', 'globalThis', 'global');
  const judged = new Map<string, string>();
  beforeAll(() => {
    const files = Object.fromEntries([
      ...outside.map((name) => [`src/core/uses-${name}.ts`, `export const used = (): unknown => ${name};`]),
      ['src/core/uses-random.ts', 'export const used = (): unknown => Math.random();'],
      ['src/core/uses-Buffer.ts', `export const used = (): unknown => Buffer.from('');`],
      ['src/cli/uses-Date.ts', 'export const used = (): unknown => new Date();'],
      ['src/cli/uses-exit.ts', 'export const used = (): never => process.exit(1);'],
      ['src/cli/uses-default.ts', 'const used = 1;\nexport default used;'],
    ]) as Record<string, string>;
    const { output } = run(lay('lint', files), 'node_modules/oxlint/bin/oxlint', '-f', 'unix', 'src');
    for (const line of output.split(/\r?\n/)) {
      const file = line.split(':', 1)[0]?.replaceAll('\\', '/') ?? '';
      judged.set(file, `${judged.get(file) ?? ''}${line}\n`);
    }
  });

  it.each(outside)('keeps %s out of core', (name) => {
    expect(judged.get(`src/core/uses-${name}.ts`)).toContain('no-restricted-globals');
  });

  it('keeps Math.random out of core', () => {
    expect(judged.get('src/core/uses-random.ts')).toContain('no-restricted-properties');
  });

  it('refuses process.exit and default exports everywhere', () => {
    expect(judged.get('src/cli/uses-exit.ts')).toContain('no-process-exit');
    expect(judged.get('src/cli/uses-default.ts')).toContain('no-default-export');
  });

  it('lets core have Buffer, and the other folders a clock', () => {
    expect(judged.get('src/core/uses-Buffer.ts')).toBeUndefined();
    expect(judged.get('src/cli/uses-Date.ts')).toBeUndefined();
  });
});
