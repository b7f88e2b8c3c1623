// Planned rows made of the cast's people and a few more: one each of what a plan can say. The pairings are written out, so
// that the golden files change only when a report does.
import { guidFromText, type Guid } from '../../src/core/guid.ts';
import { immutableIdOfGuid } from '../../src/core/ids/immutable-id.ts';
import type { Clash, Forecast, Overwrite, Prediction } from '../../src/core/forecast.ts';
import type { Finding } from '../../src/core/reasons.ts';
import type { PlanRow, PlannedAd, PlannedCloud } from '../../src/core/row.ts';
import { readPeople } from '../../src/sandbox/people/people.ts';

export const people = readPeople('fixtures/cast.json');

/** What a plan can decide and predict of a pairing, where it is more than "link it". */
type Decided = {
  readonly reasons?: readonly Finding[];
  readonly warnings?: readonly Finding[];
  /** Null: nothing could be predicted. */
  readonly prediction?: Prediction | null;
  readonly clashes?: readonly Clash[];
  readonly overwrites?: readonly Overwrite[];
  readonly detour?: PlanRow['detour'];
  /** For the people who are not in the cast. */
  readonly extraPerson?: { readonly n: number; readonly cn: string; readonly before?: string };
};

const decided: Readonly<Record<string, Decided>> = {
  dfrost: { warnings: [{ code: 'ad-user-disabled' }] },
  mokafor: { warnings: [differsFromGuid('da83ea3d-06f0-49ab-a9dc-b7ba54f88f1b')] },
  butf: { warnings: [differsFromGuid('59737fab-9bb3-4d08-a608-6a0686b63f83')] },
  bmark: { warnings: [differsFromGuid('85cdd173-d52c-4c6f-a396-47af29d4f5bc')] },
  wsync: {
    ...held('cloud-user-synced', { current: 'nCwYW1rVgEmgMjISmGeyEQ==' }),
    prediction: carriedBy('will.sync@example.test'),
  },
  ostern: {
    ...held('cloud-user-synced', { current: 'kEE35EGn80ep+VTtdqMN/Q==' }),
    prediction: carriedBy('nora.quill@example.test'),
  },
  rholt: {
    ...held('relink-not-allowed', { current: 'PPOXtmhroUujDbRFK9gjDw==' }),
    prediction: { kind: 'soft-match-blocked', user: cloudId('ravi.holt@example.test') },
  },
  ltwin: {
    ...held('immutable-id-held-by-other', {
      holder: 'ltwin1234@example.onmicrosoft.test (8702de56-f754-4fe8-aeba-b0c60782e7ce)',
      kinship: 'by its names the same person',
      standing: 'no licence',
    }),
    prediction: { kind: 'joins', user: guid('8702de56-f754-4fe8-aeba-b0c60782e7ce') },
  },
  gbin: {
    ...held('immutable-id-held-by-deleted', {
      holder: 'gbin5678@example.onmicrosoft.test (672c888b-d0fd-4dda-a38b-c7fe8874141a)',
      kinship: 'by its names the same person',
      standing: 'one licence, deleted 2026-11-12T08:15:00Z',
    }),
    prediction: { kind: 'restores', user: guid('672c888b-d0fd-4dda-a38b-c7fe8874141a') },
  },
  rgone: { ...held('cloud-user-deleted', { deleted: '2026-11-10T16:40:00Z' }), prediction: { kind: 'provisions' } },
  pguest: { ...held('cloud-user-guest'), prediction: { kind: 'provisions' } },
  'twice@example.test': held('ad-user-ambiguous', {
    value: 'twice@example.test',
    candidates: 'CN=Twice Named A,OU=People,DC=example,DC=test; CN=Twice Named B,OU=People,DC=example,DC=test',
  }),
  nobody: held('ad-user-not-found', { value: 'nobody' }),
  'all-staff': held('ad-not-a-user', {
    value: 'all-staff',
    objectClass: 'group',
    dn: 'CN=All Staff,OU=People,DC=example,DC=test',
  }),
  klost: held('cloud-user-not-found', { value: 'ken.lost@example.test' }),
  mformed: held('anchor-malformed', { attribute: 'mS-DS-ConsistencyGuid', why: 'it has 5 bytes' }),
  copy1: { ...held('two-rows-one-anchor', { lines: '24 and 25' }), prediction: { kind: 'contested' } },
  copy2: { ...held('two-rows-one-anchor', { lines: '24 and 25' }), prediction: { kind: 'contested' } },
  ddup: held('duplicate-ad-user', { lines: '26 and 27' }),
  'ddup@example.test': held('duplicate-ad-user', { lines: '26 and 27' }),
  eshare: held('duplicate-cloud-user', { lines: '28 and 29' }),
  fshare: held('duplicate-cloud-user', { lines: '28 and 29' }),
  ecell: held('missing-value', { column: 'cloud_user' }),
  '4ecec2f4081f5843abdcfe3f035af4cd': held('bad-reference', {
    value: '4ecec2f4081f5843abdcfe3f035af4cd',
    column: 'ad_user',
    why: '32 hex digits without dashes may be a GUID or its raw bytes; write the GUID with dashes',
  }),
  radmin: {
    ...held('cloud-user-holds-role', {
      roles: 'User Administrator (through the group Helpdesk), Groups Administrator',
    }),
    prediction: { kind: 'join-blocked', user: extraId('cccccccc', 1), why: 'cloud-user-holds-role' },
    // Has the right immutable ID already, which does not help it.
    extraPerson: { n: 1, cn: 'Rita Admin', before: 'qqqqqgAAAECAAAAAAAAAAQ==' },
  },
  pmaybe: {
    ...held('cloud-user-eligible-for-role', { roles: 'Exchange Administrator' }),
    prediction: { kind: 'soft-match-blocked', user: extraId('cccccccc', 2) },
    extraPerson: { n: 2, cn: 'Paul Maybe' },
  },
  mmapped: {
    ...held('cloud-object-identifier-set', {
      current: '1d0f0b44-58d3-4c7c-9be0-2a3f6f0f7a11',
      expected: extraId('aaaaaaaa', 3),
    }),
    prediction: null,
    extraPerson: { n: 3, cn: 'Maud Mapped' },
  },
  falder: {
    ...held('cloud-user-federated', { domain: 'fed.example.test' }),
    prediction: { kind: 'provisions' },
    extraPerson: { n: 4, cn: 'Fay Alder' },
  },
  fbirch: {
    detour: { home: 'finn.birch@fed.example.test', away: 'finn.birch@example.onmicrosoft.test' },
    extraPerson: { n: 5, cn: 'Finn Birch' },
  },
  ehex: {
    warnings: [
      {
        code: 'existing-id-is-encoding-error',
        facts: { current: 'YWFhYWFhYWEtMDAwMC00MDAwLTgwMDA=', why: 'the base64 of its text' },
      },
    ],
    extraPerson: { n: 6, cn: 'Ena Hex', before: 'YWFhYWFhYWEtMDAwMC00MDAwLTgwMDA=' },
  },
  cclash: {
    warnings: [
      {
        code: 'attribute-conflict-after-sync',
        facts: {
          attribute: 'proxyAddresses',
          value: 'sales@example.test',
          holder: 'the group Sales (0ddba11d-0000-4000-8000-000000000001)',
        },
      },
      {
        code: 'ad-upn-suffix-unverified',
        facts: { upn: 'cclash@example.local', becomes: 'cclash@example.onmicrosoft.test' },
      },
    ],
    clashes: [
      {
        attribute: 'proxyAddresses',
        value: 'sales@example.test',
        holder: 'the group Sales (0ddba11d-0000-4000-8000-000000000001)',
      },
    ],
    overwrites: [
      { attribute: 'userPrincipalName', cloud: 'cleo.clash@example.test', ad: 'cclash@example.local' },
      { attribute: 'mail', cloud: null, ad: 'cclash@example.test' },
      {
        attribute: 'proxyAddresses',
        cloud: 'SMTP:cleo.clash@example.test smtp:cleo@example.test',
        ad: 'SMTP:cclash@example.test smtp:cleo@example.test smtp:sales@example.test',
      },
    ],
    extraPerson: { n: 7, cn: 'Cleo Clash' },
  },
  oscope: {
    warnings: [{ code: 'ad-user-out-of-scope', facts: { rule: 'its adminDescription is User_NoSync' } }],
    prediction: { kind: 'out-of-scope', rule: 'its adminDescription is User_NoSync' },
    extraPerson: { n: 8, cn: 'Otto Scope' },
  },
  ssoft: {
    ...held('cloud-user-not-found', { value: 'sam.soft@example.test' }),
    warnings: [
      {
        code: 'soft-match-would-hit-other',
        facts: { holder: 'ssoft@example.test (cccccccc-0000-4000-8000-000000000099)', value: 'ssoft@example.test' },
      },
    ],
    prediction: { kind: 'soft-matches', user: extraId('cccccccc', 99) },
    // Not told among what the take-over changes: the row is held.
    clashes: [{ attribute: 'mail', value: 'sam@example.test', holder: 'the contact Sam' }],
    extraPerson: { n: 9, cn: 'Sam Soft' },
  },
};

/** mappings.example.csv as it was when these reports were agreed, and a line for each of the other people. */
const pairings: readonly (readonly [ad: string, cloud: string, note: string])[] = [
  ['nquill', 'nora.quill@example.test', ''],
  ["sean.o'brien@example.test", "sean.o'brien@example.test", ''],
  ['CN=Jürgen Müller,OU=People,DC=example,DC=test', 'juergen.mueller@example.test', ''],
  ['EXAMPLE\\apires', 'ana.pires@example.test', ''],
  ['fcc7e67f-fec6-4a65-b821-2f40a292d185', '46c82861-23b9-470b-ab37-a08402a70c67', ''],
  ['tmarsh', 'theo.marsh@example.test', ''],
  ['mokafor', 'mina.okafor@example.test', ''],
  ['butf', 'ben.utf@example.test', ''],
  ['bmark', 'bo.mark@example.test', ''],
  ['dfrost', 'dana.frost@example.test', ''],
  ['wsync', 'will.sync@example.test', ''],
  ['ostern', 'olga.stern@example.test', ''],
  ['rholt', 'ravi.holt@example.test', ''],
  ['ltwin', 'lena.twin@example.test', ''],
  ['gbin', 'gus.bin@example.test', ''],
  ['rgone', 'rosa.gone@example.test', ''],
  ['pguest', 'petra_partner.test#EXT#@example.onmicrosoft.test', ''],
  ['twice@example.test', 'twice@example.test', ''],
  ['nobody', 'nobody.here@example.test', ''],
  ['all-staff', 'all.staff@example.test', ''],
  ['klost', 'ken.lost@example.test', ''],
  ['mformed', 'mal.formed@example.test', ''],
  ['copy1', 'copy.one@example.test', ''],
  ['copy2', 'copy.two@example.test', ''],
  ['ddup', 'dora.dup@example.test', ''],
  ['ddup@example.test', 'dora.old@example.test', ''],
  ['eshare', 'team.share@example.test', ''],
  ['fshare', 'team.share@example.test', ''],
  ['ecell', '', ''],
  ['4ecec2f4081f5843abdcfe3f035af4cd', 'nora.quill2@example.test', ''],
  ['radmin', 'rita.admin@example.test', 'holds roles'],
  ['pmaybe', 'paul.maybe@example.test', 'eligible for a role'],
  ['mmapped', 'maud.mapped@example.test', 'mapped to another AD object'],
  ['falder', 'fay.alder@fed.example.test', 'in a federated domain'],
  ['fbirch', 'finn.birch@fed.example.test', 'in a federated domain; by a detour'],
  ['ehex', 'ena.hex@example.test', 'a wrong encoding of the right GUID'],
  ['cclash', 'cleo.clash@example.test', 'an address that a group has'],
  ['oscope', 'otto.scope@example.test', 'out of scope'],
  ['ssoft', 'sam.soft@example.test', 'no such cloud user; another has the address'],
];

function held(code: Finding['code'], facts: Record<string, string> = {}): { reasons: Finding[] } {
  return { reasons: [{ code, facts }] };
}

function differsFromGuid(objectGuid: string): Finding {
  return { code: 'anchor-differs-from-guid', facts: { objectGuid } };
}

function guid(text: string): Guid {
  const read = guidFromText(text);
  if (!read) throw new Error(`not a GUID: ${text}`);
  return read;
}

function cloudId(upn: string): Guid {
  const user = people.cloudUsers.find((each) => each.userPrincipalName === upn);
  if (!user) throw new Error(`not in the cast: ${upn}`);
  return guid(user.id);
}

function carriedBy(upn: string): Prediction {
  return { kind: 'carried', by: cloudId(upn) };
}

/** An id that tells where it belongs: aaaaaaaa for AD, cccccccc for the cloud. */
function extraId(prefix: string, n: number): Guid {
  return guid(`${prefix}-0000-4000-8000-${String(n).padStart(12, '0')}`);
}

const sidOf = (rid: number): string => `S-1-5-21-1004336348-1177238915-682003330-${rid}`;

function extraAd({ n, cn }: { n: number; cn: string }): PlannedAd {
  const objectGuid = extraId('aaaaaaaa', n);
  return {
    dn: `CN=${cn},OU=People,DC=example,DC=test`,
    objectGuid,
    sourceAnchor: 'objectGUID',
    immutableId: immutableIdOfGuid(objectGuid),
    name: cn,
    sid: sidOf(2000 + n),
  };
}

function adOf(text: string): PlannedAd | null {
  const name = text.replace(/^EXAMPLE\\/, '').toLowerCase();
  const found = people.adUsers.filter((user) =>
    [
      user.sAMAccountName,
      user.userPrincipalName,
      user.objectGUID,
      `cn=${user.cn},ou=${user.ou},dc=example,dc=test`,
    ].some((known) => known?.toLowerCase() === name),
  );
  const [user] = found;
  if (!user || found.length > 1) return null;
  const consistency = user['mS-DS-ConsistencyGuid'];
  const base = {
    dn: `CN=${user.cn.replace(',', '\\,')},OU=${user.ou},DC=example,DC=test`,
    objectGuid: guid(user.objectGUID),
    name: user.cn,
    sid: sidOf(1000 + people.adUsers.indexOf(user)),
  };
  if (consistency === undefined) {
    return { ...base, sourceAnchor: 'objectGUID', immutableId: immutableIdOfGuid(guid(user.objectGUID)) };
  }
  const immutableId =
    typeof consistency === 'string'
      ? immutableIdOfGuid(guid(consistency))
      : Buffer.from(consistency.hex, 'hex').toString('base64');
  return {
    ...base,
    sourceAnchor: 'mS-DS-ConsistencyGuid',
    immutableId: immutableId.length === 24 ? immutableId : null,
  };
}

function cloudOf(text: string): PlannedCloud | null {
  const user = people.cloudUsers.find((each) => each.userPrincipalName === text || each.id === text);
  if (!user) return null;
  return {
    id: guid(user.id),
    userPrincipalName: user.userPrincipalName,
    name: user.displayName,
    before: user.onPremisesImmutableId,
    syncEnabled: user.onPremisesSyncEnabled,
    userType: user.userType,
    accountEnabled: user.accountEnabled,
  };
}

/** What the take-over would replace, by the cast: AD's UPN and mail where they are others than the cloud's. */
function overwritesOf(adDn: string, cloudUpn: string): Overwrite[] {
  const ad = people.adUsers.find((user) => adDn.startsWith(`CN=${user.cn.replace(',', '\\,')},`));
  const cloud = people.cloudUsers.find((user) => user.userPrincipalName === cloudUpn);
  if (!ad || !cloud) return [];
  const found: Overwrite[] = [];
  if (ad.userPrincipalName && ad.userPrincipalName !== cloud.userPrincipalName) {
    found.push({ attribute: 'userPrincipalName', cloud: cloud.userPrincipalName, ad: ad.userPrincipalName });
  }
  if (ad.mail && ad.mail !== cloud.mail) found.push({ attribute: 'mail', cloud: cloud.mail, ad: ad.mail });
  return found;
}

function forecastOf(decision: Decided, ad: PlannedAd | null, cloud: PlannedCloud | null): Forecast | null {
  if (!ad || decision.prediction === null) return null;
  const isHeld = decision.reasons !== undefined;
  const joins: Prediction | null = cloud && !isHeld ? { kind: 'joins', user: cloud.id } : { kind: 'unknown' };
  const prediction = decision.prediction ?? joins;
  const isTaken = prediction.kind === 'joins' && prediction.user === cloud?.id;
  const ofCast = isTaken && cloud ? overwritesOf(ad.dn, cloud.userPrincipalName) : [];
  return { prediction, clashes: decision.clashes ?? [], overwrites: decision.overwrites ?? ofCast };
}

function exampleRow(line: number, cells: readonly string[]): PlanRow {
  const [adText = '', cloudText = '', note = ''] = cells;
  const decision = decided[adText] ?? {};
  const { reasons = [], warnings = [], extraPerson } = decision;
  const ad = extraPerson ? extraAd(extraPerson) : adOf(adText);
  const isFound = reasons[0]?.code !== 'cloud-user-not-found';
  const cloud: PlannedCloud | null =
    extraPerson && isFound
      ? {
          id: extraId('cccccccc', extraPerson.n),
          userPrincipalName: cloudText,
          name: extraPerson.cn,
          before: extraPerson.before ?? null,
          syncEnabled: null,
          userType: 'Member',
          accountEnabled: true,
        }
      : cloudOf(cloudText);
  const isKept = reasons.length === 0 && cloud?.before !== null && cloud?.before === ad?.immutableId;
  const writes = cloud?.before ? 'relink' : 'link';
  return {
    line,
    adText,
    cloudText,
    state: reasons.length > 0 ? 'held' : isKept ? 'kept' : 'ready',
    step: reasons.length > 0 ? null : isKept ? 'keep' : writes,
    reasons,
    warnings,
    ad,
    cloud,
    after: reasons.length > 0 ? null : (ad?.immutableId ?? null),
    detour: decision.detour ?? null,
    forecast: forecastOf(decision, ad, cloud),
    extra: [note],
  };
}

/** The rows of the example as the plan has them. */
export function exampleRows(): PlanRow[] {
  return pairings.map((cells, at) => exampleRow(at + 2, cells));
}
