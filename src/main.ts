#!/usr/bin/env node
import { keepHeapSmall } from './cli/heap.ts';
import { catchTheRest } from './cli/ending/last-catch.ts';
import { outliveReaders, processHost } from './cli/host/host.ts';

catchTheRest();
keepHeapSmall();
outliveReaders();

// Loaded only now, so that what goes wrong on the way is caught too.
const { runCli } = await import('./cli/program.ts');
// exitCode, not exit(): what was written to a pipe gets there first.
process.exitCode = await runCli(process.argv.slice(2), processHost());
