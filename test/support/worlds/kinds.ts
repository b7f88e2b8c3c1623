// What a person can be besides a plain one. Each kind is thrown for by itself, so that each meets each other.
import { immutableIdOfGuid } from '../../../src/core/ids/immutable-id.ts';
import type { PracticeAdUser, PracticeCloudUser } from '../../../src/sandbox/people/people.ts';
import { badValues, outOfScope } from './bad-values.ts';
import {
  type Draft,
  ascii,
  domain,
  federatedDomain,
  guidOf,
  immutableIdOf,
  initialDomain,
  mailboxLicence,
  pick,
  renameCloud,
  setMail,
  unverifiedDomain,
} from './draft.ts';
import { type Making, grant, somebody, strayCloud } from './making.ts';
import { lastNames } from './names.ts';

/** A kind of person: how many of a thousand are of it, and what it does to one. It may tell which of several it was. */
export type Kind = {
  readonly name: string;
  readonly perMille: number;
  readonly make: (draft: Draft, making: Making) => string | void;
};

const bad = Object.entries(badValues);
const left = Object.entries(outOfScope);
const inBin = '2026-11-02T08:15:00Z';
const lastSync = '2026-11-23T11:48:00Z';

function anchorIn({ byObjectGuid }: Making, ad: PracticeAdUser): string {
  return immutableIdOf(ad, byObjectGuid);
}

function nextDomain(address: string, suffix: string): string {
  return `${address.slice(0, address.lastIndexOf('@'))}@${suffix}`;
}

/** What a cloud user has that sync carries. */
function carriedFrom({ adDomain }: Making, ad: PracticeAdUser, anchor: string): Partial<PracticeCloudUser> {
  return {
    onPremisesImmutableId: anchor,
    onPremisesSyncEnabled: true,
    onPremisesObjectIdentifier: ad.objectGUID,
    onPremisesDomainName: adDomain,
    onPremisesSamAccountName: ad.sAMAccountName,
    onPremisesLastSyncDateTime: lastSync,
  };
}

/** Which sides there are, and whether the file knows. */
const sides: readonly Kind[] = [
  { name: 'not in the file', perMille: 120, make: (draft) => void (draft.isMapped = false) },
  {
    name: 'in AD alone',
    perMille: 40,
    make: (draft) => void Object.assign(draft, { hasCloud: false, isMapped: false }),
  },
  {
    name: 'in the cloud alone',
    perMille: 40,
    make: (draft) => void Object.assign(draft, { hasAd: false, isMapped: false }),
  },
  {
    name: 'in the recycle bin of the tenant',
    perMille: 4,
    make: ({ cloud }) => {
      cloud.userPrincipalName = `${cloud.id.replaceAll('-', '')}${cloud.userPrincipalName}`;
      cloud.deletedDateTime = inBin;
    },
  },
  { name: 'deleted in AD', perMille: 4, make: ({ ad }) => void (ad.isDeleted = true) },
  {
    name: 'a conflict object besides',
    perMille: 4,
    make: ({ ad }, { moreAd, next }) => {
      const number = next();
      const objectGUID = guidOf('ad', number);
      moreAd.push({ ...ad, objectGUID, cn: `${ad.cn}\nCNF:${objectGUID}`, sAMAccountName: `$DUPLICATE-${number}` });
    },
  },
  {
    name: 'out of scope',
    perMille: 12,
    make: ({ ad }, { dice }) => {
      const [rule, change] = pick(dice, left);
      change(ad);
      return rule;
    },
  },
];

/** Names and addresses. */
const names: readonly Kind[] = [
  {
    name: 'married in AD',
    perMille: 25,
    make: ({ ad, number }, { dice }) => {
      const last = pick(dice, lastNames);
      const address = `${ascii(ad.givenName ?? '')}.${ascii(last)}.${number}@${domain}`.toLowerCase();
      Object.assign(ad, { sn: last, displayName: `${ad.givenName ?? ''} ${last}`, userPrincipalName: address });
      const before = ad.proxyAddresses.map((value) => value.replace(/^SMTP:/, 'smtp:'));
      setMail(ad, address);
      ad.proxyAddresses.push(...before);
    },
  },
  {
    name: 'another address in the cloud',
    perMille: 40,
    make: ({ cloud, number }) => renameCloud(cloud, `cloud.${number}@${domain}`),
  },
  {
    name: 'in the initial domain',
    perMille: 20,
    make: ({ cloud }) => renameCloud(cloud, nextDomain(cloud.userPrincipalName, initialDomain)),
  },
  { name: 'without mail in the cloud', perMille: 40, make: ({ cloud }) => void Object.assign(cloud, bare()) },
  { name: 'without mail in AD', perMille: 40, make: ({ ad }) => void Object.assign(ad, bare()) },
  {
    name: 'mail alone in AD',
    perMille: 40,
    make: ({ ad }) => void (ad.proxyAddresses = []),
  },
  {
    name: 'a nickname',
    perMille: 60,
    make: ({ ad, number }) => void (ad.mailNickname = `nick${number}`),
  },
  {
    name: 'forwarded',
    perMille: 15,
    make: ({ ad, number }) => void (ad.targetAddress = `SMTP:far.${number}@partner.test`),
  },
  { name: 'without UPN', perMille: 12, make: ({ ad }) => void (ad.userPrincipalName = null) },
  {
    name: 'of an unverified domain',
    perMille: 15,
    make: ({ ad }) =>
      void (ad.userPrincipalName = nextDomain(ad.userPrincipalName ?? ad.sAMAccountName, unverifiedDomain)),
  },
  {
    name: 'with mail of an unverified domain',
    perMille: 10,
    make: ({ ad }) => setMail(ad, nextDomain(ad.mail ?? ad.sAMAccountName, unverifiedDomain)),
  },
  {
    name: 'federated in AD',
    perMille: 10,
    make: ({ ad }) =>
      void (ad.userPrincipalName = nextDomain(ad.userPrincipalName ?? ad.sAMAccountName, federatedDomain)),
  },
  {
    name: 'federated in the cloud',
    perMille: 10,
    make: ({ cloud }) => void (cloud.userPrincipalName = nextDomain(cloud.userPrincipalName, federatedDomain)),
  },
  {
    name: 'a bad value',
    perMille: 40,
    make: ({ ad }, { dice }) => {
      const [rule, change] = pick(dice, bad);
      change(ad);
      return rule;
    },
  },
];

function bare(): { mail: null; proxyAddresses: string[] } {
  return { mail: null, proxyAddresses: [] };
}

/** What somebody else has too. */
const shared: readonly Kind[] = [
  {
    name: 'shares an address with another AD user',
    perMille: 8,
    make: ({ ad, number }, making) => {
      const address = `smtp:team.${number}@${domain}`;
      for (const one of [ad, somebody(making).ad]) one.proxyAddresses = [...one.proxyAddresses, address];
    },
  },
  {
    name: 'has the primary address of another AD user',
    perMille: 4,
    make: ({ ad }, making) => {
      const { mail } = somebody(making).ad;
      if (mail !== null) setMail(ad, mail);
    },
  },
  {
    name: 'has the UPN of another AD user',
    perMille: 4,
    make: ({ ad }, making) => void (ad.userPrincipalName = somebody(making).ad.userPrincipalName),
  },
  {
    name: 'has the UPN of another cloud user',
    perMille: 4,
    make: ({ ad }, making) => void (ad.userPrincipalName = somebody(making).cloud.userPrincipalName),
  },
  {
    name: 'brings an address of another cloud user',
    perMille: 6,
    make: ({ ad }, making) => {
      const { mail } = somebody(making).cloud;
      if (mail !== null) ad.proxyAddresses = [...ad.proxyAddresses, `smtp:${mail}`];
    },
  },
  {
    name: 'a stray cloud user with its address',
    perMille: 10,
    make: ({ ad, cloud, number }, making) => {
      renameCloud(cloud, `moved.${number}@${domain}`);
      if (ad.mail !== null) strayCloud(making, ad.mail);
    },
  },
  {
    name: 'a stray cloud user with its UPN',
    perMille: 10,
    make: ({ ad, cloud, number }, making) => {
      renameCloud(cloud, `moved.${number}@${domain}`);
      const userPrincipalName = ad.userPrincipalName ?? `${ad.sAMAccountName}@${domain}`;
      strayCloud(making, `away.${making.next()}@${domain}`, { userPrincipalName, ...bare() });
    },
  },
  {
    name: 'a group with its address',
    perMille: 3,
    make: ({ ad, cloud, number }, { groups, next }) => {
      renameCloud(cloud, `moved.${number}@${domain}`);
      if (ad.mail === null) return;
      groups.push({
        id: guidOf('other', next()),
        displayName: `Group ${number}`,
        mail: ad.mail,
        proxyAddresses: [`SMTP:${ad.mail}`],
        members: [],
        owners: [],
      });
    },
  },
  {
    name: 'a contact with its second address',
    perMille: 3,
    make: ({ ad, number }, { contacts, next }) => {
      const address = `contact.${number}@${domain}`;
      ad.proxyAddresses = [...ad.proxyAddresses, `smtp:${address}`];
      contacts.push({
        id: guidOf('other', next()),
        displayName: `Contact ${number}`,
        mail: address,
        proxyAddresses: [`SMTP:${address}`],
      });
    },
  },
  {
    name: 'a guest with its other address',
    perMille: 3,
    make: ({ ad, number }, making) => {
      const address = `private.${number}@${domain}`;
      ad.proxyAddresses = [...ad.proxyAddresses, `smtp:${address}`];
      const stray = strayCloud(making, address, { userType: 'Guest', ...bare(), otherMails: [address] });
      stray.userPrincipalName = `private.${number}_${domain}#EXT#@${initialDomain}`;
    },
  },
];

/** Anchors and immutable IDs. */
const anchors: readonly Kind[] = [
  {
    name: 'a ConsistencyGuid',
    perMille: 250,
    make: ({ ad, number }) => void (ad['mS-DS-ConsistencyGuid'] = guidOf('anchor', number)),
  },
  {
    name: 'a copied anchor',
    perMille: 5,
    make: ({ ad }, making) => {
      const { ad: other } = somebody(making);
      const copied = other['mS-DS-ConsistencyGuid'] ?? other.objectGUID;
      if (other !== ad) ad['mS-DS-ConsistencyGuid'] = copied;
    },
  },
  {
    name: 'an anchor that is none',
    perMille: 2,
    make: ({ ad }) => void (ad['mS-DS-ConsistencyGuid'] = { hex: 'abcdef' }),
  },
  {
    name: 'linked already',
    perMille: 20,
    make: ({ ad, cloud }, making) => void (cloud.onPremisesImmutableId = anchorIn(making, ad)),
  },
  {
    name: 'an ID of nobody',
    perMille: 12,
    make: ({ cloud }, { next }) => void (cloud.onPremisesImmutableId = immutableIdOfGuid(guidOf('other', next()))),
  },
  {
    name: 'an ID of another provider',
    perMille: 5,
    make: ({ cloud }) => void (cloud.onPremisesImmutableId = cloud.mail ?? cloud.userPrincipalName),
  },
  {
    name: 'the ID of another AD user',
    perMille: 4,
    make: ({ cloud }, making) => void (cloud.onPremisesImmutableId = anchorIn(making, somebody(making).ad)),
  },
  {
    name: 'synced',
    perMille: 60,
    make: ({ ad, cloud }, making) => void Object.assign(cloud, carriedFrom(making, ad, anchorIn(making, ad))),
  },
  {
    name: 'formerly synced',
    perMille: 8,
    make: ({ ad, cloud }, making) =>
      void Object.assign(cloud, carriedFrom(making, ad, anchorIn(making, ad)), { onPremisesSyncEnabled: false }),
  },
  {
    name: 'synced from an old domain',
    perMille: 8,
    make: ({ cloud }, making) => {
      // Where sync deletes what it has lost, a domain that it does not see cannot be.
      if (making.deletes) return;
      const objectGUID = guidOf('other', making.next());
      const carried = carriedFrom(making, { ...nobody, objectGUID }, immutableIdOfGuid(objectGUID));
      Object.assign(cloud, carried, { onPremisesDomainName: 'old.test' });
    },
  },
  {
    name: 'a duplicate that sync made',
    perMille: 6,
    make: ({ ad, number }, making) => {
      const duplicate = strayCloud(making, `dup.${number}@${domain}`, carriedFrom(making, ad, anchorIn(making, ad)));
      duplicate.userPrincipalName = `dup.${number}@${initialDomain}`;
    },
  },
  {
    name: 'its ID in the recycle bin',
    perMille: 6,
    make: ({ ad, number }, making) => {
      const onPremisesImmutableId = anchorIn(making, ad);
      const stray = strayCloud(making, `bin.${number}@${domain}`, { onPremisesImmutableId, deletedDateTime: inBin });
      stray.userPrincipalName = `${stray.id.replaceAll('-', '')}bin.${number}@${domain}`;
    },
  },
  {
    name: 'mapped to this AD object',
    perMille: 6,
    make: ({ ad, cloud }) => void (cloud.onPremisesObjectIdentifier = ad.objectGUID),
  },
  {
    name: 'mapped to another AD object',
    perMille: 6,
    make: ({ cloud }, making) => void (cloud.onPremisesObjectIdentifier = somebody(making).ad.objectGUID),
  },
  { name: 'managed in the cloud', perMille: 6, make: ({ cloud }) => manageInCloud(cloud) },
];

function manageInCloud(cloud: PracticeCloudUser): void {
  Object.assign(cloud, { isCloudManaged: true, onPremisesSyncEnabled: null });
}

const nobody: Omit<PracticeAdUser, 'objectGUID'> = {
  cn: 'Gone',
  ou: 'Gone',
  sAMAccountName: 'gone',
  userPrincipalName: null,
  mail: null,
  proxyAddresses: [],
};

/** Rights, sign-in and mailboxes. */
const rights: readonly Kind[] = [
  {
    name: 'an administrator',
    perMille: 5,
    make: ({ cloud }, { assignments }) => void assignments.push(grant(cloud.id)),
  },
  {
    name: 'eligible for a role',
    perMille: 5,
    make: ({ cloud }, { eligibilities }) => void eligibilities.push(grant(cloud.id)),
  },
  {
    name: 'an administrator by a group',
    perMille: 3,
    make: ({ cloud, number }, { groups, assignments, next }) => {
      const id = guidOf('other', next());
      groups.push({
        id,
        displayName: `Admins ${number}`,
        mail: null,
        proxyAddresses: [],
        isAssignableToRole: true,
        members: [cloud.id],
        owners: [],
      });
      assignments.push(grant(id));
    },
  },
  { name: 'a guest', perMille: 5, make: ({ cloud }) => void (cloud.userType = 'Guest') },
  {
    name: 'an external member',
    perMille: 5,
    make: ({ cloud, number }) => void (cloud.userPrincipalName = `ext.${number}_partner.test#EXT#@${initialDomain}`),
  },
  { name: 'disabled in AD', perMille: 50, make: ({ ad }) => void (ad.disabled = true) },
  { name: 'blocked in the cloud', perMille: 50, make: ({ cloud }) => void (cloud.accountEnabled = false) },
  {
    name: 'a mailbox in AD',
    perMille: 40,
    make: ({ ad, number }, { dice }) => {
      if (dice.next() < 0.5) ad.msExchRecipientTypeDetails = '1';
      else ad.msExchMailboxGuid = guidOf('other', 500_000 + number);
    },
  },
  {
    name: 'a mailbox in the cloud',
    perMille: 500,
    make: ({ cloud, number }, { dice }) => {
      const { skuId, plan } = mailboxLicence(number);
      const isOn = dice.next() < 0.9;
      const capabilityStatus = isOn ? 'Enabled' : 'Deleted';
      cloud.assignedPlans = [{ service: 'exchange', servicePlanId: plan, capabilityStatus, assignedDateTime: null }];
      cloud.assignedLicenses = [skuId];
      if (!isOn) cloud.disabledPlans = [plan];
    },
  },
];

/** Every kind, in the order in which a person becomes them. */
export const kinds: readonly Kind[] = [...sides, ...names, ...shared, ...anchors, ...rights];
