// Checks package-lock.json, or the file given: it names no registry (each machine has its own), and it knows every optional
// package that another asks for. A lock made where a registry did not have them all lacks some, and newer npm then refuses
// to install from it at all.
import { readFileSync } from 'node:fs';

const file = process.argv[2] ?? 'package-lock.json';
const text = readFileSync(file, 'utf8');
const { packages } = JSON.parse(text);
const problems = [];

if (text.includes('"resolved"')) problems.push('it has "resolved" addresses: see .npmrc, and run npm install again');
for (const [place, { optionalDependencies = {} }] of Object.entries(packages)) {
  for (const name of Object.keys(optionalDependencies)) {
    if (!isKnown(place, name)) problems.push(`${name} is missing, which ${place} may want on another platform`);
  }
}

for (const problem of problems) console.error(`${file}: ${problem}`);
if (problems.length > 0) process.exitCode = 1;
else console.log(`lock: ${Object.keys(packages).length} packages, complete, and no registry named.`);

/** Looks where Node would: beside the package, then in each node_modules above it. */
function isKnown(place, name) {
  for (let at = place; ; at = at.slice(0, at.lastIndexOf('/node_modules/'))) {
    if (packages[`${at}/node_modules/${name}`]) return true;
    if (!at.includes('/node_modules/')) return packages[`node_modules/${name}`] !== undefined;
  }
}
