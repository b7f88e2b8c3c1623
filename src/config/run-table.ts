import * as readers from './readers.ts';
import { setting } from './setting.ts';
import * as values from './values.ts';

/** How a run is to go, in the order in which help and docs show it. What has no `usual` is null where it is not given. */
export const runTable = [
  setting('columns', {
    flag: '--columns',
    placeholder: '<ad=name,cloud=name>',
    description: "the mappings' columns, where their names are none of the known ones",
    read: readers.columns,
    usual: {},
  }),
  setting('encoding', {
    flag: '--encoding',
    placeholder: '<name>',
    description: 'encoding of the mappings: utf-8, utf-16le, utf-16be or windows-1252',
    fallback: 'UTF-8, or UTF-16 when the file has its mark',
    read: readers.oneOf('utf-8', 'utf-16le', 'utf-16be', 'windows-1252'),
  }),
  setting('adKey', {
    flag: '--ad-key',
    placeholder: '<attribute>',
    description: 'AD attribute that the mappings name AD users by (mail, employeeID, …)',
    read: readers.byText(values.readAttributeName),
  }),
  setting('cloudKey', {
    flag: '--cloud-key',
    placeholder: '<property>',
    description: 'Graph property that the mappings name cloud users by (mail, employeeId, …)',
    read: readers.byText(values.readAttributeName),
  }),
  setting('sourceAnchor', {
    flag: '--source-anchor',
    placeholder: '<attribute>',
    description: 'source anchor: auto, objectGUID, mS-DS-ConsistencyGuid or attribute:<name>',
    fallback: 'auto',
    read: readers.byText(values.readSourceAnchor),
    usual: { kind: 'auto' },
  }),
  // As `sourceAnchorText` writes it.
  setting('confirmSourceAnchor', {
    flag: '--confirm-source-anchor',
    placeholder: '<name>',
    inFile: false,
    description: "continue with this source anchor, named again, although the tenant's synced users contradict it",
    read: readers.byText(values.readSourceAnchorName),
  }),
  setting('sync', {
    flag: '--sync',
    placeholder: '<kind>',
    description: 'whose rules the forecast follows, those of Entra Connect Sync or of Cloud Sync: connect or cloud',
    fallback: 'connect',
    read: readers.oneOf('connect', 'cloud'),
    usual: 'connect',
  }),
  setting('allowRelink', {
    flag: '--allow-relink',
    inFile: false,
    description: 'may replace a different, non-empty immutable ID',
    fallback: 'off',
    read: readers.toggle,
    usual: false,
  }),
  // In lower case; whether it is the tenant's, and managed, is for the run to find out.
  setting('federatedDetour', {
    flag: '--federated-detour',
    placeholder: '<domain>',
    inFile: false,
    description:
      'managed domain of the tenant that users of a federated domain are moved to while their ID is set, and back from',
    fallback: 'they are held',
    read: readers.byText(values.readDomain),
  }),
  // `sha256:` and 64 hex digits.
  setting('expect', {
    flag: '--expect',
    placeholder: '<fingerprint>',
    inFile: false,
    description: 'apply only the plan that has this fingerprint',
    read: readers.byText(values.readFingerprint),
  }),
  setting('concurrency', {
    flag: '--concurrency',
    placeholder: '<n>',
    description: 'writes under way at the same time, 1 to 64',
    fallback: '8 for each application that writes',
    read: readers.whole(1, 64),
  }),
  setting('first', {
    flag: '--first',
    placeholder: '<n>',
    inFile: false,
    description:
      'pilot: only the first n ready rows, counted from the top of the plan; to go on, give more or leave it out',
    read: readers.whole(1),
  }),
  setting('maxFailures', {
    flag: '--max-failures',
    placeholder: '<n|n%>',
    description: 'stop after so many failed rows, or when so many in a hundred have failed',
    fallback: 'no limit',
    read: readers.byText(values.readMaxFailures),
  }),
  // 20 is long enough for the few users in a row whom a plan without the check for roles may meet; short when nothing works.
  setting('maxConsecutiveFailures', {
    flag: '--max-consecutive-failures',
    placeholder: '<n>',
    description: 'stop after so many failed rows without a success between them; 0 for no limit',
    fallback: '20',
    read: readers.whole(0),
    usual: 20,
  }),
  setting('stopAt', {
    flag: '--stop-at',
    placeholder: '<time>',
    inFile: false,
    description:
      "end of the maintenance window: no row is begun from then on; 05:30 (this machine's time, the next one) or 2026-11-26T05:30Z",
    fallback: 'the run ends when it is done',
    read: readers.byText(values.readMoment),
  }),
  // In milliseconds. Long enough for a plan made in the morning to be applied in the night's window. An older one is best made
  // again: the same facts give the same fingerprint, so a review stays valid.
  setting('maxAge', {
    flag: '--max-age',
    placeholder: '<duration>',
    description: 'refuse to apply a plan older than this: 30m, 24h, 7d',
    fallback: '24h',
    read: readers.byText(values.readDuration),
    usual: 24 * 3_600_000,
  }),
  setting('logLevel', {
    flag: '--log-level',
    placeholder: '<level>',
    description: 'what goes into hardmatch.log: debug, info, warn or error',
    fallback: 'info',
    read: readers.oneOf('debug', 'info', 'warn', 'error'),
    usual: 'info',
  }),
];
