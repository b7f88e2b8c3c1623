// Checks who imports whom, by the rules of .dependency-cruiser.mjs in the working directory. Exit code 0: every rule is
// kept; 1: some are broken, each named with what to do instead; 2: the check saw too little to be believed.
import { checkArchitecture } from './architecture.mjs';

const { exitCode, lines } = await checkArchitecture();
for (const line of lines) (exitCode === 0 ? console.log : console.error)(line);
process.exitCode = exitCode;
