// Random worlds: a directory, a tenant, a list of pairings, and what is switched on; the same seed gives the same world.
//   names, draft   plain people          kinds, bad-values   what else they are       making   a world in the making
//   settle         what can be in a tenant       run-world   plan, apply, cycle       compare  prediction and outcome
import type { Mappings, Pairing } from '../../../src/core/row.ts';
import { dnOf, forestOf } from '../../../src/sandbox/directory/entries.ts';
import type { People } from '../../../src/sandbox/people/people.ts';
import { dice as diceOf, type Dice } from '../dice.ts';
import { mappings, pairing } from '../people.ts';
import {
  type Draft,
  domain,
  federatedDomain,
  initialDomain,
  mailboxLicence,
  pick,
  plainDraft,
  unverifiedDomain,
} from './draft.ts';
import { kinds } from './kinds.ts';
import { type Making, roleId } from './making.ts';
import { markCarried, settledAd, settledCloud } from './settle.ts';

/** With what the tool plans, and with what sync then runs. */
export type WorldSettings = {
  readonly sourceAnchor: 'auto' | 'objectGUID';
  readonly sync: 'connect' | 'cloud';
  readonly allowRelink: boolean;
  readonly federatedDetour: string | null;
  /** Whether sync deletes whose AD user it has lost. */
  readonly deletes: boolean;
};

export type World = {
  readonly seed: number;
  readonly people: People;
  readonly mappings: Mappings;
  readonly settings: WorldSettings;
  /** The kinds each person is of, by the AD user's objectGUID and by the cloud user's id. */
  readonly kindsOf: ReadonlyMap<string, readonly string[]>;
};

/** Makes the world of a seed with so many people, who are AD users, cloud users, or mostly both. */
export function makeWorld(seed: number, users: number): World {
  const dice = diceOf(seed * 7_919 + users);
  const settings = settingsOf(dice);
  const making: Making = {
    dice,
    drafts: [],
    adDomain: dice.next() < 0.75 ? domain : 'corp.local',
    byObjectGuid: settings.sourceAnchor === 'objectGUID',
    deletes: settings.deletes,
    moreAd: [],
    moreCloud: [],
    groups: [],
    contacts: [],
    assignments: [],
    eligibilities: [],
    next: numbersFrom(1_000_000),
  };
  for (let number = 1; number <= users; number++) making.drafts.push(plainDraft(number, dice));
  throwKinds(making);
  const people = peopleOf(making, dice);
  const pairings = pairingsOf(making, people);
  const kindsOf = new Map(
    making.drafts.flatMap(({ ad, cloud, kinds: of }) => [[ad.objectGUID, of] as const, [cloud.id, of] as const]),
  );
  return { seed, people, mappings: mappings(pairings), settings, kindsOf };
}

function settingsOf(dice: Dice): WorldSettings {
  const sync = dice.next() < 0.2 ? 'cloud' : 'connect';
  return {
    sync,
    sourceAnchor: sync === 'connect' && dice.next() < 0.15 ? 'objectGUID' : 'auto',
    allowRelink: dice.next() < 0.5,
    federatedDetour: dice.next() < 0.4 ? initialDomain : null,
    deletes: dice.next() < 0.25,
  };
}

function numbersFrom(first: number): () => number {
  let next = first;
  return () => next++;
}

/** How much more, or less, of a kind this world has: none, few, as usual, many. */
const shares = [0, 0.3, 1, 1, 3];

function throwKinds(making: Making): void {
  const { dice, drafts } = making;
  const rates = kinds.map((kind) => ({ kind, rate: (kind.perMille / 1_000) * pick(dice, shares) }));
  for (const { kind, rate } of rates) {
    for (const draft of drafts) {
      if (dice.next() >= rate) continue;
      const which = kind.make(draft, making);
      draft.kinds.push(typeof which === 'string' ? `${kind.name}: ${which}` : kind.name);
    }
  }
}

function peopleOf(making: Making, dice: Dice): People {
  const { adDomain, groups, contacts, assignments, eligibilities } = making;
  const often = (share: number): boolean => dice.next() < share;
  const verified = { isDefault: false, isInitial: false, isVerified: true, authenticationType: 'Managed' } as const;
  const people: People = {
    directory: { domain: adDomain, netbiosName: 'EXAMPLE', bindUser: `svc-hardmatch@${adDomain}` },
    tenant: {
      id: '5a3d1c0e-7b42-4c8e-9f16-d20b6a94e7c1',
      displayName: 'Random World',
      clientId: '0b6f6a3e-55f0-4f0c-8a3b-7c1d9e2f4a60',
      domains: [
        { ...verified, id: domain, isDefault: true },
        { ...verified, id: initialDomain, isInitial: true },
        { ...verified, id: federatedDomain, authenticationType: 'Federated' },
        { ...verified, id: unverifiedDomain, isVerified: false },
      ],
      subscribedSkus: [0, 1, 2, 3, 4, 5, 6].map((number) => {
        const { skuId, plan } = mailboxLicence(number);
        const servicePlans = [{ servicePlanId: plan, servicePlanName: 'EXCHANGE_S_ENTERPRISE' }];
        return { skuId, skuPartNumber: `MAIL_${number}`, servicePlans };
      }),
      onPremisesSyncEnabled: true,
      onPremisesLastSyncDateTime: '2026-11-23T11:48:00Z',
      features: {
        blockCloudObjectTakeoverThroughHardMatchEnabled: often(0.1),
        blockSoftMatchEnabled: often(0.2),
        allowOnPremUpdateOfOnPremisesObjectIdentifierEnabled: often(0.25),
        softMatchOnUpnEnabled: !often(0.15),
      },
    },
    adUsers: settledAd(making),
    adOthers: [],
    cloudUsers: settledCloud(making),
    groups,
    contacts,
    roles: {
      definitions: [{ id: roleId, displayName: 'Global Administrator' }],
      assignments,
      eligibilities,
    },
  };
  markCarried(people);
  return people;
}

type Pair = { readonly draft: Draft; readonly cloud: string };

/** The rows: one for each mapped person, some wrong, some twice, and in some worlds a part that slipped by a line. */
function pairingsOf(making: Making, people: People): Pairing[] {
  const { dice } = making;
  const pairs: Pair[] = making.drafts
    .filter(({ isMapped }) => isMapped)
    .map((draft) => ({ draft, cloud: dice.next() < 0.5 ? draft.cloud.userPrincipalName : draft.cloud.id }));
  swapSome(pairs, making);
  if (dice.next() < 0.2) slip(pairs, making);
  const twice = pairs.filter(() => dice.next() < 0.001);
  const forest = forestOf(people);
  const textOf = ({ ad }: Draft): string => {
    const isPlain = /^[\w-]+$/.test(ad.sAMAccountName);
    const texts = [ad.objectGUID, dnOf(ad, forest), isPlain ? ad.sAMAccountName : ad.objectGUID];
    return pick(dice, texts);
  };
  return [...pairs, ...twice].map(({ draft, cloud }, place) => pairing(place + 2, [textOf(draft), cloud]));
}

function swapSome(pairs: Pair[], { dice }: Making): void {
  for (const [place, pair] of pairs.entries()) {
    if (dice.next() >= 0.004) continue;
    const at = dice.whole(0, pairs.length - 1);
    const other = pairs[at];
    if (!other || other === pair) continue;
    pairs[place] = { ...pair, cloud: other.cloud };
    pairs[at] = { ...other, cloud: pair.cloud };
    pair.draft.kinds.push('a wrong pair');
    other.draft.kinds.push('a wrong pair');
  }
}

/** The column of cloud users slips down by one in a stretch of rows. */
function slip(pairs: Pair[], { dice }: Making): void {
  const from = dice.whole(0, pairs.length - 1);
  const to = Math.min(pairs.length, from + dice.whole(5, 60));
  const texts = pairs.slice(from, to).map(({ cloud }) => cloud);
  for (const [index, pair] of pairs.slice(from, to).entries()) {
    pairs[from + index] = { ...pair, cloud: texts[(index + texts.length - 1) % texts.length] ?? pair.cloud };
    pair.draft.kinds.push('slipped');
  }
}
