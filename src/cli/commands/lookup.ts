import { createInterface } from 'node:readline';
import { loadSettings } from '../../config/load.ts';
import type { Settings } from '../../config/settings.ts';
import { RunFault } from '../../core/failure.ts';
import { openLog } from '../../log/log.ts';
import { lookupText } from '../../report/lookup-text.ts';
import { type LookupEnd, lookUp } from '../../run/lookup.ts';
import type { Directory } from '../../run/ports.ts';
import { makeRetry } from '../../run/retry.ts';
import { type AdapterTools, composeDirectory, composeTenant } from '../session/compose.ts';
import { runEndOf } from '../ending/ending.ts';
import { terminalProgress } from '../terminal/progress.ts';
import type { Context } from '../session/session.ts';
import { type CliCommand, directorySettings, tenantSettings, readRights } from './command.ts';

export const cliCommand: CliCommand = {
  name: 'lookup',
  argument: '<value...>',
  purpose:
    'Who holds this immutable ID, GUID, UPN, mail address, SID, DN or account name: in AD, among live users, in the recycle bin. - reads values from standard input, one per line.',
  settings: [...directorySettings, ...tenantSettings, 'sourceAnchor'],
  permissions: `${readRights}. Without AD settings the tenant alone is asked. Writes nothing.`,
  example: "hardmatch lookup 'f+bH/Mb+ZUq4IS9AopLRhQ==' jdoe@example.test",
  action: (values, flags, context) => lookupCommand(values, flags, context),
};

type Flags = Readonly<Record<string, unknown>>;

/**
 * `hardmatch lookup <value…>`: who each value is, in AD, among live cloud users and in the recycle bin. `-` stands for values
 * from standard input, one per line. 0 when every value was found somewhere, else 1; leaves no file behind.
 */
async function lookupCommand(words: readonly string[], flags: Flags, context: Context): Promise<number> {
  const { env, cwd, terminal } = context;
  const settings = await loadSettings({ flags, env, cwd, needs: { directory: 'if-given', tenant: true } });
  for (const warning of settings.warnings) terminal.err(`Note: ${warning}\n`);
  const values = await valuesOf(words, context);
  if (values.length === 0) {
    throw new RunFault('nothing-to-look-up', 'Standard input has no values.', { hint: 'Give one value per line.' });
  }
  const { answers, unchecked } = await askBothSides(values, settings, context);
  if (context.json) terminal.json(`${JSON.stringify(answers, null, 2)}\n`);
  else terminal.out(lookupText(answers, unchecked, { color: terminal.color, width: terminal.width }));
  return answers.every((answer) => answer.isFound) ? 0 : 1;
}

async function valuesOf(words: readonly string[], { stdin }: Context): Promise<string[]> {
  const values: string[] = [];
  for (const word of words) {
    if (word === '-') values.push(...(await linesOf(stdin)));
    else values.push(word);
  }
  return values;
}

async function linesOf(input: Context['stdin']): Promise<string[]> {
  const lines: string[] = [];
  // PowerShell may put a byte-order mark in front of what it pipes.
  for await (const line of createInterface({ input })) lines.push(line.replace(/^\uFEFF/, '').trim());
  return lines.filter((line) => line !== '');
}

async function askBothSides(values: readonly string[], settings: Settings, context: Context): Promise<LookupEnd> {
  const { clock } = context;
  const progress = terminalProgress(context.terminal, clock);
  // There is no run folder, and so no place for a log.
  const log = openLog(null, settings.run.logLevel, []);
  const ending = runEndOf({ command: 'lookup', context, settings }, progress);
  const { stopping, over } = ending.end;
  const tools: AdapterTools = {
    clock,
    log,
    retry: makeRetry(clock, { signal: stopping }),
    signal: over,
    host: context,
  };
  let directory: Directory | null = null;
  try {
    directory = settings.directory ? await composeDirectory(settings, tools) : null;
    const tenant = await composeTenant(settings, tools);
    try {
      const { sourceAnchor } = settings.run;
      // Whose users these are: the other commands need to know the tenant anyway.
      await tenant.reader.describe();
      return await lookUp(values, { directory, reader: tenant.reader, progress }, { sourceAnchor });
    } finally {
      await tenant.close();
    }
  } catch (error) {
    throw ending.causeOf(error);
  } finally {
    ending.close();
    progress.end();
    await directory?.close();
  }
}
