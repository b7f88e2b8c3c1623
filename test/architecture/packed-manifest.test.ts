import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { temporaryFolder } from '../support/temporary-folder.ts';

const project = resolve(import.meta.dirname, '../..');
const root = temporaryFolder();
mkdirSync(join(root, 'scripts'));
for (const file of ['package.json', 'scripts/packed-manifest.mjs']) copyFileSync(join(project, file), join(root, file));

const run = (word: string): number | null =>
  spawnSync(process.execPath, [join(root, 'scripts', 'packed-manifest.mjs'), word]).status;
const manifest = (): string => readFileSync(join(root, 'package.json'), 'utf8');

describe('the manifest that is packed', () => {
  it('has no script that npm would warn of, and what the program needs', () => {
    expect(run('slim')).toBe(0);
    const packed = JSON.parse(manifest()) as Record<string, unknown>;
    const { bin, dependencies, engines, files } = JSON.parse(readFileSync(join(project, 'package.json'), 'utf8'));
    expect(packed).toMatchObject({ bin, dependencies, engines, files });
    for (const key of ['scripts', 'devDependencies', 'allowScripts']) expect(packed).not.toHaveProperty(key);
  });

  it('is put back to the letter afterwards, also when a pack before was cut off', () => {
    expect([run('slim'), run('slim'), run('restore')]).toEqual([0, 0, 0]);
    expect(manifest()).toBe(readFileSync(join(project, 'package.json'), 'utf8'));
    expect(readdirSync(root).sort()).toEqual(['package.json', 'scripts']);
  });
});
