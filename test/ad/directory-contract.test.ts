import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openAdExport } from '../../src/ad/export/directory.ts';
import { directoryContract } from '../contract/directory.ts';
import { castCells, csvOf, keptLog, openOn, practice } from './tools.ts';

directoryContract('an AD export', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'hardmatch-export-'));
  const path = join(folder, 'ad-users.csv');
  await writeFile(path, `\uFEFF${csvOf(castCells())}`);
  const directory = await openAdExport(path, { log: keptLog(), consistencyGuidNeeded: true });
  return { directory, close: () => rm(folder, { recursive: true }) };
});

directoryContract('the practice directory over LDAPS', async () => {
  const server = await practice();
  return { directory: await openOn(server), close: () => server.close() };
});

directoryContract('the practice directory over StartTLS, with pages of seven, some of them empty', async () => {
  const server = await practice({ maxPageSize: 7, emptyPageEvery: 2, shortPages: true });
  const directory = await openOn(server, { urls: [server.ldapUrl], startTls: true });
  return { directory, close: () => server.close() };
});
