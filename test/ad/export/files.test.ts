import { execFileSync } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { exportAnswer } from '../../../scripts/bad-input-answers.ts';
import { describeCorpus, type Expected } from '../../support/corpus.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const again = /^Export again with: the command of/;
const refused = (says: RegExp, remedy = again): Expected => ({ code: 'ad-export', says, remedy });
const all = '3 records, nquill found, tmarsh found, jmueller found';
const two = '2 records, nquill found, tmarsh found';
const noColumns = refused(
  /: line 1: it has no column ObjectGUID and no column DistinguishedName and no column Enabled\.$/,
);

describeCorpus('ad-exports', exportAnswer, {
  'addresses-property-collection.csv': refused(/line 3: the value of proxyAddresses was lost/),
  'anchor-as-bytes.csv': two,
  'anchor-as-hex-digits.csv': refused(/line 2: the value of mS-DS-ConsistencyGuid .* two are different GUIDs/),
  'anchor-as-hex.csv': two,
  'anchor-cut-list.csv': refused(/line 3: .* cut the list short/),
  'anchor-empty-braces.csv': refused(/line 3: .* it is empty/),
  'anchor-lower-cased.csv': refused(/line 3: .* changed to lower case/),
  'anchor-property-collection.csv': refused(/line 3: .* the type of the value/),
  'anchor-system-byte.csv': refused(/line 3: .* the type of the value/),
  'anchor-wrong-length.csv': two,
  'blank-first-line.csv': all,
  'blank-lines.csv': all,
  'clixml.csv': refused(/HTML or XML/),
  'column-twice.csv': refused(/line 1: the column mail occurs twice/),
  'computers-and-groups.csv': '2 records, nquill found, tmarsh not-a-user',
  'critical-localised.csv': refused(/line 3: isCriticalSystemObject is "wahr"/),
  'csvde-without-guid.csv': noColumns,
  'csvde.csv': two,
  'cut-in-a-quote.csv': refused(/line 4: a quoted value has no end/),
  'cut-in-a-record.csv': refused(/line 4: a quoted value has no end/),
  'dn-not-one.csv': refused(/line 3: "Theo Marsh" is not a distinguished name/),
  'dn-without-domain.csv': refused(/line 3: .* no DC parts/),
  'dos-end-of-file.csv': all,
  'empty.csv': refused(/it has no header/),
  'enabled-empty.csv': refused(/line 3: Enabled is ""/),
  'enabled-localised.csv': refused(/line 3: Enabled is "Falsch"/),
  'entra-export.csv': noColumns,
  'format-list.csv': refused(/it is a list, as PowerShell shows/),
  'format-table.csv': refused(/it is a table, as PowerShell shows/),
  'guid-empty.csv': refused(/line 3: ObjectGUID cannot be read: it is empty/),
  'guid-type-name.csv': refused(/line 3: ObjectGUID cannot be read: PowerShell wrote the type/),
  'guid-zero.csv': refused(/line 3: ObjectGUID cannot be read: all its bytes are zero/),
  'guids-as-base64.csv': all,
  'guids-as-bytes.csv': all,
  'guids-braced.csv': all,
  'guids-without-dashes.csv': refused(/line 3: ObjectGUID .* two are different GUIDs/),
  'gzip.csv': refused(/it is a gzip file/),
  'header-only.csv': refused(/it has no records/),
  'header-repeated.csv': refused(/line 3: "DistinguishedName" is not a distinguished name/),
  'html.csv': refused(/HTML or XML/),
  'json.csv': refused(/JSON/),
  'ldifde.ldf': refused(/LDIF/),
  'line-breaks-in-values.csv': refused(/line 6: Enabled is "ja"/),
  'lines-of-delimiters.csv': two,
  'mappings-file.csv': noColumns,
  'no-anchor-column.csv': { code: 'ad-attributes-hidden', says: /no column mS-DS-ConsistencyGuid/, remedy: again },
  'no-enabled-column.csv': refused(/line 1: it has no column Enabled\.$/),
  'no-guid-column.csv': refused(/line 1: it has no column ObjectGUID\.$/),
  'one-guid-two-users.csv': refused(/line 3: the ObjectGUID is that of another name on line 2/),
  'one-object-twice-differing.csv': refused(/line 4: .* twice, with different values/, /new file/),
  'one-object-twice-same.csv': '3 records, nquill found, tmarsh found',
  'only-mark.csv': refused(/it has no header/),
  'only-needed-columns.csv': all,
  'only-type-line.csv': refused(/it has no header/),
  'other-columns-too.csv': all,
  'ps51-ascii-question-marks.csv': '2 records, nquill found, jmueller found',
  'ps51-bigendianunicode.csv': all,
  'ps51-unicode.csv': all,
  'ps51-use-culture-semicolon.csv': all,
  'ps51-utf8.csv': all,
  'ps51-with-type-line.csv': all,
  'ps7-on-linux.csv': all,
  'ps7-quotes-as-needed.csv': all,
  'ps7-utf8.csv': all,
  'quote-inside.csv': refused(/line 3: a value has a quote in it/),
  'quote-not-closed.csv': refused(/line 3: something follows the closing quote/),
  'recipient-type-shortened.csv': refused(/line 3: msExchRecipientTypeDetails is "3\.44E\+10"/),
  'sep-line.csv': all,
  'sid-damaged.csv': refused(/line 3: SID is "S-1-5-21-"/),
  'smart-quoted.csv': noColumns,
  'tab.csv': all,
  'too-few-values.csv': refused(/line 3: it has 2 values, the header 14 columns/),
  'too-many-values.csv': refused(/line 3: it has 20 values, the header 14 columns/),
  'two-users-one-name.csv': '2 records, nquill several',
  'type-saved-by-excel.csv': all,
  'unnamed-columns.csv': all,
  'user-account-control.csv': all,
  'utf16-cut.csv': refused(/line 4: it has bytes that are not UTF-16LE/, /-Encoding UTF8/),
  'utf16-without-mark.csv': refused(/looks like UTF-16/),
  'windows-1252.csv': refused(/line 4: it has bytes that are not UTF-8/, /-Encoding UTF8/),
  'workbook.xls': refused(/\.xls/),
  'workbook.xlsx': refused(/Excel workbook/),
  'zero-byte-late.csv': refused(/line 4: there is a zero byte/, /again/),
});

describe('an AD export', () => {
  const folder = temporaryFolder();

  it('that is a folder is refused as such', async () => {
    expect((await exportAnswer(folder)).says).toMatch(/it is a folder/);
  });

  it.skipIf(process.platform === 'win32')(
    'is not waited for when it is a pipe, nor read without end when a device',
    async () => {
      const pipe = join(folder, 'pipe.csv');
      execFileSync('mkfifo', [pipe]);
      for (const path of [pipe, '/dev/zero']) {
        expect((await exportAnswer(path)).says).toMatch(/it is not a regular file/);
      }
    },
  );

  it('of 30,000 users is read in full, and a record on its last line is found', async () => {
    const path = join(folder, 'huge.csv');
    const rows = Array.from({ length: 30_000 }, (_row, count) => {
      const name = count === 29_999 ? 'jmueller' : `u${count}`;
      return `"aaaaaaaa-0000-4000-8000-${count.toString(16).padStart(12, '0')}","CN=${name},DC=example,DC=test","${name}","True",""`;
    });
    const header = '"ObjectGUID","DistinguishedName","SamAccountName","Enabled","mS-DS-ConsistencyGuid"';
    await writeFile(path, [header, ...rows, ''].join('\r\n'));
    expect((await exportAnswer(path)).says).toBe('read: 30000 records, jmueller found');
  });

  it('with a quote that swallows megabytes is refused at the line where it opens', async () => {
    const path = join(folder, 'swallowed.csv');
    const header = '"ObjectGUID","DistinguishedName","SamAccountName","Enabled","mS-DS-ConsistencyGuid"';
    await writeFile(path, `${header}\r\n"never closed,${'a,b,c,d,e\r\n'.repeat(400_000)}`);
    expect((await exportAnswer(path)).says).toMatch(/line 2: /);
  });
});
