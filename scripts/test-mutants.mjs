// Mutation tests: `npm run test:mutants`, or of one file `npm run test:mutants -- --mutate src/core/judge/undo.ts`. What is
// mutated and how is in stryker.config.mjs. It takes long, so it gives way to whatever else the machine is asked for; the
// processes it starts inherit that, on Windows too.
import { constants, setPriority } from 'node:os';
import { argv } from 'node:process';
import { StrykerCli } from '@stryker-mutator/core';

setPriority(constants.priority.PRIORITY_LOW);
const [node, script, ...given] = argv;
new StrykerCli([node, script, 'run', ...given]).run();
