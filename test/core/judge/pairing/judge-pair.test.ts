import { describe, expect, it } from 'vitest';
import { type AddressBook, judgePair, type OtherUser } from '../../../../src/core/judge/pairing/judge-pair.ts';
import type { PairSide } from '../../../../src/core/judge/pairing/side.ts';

const nobody: AddressBook = { adUsersWith: () => [], cloudUsersWith: () => [] };

/** `Display Name <upn> account #employee`; a name before a slash is given name and surname too. */
function side(id: string, text: string): PairSide {
  const [, name = '', upn = '', account = '', number = ''] = /^(.*?) ?<(\S+)> ?([^#\s]*) ?#?(\S*)$/.exec(text) ?? [];
  const [given, surname] = name.startsWith('*') ? [null, null] : name.split(' ');
  return {
    id,
    displayName: name.replace(/^\*/, '') || null,
    givenName: given || null,
    surname: surname ?? null,
    upn,
    mail: upn,
    addresses: [],
    accountNames: account === '' ? [] : [account],
    employeeId: number || null,
  };
}

const judged = (ad: string, cloud: string, addresses = nobody): string =>
  judgePair({ ad: side('ad', ad), cloud: side('cloud', cloud) }, addresses)?.code ?? 'right';

// By hand: pairs that have no address in common and whose addresses nobody else has. `*`: no given name and surname.
const alone = `
Jane Roe <jane.roe@corp.local> jroe | Jane Roe <jane.roe@contoso.com> | right
Jane Roe <jroe@corp.local> jroe | Jane Roe <jane.roe@contoso.com> | right
Jane Roe <jr@corp.local> jr | Jane Roe <jane.roe@contoso.com> | right
Jane Roe <roej@corp.local> roej | Jane Roe <jane.roe@contoso.com> | right
Jane Roe <roe.j@corp.local> roe.j | Jane Roe <jane.roe@contoso.com> | right
Jane Roe <janer@corp.local> janer | Jane Roe <jane.roe@contoso.com> | right
Jane Roe <jroe2@corp.local> jroe2 | Jane Roe <jane.roe@contoso.com> | right
Jane Roe <u12345@corp.local> u12345 | Jane Roe <jane.roe@contoso.com> | right
Jane Roe <u12345@corp.local> u12345 | *王伟 <wei.wang@contoso.com> | right
*王伟 <wwang@corp.local> wwang | Wei Wang <wei.wang@contoso.com> | right
Jane Mueller <jmueller@corp.local> jmueller | Jane Müller <jane.mueller@contoso.com> | right
Jane Mueller <jane.mueller@corp.local> | Jane Roe <jane.roe@contoso.com> | right
Jane Roe <jane.roe@old.com> | Jane Miller <jane.roe@new.com> | right
J. Roe <jroe@corp.local> jroe | Jane Roe <jane.roe@contoso.com> | right
Chris Roe <croe@corp.local> croe | Christopher Roe <christopher.roe@contoso.com> | right
Bob Roe <robert.roe@corp.local> | Robert Roe <robert.roe@contoso.com> | right
Дмитрий Иванов <divanov@corp.local> | Dmitry Ivanov <dmitry.ivanov@contoso.com> | right
* <christopher.montgome@corp.local> christopher.montgome | Christopher Smith <christopher.montgomery-smith@contoso.com> | right
*svc-backup <svc-backup@corp.local> svc-backup | *Backup Service <backup@contoso.com> | right
*sm_info <sm_info@corp.local> sm_info | *Info Desk Berlin <info@contoso.com> | right
*sm_info_berlin <sm_info_berlin@corp.local> | *Info Desk Berlin <info@contoso.com> | right
*svc-scan-purcha <svc-scan-purcha@corp.local> | *Scan Service Purchasing <scan-purchasing@contoso.com> | right
*Invoices <sm_invoices@corp.local> | *Invoices (Lyon) <invoices@contoso.com> | right
*IT Antivirus <svc-antivirus-it@corp.local> | *Antivirus Service IT <antivirus-it@contoso.com> | right
Jane Roe <x1@corp.local> x1 #10042 | Peter Hill <peter.hill@contoso.com> #10042 | right
Jane Roe <x1@corp.local> x1 #0042 | Jane Roe <jane@contoso.com> #42 | right
Jane Roe <j@corp.local> j #n/a | Jane Roe <jane@contoso.com> #none | right
Jane Roe <jane@corp.local> #E1234 | Jane Roe <jane@contoso.com> #99 | right
Jane Roe <jane.roe@corp.local> | *Jane <jane@contoso.com> | right
Pieter Berg <pvdberg@corp.local> | *Berg, Pieter van den <pieter.vandenberg@contoso.com> | right
* <jane.roe@corp.local> jane.roe | Jane Roe <roe.jane@contoso.com> | right
* <x77@corp.local> x77 | * <y88@contoso.com> y88 | right
Jane Roe <jane.roe@a.com> | Peter Hill <peter.hill@b.com> | pairing-nothing-in-common
Jane Roe <jroe@corp.local> jroe | Peter Hill <peter.hill@contoso.com> | pairing-nothing-in-common
Jane Roe <u12345@corp.local> u12345 | Peter Hill <peter.hill@contoso.com> | pairing-nothing-in-common
* <jane.roe@corp.local> jane.roe | Peter Hill <peter.hill@contoso.com> | pairing-nothing-in-common
*王伟 <wei.wang@corp.local> | *田中太郎 <taro.tanaka@contoso.com> | pairing-nothing-in-common
*svc-backup <svc-backup@corp.local> svc-backup | *Reception Oslo <reception@contoso.com> | pairing-nothing-in-common
Jane Roe <jane.roe@corp.local> | *Reception Oslo <reception@contoso.com> | pairing-nothing-in-common
Иван Волков <ivolkov@corp.local> | Olga Smirnova <olga.smirnova@contoso.com> | pairing-nothing-in-common
Jane Roe <jroe@corp.local> jroe | John Roe <john.roe@contoso.com> | pairing-doubtful
Jane Roe <jane.roe@corp.local> | Peter Roe <peter.roe@contoso.com> | pairing-doubtful
John Smith <jsmith@corp.local> #10001 | John Smith <john.smith@contoso.com> #10002 | pairing-doubtful
Jane Roe <jroe@corp.local> jroe | Jane Hill <j.hill@contoso.com> | pairing-doubtful
*John Smith Jr. <jsmith@corp.local> | John Smith <john.smith@contoso.com> | right
*Backup HR <svc-backup-hr@corp.local> | *Backup Service Sales <backup-sales@contoso.com> | pairing-doubtful
*Archive Marketing <svc-archive-market6@corp.local> | *Production Archive <archive-production2@contoso.com> | pairing-doubtful
`
  .trim()
  .split('\n')
  .map((line) => line.split(' | '));

describe('a pair whose addresses are nobody else’s', () => {
  it.each(alone)('%s with %s: %s', (ad = '', cloud = '', answer = '') => {
    expect(judged(ad, cloud)).toBe(answer);
  });
});

type Holders = { readonly inCloud?: string; readonly inAd?: string; readonly isInFile?: boolean };

function book({ inCloud, inAd, isInFile = false }: Holders): AddressBook {
  const find =
    (id: string, text: string | undefined) =>
    (address: string): OtherUser[] =>
      text !== undefined && text.includes(`<${address}>`) ? [{ side: side(id, text), isInFile }] : [];
  return { adUsersWith: find('other-ad', inAd), cloudUsersWith: find('other-cloud', inCloud) };
}

const anna = 'Anna Adler <anna.adler@contoso.com>';
const bert = 'Bert Brandt <bert.brandt@contoso.com>';
const jane = 'Jane Roe <jane.roe@contoso.com>';
const jane2 = 'Jane Roe <jane.roe2@contoso.com>';
const john = 'John Roe <john.roe@contoso.com>';
const married = 'Jane Mueller <jane.mueller@contoso.com>';
const janeOfAd = 'Jane Roe <jroe@corp.local>';
const oldDomain = 'Jane Roe <jane.roe@old.com>';

describe('a pair whose addresses others have', () => {
  it.each<readonly [what: string, ad: string, cloud: string, others: Holders, answer: string]>([
    ['two who were changed over', anna, bert, { inCloud: anna, inAd: bert }, 'pairing-contradicted'],
    ['the same, rows of the file', anna, bert, { inCloud: anna, inAd: bert, isInFile: true }, 'pairing-contradicted'],
    ['two of one surname', jane, john, { inCloud: jane, inAd: john }, 'pairing-contradicted'],
    [
      'namesakes with rows of their own',
      jane,
      jane2,
      { inCloud: jane, inAd: jane2, isInFile: true },
      'pairing-contradicted',
    ],
    [
      'namesakes without a row, or two further accounts of one person',
      jane,
      jane2,
      { inCloud: jane, inAd: jane2 },
      'pairing-doubtful',
    ],
    [
      'namesakes with two numbers',
      `${jane} #10001`,
      `${jane2} #10002`,
      { inCloud: jane, inAd: jane2 },
      'pairing-contradicted',
    ],
    [
      'one number, whatever the addresses say',
      `${jane} #10001`,
      `${jane2} #10001`,
      { inCloud: jane, inAd: jane2 },
      'right',
    ],
    ['an address in common, whatever others have', jane, jane, { inCloud: jane, inAd: jane, isInFile: true }, 'right'],
    ['a leftover duplicate that holds the address', jane, jane2, { inCloud: jane }, 'right'],
    ['an old account in AD that holds the address', janeOfAd, jane, { inAd: jane }, 'right'],
    ['an address that another row is about', jane, jane2, { inCloud: jane, isInFile: true }, 'pairing-doubtful'],
    ['a changed surname, nobody else', married, jane, {}, 'right'],
    ['a changed surname and a leftover', married, jane, { inCloud: married }, 'pairing-doubtful'],
    [
      'a changed surname, a leftover and an old account',
      married,
      jane,
      { inCloud: married, inAd: jane },
      'pairing-doubtful',
    ],
    ['one of the two sides alone', anna, bert, { inCloud: anna }, 'pairing-nothing-in-common'],
    [
      'an alias that a successor inherited',
      janeOfAd,
      jane,
      { inAd: 'Peter Hill <jane.roe@contoso.com>', isInFile: true },
      'right',
    ],
    [
      'a leftover, and an alias that a successor inherited',
      oldDomain,
      jane,
      { inCloud: oldDomain, inAd: 'Peter Hill <jane.roe@contoso.com>' },
      'right',
    ],
  ])('%s', (...[, ad, cloud, others, answer]) => {
    expect(judged(ad, cloud, book(others))).toBe(answer);
  });

  it('names the other users and their addresses', () => {
    const verdict = judgePair({ ad: side('a', anna), cloud: side('c', bert) }, book({ inCloud: anna, inAd: bert }));
    expect(verdict?.inCloud).toMatchObject({
      address: 'anna.adler@contoso.com',
      user: { side: { displayName: 'Anna Adler' } },
    });
    expect(verdict?.inAd).toMatchObject({
      address: 'bert.brandt@contoso.com',
      user: { side: { displayName: 'Bert Brandt' } },
    });
  });
});
