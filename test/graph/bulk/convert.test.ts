import { describe, expect, it } from 'vitest';
import { Failure } from '../../../src/core/failure.ts';
import { toCount, toDeletedUser, toListedUser, toPage, toUser } from '../../../src/graph/bulk/convert.ts';
import { toMailboxPlans } from '../../../src/graph/bulk/convert-licences.ts';
import { toTenantInfo } from '../../../src/graph/bulk/convert-tenant.ts';
import { toBatchAnswers, toGraphError } from '../../../src/graph/http/envelopes.ts';

const plain = { keys: [], mailboxPlans: null };
const user = {
  id: '46C82861-23b9-470b-ab37-a08402a70c67',
  displayName: 'Iris Vance',
  givenName: 'Iris',
  surname: 'Vance',
  employeeId: '0042',
  userPrincipalName: 'iris.vance@example.test',
  mail: null,
  userType: 'Member',
  accountEnabled: true,
  onPremisesImmutableId: null,
  onPremisesSyncEnabled: null,
  proxyAddresses: ['SMTP:iris.vance@example.test'],
  otherMails: ['iris@home.test'],
  assignedLicenses: [{ skuId: '06ebc4ee-1bb5-47dd-8120-11324bc54e06', disabledPlans: [] }],
  onPremisesSecurityIdentifier: 'S-1-5-21-1-2-3-1105',
  onPremisesDistinguishedName: 'CN=Iris Vance,DC=example,DC=test',
  onPremisesLastSyncDateTime: '2026-11-20T08:00:00Z',
};
/** What some properties are called here. */
const ours: Readonly<Record<string, string>> = {
  onPremisesSecurityIdentifier: 'sid',
  onPremisesDistinguishedName: 'dn',
  onPremisesLastSyncDateTime: 'lastSyncAt',
};

describe('toUser', () => {
  it('keeps null as null and writes ids in lower case', () => {
    const { assignedLicenses: _licences, ...kept } = user;
    expect(toUser({ ...user, '@odata.context': 'x' })).toEqual({
      ...Object.fromEntries(Object.entries(kept).map(([name, value]) => [ours[name] ?? name, value])),
      id: '46c82861-23b9-470b-ab37-a08402a70c67',
      licences: 1,
      hasMailbox: null,
      isAgent: false,
      objectIdentifier: undefined,
      deletedDateTime: null,
    });
  });

  const needed = ['id', 'userPrincipalName', 'onPremisesImmutableId', 'onPremisesSyncEnabled'];
  const without = (name: string): object => Object.fromEntries(Object.entries(user).filter(([key]) => key !== name));

  it.each(needed)('refuses an answer without %s: absent is not null', (name) => {
    expect(() => toUser(without(name))).toThrow(Failure);
    expect(() => toUser(without(name))).toThrow(name);
  });

  it.each(Object.keys(user).filter((name) => !needed.includes(name)))(
    'takes an odd user without %s, or with null there, for one that has none',
    (name) => {
      const odd = toUser({ ...user, [name]: null });
      expect(toUser(without(name))).toEqual(odd);
      expect(odd).toMatchObject(
        name === 'assignedLicenses'
          ? { licences: 0, hasMailbox: null }
          : { [ours[name] ?? name]: /proxyAddresses|otherMails/.test(name) ? [] : null },
      );
    },
  );

  it('refuses values of another type', () => {
    expect(() => toUser({ ...user, onPremisesImmutableId: 7 })).toThrow('onPremisesImmutableId');
    expect(() => toUser('<html>')).toThrow(Failure);
  });

  it('reads further keys, present and null, and refuses their absence', () => {
    expect(toListedUser({ ...user, mailNickname: null }, { ...plain, keys: ['mailNickname'] }).keys).toEqual({
      mailNickname: null,
    });
    expect(() => toListedUser(user, { ...plain, keys: ['mailNickname'] })).toThrow('mailNickname');
  });
});

describe('an agent', () => {
  it.each(['#microsoft.graph.agentUser', '#Microsoft.Graph.AgentUser', 'microsoft.graph.agentUser'])(
    'is known by its type: %s',
    (type) => expect(toUser({ ...user, '@odata.type': type }).isAgent).toBe(true),
  );

  it.each(['#microsoft.graph.user', null, ''])('is not who has the type %s', (type) => {
    expect(toUser({ ...user, '@odata.type': type }).isAgent).toBe(false);
  });
});

describe('a mailbox', () => {
  const sku = '06ebc4ee-1bb5-47dd-8120-11324bc54e06';
  const other = '16ebc4ee-1bb5-47dd-8120-11324bc54e06';
  const plan = 'efb87545-963c-4e0d-99df-69c6916d9eb0';
  const subscription = (skuId: string, ...names: readonly unknown[]): unknown => ({
    skuId,
    servicePlans: names.map((servicePlanName) => ({ servicePlanId: plan.toUpperCase(), servicePlanName })),
  });
  const hasMailbox = (assignedLicenses: unknown, ...skus: readonly unknown[]): boolean | null =>
    toListedUser({ ...user, assignedLicenses }, { keys: [], mailboxPlans: new Map(skus.map(toMailboxPlans)) }).user
      .hasMailbox;
  const mine = [{ skuId: sku.toUpperCase(), disabledPlans: [] }];

  it.each([
    'EXCHANGE_S_STANDARD',
    'EXCHANGE_S_ENTERPRISE_GOV',
    'EXCHANGE_S_DESKLESS',
    'EXCHANGE_S_ESSENTIALS',
    'EXCHANGE_S_STANDARD_MIDMARKET',
    'EXCHANGE_B_STANDARD',
    'EXCHANGE_L_STANDARD',
  ])('comes with the plan %s', (name) => {
    expect(hasMailbox(mine, subscription(sku, 'TEAMS1', name))).toBe(true);
  });

  it.each(['EXCHANGE_S_FOUNDATION', 'EXCHANGE_S_ARCHIVE', 'EXCHANGE_ANALYTICS', 'TEAMS1', null, undefined])(
    'does not come with %s',
    (name) => expect(hasMailbox(mine, subscription(sku, name))).toBe(false),
  );

  it('does not come with a plan that is switched off, unless another licence brings it', () => {
    const exchange = subscription(sku, 'EXCHANGE_S_ENTERPRISE');
    const off = { skuId: sku, disabledPlans: [plan] };
    expect(hasMailbox([off], exchange)).toBe(false);
    expect(hasMailbox([off, { skuId: other }], exchange, subscription(other, 'EXCHANGE_S_STANDARD'))).toBe(true);
  });

  it('is not known where a licence is not, or was not told', () => {
    expect(hasMailbox([{ skuId: other }], subscription(sku))).toBeNull();
    expect(hasMailbox([7], subscription(sku))).toBeNull();
    expect(hasMailbox(null, subscription(sku))).toBeNull();
    expect(hasMailbox([{ skuId: other }, ...mine], subscription(sku, 'EXCHANGE_S_STANDARD'))).toBe(true);
    expect(hasMailbox([])).toBe(false);
  });

  it('is nothing that an odd subscription hides: one without plans, or with something else in them', () => {
    expect(hasMailbox(mine, { skuId: sku })).toBe(false);
    const odd = { skuId: sku, servicePlans: [null, { servicePlanId: plan, servicePlanName: 'EXCHANGE_S_STANDARD' }] };
    expect(hasMailbox(mine, odd)).toBe(true);
    expect(() => toMailboxPlans({ servicePlans: [] })).toThrow('skuId');
  });
});

describe('toDeletedUser', () => {
  const deleted = { ...user, id: '41bb3eff-2ee7-4290-a3d8-d5791c04c901', deletedDateTime: '2026-11-10T16:40:00Z' };
  const nameOf = (userPrincipalName: string): string =>
    toDeletedUser({ ...deleted, userPrincipalName }, plain).user.userPrincipalName;

  it('gives the name back that the user had when it was alive', () => {
    expect(nameOf('41bb3eff2ee74290a3d8d5791c04c901rosa.gone@example.test')).toBe('rosa.gone@example.test');
    expect(nameOf('41BB3EFF2EE74290A3D8D5791C04C901rosa.gone@example.test')).toBe('rosa.gone@example.test');
  });

  it("leaves hex digits alone that are not the user's own id, and a name that was never changed", () => {
    expect(nameOf('51bb3eff2ee74290a3d8d5791c04c901rosa@example.test')).toBe(
      '51bb3eff2ee74290a3d8d5791c04c901rosa@example.test',
    );
    expect(nameOf('rosa.gone@example.test')).toBe('rosa.gone@example.test');
  });

  it('wants the date of the deletion', () => {
    expect(() => toDeletedUser({ ...deleted, deletedDateTime: null }, plain)).toThrow('deletedDateTime');
  });
});

describe('other answers', () => {
  it('reads a count behind a byte-order mark, and nothing else as a count', () => {
    expect(toCount('\uFEFF1200000')).toBe(1_200_000);
    expect(toCount(31)).toBe(31);
    expect(toCount('70000')).toBe(70_000);
    for (const text of ['7', '31', '120000', '\uFEFF1200000']) {
      expect(toCount(Buffer.from(text).toString('base64'))).toBe(Number(text.replace('\uFEFF', '')));
    }
    expect(toCount('<html>')).toBeUndefined();
    expect(toCount(null)).toBeUndefined();
  });

  it('reads a page with and without a next one', () => {
    expect(toPage({ value: [], '@odata.nextLink': 'https://x/y' })).toEqual({ rows: [], nextLink: 'https://x/y' });
    expect(toPage({ value: [1] })).toEqual({ rows: [1], nextLink: undefined });
  });

  it('refuses an organization that is not exactly one', () => {
    const one = { id: '5a3d1c0e-7b42-4c8e-9f16-d20b6a94e7c1', displayName: 'T' };
    expect(toTenantInfo({ value: [one] })).toEqual({ id: one.id, name: 'T' });
    expect(() => toTenantInfo({ value: [] })).toThrow(Failure);
    expect(() => toTenantInfo({ value: [one, one] })).toThrow(Failure);
  });

  it('reads batch items without headers or body, header names in lower case', () => {
    expect(
      toBatchAnswers({
        responses: [
          { id: '2', status: 204 },
          { id: '1', status: 429, headers: { 'Retry-After': '3' }, body: {} },
        ],
      }),
    ).toEqual([
      { id: '2', status: 204, headers: {}, body: undefined },
      { id: '1', status: 429, headers: { 'retry-after': '3' }, body: {} },
    ]);
  });

  it('finds no Graph error in what is not one', () => {
    expect(toGraphError('<html>')).toBeUndefined();
    expect(toGraphError({ error: 'invalid_client' })).toBeUndefined();
  });
});
