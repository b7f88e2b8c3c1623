import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** The package's own folder, where fixtures and the example file are. */
export const packageFolder = fileURLToPath(new URL('../../../', import.meta.url));

/** The version in package.json. */
export function toolVersion(): string {
  const { version } = JSON.parse(readFileSync(new URL('../../../package.json', import.meta.url), 'utf8')) as {
    version: string;
  };
  return version;
}
