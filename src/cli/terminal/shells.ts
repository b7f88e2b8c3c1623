/** How an environment variable is set in the shell that hardmatch will be run from. */
export const shells = ['sh', 'powershell', 'cmd'] as const;
export type Shell = (typeof shells)[number];

/** A line that sets the variable, by shell. */
export const setters: Readonly<Record<Shell, (name: string, value: string) => string>> = {
  sh: (name, value) => `export ${name}='${value.replaceAll("'", `'\\''`)}'`,
  powershell: (name, value) => `$env:${name} = '${value.replaceAll("'", "''")}'`,
  cmd: (name, value) => `set "${name}=${value}"`,
};
