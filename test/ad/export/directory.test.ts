import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { openAdExport } from '../../../src/ad/export/directory.ts';
import { exportCommand } from '../../../src/ad/export/fault.ts';
import { valuesIn } from '../../../src/ad/export/rows.ts';
import type { AdAnswer } from '../../../src/core/users.ts';
import type { Directory } from '../../../src/run/ports.ts';
import { cast, expectPerson, person, ref } from '../../contract/directory.ts';
import { castCells, csvOf, type ExportCells, keptLog } from '../tools.ts';
import { faultOf } from '../../support/ends.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const folder = temporaryFolder();

let files = 0;
async function exported(content: string | Buffer, consistencyGuidNeeded = true): Promise<Directory> {
  files += 1;
  const path = join(folder, `export-${files}.csv`);
  await writeFile(path, content);
  return openAdExport(path, { log: keptLog(), consistencyGuidNeeded });
}

const nora = (): ExportCells => castCells()[0] ?? {};
const found = (answer: AdAnswer | undefined) => (answer?.kind === 'found' ? answer.user : undefined);
const standard = Object.keys(nora());

function utf16be(text: string): Buffer {
  return Buffer.concat([Buffer.from([0xfe, 0xff]), Buffer.from(text, 'utf16le').swap16()]);
}

describe('an AD export is read', () => {
  const text = csvOf(castCells());
  it.each([
    ['as UTF-8', text],
    ['as UTF-8 with a byte-order mark', `\uFEFF${text}`],
    ['as UTF-16, little-endian', Buffer.from(`\uFEFF${text}`, 'utf16le')],
    ['as UTF-16, big-endian', utf16be(text)],
    ['with semicolons', csvOf(castCells(), { delimiter: ';' })],
    ['with tabs', csvOf(castCells(), { delimiter: '\t' })],
    ['with a #TYPE line', `#TYPE Selected.Microsoft.ActiveDirectory.Management.ADUser\r\n${text}`],
    ['with LF alone, and blank lines', `${text.replaceAll('\r\n', '\n')}\n\n`],
    ['with column names in another case', text.replace(/^.*?\r\n/, (header) => header.toLowerCase())],
    ['without quotes where none are needed', text.replaceAll(/"([^",\r\n]*)"/g, '$1')],
  ])('%s', async (_how, content) => {
    const directory = await exported(content);
    const names = cast.adUsers.map((user) => user.sAMAccountName);
    const answers = await directory.locate(
      names.map((name) => ({ kind: 'sam', name })),
      null,
    );
    for (const [index, name] of names.entries()) expectPerson(answers.at(index), name);
    expect(directory.searches()).toBe(0);
  });

  it('with values that go over several lines', async () => {
    const columns = [...standard, 'info'];
    const rows = castCells().map((cells) => ({ ...cells, info: 'one\r\n"two", three\nfour' }));
    const directory = await exported(csvOf(rows, { columns }));
    expectPerson((await directory.locate([ref('apires')], null)).at(0), 'apires');
  });

  it('with GUIDs in every form that has one reading', async () => {
    const bytes = [0xed, 0xf6, 0xee, 0xee, 0xbd, 0x31, 0xd0, 0x4e, 0xa0, 0xcc, 0xcc, 0x81, 0x65, 0x74, 0x8d, 0x51];
    const hex = bytes.map((byte) => byte.toString(16).padStart(2, '0'));
    for (const written of [
      bytes.join(' '),
      hex.join(' ').toUpperCase(),
      hex.join('-'),
      Buffer.from(bytes).toString('base64'),
    ]) {
      const rows = [{ ...nora(), 'mS-DS-ConsistencyGuid': written }];
      const [answer] = await (await exported(csvOf(rows))).locate([ref('nquill')], null);
      expect(found(answer)?.consistencyGuid).toEqual({ kind: 'guid', guid: 'eeeef6ed-31bd-4ed0-a0cc-cc8165748d51' });
    }
  });

  it('with EmailAddress in place of mail, and userAccountControl in place of Enabled', async () => {
    const { mail = '', Enabled: _enabled, ...rest } = nora();
    const renamed = { ...rest, EmailAddress: mail, userAccountControl: '514' };
    const directory = await exported(csvOf([renamed], { columns: Object.keys(renamed) }));
    const answers = await directory.locate([ref('nquill'), ref(mail, 'mail')], null);
    expect([...answers].map((answer) => found(answer)?.mail)).toEqual([mail, mail]);
    expect(found(answers.at(0))?.enabled).toBe(false);
  });

  it('from several domains: a bare name may be ambiguous, a domain and a name are not', async () => {
    const other = {
      ...nora(),
      ObjectGUID: '11111111-0000-4000-8000-000000000001',
      DistinguishedName: 'CN=N,DC=child,DC=example,DC=test',
      SID: 'S-1-5-21-11-22-44-1105',
    };
    const directory = await exported(csvOf([...castCells(), other]));
    expect((await directory.describe()).domain).toBe('child.example.test+example.test');
    const answers = await directory.locate(
      [ref('nquill'), ref(String.raw`CHILD\nquill`), ref(String.raw`EXAMPLE\nquill`), ref(String.raw`NOWHERE\nquill`)],
      null,
    );
    expect(answers.at(0)?.kind).toBe('several');
    expect(found(answers.at(1))?.dn).toBe(other.DistinguishedName);
    expectPerson(answers.at(2), 'nquill');
    expect(answers.at(3)).toMatchObject({ kind: 'none', note: expect.stringContaining('NOWHERE') });
  });

  it.each([
    ['as Get-ADUser writes them', { SID: 'S-1-5-21-11-22-33-1105' }],
    ['under the name of the attribute', { objectSid: 'S-1-5-21-11-22-33-1105' }],
    ['as bytes in base64', { objectSid: 'AQUAAAAAAAUVAAAACwAAABYAAAAhAAAAUQQAAA==' }],
    ['as bytes in hex', { SID: '01 05 00 00 00 00 00 05 15 00 00 00 0B 00 00 00 16 00 00 00 21 00 00 00 51 04 00 00' }],
  ])('with SIDs %s', async (_how, written) => {
    const { SID: _sid, ...rest } = nora();
    const cells = { ...rest, ...written };
    const directory = await exported(csvOf([cells], { columns: Object.keys(cells) }));
    const answers = await directory.locate([ref('nquill'), { kind: 'sid', sid: 'S-1-5-21-11-22-33-1105' }], null);
    expect([...answers].map((answer) => found(answer)?.sid)).toEqual([
      'S-1-5-21-11-22-33-1105',
      'S-1-5-21-11-22-33-1105',
    ]);
  });

  it('with system objects and Exchange attributes, which most users have not', async () => {
    const cells = { isCriticalSystemObject: 'True', mailNickname: 'nora', msExchRecipientTypeDetails: '2147483648' };
    const directory = await exported(csvOf([{ ...nora(), ...cells }]));
    expect(found((await directory.locate([ref('nquill')], null)).at(0))).toMatchObject({
      isCriticalSystemObject: true,
      mailNickname: 'nora',
      recipientTypeDetails: '2147483648',
    });
  });

  it('without the columns that warnings depend on, and the log names those', async () => {
    const columns = ['ObjectGUID', 'DistinguishedName', 'SamAccountName', 'Enabled', 'mail', 'mS-DS-ConsistencyGuid'];
    const path = join(folder, 'narrow.csv');
    await writeFile(path, csvOf(castCells(), { columns }));
    const log = keptLog();
    const directory = await openAdExport(path, { log, consistencyGuidNeeded: true });
    expect(found((await directory.locate([ref('nquill')], null)).at(0))).toMatchObject({
      sid: null,
      isCriticalSystemObject: false,
      mailNickname: null,
      recipientTypeDetails: null,
    });
    expect(log.lines.find(({ event }) => event === 'ad-export-columns-missing')?.data['columns']).toEqual([
      'UserPrincipalName',
      'proxyAddresses',
      'adminDescription',
      'SID',
      'isCriticalSystemObject',
      'mailNickname',
      'msExchRecipientTypeDetails',
      'msExchMailboxGuid',
      'targetAddress',
      'DisplayName',
      'GivenName',
      'Surname',
      'EmployeeID',
    ]);
  });

  it('when it was written by the documented command, which has all columns', async () => {
    const log = keptLog();
    const selected = /Select-Object (.*) \| Export-Csv/.exec(exportCommand)?.[1] ?? '';
    const columns = selected.split(/,(?![^{]*\})/).map((column) => /^@\{n='([^']+)'/.exec(column)?.[1] ?? column);
    const path = join(folder, 'documented.csv');
    await writeFile(path, csvOf(castCells(), { columns }));
    const directory = await openAdExport(path, { log, consistencyGuidNeeded: true });
    expectPerson((await directory.locate([ref('mokafor')], null)).at(0), 'mokafor');
    expect(log.lines.map(({ event }) => event)).toEqual(['ad-export-read']);
    const docs = await readFile(join(import.meta.dirname, '../../../docs/active-directory.md'), 'utf8');
    const inOneLine = (lines: string): string => lines.replaceAll(/\s+/g, '').replaceAll(';', '');
    expect(inOneLine(docs)).toContain(inOneLine(exportCommand));
  });

  it('with one object on two lines, as long as both say the same', async () => {
    const directory = await exported(csvOf([nora(), nora()]));
    expectPerson((await directory.locate([ref('nquill')], null)).at(0), 'nquill');
  });
});

describe('an AD export is refused', () => {
  it('when PowerShell wrote types in place of values, with the command that writes the values', async () => {
    for (const lost of ['System.Byte[]', 'Microsoft.ActiveDirectory.Management.ADPropertyValueCollection']) {
      const directory = await exported(
        csvOf([nora(), { ...nora(), ...lineOf('mokafor'), 'mS-DS-ConsistencyGuid': lost }]),
      );
      const fault = await faultOf(directory.locate([ref('mokafor')], null));
      expect(fault.code).toBe('ad-export');
      expect(fault.message).toMatch(/line 3: .*mS-DS-ConsistencyGuid.*type/);
      expect(fault.hint).toContain(exportCommand);
      expectPerson((await directory.locate([ref('nquill')], null)).at(0), 'nquill');
    }
  });

  it('when it has no mS-DS-ConsistencyGuid column, unless that is not needed', async () => {
    const columns = standard.filter((name) => name !== 'mS-DS-ConsistencyGuid');
    const content = csvOf(castCells(), { columns });
    const fault = await faultOf((await exported(content)).locate([ref('nquill')], null));
    expect(fault.code).toBe('ad-attributes-hidden');
    expect(fault.hint).toContain('ToBase64String');
    const [answer] = await (await exported(content, false)).locate([ref('nquill')], null);
    expect(found(answer)?.objectGuid).toBe(person('nquill').objectGUID);
  });

  it('when a column is missing that a reference needs', async () => {
    const columns = standard.filter((name) => name !== 'UserPrincipalName');
    const directory = await exported(csvOf(castCells(), { columns }));
    expectPersonWithoutUpn((await directory.locate([ref('nquill')], null)).at(0));
    expect((await faultOf(directory.locate([ref('a@b.test')], null))).message).toContain('no column UserPrincipalName');
  });

  it.each([
    ['an empty file', '', /no header/],
    ['a header alone', csvOf([]), /no records/],
    ['another table', 'a,b\r\n1,2\r\n', /no column ObjectGUID/],
    ['no Enabled', csvOf([nora()], { columns: ['ObjectGUID', 'DistinguishedName'] }), /no column Enabled/],
    ['a column twice', csvOf([nora()], { columns: [...standard, 'MAIL'] }), /MAIL occurs twice/],
    ['a GUID that is none', csvOf([nora(), { ...nora(), ObjectGUID: 'x' }]), /line 3: ObjectGUID cannot be read/],
    [
      'a GUID with two readings',
      csvOf([{ ...nora(), ObjectGUID: '4ecec2f4081f5843abdcfe3f035af4cd' }]),
      /line 2: ObjectGUID/,
    ],
    [
      'a DN that is none',
      csvOf([{ ...nora(), DistinguishedName: 'Nora' }]),
      /line 2: "Nora" is not a distinguished name/,
    ],
    ['a DN without domain', csvOf([{ ...nora(), DistinguishedName: 'CN=Nora,O=Example' }]), /line 2: .*DC/],
    ['a record cut short', `${csvOf([nora()])}"only one"\r\n`, /line 3: it has 1 values, the header 20 columns/],
    ['a quote without end', `${csvOf([nora()])}"never closed,\r\n`, /a quoted value has no end/],
    ['a closing quote in the middle', `${csvOf([nora()])}"a"b,"c"\r\n`, /line 3: something follows the closing quote/],
    ['Windows-1252', Buffer.from(csvOf([{ ...nora(), mail: 'jürgen@example.test' }]), 'latin1'), /not UTF-8/],
    ['UTF-16 without mark', Buffer.from(csvOf([nora()]), 'utf16le'), /UTF-16/],
  ])('with %s', async (_what, content, message) => {
    const fault = await faultOf(exported(content).then((directory) => directory.locate([ref('nquill')], null)));
    expect(fault.code).toBe('ad-export');
    expect(fault.message).toMatch(message);
    expect(fault.exitCode).toBe(2);
  });

  it.each([
    [{ SID: 'S-1-5-21-' }, /line 2: SID is "S-1-5-21-", which is no security identifier/],
    [{ SID: 'System.Byte[]' }, /line 2: SID is/],
    [{ isCriticalSystemObject: 'wahr' }, /line 2: isCriticalSystemObject is "wahr"/],
    [{ msExchRecipientTypeDetails: '3.44E+10' }, /line 2: msExchRecipientTypeDetails is "3\.44E\+10"/],
    [
      { proxyAddresses: 'Microsoft.ActiveDirectory.Management.ADPropertyValueCollection' },
      /line 2: the value of proxyAddresses was lost/,
    ],
  ])('when somebody asks for the user with %j', async (cells, message) => {
    const directory = await exported(csvOf([{ ...nora(), ...cells }, lineOf('mokafor')]));
    expect((await faultOf(directory.locate([ref('nquill')], null))).message).toMatch(message);
    expectPerson((await directory.locate([ref('mokafor')], null)).at(0), 'mokafor');
  });

  it('with an Enabled that is neither True nor False', async () => {
    const directory = await exported(csvOf([{ ...nora(), Enabled: 'vielleicht' }]));
    expect((await faultOf(directory.locate([ref('nquill')], null))).message).toMatch(/line 2: Enabled is "vielleicht"/);
  });

  it('when one object is on two lines that differ', async () => {
    const directory = await exported(csvOf([nora(), { ...nora(), mail: 'new@example.test' }]));
    expect((await faultOf(directory.locate([ref('nquill')], null))).message).toMatch(
      /line 3: .*different values of mail: .* and "new@example.test", here and on line 2; .*twice/,
    );
  });

  const { ObjectGUID: guid = '', DistinguishedName: dn = '' } = nora();
  const doubled = { ...nora(), SamAccountName: 'other', 'mS-DS-ConsistencyGuid': guid };
  it.each([
    ['its name', ref('nquill')],
    ['the other name', ref('other')],
    ['its GUID', ref(guid)],
    ['its distinguished name', ref(dn)],
  ])('when one object is on two lines that differ, whichever of them %s finds', async (_what, asked) => {
    for (const rows of [
      [nora(), lineOf('mokafor'), doubled],
      [doubled, lineOf('mokafor'), nora()],
    ]) {
      const directory = await exported(csvOf(rows));
      expect((await faultOf(directory.locate([asked], null))).message).toMatch(/line 4: .*on line 2; .*twice/);
      expectPerson((await directory.locate([ref('mokafor')], null)).at(0), 'mokafor');
    }
  });

  const another = '11111111-0000-4000-8000-000000000001';
  it.each([
    [
      'GUID has two names',
      { DistinguishedName: 'CN=x,DC=example,DC=test' },
      /line 3: the ObjectGUID is that of another name/,
    ],
    [
      'name has two GUIDs',
      { ObjectGUID: another, SID: '' },
      /line 3: the DistinguishedName is that of another ObjectGUID on line 2/,
    ],
    [
      'SID has two GUIDs',
      { ObjectGUID: another, DistinguishedName: 'CN=x,DC=example,DC=test' },
      /line 3: the SID is that of another ObjectGUID on line 2/,
    ],
    ['GUID is all FF', { ObjectGUID: 'ffffffff-ffff-ffff-ffff-ffffffffffff' }, /line 3: .*FF, which is nobody/],
  ])('when one %s', async (_what, cells, message) => {
    const directory = await exported(csvOf([nora(), { ...nora(), ...cells }]));
    expect((await faultOf(directory.locate([ref('nquill')], null))).message).toMatch(message);
  });

  it('no further than the end of the run', async () => {
    const run = new AbortController();
    const path = join(folder, 'over.csv');
    await writeFile(path, csvOf(castCells()));
    const directory = await openAdExport(path, { log: keptLog(), consistencyGuidNeeded: true, signal: run.signal });
    run.abort();
    const fault = await faultOf(directory.locate([ref('nquill')], null));
    expect(fault).toMatchObject({ code: 'run-over', exitCode: 130 });
    expect(fault.message).toContain(path);
  });

  it('when it is not there', async () => {
    const fault = await faultOf(
      openAdExport(join(folder, 'absent.csv'), { log: keptLog(), consistencyGuidNeeded: true }),
    );
    expect(fault.message).toContain('absent.csv');
    expect(fault.hint).toContain('--ad-export');
  });
});

describe('several values in one cell', () => {
  it.each([
    ['SMTP:a@x.test|smtp:b@x.test', ['SMTP:a@x.test', 'smtp:b@x.test']],
    ['SMTP:a@x.test smtp:b@x.test', ['SMTP:a@x.test', 'smtp:b@x.test']],
    ['SMTP:a@x.test;smtp:b@x.test', ['SMTP:a@x.test', 'smtp:b@x.test']],
    ['X400:c=US;a= ;p=Org;o=Ex;s=Quill;', ['X400:c=US;a= ;p=Org;o=Ex;s=Quill;']],
    ['plain, text; with blanks', ['plain, text; with blanks']],
  ])('"%s" are told apart', (text, values) => {
    expect(valuesIn(text)).toEqual(values);
  });
});

function lineOf(sam: string): ExportCells {
  const cells = castCells().find((row) => row.SamAccountName === sam);
  if (!cells) throw new Error(`${sam} is not in the cast`);
  return cells;
}

function expectPersonWithoutUpn(answer: AdAnswer | undefined): void {
  expect(found(answer)).toMatchObject({ samAccountName: 'nquill', userPrincipalName: null });
}
