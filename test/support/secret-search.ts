// Looks for secrets in whatever a program left behind; knows nothing of how the program hides them.
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';

/** Every writing of a secret that could be turned back into it. */
function writingsOf(secret: string): readonly string[] {
  const bytes = Buffer.from(secret);
  // In base64 of a longer text, whatever stands before: the part that depends on the secret alone.
  const within = [0, 1, 2].map((before) =>
    Buffer.concat([Buffer.alloc(before), bytes])
      .toString('base64')
      .slice(before === 0 ? 0 : 4, -4),
  );
  return [
    secret,
    encodeURIComponent(secret),
    encodeURIComponent(secret).toLowerCase(),
    JSON.stringify(secret).slice(1, -1),
    bytes.toString('base64'),
    bytes.toString('base64url'),
    bytes.toString('hex'),
    ...within.filter((text) => text.length >= 8),
  ];
}

/** Which of the named secrets are in the text, as `name in place`. */
export function foundIn(text: string, place: string, secrets: ReadonlyMap<string, string>): string[] {
  return [...secrets].flatMap(([name, secret]) =>
    writingsOf(secret).some((writing) => text.includes(writing)) ? [`${name} in ${place}`] : [],
  );
}

/** All files below a folder. */
export function filesBelow(folder: string): string[] {
  return readdirSync(folder).flatMap((name) => {
    const path = join(folder, name);
    return statSync(path).isDirectory() ? filesBelow(path) : [path];
  });
}

/** Which secrets are in the names or contents of the files below a folder. */
export function foundBelow(folder: string, secrets: ReadonlyMap<string, string>): string[] {
  return filesBelow(folder).flatMap((path) => foundIn(`${path}\n${readFileSync(path, 'utf8')}`, path, secrets));
}
