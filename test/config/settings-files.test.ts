import { execFileSync } from 'node:child_process';
import { truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { settingsAnswer } from '../../scripts/bad-input-answers.ts';
import { describeCorpus, type Expected } from '../support/corpus.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const refused = (says: RegExp, remedy: RegExp): Expected => ({ code: 'settings', says, remedy });
const several = /docs\/settings\.md lists every setting/;
const defaults = 'the usual number of writes at a time';
const notObject = refused(/does not hold a JSON object\.$/, /"tenantId"/);
const notText = refused(/cannot be read: it is not text in UTF-8/, /Save it as UTF-8/);
const empty = refused(/line 1, is not JSON: the file is empty/, /take the file away/);
const strange = refused(/, line 1, is not JSON: something else than JSON/, /quotes, colons and commas/);

describeCorpus('config', settingsAnswer, {
  'array.json': notObject,
  'backslash-made-a-tab.json': refused(/"adCaFile" in .*control character.*backslash is written twice/, /adCaFile/),
  'bare-keys.json': refused(/line 2, is not JSON: a name has no quotes/, /double quotes/),
  'blank.json': empty,
  'bom.json': defaults,
  'comments.json': refused(/line 2, is not JSON: there is a comment/, /no comments/),
  'cut-off.json': refused(/line 3, is not JSON: a quote is not closed/, /Close it/),
  'decisions.json': refused(/"allowRelink".*\n"first".*\n"expect" .* is a decision of one run/, several),
  'deep-cut.json': refused(/line 1, is not JSON: the file ends in the middle/, /bracket/),
  'deep.json': refused(/"columns" in deep.json: it is not {"ad": …, "cloud": …}/, /--columns/),
  'empty-object.json': defaults,
  'empty.json': empty,
  'good.json': '4 writes at a time, a directory',
  'gzip.json': notText,
  'html.json': strange,
  'ini.json': strange,
  'key-in-other-case.json': refused(/"TenantID" .* is no setting/, /Did you mean "tenantId"/),
  'key-twice.json': refused(/line 4, has a setting for the second time/, /one of the two/),
  'key-with-line-break.json': refused(/^"tenant Id" in .*\n"tenant Id" in .*$/, several),
  'long-key.json': refused(/^"[a-zA-Z]{60}…" in long-key.json is no setting\.$/, /docs\/settings/),
  'many-keys.json': refused(/^("key\d+" .*\n){20}1980 more keys/, several),
  'missing-comma.json': refused(/line 3, is not JSON: a comma is missing/, /comma between/),
  'not-text.json': notText,
  'null.json': notObject,
  'nulls.json': defaults,
  'number.json': notObject,
  'only-bom.json': empty,
  'out-of-range.json': refused(/"concurrency" in .*\n"maxFailures" in .*101%/, several),
  'prototype-alone.json': refused(/"__proto__" .* is no setting/, /Take it out/),
  'prototype-keys.json': refused(/"__proto__".*\n"constructor".*\n"toString".*\n"hasOwnProperty"/, several),
  'secret-in-broken-json.json': refused(/line 3, is not JSON: a comma is missing/, /comma/),
  'secret-in-nested-object.json': refused(/"azure" .* is no setting/, /docs\/settings/),
  'secrets.json': refused(
    /"clientSecret".* is a secret.*\n"adPassword".*\n"AZURE_CLIENT_CERTIFICATE_PASSWORD"/,
    several,
  ),
  'single-backslashes.json': refused(/line 3, is not JSON: there is a single backslash/, /every backslash twice/),
  'single-quotes.json': refused(/line 2, is not JSON: there is a quote of another kind/, /straight double quotes/),
  'smart-quotes.json': refused(/line 2, is not JSON: there is a quote of another kind/, /straight double quotes/),
  'text.json': notObject,
  'trailing-comma.json': refused(/line 3, is not JSON: a value is missing before/, /comma after the last entry/),
  'two-objects.json': refused(/line 2, is not JSON: something follows the end/, /whole file/),
  'unknown-keys.json': refused(/"tennantId".*"tenantId".*\n"colour".*\n"tenant_id"/, several),
  'utf16-without-mark.json': notText,
  'utf16.json': defaults,
  'windows-1252.json': notText,
  'wrong-types.json': refused(/"adUrl".*(\n.*)*"logLevel"/, several),
  'yaml.json': strange,
});

describe('a settings file', () => {
  const folder = temporaryFolder();

  it.each(['secrets.json', 'secret-in-broken-json.json', 'secret-in-nested-object.json'])(
    'never has a secret repeated in the answer: %s',
    async (name) => {
      const { says, remedy } = await settingsAnswer(join(import.meta.dirname, '../../fixtures/config', name));
      expect(says + remedy).not.toContain('do-not-print');
    },
  );

  it.skipIf(process.platform === 'win32')(
    'is not waited for when it is a pipe, nor read without end when a device',
    async () => {
      const pipe = join(folder, 'pipe.json');
      execFileSync('mkfifo', [pipe]);
      for (const path of [pipe, '/dev/zero']) expect((await settingsAnswer(path)).says).toMatch(/not a regular file/);
    },
  );

  it('that is as large as a disk image is refused unread', async () => {
    const path = join(folder, 'image.json');
    await writeFile(path, '{');
    await truncate(path, 8 * 2 ** 30);
    expect((await settingsAnswer(path)).says).toMatch(/larger than 1 MiB/);
  });
});
