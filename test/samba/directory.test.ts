// The directory adapter against a real domain controller. Needs one that scripts/samba/dc.sh has set up:
// scripts/samba/test.sh starts one, runs this, and takes it away again. Without one there is a visible skip; with
// HARDMATCH_REQUIRE_SAMBA=1 there is a failure instead.
import { readFileSync } from 'node:fs';
import { afterEach, describe, expect, it } from 'vitest';
import { openLdapDirectory, type LdapDirectory, type LdapSettings } from '../../src/ad/ldap/directory.ts';
import type { Guid } from '../../src/core/guid.ts';
import type { AdRef } from '../../src/core/references.ts';
import { makeRetry } from '../../src/run/retry.ts';
import { hurriedClock, keptLog } from '../ad/tools.ts';
import { directoryContract, expectPerson, person, ref } from '../contract/directory.ts';
import { faultOf } from '../support/ends.ts';

const env = process.env;
const url = env['HARDMATCH_SAMBA_LDAPS_URL'];
const isRequired = env['HARDMATCH_REQUIRE_SAMBA'] === '1';
const castPassword = 'Passw0rd!Cast';

function connect(more: Partial<LdapSettings> = {}): Promise<LdapDirectory> {
  const clock = hurriedClock();
  const settings: LdapSettings = {
    urls: [url ?? ''],
    user: 'svc-hardmatch@example.test',
    password: castPassword,
    caPem: readFileSync(env['HARDMATCH_SAMBA_CA_FILE'] ?? '', 'utf8'),
    startTls: false,
    allowPlaintext: false,
    ...more,
  };
  return openLdapDirectory(settings, { log: keptLog(), clock, retry: makeRetry(clock) });
}

if (url === undefined)
  console.warn('test/samba: skipped, no domain controller was given; start one with scripts/samba/test.sh');

it.runIf(isRequired)('has a domain controller to run on, as HARDMATCH_REQUIRE_SAMBA demands', () => {
  expect(url, 'HARDMATCH_SAMBA_LDAPS_URL; see scripts/samba/test.sh').toBeDefined();
});

describe.skipIf(url === undefined)('a Samba domain controller', () => {
  const ldapUrl = env['HARDMATCH_SAMBA_LDAP_URL'] ?? '';

  const holds = { givenSids: false, exchange: false };
  directoryContract('Samba over LDAPS', async () => ({ directory: await connect() }), holds);
  const overStartTls = async () => ({ directory: await connect({ urls: [ldapUrl], startTls: true }) });
  directoryContract('Samba over StartTLS', overStartTls, holds);

  describe('on Samba', () => {
    const open: LdapDirectory[] = [];
    const opened = async (more: Partial<LdapSettings> = {}): Promise<LdapDirectory> => {
      const directory = await connect(more);
      open.push(directory);
      return directory;
    };
    afterEach(async () => {
      await Promise.all(open.splice(0).map((directory) => directory.close()));
    });

    it('stops the run for an account that may not read mS-DS-ConsistencyGuid', async () => {
      const blind = await opened({ user: String.raw`EXAMPLE\svc-blind` });
      const fault = await faultOf(blind.locate([ref('mokafor')], null));
      expect(fault.code).toBe('ad-attributes-hidden');
      expect(fault.message).toMatch(/Mina Okafor/);
    });

    it('stops the run when the key cannot be seen, and does not say that nobody has it', async () => {
      const blind = await opened({ user: String.raw`EXAMPLE\svc-blind` });
      const fault = await faultOf(blind.locate([ref('1003', 'employeeID')], null));
      expect(fault.code).toBe('ad-attributes-hidden');
      expect(fault.message).toMatch(/employeeID/);
    });

    it.each([
      ['svc-disabled', /disabled/],
      ['svc-expired', /expired/],
      ['svc-mustchange', /must be changed/],
      ['svc-unknown', /wrong|no such user/],
    ])('says why %s may not sign in', async (sam, why) => {
      const fault = await faultOf(connect({ user: `${sam}@example.test` }));
      expect(fault.code).toBe('ad-sign-in-refused');
      expect(fault.message).toMatch(why);
    });

    it('says that the server refuses a password in the clear', async () => {
      const fault = await faultOf(connect({ urls: [ldapUrl], allowPlaintext: true }));
      expect(fault.code).toBe('ad-tls-required');
    });

    it('says that the certificate is not trusted without the authority', async () => {
      const clock = hurriedClock();
      const settings = { urls: [url ?? ''], user: 'a@b', password: 'x', startTls: false, allowPlaintext: false };
      const fault = await faultOf(openLdapDirectory(settings, { log: keptLog(), clock, retry: makeRetry(clock) }));
      expect(fault.code).toBe('ad-tls');
    });

    it.each([
      ['OU=Nowhere,DC=example,DC=test', /no such object/],
      ['nonsense', /not a distinguished name/],
      ['DC=other,DC=test', /not in the domain example\.test/],
    ])('says what is wrong with the search base %s', async (base, why) => {
      const fault = await faultOf(connect({ base }));
      expect(fault.code).toBe('ad-base');
      expect(fault.message).toMatch(why);
    });

    it('keeps to the search base', async () => {
      const directory = await opened({ base: 'OU=Odd Names,DC=example,DC=test' });
      const [inside, outside] = await directory.locate([ref('comma.plus'), ref('nquill')], null);
      expectPerson(inside, 'comma.plus', holds);
      expect(outside).toEqual({ kind: 'none' });
    });

    it('reads the SIDs that every domain has, and knows what is critical to the system', async () => {
      const directory = await opened();
      const names = ['Administrator', 'krbtgt', 'nquill'].map((name): AdRef => ({ kind: 'sam', name }));
      const [administrator, krbtgt, nora] = await directory.locate(names, null);
      const users = [administrator, krbtgt, nora].map((answer) => (answer?.kind === 'found' ? answer.user : undefined));
      // RIDs 500 and 502 are the same in every domain (MS-DTYP 2.4.2.4).
      expect(users[0]?.sid).toMatch(/^S-1-5-21-\d+-\d+-\d+-500$/);
      expect(users[1]?.sid).toBe(users[0]?.sid?.replace(/500$/, '502'));
      expect(users.map((user) => user?.isCriticalSystemObject)).toEqual([true, true, false]);
      const [builtin] = await directory.locate([{ kind: 'sid', sid: 'S-1-5-32-544' }], null);
      expect(builtin).toMatchObject({ kind: 'not-a-user', objectClass: 'group' });
    });

    it('finds users by their SID in an input too', async () => {
      const directory = await opened();
      const [nora] = await directory.locate([ref('nquill')], null);
      const sid = nora?.kind === 'found' ? (nora.user.sid ?? '') : '';
      expectPerson((await directory.locate([ref(sid, 'objectsid')], null)).at(0), 'nquill', holds);
    });

    it('lets an ordinary account look for SIDs, though it may not read the users', async () => {
      const blind = await opened({ user: String.raw`EXAMPLE\svc-blind` });
      expect([...(await blind.locate([{ kind: 'sid', sid: 'S-1-5-21-1-2-3-4' }], null))]).toEqual([{ kind: 'none' }]);
      const [nora] = await (await opened()).locate([ref('nquill')], null);
      const sid = nora?.kind === 'found' ? (nora.user.sid ?? '') : '';
      expect((await faultOf(blind.locate([{ kind: 'sid', sid }], null))).message).toMatch(/Nora Quill/);
    });

    it("does not say to such an account that an anchor is nobody's", async () => {
      const blind = await opened({ user: String.raw`EXAMPLE\svc-blind` });
      const value = person('mokafor')['mS-DS-ConsistencyGuid'] as Guid;
      const fault = await faultOf(blind.locate([{ kind: 'anchor', guid: value }], null));
      expect(fault.code).toBe('ad-attributes-hidden');
    });

    it('counts the users it can read', async () => {
      const { users, hidden } = await (await opened()).readability();
      expect(users).toBeGreaterThan(30);
      expect(hidden).toBe(0);
    });

    // Needs made-up users beside the cast: HARDMATCH_SAMBA_CROWD says how many `dc.sh load` made.
    const crowd = Number(env['HARDMATCH_SAMBA_CROWD'] ?? 0);
    it.skipIf(crowd < 1_000)(
      'finds every one of the made-up users, by name and by an attribute without index',
      async () => {
        const directory = await opened();
        const names = Array.from({ length: crowd }, (_none, n) => `u${String(n + 1).padStart(7, '0')}`);
        const started = Date.now();
        const byName = await directory.locate(
          names.map((name) => ({ kind: 'sam', name })),
          null,
        );
        const looked = Date.now();
        expect([...byName].filter((answer) => answer.kind === 'found').length).toBe(crowd);
        const numbers = names.map((_name, n): ReturnType<typeof ref> => ({
          kind: 'key',
          attribute: 'employeeID',
          value: `C${n + 1}`,
        }));
        const byNumber = await directory.locate(numbers, null);
        expect([...byNumber].filter((answer) => answer.kind === 'found').length).toBe(crowd);
        console.log(
          `look-ups ${looked - started} ms, listing ${Date.now() - looked} ms, ${directory.searches()} searches`,
        );
      },
      300_000,
    );
  });
});
