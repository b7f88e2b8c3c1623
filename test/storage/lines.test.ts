import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type Line, linesNow, linesOf, LineTooLong, longestLine } from '../../src/storage/lines.ts';
import { temporaryFolder } from './examples.ts';

const folder = temporaryFolder();
const file = join(folder, 'lines.txt');
// What is read of a file at once; lines that end, begin or go on there are the awkward ones.
const piece = 64 * 1024;

async function linesIn(content: string | Buffer): Promise<Line[]> {
  await writeFile(file, content);
  const lines: Line[] = [];
  for await (const line of linesOf(file)) lines.push(line);
  return lines;
}

const textsIn = async (content: string): Promise<string[]> => (await linesIn(content)).map(({ text }) => text);

describe('the lines of a file', () => {
  it('are none of an empty one', async () => {
    expect(await linesIn('')).toEqual([]);
    expect([...linesNow(file)]).toEqual([]);
  });

  it('come with their number, where they end in bytes, and whether they have an end', async () => {
    expect(await linesIn('é\n\nc')).toEqual([
      { text: 'é', number: 1, end: 3, isWhole: true },
      { text: '', number: 2, end: 4, isWhole: true },
      { text: 'c', number: 3, end: 5, isWhole: false },
    ]);
  });

  it('end at LF and CR LF, not at a CR alone, nor at what only Unicode calls a line end', async () => {
    expect(await textsIn('a\r\nb\rc\u2028d\u2029e\nf\r')).toEqual(['a', 'b\rc\u2028d\u2029e', 'f']);
  });

  it('are without a byte-order mark at the beginning of the file, and keep one elsewhere', async () => {
    expect(await textsIn('\ufeffa\n\ufeffb\n')).toEqual(['a', '\ufeffb']);
    expect(await textsIn('\ufeff\r\n')).toEqual(['']);
  });

  it('are whole where a piece that is read at once ends in their midst, at their end, or in a letter', async () => {
    for (const length of [piece - 2, piece - 1, piece, piece + 1, 3 * piece + 7]) {
      const long = `${'x'.repeat(length - 1)}é`;
      const lines = await linesIn(`${long}\nnext\n${long}\n${long}`);
      expect(lines.map(({ text }) => text)).toEqual([long, 'next', long, long]);
      expect(lines.map(({ end }) => end)).toEqual([length + 2, length + 7, 2 * length + 9, 3 * length + 10]);
    }
  });

  it('are refused where one is longer than any that the program writes, and not where all are as long as that', async () => {
    const end = Buffer.from('\n');
    const longest = Buffer.alloc(longestLine - piece, 0x78);
    const both = await linesIn(Buffer.concat([longest, end, longest, end]));
    expect(both.map(({ text }) => text.length)).toEqual([longest.length, longest.length]);
    const tooLong = linesIn(Buffer.concat([Buffer.from('a\n'), longest, longest, end]));
    await expect(tooLong).rejects.toThrow(LineTooLong);
    await expect(tooLong).rejects.toMatchObject({
      name: 'LineTooLong',
      number: 2,
      message: `line 2 is longer than ${longestLine} bytes`,
    });
  });

  it('leave the file open no longer than they are asked for', async () => {
    await writeFile(file, 'a\nb\n');
    for (let round = 0; round < 20; round++) {
      for await (const { text } of linesOf(file)) {
        expect(text).toBe('a');
        break;
      }
    }
    await expect(linesOf(join(folder, 'absent')).next()).rejects.toMatchObject({ code: 'ENOENT' });
  });
});

describe('the lines of a file that the program has written', () => {
  it('are those with an end, to the letter', async () => {
    await writeFile(file, '\ufeffa\r\n\nb\nno end');
    expect([...linesNow(file)]).toEqual(['\ufeffa\r', '', 'b']);
    await writeFile(file, '\nb\n');
    expect([...linesNow(file)]).toEqual(['', 'b']);
  });

  it('are whole however long they are', async () => {
    const lengths = [1, 16 * piece - 3, 16 * piece, 40 * piece + 5, 2, 17 * piece, 0];
    const lines = lengths.map((length) => 'y'.repeat(length));
    await writeFile(file, lines.map((line) => `${line}\n`).join(''));
    expect([...linesNow(file)].map((line) => line.length)).toEqual(lengths);
  });
});
