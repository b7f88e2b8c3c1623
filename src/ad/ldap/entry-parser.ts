// Entries of searches, read off the wire by hand: ldapts reads every value as UTF-8, catches the error where it is bytes,
// reads it again when the caller wanted bytes, and keeps all of it. That was half of the work of reading a user
// (docs/performance.md); it also lost byte-order marks, and of an attribute that came twice it kept the last.
import { type Entry, SearchEntry } from 'ldapts';
import { type ElementSpan, elementAt } from './ber.ts';

const tags = { octetString: 0x04, sequence: 0x30, set: 0x31 } as const;

/** Where an entry has sentence parts about what is wrong with it; no attribute can have this name. */
export const flawsName = ';flaws';

/** An entry that is read when its values are asked for, since only then is it known which of them are to stay bytes. */
export class LateEntry extends SearchEntry {
  readonly #bytes: Buffer;
  readonly #content: ElementSpan;

  constructor(messageId: number, { bytes, content }: { readonly bytes: Buffer; readonly content: ElementSpan }) {
    super({ messageId });
    this.#bytes = bytes;
    this.#content = content;
  }

  /**
   * As ldapts gives it: an attribute that was asked for and did not come is [], one value bare, several an array. Names are
   * spelt as they were asked for, without options (`;binary`); what nobody asked for is left out. Values that are no UTF-8
   * stay bytes. What else an answer may not have is told under `flawsName`. Throws MalformedAnswer when the parts do not fit into each other.
   */
  override toObject(asked: readonly string[], raw: readonly string[]): Entry {
    const bytes = this.#bytes;
    const dn = part(bytes, this.#content.start, { tag: tags.octetString, within: this.#content });
    const list = part(bytes, dn.end, { tag: tags.sequence, within: this.#content });
    const found = new Attributes(asked, raw);
    for (let at = list.start; at < list.end;) {
      const attribute = part(bytes, at, { tag: tags.sequence, within: list });
      const type = part(bytes, attribute.start, { tag: tags.octetString, within: attribute });
      const set = part(bytes, type.end, { tag: tags.set, within: attribute });
      found.take(bytes.toString('latin1', type.start, type.end), valuesIn(bytes, set));
      at = attribute.end;
    }
    return found.entry(bytes.subarray(dn.start, dn.end));
  }
}

function part(bytes: Buffer, at: number, where: { readonly tag: number; readonly within: ElementSpan }): ElementSpan {
  return elementAt(bytes, at, { ...where, of: 'an entry in an LDAP answer' });
}

function valuesIn(bytes: Buffer, set: ElementSpan): Buffer[] {
  const values: Buffer[] = [];
  for (let at = set.start; at < set.end;) {
    const value = part(bytes, at, { tag: tags.octetString, within: set });
    values.push(bytes.subarray(value.start, value.end));
    at = value.end;
  }
  return values;
}

/** The attributes of one entry, gathered under the names they were asked for. */
class Attributes {
  readonly #asked: readonly string[];
  readonly #raw: readonly string[];
  readonly #values = new Map<string, Buffer[]>();
  readonly #flaws: string[] = [];

  constructor(asked: readonly string[], raw: readonly string[]) {
    this.#asked = asked;
    this.#raw = raw;
  }

  take(type: string, values: Buffer[]): void {
    const [base = '', ...options] = type.split(';');
    const name = spelling(this.#asked, base) ?? (this.#asked.length === 0 ? base : null);
    if (name === null) return;
    for (const option of options) {
      const range = /^range=(\d+-\d+)$/i.exec(option)?.[1];
      // Reading the rest would be one more search for each such entry; more values than AD gives at once are a rarity.
      if (range !== undefined) this.#flaws.push(`of ${name} only the values ${range} came, and there are more`);
    }
    const before = this.#values.get(name);
    if (before === undefined) this.#values.set(name, values);
    else before.push(...values);
  }

  entry(dn: Buffer): Entry {
    const name = textOf(dn);
    if (name === null) this.#flaws.push('its distinguished name is not UTF-8');
    const entry: Entry = { dn: name ?? dn.toString('utf8') };
    for (const asked of this.#asked) if (!this.#values.has(asked)) entry[asked] = [];
    for (const [attribute, values] of this.#values) entry[attribute] = this.#read(attribute, values);
    if (this.#flaws.length > 0) entry[flawsName] = this.#flaws;
    return entry;
  }

  #read(name: string, values: Buffer[]): Buffer | Buffer[] | string | string[] {
    if (spelling(this.#raw, name) !== null) return one(values);
    const texts = values.flatMap((value) => textOf(value) ?? []);
    return texts.length === values.length ? one(texts) : one(values);
  }
}

function one<Value>(values: Value[]): Value | Value[] {
  return values.length === 1 && values[0] !== undefined ? values[0] : values;
}

/** Null when the bytes are no UTF-8. The reader that can tell is slow, and hardly ever needed. */
function textOf(bytes: Buffer): string | null {
  const text = bytes.toString('utf8');
  return text.includes('\ufffd') && !Buffer.from(text).equals(bytes) ? null : text;
}

/** How the name is spelt among these, in any case; null when it is none of them. */
function spelling(names: readonly string[], name: string): string | null {
  if (names.includes(name)) return name;
  const folded = name.toLowerCase();
  return names.find((other) => other.length === name.length && other.toLowerCase() === folded) ?? null;
}
