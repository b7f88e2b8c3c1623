import type { Guid } from '../../core/guid.ts';
import { KeyTable, PackedList } from '../../core/bulk/bulk.ts';
import { nameKey } from '../contradictions.ts';
import { dnKey } from '../dn.ts';
import { FirstOwners } from '../first-owners.ts';
import { exportFault } from './fault.ts';
import type { CsvRecord } from '../../csv/records.ts';
import {
  cellOf,
  type ExportColumns,
  domainOfRecord,
  nameOf,
  objectGuidOf,
  type RecordName,
  sidOctetsOf,
} from './rows.ts';

/** Of one GUID: its name, and the line. */
type Named = readonly [dn: string, line: number];

/** What has to hold for the file as a whole, and for every record, whoever was asked for. */
export class ExportCheck {
  readonly #columns: ExportColumns;
  readonly #guids = new KeyTable();
  /** By the number of the GUID. */
  readonly #named = new PackedList<Named>({ pack: (named) => named, unpack: (named: Named) => named });
  /** Owners are the numbers of the GUIDs. */
  readonly #names = new FirstOwners();
  readonly #sids = new FirstOwners();
  readonly #repeated = new Set<Guid>();
  readonly #domains = new Set<string>();
  #rows = 0;

  constructor(columns: ExportColumns) {
    this.#columns = columns;
  }

  /**
   * Throws RunFault when the record has no GUID or no name, or contradicts another in who is who: a GUID with two names, a
   * name or a SID with two GUIDs. Such a file is damaged or put together, and a row about any of them would be a guess.
   */
  take(record: CsvRecord): void {
    const name = nameOf(this.#columns, record);
    this.#domains.add(domainOfRecord(this.#columns, record, name));
    const guid = this.#guidOf(objectGuidOf(this.#columns, record), name, record.line);
    const { line } = record;
    this.#own(this.#names.of(dnKey(name.dn), guid), { guid, line, what: 'the DistinguishedName' });
    const text = cellOf(this.#columns, record, 'objectSid');
    const sid = text === null ? null : sidOctetsOf(text);
    if (sid !== null) this.#own(this.#sids.of(sid.toString('latin1'), guid), { guid, line, what: 'the SID' });
    this.#rows += 1;
  }

  /** After the last record. Throws RunFault when there was none. */
  end(): { readonly rows: number; readonly domains: readonly string[]; readonly repeated: ReadonlySet<Guid> } {
    if (this.#rows === 0) throw exportFault(this.#columns.path, 'it has no records');
    return { rows: this.#rows, domains: [...this.#domains].sort(), repeated: this.#repeated };
  }

  #guidOf(guid: Guid, { text, dn }: RecordName, line: number): number {
    const number = this.#guids.add(guid);
    if (number === this.#named.length) {
      this.#named.add([text, line]);
      return number;
    }
    const [before, earlier] = this.#named.get(number);
    // Whether the two lines say the same is asked when somebody asks for the object.
    this.#repeated.add(guid);
    if (before === text || nameKey(before) === dnKey(dn)) return number;
    throw exportFault(this.#columns.path, `the ObjectGUID is that of another name on line ${earlier}`, { line });
  }

  #own(owner: number, { guid, line, what }: { guid: number; line: number; what: string }): void {
    if (owner === guid) return;
    const [name, earlier] = this.#named.get(owner);
    throw exportFault(this.#columns.path, `${what} is that of another ObjectGUID on line ${earlier}, ${name}`, {
      line,
    });
  }
}
