import { describe, expect, it } from 'vitest';
import { anchorOf } from '../../../src/core/ids/anchor.ts';
import type { Guid } from '../../../src/core/guid.ts';
import type { AdUser, AnchorValue } from '../../../src/core/users.ts';

const zero = '00000000-0000-0000-0000-000000000000' as Guid;
const full = 'ffffffff-ffff-ffff-ffff-ffffffffffff' as Guid;
const values: readonly AnchorValue[] = [
  { kind: 'guid', guid: zero },
  { kind: 'guid', guid: full },
  { kind: 'text', text: zero },
  { kind: 'text', text: full.toUpperCase() },
  { kind: 'text', text: Buffer.alloc(16).toString('base64') },
  { kind: 'text', text: Buffer.alloc(16, 0xff).toString('base64') },
];
const malformed = { kind: 'none', finding: { code: 'anchor-malformed' } };

describe('a GUID that is nobody’s', () => {
  it.each(values)('is no anchor, wherever it stands: %j', (value) => {
    const attribute = anchorOf({ customAnchor: value } as AdUser, { kind: 'attribute', name: 'info' });
    expect(attribute).toMatchObject(malformed);
    if (value.kind !== 'guid') return;
    expect(anchorOf({ consistencyGuid: value } as AdUser, { kind: 'auto' })).toMatchObject(malformed);
    expect(anchorOf({ consistencyGuid: null, objectGuid: value.guid } as AdUser, { kind: 'auto' })).toMatchObject(
      malformed,
    );
  });
});
