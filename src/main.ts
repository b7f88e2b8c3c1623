#!/usr/bin/env node
import { keepHeapSmall } from './cli/heap.ts';
import { runCli } from './cli/program.ts';
import { outliveReaders } from './cli/terminal.ts';

keepHeapSmall();
outliveReaders();

// exitCode, not exit(): what was written to a pipe gets there first.
process.exitCode = await runCli(process.argv);
