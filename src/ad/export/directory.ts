// ad/export/: a directory that was exported to a CSV, behind the same port. Start here.
//   rows             a record, read by csv/, becomes an AD user
//   check            what a broken export looks like        fault    what is wrong with it, in a sentence with its line
import { adUserPacking, PackedList } from '../../core/bulk/bulk.ts';
import { RunFault } from '../../core/failure.ts';
import type { Guid } from '../../core/guid.ts';
import { type AdRef, foldKey } from '../../core/references.ts';
import type { List } from '../../core/list.ts';
import type { AdAnswer, AdHolders, AdUser } from '../../core/users.ts';
import type { CsvForm } from '../../csv/read-csv.ts';
import type { CsvRecord } from '../../csv/records.ts';
import type { AskedOfAll, Directory, DirectoryInfo, Log } from '../../run/ports.ts';
import { type SearchPlan, searchPlanOf, type ValueKind } from '../search-plan.ts';
import { differenceOf } from '../contradictions.ts';
import { dnKey, parseDn } from '../dn.ts';
import { ExportCheck } from './check.ts';
import { exportCommand, exportFault } from './fault.ts';
import { readExport } from './file.ts';
import {
  candidateOf,
  cellOf,
  type ExportColumns,
  columnsOf,
  domainOfRecord,
  hasColumn,
  missingColumns,
  nameOf,
  objectGuidOf,
  octetColumns,
  sidOctetsOf,
  valuesIn,
} from './rows.ts';
import { overFault } from '../ldap/faults.ts';
import { octetsOfText } from '../byte-text.ts';
import type { Candidate } from '../candidates.ts';
import { Holders } from '../holders.ts';
import { Questions } from '../questions.ts';

export type AdExportOptions = {
  readonly log: Log;
  /** False only when the source anchor is objectGUID, or another attribute: the column may then be absent. */
  readonly consistencyGuidNeeded: boolean;
  /** Aborted when the run is over: no further record is read. */
  readonly signal?: AbortSignal | undefined;
};

/**
 * Active Directory as a file: what `Get-ADUser … | Export-Csv` wrote. Reads its header here and the whole of it for each
 * `locate`, keeping only what was asked for; the first time, every record is checked as well. Throws RunFault with the line
 * of what is wrong.
 */
export async function openAdExport(path: string, options: AdExportOptions): Promise<Directory> {
  let columns: ExportColumns | undefined;
  await readExport(path, (header) => {
    columns = columnsOf(path, header);
    return 'enough';
  });
  if (columns === undefined) throw exportFault(path, 'it has no header');
  return new ExportReader(columns, options);
}

/** Questions about a sAMAccountName in one domain; the key is `domain\name`. No attribute has this name. */
const samInDomain = 'domain\\sAMAccountName';

class ExportReader implements Directory {
  readonly #columns: ExportColumns;
  readonly #options: AdExportOptions;
  /** Of all users, sorted; null until the file was read to its end. */
  #domains: readonly string[] | null = null;
  /** Since a `locate` that kept all users. */
  #everybody: PackedList<AdUser> | null = null;
  /** The objects that are on several lines. */
  #repeated: ReadonlySet<Guid> = new Set();

  constructor(columns: ExportColumns, options: AdExportOptions) {
    this.#columns = columns;
    this.#options = options;
  }

  async describe(): Promise<DirectoryInfo> {
    const domains = this.#domains ?? (await this.#read(() => undefined));
    return {
      domain: domains.join('+'),
      domains,
      namingContext: domains
        .map((domain) =>
          domain
            .split('.')
            .map((label) => `DC=${label}`)
            .join(','),
        )
        .join('+'),
      source: this.#columns.path,
    };
  }

  async locate(
    refs: readonly AdRef[],
    customAnchor: string | null,
    { everybody } = { everybody: false },
  ): Promise<List<AdAnswer>> {
    this.#checkColumns(refs, customAnchor);
    const questions = new Questions(refs.length);
    for (const [place, ref] of refs.entries()) questions.ask(place, askOfExport(ref));
    const attributes = questions.attributes();
    const columns = this.#columns;
    // They take less memory than the file, and the file is read once.
    const all = everybody ? new PackedList(adUserPacking()) : null;
    const domains = await this.#read((record) => {
      const asked = attributes.flatMap((name) => questions.fitting(name, keysIn(columns, record, name)));
      if (asked.length === 0 && all === null) return;
      const candidate = candidateOf(columns, record, customAnchor);
      if (asked.length > 0) questions.offer(asked, candidate);
      if (candidate.found.kind === 'user') all?.add(candidate.found.user);
    });
    if (all !== null) this.#everybody = all;
    await this.#compareRepeated(questions.found(), customAnchor);
    return questions.answers({ whyNone: (place) => this.#whyNone(refs[place], domains) });
  }

  async whoHas(asked: AskedOfAll, customAnchor: string | null): Promise<AdHolders> {
    const holders = new Holders(asked);
    if (this.#everybody !== null) return holders.among(this.#everybody);
    const kept = new PackedList(adUserPacking());
    await this.#read((record) => {
      const { found } = candidateOf(this.#columns, record, customAnchor);
      if (found.kind === 'user') holders.take(found.user, () => kept.add(found.user));
    });
    return holders.answer(kept);
  }

  searches(): number {
    return 0;
  }

  async close(): Promise<void> {
    // Nothing stays open between calls.
  }

  #checkColumns(refs: readonly AdRef[], customAnchor: string | null): void {
    const columns = this.#columns;
    if (this.#options.consistencyGuidNeeded && !hasColumn(columns, 'mS-DS-ConsistencyGuid')) {
      throw new RunFault(
        'ad-attributes-hidden',
        `The AD export ${columns.path} has no column mS-DS-ConsistencyGuid; without it the source anchor would be wrong for every user who has a value there.`,
        { hint: `Export again with: ${exportCommand}` },
      );
    }
    const needed = new Set(refs.flatMap((ref) => (ref.kind === 'key' ? ref.attribute : (columnFor[ref.kind] ?? []))));
    if (customAnchor !== null) needed.add(customAnchor);
    for (const name of needed) {
      if (!hasColumn(columns, name)) throw exportFault(columns.path, `it has no column ${name}, which is needed here`);
    }
  }

  /** Gives every record, in order, and checks it the first time. Resolves with the domains of the file. */
  async #read(onRecord: (record: CsvRecord) => void): Promise<readonly string[]> {
    if (this.#domains !== null) {
      await this.#each(onRecord);
      return this.#domains;
    }
    const check = new ExportCheck(this.#columns);
    const { encoding } = await this.#each((record) => {
      check.take(record);
      onRecord(record);
    });
    const { rows, domains, repeated } = check.end();
    this.#repeated = repeated;
    const { path } = this.#columns;
    const missing = missingColumns(this.#columns);
    if (missing.length > 0) this.#options.log.warn('ad-export-columns-missing', { path, columns: missing });
    this.#options.log.info('ad-export-read', { path, rows, domains: domains.length, encoding });
    return (this.#domains = domains);
  }

  /**
   * One object on two lines is harmless while both say the same; otherwise one of them is out of date. Both are looked at,
   * whichever of them it was that answered the question. As a rule there are none, and the file is not read again.
   */
  async #compareRepeated(found: Iterable<Candidate>, customAnchor: string | null): Promise<void> {
    if (this.#repeated.size === 0) return;
    const wanted = new Set<Guid>();
    for (const { objectGuid } of found) {
      if (objectGuid !== null && this.#repeated.has(objectGuid)) wanted.add(objectGuid);
    }
    if (wanted.size === 0) return;
    const first = new Map<Guid, { readonly candidate: Candidate; readonly line: number }>();
    const columns = this.#columns;
    await this.#each((record) => {
      const guid = objectGuidOf(columns, record);
      if (!wanted.has(guid)) return;
      const candidate = candidateOf(columns, record, customAnchor);
      const before = first.get(guid);
      if (before === undefined) first.set(guid, { candidate, line: record.line });
      else {
        const difference = differenceOf(before.candidate, candidate);
        const lines = { path: columns.path, line: record.line, earlier: before.line };
        if (difference !== null) throw twiceFault(difference, lines);
      }
    });
  }

  async #each(onRecord: (record: CsvRecord) => void): Promise<CsvForm> {
    let isHeader = true;
    return readExport(this.#columns.path, (record) => {
      if (this.#options.signal?.aborted === true) throw overFault(this.#columns.path);
      if (!isHeader) onRecord(record);
      isHeader = false;
      return undefined;
    });
  }

  /** Evidence is looked for as far as the file goes; where that is not far, nobody found is not nobody there. */
  #whyNone(ref: AdRef | undefined, domains: readonly string[]): string | null {
    if (ref?.kind === 'domain-sam') {
      const isKnown = domains.some((domain) => namesOf(domain).includes(foldKey(ref.domain)));
      return isKnown ? null : `The export has ${domains.join(', ')}, and none of these is ${ref.domain}.`;
    }
    const column = ref?.kind === 'sid' ? 'SID' : ref?.kind === 'anchor' ? 'mS-DS-ConsistencyGuid' : null;
    return column === null || hasColumn(this.#columns, column) ? null : `The export has no column ${column}.`;
  }
}

/** As `askOf`, for an export that may be of several domains: a name in one of them is a question of its own. */
function askOfExport(ref: AdRef): SearchPlan {
  if (ref.kind !== 'domain-sam') return searchPlanOf(ref, ref.kind === 'key' ? valuesOfColumn(ref.attribute) : 'text');
  const key = `${foldKey(ref.domain)}\\${foldKey(ref.name)}`;
  return { kind: 'ask', attributes: [samInDomain], key, term: ref.name };
}

/** Without these columns the run stops; references that are evidence, not input, need none. */
const columnFor: Readonly<Record<Exclude<AdRef['kind'], 'key'>, string | null>> = {
  sam: 'SamAccountName',
  'domain-sam': 'SamAccountName',
  upn: 'UserPrincipalName',
  dn: 'DistinguishedName',
  guid: 'ObjectGUID',
  sid: null,
  anchor: null,
};

function valuesOfColumn(name: string): ValueKind {
  const folded = foldKey(name);
  if (folded === 'distinguishedname') return 'dn';
  if (folded === 'sid' || folded === 'objectsid') return 'sid';
  return octetColumns.has(folded) ? 'octets' : 'text';
}

function keysIn(columns: ExportColumns, record: CsvRecord, attribute: string): readonly string[] {
  if (attribute === samInDomain) {
    const name = foldKey(cellOf(columns, record, 'SamAccountName') ?? '');
    return namesOf(domainOfRecord(columns, record, nameOf(columns, record))).map((domain) => `${domain}\\${name}`);
  }
  const text = cellOf(columns, record, attribute);
  if (text === null) return [];
  switch (valuesOfColumn(attribute)) {
    case 'dn': {
      const dn = parseDn(text);
      return dn === null ? [] : [dnKey(dn)];
    }
    case 'octets': {
      const octets = octetsOfText(text);
      return octets.kind === 'bytes' ? [octets.bytes.toString('base64')] : [];
    }
    case 'sid': {
      const octets = sidOctetsOf(text);
      return octets === null ? [] : [octets.toString('base64')];
    }
    default:
      return valuesIn(text).map(foldKey);
  }
}

/** What people call a domain: its DNS name, and its first label, which is its NetBIOS name as a rule. */
function namesOf(domain: string): readonly string[] {
  return [domain, domain.split('.')[0] ?? domain];
}

function twiceFault(
  difference: string,
  { path, line, earlier }: { readonly path: string; readonly line: number; readonly earlier: number },
): RunFault {
  return exportFault(path, `${difference}, here and on line ${earlier}; the object is in the file twice`, {
    line,
    hint: 'Export again into a new file.',
  });
}
