// cli/: people at the terminal. Start here: the command line.
//   commands/    a file for each command                 terminal/    what is printed and asked, and signals
//   ending/      what ends a command before its time     session/     what all commands share: settings, log, the two sides
//   run-folder/  what commands do in a run folder          host/        all that is known of the process around it
import { Command, CommanderError, Option } from 'commander';
import { noteSecretsOf } from '../config/environment-secrets.ts';
import { forgetSecrets } from '../config/secrets.ts';
import { type SettingKey, settingOf } from '../config/settings-table.ts';
import { outputOf } from './terminal/command-errors.ts';
import { reportFault } from './terminal/fault.ts';
import type { CliCommand, Flags } from './commands/command.ts';
import type { Host } from './host/host.ts';
import type { Context } from './session/session.ts';
import { terminalOf } from './terminal/terminal.ts';
import { toolVersion } from './session/version.ts';

/** Runs the words after the program's name on their host and returns the exit code. Prints what went wrong; throws nothing. */
export async function runCli(argv: readonly string[], host: Host): Promise<number> {
  forgetSecrets();
  noteSecretsOf(host.env);
  let exitCode = 0;
  const program = buildProgram({ argv, host, given: await commandsFor(argv) }, (code) => {
    exitCode = code;
  });
  try {
    await program.parseAsync(argv, { from: 'user' });
    return exitCode;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
    const flags = program.opts();
    return reportFault(error, terminalOf(host, { color: true, quiet: false }), flags['debug'] === true);
  }
}

// In the order of the work. Each is loaded when it is called: the practice servers alone take longer to load than a conversion
// to run.
const commands: Readonly<Record<string, () => Promise<CliCommand>>> = {
  plan: async () => (await import('./commands/plan.ts')).cliCommand,
  apply: async () => (await import('./commands/apply.ts')).cliCommand,
  verify: async () => (await import('./commands/verify.ts')).cliCommand,
  rollback: async () => (await import('./commands/rollback.ts')).cliCommand,
  report: async () => (await import('./commands/report.ts')).cliCommand,
  lookup: async () => (await import('./commands/lookup.ts')).cliCommand,
  convert: async () => (await import('./commands/convert.ts')).cliCommand,
  sandbox: async () => (await import('./commands/sandbox.ts')).cliCommand,
  demo: async () => (await import('./commands/demo.ts')).cliCommand,
};

/** The command that is asked for; all of them where it is none, for help, or for what was mistyped. */
async function commandsFor(argv: readonly string[]): Promise<readonly CliCommand[]> {
  const asked = argv.find((word) => !word.startsWith('-')) ?? '';
  const load = Object.hasOwn(commands, asked) ? commands[asked] : undefined;
  return load === undefined ? Promise.all(Object.values(commands).map((each) => each())) : [await load()];
}

type Building = { readonly argv: readonly string[]; readonly host: Host; readonly given: readonly CliCommand[] };

function buildProgram({ argv, host, given }: Building, ended: (exitCode: number) => void): Command {
  const program = new Command('hardmatch')
    .description('Hard-match Active Directory users to the Entra ID users they already are, a whole tenant at a time.')
    .version(toolVersion(), '--version', 'print the version')
    .helpOption('-h, --help', 'show help')
    .helpCommand('help [command]', 'show help for a command')
    .option('--debug', 'show the stack of an error')
    .exitOverride()
    .configureOutput(outputOf(argv, host))
    .showHelpAfterError('(see --help)')
    .addHelpText(
      'after',
      '\nNothing is written without a plan, and a plan writes nothing. AD is only read.\n' +
        'Exit codes: 0 nothing needs attention, 1 some rows do, 2 could not run, 3 refused for safety,\n' +
        '4 changes are planned (plan --detailed-exitcode), 70 a bug, 130 interrupted.',
    );
  for (const command of given) {
    addCommand(program, command, async (words, flags) =>
      ended(await command.action(words, flags, contextOf(flags, host))),
    );
  }
  return program;
}

type Action = (words: readonly string[], flags: Flags) => Promise<void>;

function addCommand(program: Command, manual: CliCommand, action: Action): void {
  const command = program.command(manual.name).description(manual.purpose).exitOverride();
  if (manual.argument !== undefined) command.argument(manual.argument);
  for (const option of manual.options ?? []) command.addOption(option);
  for (const key of manual.settings ?? []) command.addOption(settingOption(key));
  if (manual.settings)
    command.option('--config <file>', 'settings file (default: hardmatch.config.json, if there is one)');
  command
    .option('--json', 'print the result as JSON on stdout, and nothing else')
    .option('--quiet', 'say nothing on stderr but what went wrong')
    .option('--no-color', 'no colours');
  command.addHelpText('after', `\nPermissions: ${manual.permissions}\n\nExample:\n  ${manual.example}`);
  command.action(async (...given: unknown[]) => {
    // commander hands over each argument, then the options, then the command itself.
    const flags = given.at(-2) as Flags;
    const words = given
      .slice(0, -2)
      .flat()
      .filter((word) => typeof word === 'string');
    await action(words, flags);
  });
}

function settingOption(key: SettingKey): Option {
  const setting = settingOf(key);
  const fallback = setting.fallback === undefined ? '' : ` (default: ${setting.fallback})`;
  const env = setting.env === undefined ? '' : ` [${setting.env}]`;
  const option = new Option(
    `${setting.flag ?? ''}${setting.placeholder === undefined ? '' : ` ${setting.placeholder}`}`,
    `${setting.description}${fallback}${env}`,
  );
  return setting.repeatable
    ? option.argParser((value: string, earlier?: string[]) => [...(earlier ?? []), value])
    : option;
}

function contextOf(flags: Flags, host: Host): Context {
  return {
    ...host,
    terminal: terminalOf(host, { color: flags['color'] !== false, quiet: flags['quiet'] === true }),
    json: flags['json'] === true,
    yes: flags['yes'] === true,
    run: runCli,
  };
}
