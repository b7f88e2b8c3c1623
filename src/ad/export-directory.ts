import { RunFault } from '../core/failure.ts';
import type { Guid } from '../core/guid.ts';
import { KeyTable } from '../core/key-table.ts';
import { PackedList } from '../core/packed.ts';
import { type AdRef, foldKey } from '../core/references.ts';
import type { AdLookup } from '../core/users.ts';
import type { Directory, DirectoryInfo, Log } from '../run/ports.ts';
import { type Ask, askOf, type Values } from './asks.ts';
import { dnKey, domainOf, parseDn } from './dn.ts';
import { exportCommand, exportFault } from './export-fault.ts';
import { type ExportFormat, type ExportRecord, findFormat, recordsOf } from './export-file.ts';
import {
  candidateOf,
  cellOf,
  type Columns,
  columnsOf,
  dnOf,
  hasColumn,
  missingColumns,
  objectGuidOf,
  octetColumns,
  sidOctetsOf,
  valuesIn,
} from './export-rows.ts';
import { octetsOfText } from './octets.ts';
import { ExportQuestions } from './export-questions.ts';

export type AdExportOptions = {
  readonly log: Log;
  /** False only when the source anchor is objectGUID, or another attribute: the column may then be absent. */
  readonly consistencyGuidNeeded: boolean;
};

/**
 * Active Directory as a file: what `Get-ADUser … | Export-Csv` wrote. Reads it once here, to check every record and learn the
 * domains, and once for each `locate`, keeping only what was asked for. Throws RunFault with the line of what is wrong.
 */
export async function openAdExport(path: string, options: AdExportOptions): Promise<Directory> {
  const format = await findFormat(path);
  let columns: Columns | undefined;
  const domains = new Set<string>();
  const seen = new Seen(path);
  let rows = 0;
  for await (const record of recordsOf(format)) {
    if (!columns) {
      columns = columnsOf(path, record);
      continue;
    }
    domains.add(domainOfRecord(columns, record));
    seen.add(objectGuidOf(columns, record), dnOf(columns, record), record.line);
    rows += 1;
  }
  if (!columns || rows === 0) throw exportFault(path, 'it has no records');
  const missing = missingColumns(columns);
  if (missing.length > 0) options.log.warn('ad-export-columns-missing', { path, columns: missing });
  options.log.info('ad-export-read', { path, rows, domains: domains.size, encoding: format.encoding });
  return new ExportReader({ format, columns, domains: [...domains].sort() }, options);
}

type Named = readonly [dn: string, line: number];

/** A GUID is one object's. Under two names the file is damaged or put together, and a row about either would be a guess. */
class Seen {
  readonly #path: string;
  readonly #guids = new KeyTable();
  /** By the number of the GUID. */
  readonly #named = new PackedList<Named>({ pack: (named) => named, unpack: (named: Named) => named });

  constructor(path: string) {
    this.#path = path;
  }

  add(guid: Guid, dn: string, line: number): void {
    const number = this.#guids.add(guid);
    if (number === this.#named.length) {
      this.#named.add([dn, line]);
      return;
    }
    const [before, earlier] = this.#named.get(number);
    if (foldKey(before) === foldKey(dn)) return;
    throw exportFault(this.#path, `the ObjectGUID is that of another name on line ${earlier}`, { line });
  }
}

type ExportFile = { readonly format: ExportFormat; readonly columns: Columns; readonly domains: readonly string[] };

/** Questions about a sAMAccountName in one domain; the key is `domain\name`. No attribute has this name. */
const samInDomain = 'domain\\sAMAccountName';

class ExportReader implements Directory {
  readonly #file: ExportFile;
  readonly #options: AdExportOptions;

  constructor(file: ExportFile, options: AdExportOptions) {
    this.#file = file;
    this.#options = options;
  }

  async describe(): Promise<DirectoryInfo> {
    const { domains, format } = this.#file;
    return {
      domain: domains.join('+'),
      namingContext: domains
        .map((domain) =>
          domain
            .split('.')
            .map((label) => `DC=${label}`)
            .join(','),
        )
        .join('+'),
      source: format.path,
    };
  }

  async locate(refs: readonly AdRef[], customAnchor: string | null): Promise<readonly AdLookup[]> {
    this.#checkColumns(refs, customAnchor);
    const questions = new ExportQuestions(refs.length);
    const notes = new Map<number, string>();
    for (const [place, ref] of refs.entries()) {
      const ask = this.#askOf(ref);
      if (ask.kind === 'nowhere') notes.set(place, ask.note);
      else questions.ask(place, ask);
    }
    const { columns, format } = this.#file;
    let isHeader = true;
    for await (const record of recordsOf(format)) {
      if (!isHeader) {
        questions.offer(
          (attribute) => keysIn(columns, record, attribute),
          () => candidateOf(columns, record, customAnchor),
          ({ dn }) => twiceFault(dn, { path: format.path, line: record.line }),
        );
      }
      isHeader = false;
    }
    return refs.map((ref, place) => {
      const note = notes.get(place);
      return note === undefined ? this.#answer(ref, questions.answer(place)) : { kind: 'none', note };
    });
  }

  searches(): number {
    return 0;
  }

  async close(): Promise<void> {
    // Nothing stays open between calls.
  }

  #checkColumns(refs: readonly AdRef[], customAnchor: string | null): void {
    const { columns, format } = this.#file;
    if (this.#options.consistencyGuidNeeded && !hasColumn(columns, 'mS-DS-ConsistencyGuid')) {
      throw new RunFault(
        'ad-attributes-hidden',
        `The AD export ${format.path} has no column mS-DS-ConsistencyGuid; without it the source anchor would be wrong for every user who has a value there.`,
        { hint: `Export again with: ${exportCommand}` },
      );
    }
    const needed = new Set(refs.flatMap((ref) => (ref.kind === 'key' ? ref.attribute : (columnFor[ref.kind] ?? []))));
    if (customAnchor !== null) needed.add(customAnchor);
    for (const name of needed) {
      if (!hasColumn(columns, name)) throw exportFault(format.path, `it has no column ${name}, which is needed here`);
    }
  }

  #askOf(ref: AdRef): Ask {
    if (ref.kind !== 'domain-sam') return askOf(ref, ref.kind === 'key' ? valuesOfColumn(ref.attribute) : 'text');
    const named = foldKey(ref.domain);
    if (!this.#file.domains.some((domain) => namesOf(domain).includes(named))) {
      return {
        kind: 'nowhere',
        note: `The export has ${this.#file.domains.join(', ')}, and none of these is ${ref.domain}.`,
      };
    }
    return { kind: 'ask', attributes: [samInDomain], key: `${named}\\${foldKey(ref.name)}`, term: ref.name };
  }

  /** Evidence is looked for as far as the file goes; where that is not far, nobody found is not nobody there. */
  #answer(ref: AdRef, answer: AdLookup): AdLookup {
    const column = ref.kind === 'sid' ? 'SID' : ref.kind === 'anchor' ? 'mS-DS-ConsistencyGuid' : null;
    if (answer.kind !== 'none' || column === null || hasColumn(this.#file.columns, column)) return answer;
    return { kind: 'none', note: `The export has no column ${column}.` };
  }
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

function valuesOfColumn(name: string): Values {
  const folded = foldKey(name);
  if (folded === 'distinguishedname') return 'dn';
  if (folded === 'sid' || folded === 'objectsid') return 'sid';
  return octetColumns.has(folded) ? 'octets' : 'text';
}

function keysIn(columns: Columns, record: ExportRecord, attribute: string): readonly string[] {
  if (attribute === samInDomain) {
    const name = foldKey(cellOf(columns, record, 'SamAccountName') ?? '');
    return namesOf(domainOfRecord(columns, record)).map((domain) => `${domain}\\${name}`);
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

function domainOfRecord(columns: Columns, record: ExportRecord): string {
  const dn = parseDn(dnOf(columns, record));
  const domain = dn === null ? '' : domainOf(dn);
  if (domain !== '') return domain;
  throw exportFault(columns.path, 'the distinguished name has no DC parts, so that its domain is unknown', {
    line: record.line,
  });
}

/** One object on two lines is harmless while both say the same; otherwise one of them is out of date. */
function twiceFault(dn: string, place: { readonly path: string; readonly line: number }): RunFault {
  return exportFault(place.path, `${dn} is in the file twice, with different values`, {
    line: place.line,
    hint: 'Export again into a new file.',
  });
}
