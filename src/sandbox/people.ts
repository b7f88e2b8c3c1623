// sandbox/: a practice directory (LDAP over TLS) and a practice tenant (HTTPS) on loopback. This file is the shape of the
// people both are filled with; fixtures/cast.json is one such file.
import { readFileSync } from 'node:fs';
import { z } from 'zod';

const guid = z.guid().transform((text) => text.toLowerCase());

/** An octet string: a GUID in text form, or raw bytes in hex for values that are none. */
const octets = z.union([guid, z.strictObject({ hex: z.string().regex(/^([0-9a-f]{2})*$/) })]);

const adUser = z.strictObject({
  cn: z.string(),
  /** Name of an organizational unit directly below the domain. */
  ou: z.string(),
  objectGUID: guid,
  sAMAccountName: z.string(),
  userPrincipalName: z.string().nullable(),
  mail: z.string().nullable(),
  proxyAddresses: z.array(z.string()).default([]),
  employeeID: z.string().optional(),
  'mS-DS-ConsistencyGuid': octets.optional(),
  adminDescription: z.string().optional(),
  disabled: z.boolean().optional(),
});

const adOther = z.strictObject({
  objectClass: z.enum(['group', 'computer', 'contact']),
  cn: z.string(),
  ou: z.string(),
  objectGUID: guid,
  sAMAccountName: z.string().optional(),
  mail: z.string().optional(),
});

const cloudUser = z.strictObject({
  id: guid,
  displayName: z.string(),
  userPrincipalName: z.string(),
  mail: z.string().nullable(),
  userType: z.enum(['Member', 'Guest']),
  accountEnabled: z.boolean(),
  onPremisesImmutableId: z.string().nullable(),
  onPremisesSyncEnabled: z.boolean().nullable(),
  deletedDateTime: z.string().nullable(),
  proxyAddresses: z.array(z.string()).default([]),
});

const domain = z.strictObject({
  id: z.string(),
  isDefault: z.boolean(),
  isInitial: z.boolean(),
  isVerified: z.boolean(),
  authenticationType: z.enum(['Managed', 'Federated']),
});

const people = z.strictObject({
  directory: z.strictObject({ domain: z.string(), netbiosName: z.string(), bindUser: z.string() }),
  tenant: z.strictObject({ id: guid, displayName: z.string(), clientId: guid, domains: z.array(domain) }),
  adUsers: z.array(adUser),
  adOthers: z.array(adOther).default([]),
  cloudUsers: z.array(cloudUser),
});

/** Everybody in the sandbox, on both sides. Passwords and secrets are not in it: they are made at start. */
export type People = z.infer<typeof people>;
export type PracticeAdUser = People['adUsers'][number];
export type PracticeAdOther = People['adOthers'][number];
export type PracticeCloudUser = People['cloudUsers'][number];

/** Reads and checks a people file. Throws with the place when it does not fit. */
export function readPeople(path: string): People {
  return people.parse(JSON.parse(readFileSync(path, 'utf8')));
}
