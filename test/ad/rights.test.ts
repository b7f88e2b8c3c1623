import { afterEach, describe, expect, it } from 'vitest';
import type { LdapDirectory } from '../../src/ad/ldap/directory.ts';
import type { PracticeDirectoryOptions } from '../../src/sandbox/directory/directory.ts';
import { expectPerson, ref } from '../contract/directory.ts';
import { openOn, practice } from './tools.ts';
import { faultOf } from '../support/ends.ts';

const closing: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

async function blindTo(...hiddenAttributes: string[]): Promise<LdapDirectory> {
  const options: Partial<PracticeDirectoryOptions> = { hiddenAttributes };
  const server = await practice(options);
  closing.push(() => server.close());
  const directory = await openOn(server);
  closing.push(() => directory.close());
  return directory;
}

describe('an account without the right to read all properties', () => {
  // What an ordinary account no longer sees once Authenticated Users have left "Pre-Windows 2000 Compatible Access".
  const hardened = ['mS-DS-ConsistencyGuid', 'userAccountControl', 'whenCreated', 'employeeID', 'proxyAddresses'];

  it('stops the run: the value that it cannot see would look like an empty one', async () => {
    const directory = await blindTo(...hardened);
    const fault = await faultOf(directory.locate([ref('mokafor')], null));
    expect(fault.code).toBe('ad-attributes-hidden');
    expect(fault.exitCode).toBe(2);
    expect(fault.message).toMatch(/whenCreated and userAccountControl of .*Mina Okafor/);
    expect(fault.hint).toContain('Read all properties');
  });

  it('stops the run when only the enabled state is hidden', async () => {
    const directory = await blindTo('userAccountControl');
    expect((await faultOf(directory.locate([ref('nquill')], null))).message).toContain('userAccountControl');
  });

  it('stops the run when a search by a hidden key finds nobody', async () => {
    const directory = await blindTo(...hardened);
    const fault = await faultOf(directory.locate([ref('1003', 'employeeID')], null));
    expect(fault.code).toBe('ad-attributes-hidden');
    expect(fault.message).toContain('employeeID');
  });

  it('may still ask for somebody who is not there, or is no user', async () => {
    const directory = await blindTo(...hardened);
    const [nobody, group] = await directory.locate([ref('nobody'), ref('all-staff')], null);
    expect(nobody).toEqual({ kind: 'none' });
    expect(group?.kind).toBe('not-a-user');
  });

  it('is counted for the doctor', async () => {
    const { users, hidden } = await (await blindTo(...hardened)).readability();
    expect(users).toBeGreaterThan(30);
    expect(hidden).toBe(users);
    expect((await (await blindTo()).readability()).hidden).toBe(0);
  });

  it('is not suspected when a key that all may read finds nobody', async () => {
    const directory = await blindTo();
    expect([...(await directory.locate([ref('nobody', 'employeeID')], null))]).toEqual([{ kind: 'none' }]);
    expectPerson((await directory.locate([ref('1003', 'employeeID')], null)).at(0), 'apires');
  });
});
