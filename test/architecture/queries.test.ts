// Data becomes part of a query in one module on each side; these rules are broken by whoever builds one elsewhere.
import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

const filesIn = (folder: string): string[] =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .map((name) => `${folder}/${name.replaceAll('\\', '/')}`);

const sourcesOf = (folder: string): [string, string][] =>
  filesIn(folder).map((path) => [path, readFileSync(path, 'utf8')]);

const offenders = (folder: string, rule: RegExp, except: readonly string[] = []): string[] =>
  sourcesOf(folder).flatMap(([path, text]) =>
    rule.test(text) && !except.some((name) => path.endsWith(name)) ? [path] : [],
  );

describe('queries', () => {
  it('builds LDAP filters as objects', () => {
    const text = /filter:\s*[`'"]|\bparseFilter|FilterParser|`\([&|!]?\(?[\w$]+=/;
    expect(offenders('src/ad', text)).toEqual([]);
    expect(text.test('{ filter: `(cn=${name})` }')).toBe(true);
    expect(
      offenders('src/ad', /new (?:Equality|Or|And)Filter/, [
        'search-plan.ts',
        'schema.ts',
        'ldap/directory.ts',
        'ldap/everybody.ts',
      ]),
    ).toEqual([]);
  });

  it('puts values into Graph URLs in odata.ts alone', () => {
    const filter = /`[^`]*(?:\$filter=|%20eq%20|%20in%20)[^`?&]*\$\{(?!pageSize|top\b|select\()[^`]*`/;
    expect(offenders('src/graph', filter, ['odata.ts'])).toEqual([]);
    expect(filter.test("`/users?$filter=mail%20eq%20'${mail}'`")).toBe(true);
    const path = /`\/\w+\/\$\{(?!segment\()/;
    expect(offenders('src/graph', path)).toEqual([]);
    expect(path.test('`/users/${id}`')).toBe(true);
  });
});
