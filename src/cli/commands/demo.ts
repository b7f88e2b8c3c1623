import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { Writable } from 'node:stream';
import { countRows } from '../../core/count-rows.ts';
import { commandLine } from '../../report/command-line.ts';
import { resultsFrom } from '../../run/apply/results.ts';
import { createRunFolder } from '../../storage/run-folder.ts';
import { readVerification } from '../../storage/verification-file.ts';
import { whatIsNotAsMeant } from './demo-expectation.ts';
import { demoStep } from '../run-folder/finish.ts';
import { readRun } from '../run-folder/run-record.ts';
import type { Context } from '../session/session.ts';
import { listenForStop } from '../terminal/signals.ts';
import { packageFolder } from '../session/version.ts';
import { openSandbox } from './sandbox.ts';
import { type CliCommand } from './command.ts';

export const cliCommand: CliCommand = {
  name: 'demo',
  purpose: 'The whole job on the sandbox with the example file, no set-up.',
  permissions: 'none; contacts loopback only.',
  example: 'hardmatch demo',
  action: (_words, flags, context) => demoCommand(flags, context),
};

type Flags = Readonly<Record<string, unknown>>;
type Step = { readonly command: string; readonly exitCode: number; readonly summary: unknown };

/**
 * `hardmatch demo`: plan, apply and verify of the example file on the sandbox, run with the words that a person would type.
 * Returns 0 when all ended as it is meant to, rows that are held on purpose included, 1 when it did not, and 130 when it was
 * interrupted.
 */
async function demoCommand(flags: Flags, context: Context): Promise<number> {
  const { terminal, cwd, json } = context;
  const say = (text: string): void => (json ? undefined : terminal.out(text));
  // What points the program at somebody's real directory and tenant must not reach it here.
  const own = await mkdtemp(join(tmpdir(), 'hardmatch-demo-'));
  const settings = join(own, 'no-settings.json');
  const sandbox = await openSandbox();
  const env = { ...withoutSettings(context.env), ...sandbox.environment, [demoStep]: '1' };
  const listening = listenForStop(context, { said: () => 'Ending the demo.' });
  try {
    await writeFile(settings, '{}');
    const stepContext = { ...context, env, caPem: await readFile(sandbox.caFile, 'utf8') };
    const folder = await createRunFolder({ cwd, inputName: 'demo', now: context.clock.now() });
    const run = relative(cwd, folder);
    say('A practice directory and a practice tenant are running on this machine; the commands are the real ones.\n');
    const steps: Step[] = [];
    for (const words of [
      ['plan', exampleFrom(cwd), '--run', run],
      ['apply', run, '--yes'],
      ['verify', run],
    ]) {
      const command = commandLine(words);
      say(`\n$ ${command}\n\n`);
      const asked = [...words, '--config', settings, ...switches(flags)];
      const ended = await runStep(asked, stepContext);
      if (listening.signal.aborted) return 130;
      steps.push({ command, ...ended });
      // Without a plan there is nothing to apply, and so on.
      if (ended.exitCode > 1) break;
    }
    return await tellEnd(folder, steps, context);
  } finally {
    listening.stopListening();
    await sandbox.close();
    await rm(own, { recursive: true, force: true });
  }
}

async function tellEnd(folder: string, steps: readonly Step[], { terminal, cwd, json }: Context): Promise<number> {
  const run = relative(cwd, folder);
  const problems = await problemsOf(folder, steps);
  const isAsMeant = problems.length === 0;
  if (json) terminal.json(`${JSON.stringify({ run, isAsMeant, problems, steps }, null, 2)}\n`);
  else if (isAsMeant) terminal.out(`\n${endText(run, cwd)}`);
  if (!isAsMeant) {
    const list = problems.map((problem) => `  ${problem}\n`).join('');
    terminal.alarm(`\nThe demo did not end as it is meant to:\n${list}Please report it, with the folder ${run}.\n`);
  }
  return isAsMeant ? 0 : 1;
}

async function problemsOf(folder: string, steps: readonly Step[]): Promise<string[]> {
  const broken = steps.find(({ exitCode }) => exitCode > 1);
  if (broken) return [`${broken.command} ended with exit code ${broken.exitCode}.`];
  const { plan, entries } = await readRun(folder);
  const results = entries ? resultsFrom(plan.rows, entries) : null;
  const { counts } = countRows(plan, results, await readVerification(folder, plan));
  return whatIsNotAsMeant({ exitCodes: steps.map(({ exitCode }) => exitCode), rows: plan.rows, counts });
}

function endText(run: string, cwd: string): string {
  return (
    `The demo has ended as it is meant to: some rows of the example are held on purpose. The run folder: ${run}\n\n` +
    'The practice directory and tenant have ended with it, so the commands above find them no more. To try them\n' +
    'yourself, start new ones in this folder and leave them running:\n' +
    '  npx hardmatch sandbox\n' +
    'Give the lines that it prints to a second terminal, in this folder too, and there begin with\n' +
    `  npx ${commandLine(['plan', exampleFrom(cwd)])}\n` +
    'and continue with what each command tells next.\n'
  );
}

function exampleFrom(cwd: string): string {
  const example = join(packageFolder, 'mappings.example.csv');
  return relative(cwd, example) || example;
}

function switches({ json, quiet, color }: Flags): string[] {
  return [
    ...(json === true ? ['--json'] : []),
    ...(quiet === true ? ['--quiet'] : []),
    ...(color === false ? ['--no-color'] : []),
  ];
}

function withoutSettings(env: Context['env']): Context['env'] {
  return Object.fromEntries(Object.entries(env).filter(([name]) => !/^(?:HARDMATCH|AZURE)_/i.test(name)));
}

/** A step, whose summary is kept where the demo prints one document for all of them. */
async function runStep(words: readonly string[], context: Context): Promise<Pick<Step, 'exitCode' | 'summary'>> {
  if (!context.json) return { exitCode: await context.run(words, context), summary: null };
  let text = '';
  const stdout = new Writable({
    write(part: Buffer, _encoding, done) {
      text += part.toString();
      done();
    },
  });
  const exitCode = await context.run(words, { ...context, stdout });
  return { exitCode, summary: summaryIn(text) };
}

function summaryIn(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return null;
  }
}
