import { setImmediate as turn } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { groupCommit } from '../../src/storage/group-commit.ts';

/** A disk whose commits end when the test says so. */
function slowDisk(): { commits: string[]; commit: (text: string) => Promise<void>; finish: (error?: Error) => void } {
  const commits: string[] = [];
  let end: ((error?: Error) => void) | undefined;
  return {
    commits,
    commit: (text) => {
      commits.push(text);
      return new Promise((resolve, reject) => {
        end = (error) => (error ? reject(error) : resolve());
      });
    },
    finish: (error) => {
      const ending = end;
      end = undefined;
      if (!ending) throw new Error('no commit is under way');
      ending(error);
    },
  };
}

describe('groupCommit', () => {
  it('commits together what is appended while a commit is under way, in the order of the calls', async () => {
    const disk = slowDisk();
    const group = groupCommit(disk.commit);
    const first = group.append('a');
    await turn();
    const others = ['b', 'c', 'd'].map((text) => group.append(text));
    await turn();
    expect(disk.commits).toEqual(['a']);
    disk.finish();
    await first;
    await turn();
    expect(disk.commits).toEqual(['a', 'bcd']);
    disk.finish();
    await Promise.all(others);
    await group.settled();
    expect(disk.commits).toEqual(['a', 'bcd']);
  });

  it('commits what is appended in the same moment at once', async () => {
    const disk = slowDisk();
    const group = groupCommit(disk.commit);
    const all = Promise.all([group.append('a'), group.append('b')]);
    await turn();
    expect(disk.commits).toEqual(['ab']);
    disk.finish();
    await all;
  });

  it('resolves no append before its own commit has ended', async () => {
    const disk = slowDisk();
    const group = groupCommit(disk.commit);
    const ended: string[] = [];
    const note = (text: string): Promise<void> => group.append(text).then(() => void ended.push(text));
    const first = note('a');
    await turn();
    const second = note('b');
    await turn();
    expect(ended).toEqual([]);
    disk.finish();
    await first;
    await turn();
    expect(ended).toEqual(['a']);
    disk.finish();
    await second;
  });

  it('rejects, after one failed commit, everything waiting and everything later, and writes no more', async () => {
    const disk = slowDisk();
    const group = groupCommit(disk.commit);
    const first = group.append('a');
    await turn();
    const waiting = group.append('b');
    const all = Promise.allSettled([first, waiting]);
    disk.finish(new Error('disk full'));
    expect((await all).map((end) => (end.status === 'rejected' ? String(end.reason) : end.status))).toEqual([
      'Error: disk full',
      'Error: disk full',
    ]);
    await expect(group.append('c')).rejects.toThrow('disk full');
    await group.settled();
    expect(disk.commits).toEqual(['a']);
  });

  it('is settled only when nothing is under way', async () => {
    const disk = slowDisk();
    const group = groupCommit(disk.commit);
    await group.settled();
    const appended = group.append('a');
    let isSettled = false;
    const settled = group.settled().then(() => (isSettled = true));
    await turn();
    expect(isSettled).toBe(false);
    disk.finish();
    await Promise.all([appended, settled]);
    expect(isSettled).toBe(true);
  });
});
