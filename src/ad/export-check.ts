import type { Guid } from '../core/guid.ts';
import { KeyTable } from '../core/key-table.ts';
import { PackedList } from '../core/packed.ts';
import { foldKey } from '../core/references.ts';
import { exportFault } from './export-fault.ts';
import type { ExportRecord } from './export-file.ts';
import { type Columns, domainOfRecord, nameOf, objectGuidOf } from './export-rows.ts';

type Named = readonly [dn: string, line: number];

/** What has to hold for the file as a whole, and for every record, whoever was asked for. */
export class ExportCheck {
  readonly #columns: Columns;
  readonly #guids = new KeyTable();
  /** By the number of the GUID. */
  readonly #named = new PackedList<Named>({ pack: (named) => named, unpack: (named: Named) => named });
  readonly #domains = new Set<string>();
  #rows = 0;

  constructor(columns: Columns) {
    this.#columns = columns;
  }

  /** Throws RunFault when the record has no GUID or no name, or the GUID of another name. */
  take(record: ExportRecord): void {
    const name = nameOf(this.#columns, record);
    this.#domains.add(domainOfRecord(this.#columns, record, name));
    this.#checkGuid(objectGuidOf(this.#columns, record), name.text, record.line);
    this.#rows += 1;
  }

  /** After the last record. Throws RunFault when there was none. */
  end(): { readonly rows: number; readonly domains: readonly string[] } {
    if (this.#rows === 0) throw exportFault(this.#columns.path, 'it has no records');
    return { rows: this.#rows, domains: [...this.#domains].sort() };
  }

  /** A GUID is one object's. Under two names the file is damaged or put together, and a row about either would be a guess. */
  #checkGuid(guid: Guid, dn: string, line: number): void {
    const number = this.#guids.add(guid);
    if (number === this.#named.length) {
      this.#named.add([dn, line]);
      return;
    }
    const [before, earlier] = this.#named.get(number);
    if (foldKey(before) === foldKey(dn)) return;
    throw exportFault(this.#columns.path, `the ObjectGUID is that of another name on line ${earlier}`, { line });
  }
}
