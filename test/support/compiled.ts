// Programs that a test starts dozens of times: as JavaScript, since tsx takes ten times as long to start as they to run.
import { mkdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { dirname, join, relative, resolve } from 'node:path';
import ts from 'typescript';

const project = resolve(import.meta.dirname, '../..');
const compilerOptions: ts.CompilerOptions = {
  module: ts.ModuleKind.ESNext,
  target: ts.ScriptTarget.ES2023,
  verbatimModuleSyntax: true,
  rewriteRelativeImportExtensions: true,
};

/**
 * Puts a program of the project, and all that it imports by path, into a folder, the packages beside it, and says what to
 * start there.
 */
export async function compiled(program: string, folder: string): Promise<string> {
  const files = [program];
  // Grows while it is gone through.
  for (const file of files) {
    const text = await readFile(file, 'utf8');
    const to = placeOf(file, folder);
    await mkdir(dirname(to), { recursive: true });
    await writeFile(to, ts.transpileModule(text, { compilerOptions, fileName: file }).outputText);
    const imported = ts.preProcessFile(text).importedFiles.map(({ fileName }) => fileName);
    const near = imported.filter((name) => name.startsWith('.')).map((name) => resolve(dirname(file), name));
    files.push(...near.filter((name) => !files.includes(name)));
  }
  await writeFile(join(folder, 'package.json'), '{"type":"module"}');
  // A junction is what Windows lets everybody make; elsewhere the word is ignored.
  await symlink(join(project, 'node_modules'), join(folder, 'node_modules'), 'junction');
  return placeOf(program, folder);
}

function placeOf(file: string, folder: string): string {
  return join(folder, relative(project, file)).replace(/\.ts$/, '.js');
}
