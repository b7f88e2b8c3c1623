import { spawnSync } from 'node:child_process';
import fs, { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { RunFault } from '../../src/core/failure.ts';
import { logEvents } from '../../src/log/events.ts';
import { openLog } from '../../src/log/log.ts';

let folder = '';
let path = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'hardmatch-log-'));
  path = join(folder, 'hardmatch.log');
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

const lines = (): Record<string, unknown>[] =>
  readFileSync(path, 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);

describe('the log', () => {
  it('writes one JSON object per line, with level, time, event and data', async () => {
    const log = openLog(path, 'debug', []);
    log.debug('one-thing');
    log.info('other-thing', { line: 3, text: 'two\nlines' });
    log.warn('third-thing', { level: 'mine', time: 'mine' });
    log.error('fourth-thing', { error: new Error('no') });
    await log.close();
    const [debug, info, warn, error] = lines();
    expect(debug).toEqual({
      level: 'debug',
      time: expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/) as string,
      event: 'one-thing',
    });
    expect(info).toMatchObject({ level: 'info', event: 'other-thing', data: { line: 3, text: 'two\nlines' } });
    expect(warn).toMatchObject({ level: 'warn', data: { level: 'mine', time: 'mine' } });
    expect(error).toMatchObject({ level: 'error', data: { error: { name: 'Error', message: 'no' } } });
  });

  it('says in each line what its event means', async () => {
    const log = openLog(path, 'info', []);
    log.info('plan-made', { rows: 3 });
    await log.close();
    expect(lines()).toMatchObject([{ event: 'plan-made', msg: logEvents['plan-made'] }]);
  });

  it('has a line on disk before the call returns', async () => {
    const log = openLog(path, 'info', []);
    log.info('first-thing');
    expect(lines()).toHaveLength(1);
    await log.close();
  });

  it('loses nothing when the process is killed right after', () => {
    const program = `
      import { logEvents } from '../../src/log/events.ts';
import { openLog } from ${JSON.stringify(new URL('../../src/log/log.ts', import.meta.url).href)};
      const log = openLog(${JSON.stringify(path)}, 'info', []);
      for (let n = 0; n < 500; n += 1) log.info('some-thing', { n });
      process.kill(process.pid, 'SIGKILL');
    `;
    const script = join(folder, 'killed.mts');
    writeFileSync(script, program);
    const tsx = new URL('../../node_modules/tsx/dist/loader.mjs', import.meta.url).href;
    const ended = spawnSync(process.execPath, ['--import', tsx, script], { timeout: 15_000 });
    expect(ended.status).not.toBe(0);
    expect(lines()).toHaveLength(500);
  });

  it('goes on behind what an earlier part of the run wrote', async () => {
    for (const event of ['first-part', 'second-part']) {
      const log = openLog(path, 'info', []);
      log.info(event);
      await log.close();
    }
    expect(lines().map((line) => line['event'])).toEqual(['first-part', 'second-part']);
  });

  it('leaves out what is below its level', async () => {
    const log = openLog(path, 'warn', []);
    log.debug('a-thing');
    log.info('a-thing');
    log.warn('a-thing');
    await log.close();
    expect(lines().map((line) => line['level'])).toEqual(['warn']);
  });

  it('keeps secrets out, in the data and in the event', async () => {
    const log = openLog(path, 'info', ['hunter2 & more']);
    log.error('bind-refused', {
      url: `?p=${encodeURIComponent('hunter2 & more')}`,
      cause: new Error('hunter2 & more'),
    });
    log.error('hunter2 & more');
    await log.close();
    expect(readFileSync(path, 'utf8')).not.toContain('hunter2');
  });

  it.skipIf(process.platform === 'win32')(
    'is for its owner alone, also when the file was there with wider rights',
    async () => {
      await openLog(path, 'info', []).close();
      expect(statSync(path).mode & 0o777).toBe(0o600);
      chmodSync(path, 0o644);
      await openLog(path, 'info', []).close();
      expect(statSync(path).mode & 0o777).toBe(0o600);
    },
  );

  it('drops lines after it was closed, and can be closed twice', async () => {
    const log = openLog(path, 'info', []);
    await log.close();
    log.info('late-thing');
    await log.close();
    expect(readFileSync(path, 'utf8')).toBe('');
  });

  it('does not end the run when data cannot be printed', async () => {
    const log = openLog(path, 'info', []);
    log.info('odd-thing', {
      get boom(): string {
        throw new Error('getter');
      },
    });
    await log.close();
    expect(lines()).toMatchObject([{ event: 'odd-thing', data: '[unprintable]' }]);
  });

  it('does not end the run when the disk is full', async () => {
    const log = openLog(path, 'info', []);
    const { writeSync } = fs;
    fs.writeSync = () => {
      throw Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC', syscall: 'write' });
    };
    syncBuiltinESMExports();
    try {
      expect(() => {
        log.info('some-thing');
        log.info('some-thing');
      }).not.toThrow();
      await log.close();
    } finally {
      fs.writeSync = writeSync;
      syncBuiltinESMExports();
    }
    expect(readFileSync(path, 'utf8')).toBe('');
  });

  it('faults with a hint when the file cannot be opened', () => {
    const open = () => openLog(join(folder, 'nowhere', 'hardmatch.log'), 'info', []);
    expect(open).toThrow(RunFault);
    expect(open).toThrow(expect.objectContaining({ code: 'log-not-writable', exitCode: 2 }));
  });

  it('keeps nothing without a path', async () => {
    const log = openLog(null, 'debug', []);
    log.error('some-thing', { a: 1 });
    await log.close();
    expect(existsSync(path)).toBe(false);
  });
});
