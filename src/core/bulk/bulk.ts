// core/bulk/: a million users as objects take a kilobyte each, and the garbage collector goes through them again and again.
// Here they are bytes beside the heap, a quarter of the size, and objects again for the moment they are asked for. This file
// is the way in; nobody outside knows the others.
//   packed      a list of packed items       packed-users   how users are packed
//   answers     answers that name such users by their places in the list
//   key-table   distinct texts, numbered     key-index      numbers by key
//   row-store   something of each row        shared-keys    items that have a key in common
//   texts, hash-table   what these are made of
export { type Kept, answersByPlace } from './answers.ts';
export { type Packing, PackedList } from './packed.ts';
export { adUserPacking, packedCloudUser } from './packed-users.ts';
export { type Outcomes, packedOutcomes, type ReadBack, type ReadBacks, packedReadBacks } from './row-store.ts';
export { KeyTable } from './key-table.ts';
export { KeyIndex, mapOver } from './key-index.ts';
export { SharedKeys } from './shared-keys.ts';
