#!/usr/bin/env node
import { runCli } from './cli/program.ts';
import { outliveReaders } from './cli/terminal.ts';

outliveReaders();

// exitCode, not exit(): what was written to a pipe gets there first.
process.exitCode = await runCli(process.argv);
