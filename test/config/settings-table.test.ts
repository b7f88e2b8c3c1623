import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { directoryTable } from '../../src/config/directory-table.ts';
import { runTable } from '../../src/config/run-table.ts';
import type { Setting } from '../../src/config/setting.ts';
import { type SettingKey, settingOf, settingsTable as settings } from '../../src/config/settings-table.ts';
import { tenantTable } from '../../src/config/tenant-table.ts';

const camel = (flag: string): string =>
  flag.slice(2).replaceAll(/-([a-z0-9])/g, (_dash, letter: string) => letter.toUpperCase());

describe('the table of settings', () => {
  it.each(settings)('$key: its flag in camel case is its key, and there is a way to give it', (setting) => {
    if (setting.flag !== undefined) expect(camel(setting.flag)).toBe(setting.key);
    expect(setting.flag ?? setting.env).toBeDefined();
    expect(setting.description).not.toMatch(/\.$|^$/);
  });

  it('has no flag and no key in the file for a secret', () => {
    for (const setting of settings.filter((one) => one.isSecret)) {
      expect(setting).toMatchObject({ inFile: false, env: expect.any(String) as string });
      expect(setting).not.toHaveProperty('flag');
    }
    expect(settings.filter((one) => one.isSecret)).toHaveLength(7);
  });

  it('names every key, flag and variable once', () => {
    for (const names of [
      settings.map((one) => one.key),
      settings.flatMap((one) => one.flag ?? []),
      settings.flatMap((one) => one.env ?? []),
    ]) {
      expect(new Set(names).size).toBe(names.length);
    }
  });
});

// The page is made from the table. After a change of the table: HARDMATCH_WRITE_DOCS=1 npx vitest run test/config
describe('docs/settings.md', () => {
  const path = join(import.meta.dirname, '../../docs/settings.md');
  const block = /(<!-- table: made from the settings table -->\n)[^]*(\n<!-- end of table -->)/;
  const code = (text: string | undefined): string => (text === undefined ? '—' : `\`${text}\``);
  const cell = (text: string): string => text.replaceAll('|', String.raw`\|`);
  const prose = (text: string): string => cell(text).replaceAll('<', String.raw`\<`);
  const row = (one: Setting): string =>
    [
      one.inFile === false ? '—' : code(one.key),
      one.flag === undefined
        ? '—'
        : cell(code([one.flag, one.placeholder].filter((part) => part !== undefined).join(' '))),
      code(one.env),
      prose(one.description) + (one.repeatable ? ' (repeatable)' : ''),
      prose(one.fallback ?? ''),
    ].join(' | ');
  const tables = { 'Active Directory': directoryTable, 'Tenant and sign-in': tenantTable, 'The run': runTable };
  const table = Object.entries(tables)
    .map(([title, ofIt]) => {
      const rows = ofIt.map((one) => `| ${row(one)} |`);
      return [
        `### ${title}`,
        '',
        '| key in the file | flag | environment | what it is | default |',
        '| --- | --- | --- | --- | --- |',
        ...rows,
        '',
      ].join('\n');
    })
    .join('\n');

  it('has the table as it stands in the code', () => {
    const page = readFileSync(path, 'utf8').replaceAll('\r\n', '\n');
    if (process.env['HARDMATCH_WRITE_DOCS'] === '1')
      writeFileSync(
        path,
        page.replace(block, (_all, start: string, end: string) => `${start}\n${table}${end}`),
      );
    // The formatter widens the columns; the text is what counts.
    const plain = (text: string): string => text.replaceAll(/ *\| */g, '|').replaceAll(/-{3,}/g, '---');
    const written = readFileSync(path, 'utf8').replaceAll('\r\n', '\n');
    expect(plain(block.exec(written)?.[0] ?? '')).toContain(plain(table).trim());
  });

  it('gives an example of the file that has settings alone', () => {
    const json = /```json\n([^]*?)```/.exec(readFileSync(path, 'utf8'))?.[1] ?? '';
    const example = JSON.parse(json) as Record<string, unknown>;
    for (const [key, value] of Object.entries(example)) {
      expect(settings.find((one) => one.key === key)?.inFile).not.toBe(false);
      expect(settingOf(key as SettingKey).read(value)).toHaveProperty('value');
    }
    expect(Object.keys(example).length).toBeGreaterThan(3);
  });
});
