import { EqualityFilter } from 'ldapts';
import { foldKey } from '../../core/references.ts';
import type { AttributeFacts } from '../search-plan.ts';
import { MalformedAnswer } from './ber.ts';
import { textsOf } from './convert.ts';
import type { Domain } from './domain.ts';
import { attributeFault } from './faults.ts';
import type { Connection } from './connection.ts';
import { domainScope } from './paging.ts';

// attributeSyntax (MS-ADTS 3.1.1.2.2.2). Integers can be asked for but are no anchors.
const textSyntaxes = new Set(['2.5.5.4', '2.5.5.5', '2.5.5.6', '2.5.5.12']);
const numberSyntaxes = new Set(['2.5.5.9', '2.5.5.16']);
const octetSyntax = '2.5.5.10';
const sidSyntax = '2.5.5.17';
// searchFlags and systemFlags (MS-ADTS 2.2.9, 2.2.10).
const indexedFlag = 1;
const constructedFlag = 4;

// Found by its place in the tree, not by an index of its own, which is why the schema does not say so.
const distinguishedName: AttributeFacts = {
  name: 'distinguishedName',
  values: 'dn',
  isIndexed: true,
  isSingleValued: true,
};

/** Looks an attribute up in the schema, for use as `use`. Throws RunFault when it is unknown or cannot serve. */
export async function readAttribute(
  connection: Connection,
  domain: Domain,
  { name, use }: { readonly name: string; readonly use: 'key' | 'anchor' },
): Promise<AttributeFacts> {
  const attributes = ['lDAPDisplayName', 'attributeSyntax', 'searchFlags', 'systemFlags', 'isSingleValued'];
  if (use === 'key' && foldKey(name) === 'distinguishedname') return distinguishedName;
  const filter = new EqualityFilter({ attribute: 'lDAPDisplayName', value: name });
  const { searchEntries } = await connection.search(domain.schema, { scope: 'one', filter, attributes }, [
    domainScope(),
  ]);
  const entry = searchEntries[0];
  if (!entry) throw attributeFault(name, `the schema of ${domain.name} has no such attribute`);
  const read = (attribute: string): string => textsOf(entry, attribute)[0] ?? '';
  // Another attribute in its place would be read in its place.
  if (searchEntries.length > 1 || foldKey(read('lDAPDisplayName')) !== foldKey(name)) {
    throw new MalformedAnswer(`it was asked for the attribute ${name} of the schema, and gave another or several`);
  }
  if ((Number(read('systemFlags')) & constructedFlag) !== 0) {
    throw attributeFault(name, 'AD computes it on reading, so that it cannot be searched');
  }
  const facts: AttributeFacts = {
    name: read('lDAPDisplayName'),
    values: valuesOf(name, read('attributeSyntax'), use),
    isIndexed: (Number(read('searchFlags')) & indexedFlag) !== 0,
    isSingleValued: read('isSingleValued').toUpperCase() === 'TRUE',
  };
  if (use === 'anchor' && !facts.isSingleValued) throw attributeFault(name, 'it can have several values');
  return facts;
}

function valuesOf(name: string, syntax: string, use: 'key' | 'anchor'): AttributeFacts['values'] {
  if (syntax === octetSyntax) return 'octets';
  if (textSyntaxes.has(syntax)) return 'text';
  if (use === 'key' && numberSyntaxes.has(syntax)) return 'text';
  if (use === 'key' && syntax === sidSyntax) return 'sid';
  throw attributeFault(name, `its values are neither text nor octets (attributeSyntax ${syntax})`);
}
