// For the tests of storage/: a plan and its entries, folders, and what ends in a fault.
export { faultOf } from '../support/ends.ts';
export { temporaryFolder } from '../support/temporary-folder.ts';
export { entriesOf, header, journalHeader, rows, tenantId } from './examples-plain.ts';
