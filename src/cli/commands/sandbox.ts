import { join, resolve } from 'node:path';
import { Option } from 'commander';
import { RunFault } from '../../core/failure.ts';
import { type CertificateFlaw, certificateFlaws } from '../../sandbox/http/certificate-flaws.ts';
import { type FaultScript, FaultScriptError, readFaultFile } from '../../sandbox/faults/script.ts';
import { type People, PeopleFileError, readPeople } from '../../sandbox/people/people.ts';
import { type Sandbox, type SandboxOptions, startSandbox } from '../../sandbox/sandbox.ts';
import type { Context } from '../session/session.ts';
import { setters, type Shell, shells } from '../terminal/shells.ts';
import { listenForStop } from '../terminal/signals.ts';
import { packageFolder } from '../session/version.ts';
import { type CliCommand } from './command.ts';

export const cliCommand: CliCommand = {
  name: 'sandbox',
  purpose: 'A practice directory and a practice tenant on this machine, for rehearsal with the real commands.',
  options: [
    new Option('--people <file>', 'who is in them (default: the cast that comes with hardmatch)'),
    new Option('--faults <file>', 'what is to go wrong in them (docs/sandbox-faults.md)'),
    new Option('--controllers <number>', 'how many domain controllers there are (default: 1)').choices(['1', '2', '3']),
    new Option('--applications <number>', 'how many applications of the tenant may write (default: 1)').choices([
      '1',
      '2',
      '3',
    ]),
    new Option('--directory-certificate <flaw>', 'what is wrong with the certificate of the directory').choices(
      certificateFlaws,
    ),
    new Option('--tenant-certificate <flaw>', 'what is wrong with the certificate of the tenant').choices(
      certificateFlaws,
    ),
    new Option('--shell <name>', 'how to print the environment').choices(shells),
  ],
  permissions: 'none; contacts loopback only.',
  example: 'hardmatch sandbox --shell powershell',
  action: (_words, flags, context) => sandboxCommand(flags, context),
};

export type SandboxFlags = {
  readonly people?: string;
  readonly shell?: Shell;
  readonly faults?: string;
  /** A number in text. */
  readonly controllers?: string;
  /** A number in text. */
  readonly applications?: string;
  readonly directoryCertificate?: CertificateFlaw;
  readonly tenantCertificate?: CertificateFlaw;
};

/** `hardmatch sandbox`: a practice directory and tenant, left running until Ctrl-C. */
async function sandboxCommand(flags: SandboxFlags, context: Context): Promise<number> {
  const { terminal, cwd, json } = context;
  const people = flags.people === undefined ? undefined : resolve(cwd, flags.people);
  const sandbox = await openSandbox(people, optionsOf(flags, cwd));
  try {
    if (json) terminal.json(`${JSON.stringify(sandbox.environment)}\n`);
    else terminal.out(`${environmentLines(sandbox, flags.shell ?? usualShell())}\n`);
    terminal.err(
      'The practice directory and tenant are running. Give the lines above to another shell, in this folder, and try\n' +
        '  npx hardmatch plan mappings.example.csv\nLet its sync run with a request, as docs/sandbox-sync.md says. Ctrl-C ends them; nothing they hold is kept.\n',
    );
    await untilStopped(context);
    return 0;
  } finally {
    await sandbox.close();
  }
}

/** The sandbox with the people of a file, or with the cast that comes with the package. */
export async function openSandbox(
  peopleFile = join(packageFolder, 'fixtures', 'cast.json'),
  options: SandboxOptions = {},
): Promise<Sandbox> {
  return startSandbox(peopleOf(peopleFile), options);
}

function peopleOf(file: string): People {
  try {
    return readPeople(file);
  } catch (error) {
    if (!(error instanceof PeopleFileError)) throw error;
    throw new RunFault('people-file', `The people file ${file} cannot be used: ${error.message}.`, {
      hint: 'fixtures/cast.json is an example; docs/sandbox-tenant.md and docs/sandbox-directory.md name the fields.',
      cause: error,
    });
  }
}

function optionsOf(flags: SandboxFlags, cwd: string): SandboxOptions {
  const { faults, controllers, applications, directoryCertificate, tenantCertificate } = flags;
  return {
    ...(faults === undefined ? {} : { faults: scriptOf(faults, cwd) }),
    ...(controllers === undefined ? {} : { directory: { controllers: Number(controllers) } }),
    ...(applications === undefined ? {} : { applications: Number(applications) }),
    certificates: { directory: directoryCertificate, tenant: tenantCertificate },
  };
}

function scriptOf(file: string, cwd: string): FaultScript {
  try {
    return readFaultFile(resolve(cwd, file));
  } catch (error) {
    if (!(error instanceof FaultScriptError)) throw error;
    throw new RunFault('fault-script', `The fault script ${file} cannot be used: ${error.message}.`, {
      hint: 'docs/sandbox-faults.md has every field and an example.',
      cause: error,
    });
  }
}

function environmentLines({ environment }: Sandbox, shell: Shell): string {
  return Object.entries(environment)
    .map(([name, value]) => setters[shell](name, value))
    .join('\n');
}

function usualShell(): Shell {
  return process.platform === 'win32' ? 'powershell' : 'sh';
}

async function untilStopped(context: Context): Promise<void> {
  const { signal, stopListening } = listenForStop(context, { said: () => 'Ending the practice servers.' });
  await new Promise<void>((done) => signal.addEventListener('abort', () => done(), { once: true }));
  stopListening();
}
