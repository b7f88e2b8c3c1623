import { beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { type Client, type Reply, cast, eventual, openTenant, sharedTenant } from '../tenant-client.ts';

let client: Client;
beforeAll(async () => {
  client = await sharedTenant();
});

async function ask(filter: string, more: { advanced?: boolean; raw?: boolean; client?: Client } = {}) {
  const text = more.raw === true ? filter : encodeURIComponent(filter);
  const count = more.advanced === true ? '&$count=true' : '';
  const headers = more.advanced === true ? eventual : {};
  return (more.client ?? client).graph(`/users?$top=999&$select=userPrincipalName&$filter=${text}${count}`, {
    headers,
  });
}

const upns = (reply: Reply): string[] => reply.json.value.map((user) => user.userPrincipalName);

const live = cast().cloudUsers.filter((user) => user.deletedDateTime === null);

describe('filters of plain queries', () => {
  it.each([
    ["userPrincipalName eq 'nora.quill@example.test'", ['nora.quill@example.test']],
    ["userPrincipalName eq 'NORA.QUILL@EXAMPLE.TEST'", ['nora.quill@example.test']],
    ["mail eq 'petra@partner.test'", ['petra_partner.test#EXT#@example.onmicrosoft.test']],
    ["userPrincipalName eq 'sean.o''brien@example.test'", ["sean.o'brien@example.test"]],
    ["onPremisesImmutableId eq 'PcT9u5BIWEW7iVDYAgFKlw=='", ['theo.marsh@example.test']],
    ["id in ('de19bee6-4b65-4046-a220-6cbfb37272c2')", ['nora.quill@example.test']],
    [
      "mail in ('nora.quill@example.test', 'theo.marsh@example.test', 'nobody@nowhere.test')",
      ['nora.quill@example.test', 'theo.marsh@example.test'],
    ],
    [
      "mail eq 'nora.quill@example.test' or userPrincipalName eq 'theo.marsh@example.test'",
      ['nora.quill@example.test', 'theo.marsh@example.test'],
    ],
    ["startsWith(userPrincipalName,'copy.')", ['copy.one@example.test', 'copy.two@example.test']],
    ["startswith(displayName, 'copy o')", ['copy.one@example.test']],
    ["proxyAddresses/any(p:p eq 'smtp:petra@partner.test')", ['petra_partner.test#EXT#@example.onmicrosoft.test']],
    ["proxyAddresses/any(p: startsWith(p, 'SMTP:copy.'))", ['copy.one@example.test', 'copy.two@example.test']],
    ['accountEnabled eq false', ['dana.frost@example.test']],
    ["onPremisesSyncEnabled eq true and startsWith(displayName,'O')", ['olga.stern@example.test']],
    [
      "onPremisesSyncEnabled eq true and (mail eq 'will.sync@example.test' or mail eq 'nora.quill@example.test')",
      ['will.sync@example.test'],
    ],
    ["userType eq 'Guest' and startsWith(displayName,'Petra')", ['petra_partner.test#EXT#@example.onmicrosoft.test']],
    ["mail eq null and startsWith(userPrincipalName,'petra')", ['petra_partner.test']],
    ["mail eq 'nobody@nowhere.test'", []],
  ])('answers %s', async (filter, expected) => {
    const reply = await ask(filter);
    expect(reply.status).toBe(200);
    expect(upns(reply)).toEqual(expected);
  });

  it('tells immutable IDs apart by case', async () => {
    const held = live.find((user) => user.userPrincipalName.startsWith('case.fold'));
    const value = held?.onPremisesImmutableId ?? '';
    expect(upns(await ask(`onPremisesImmutableId eq '${value}'`))).toEqual(['case.fold@example.test']);
    expect(upns(await ask(`onPremisesImmutableId eq '${value.toUpperCase()}'`))).toEqual([]);
    expect(upns(await ask(`onPremisesImmutableId in ('${value.toUpperCase()}')`))).toEqual([]);
  });

  it('reads a raw + as a space, so an immutable ID that was not encoded is not found', async () => {
    const value = 'kEE35EGn80ep+VTtdqMN/Q==';
    expect(upns(await ask(`onPremisesImmutableId eq '${value}'`))).toEqual(['olga.stern@example.test']);
    expect(upns(await ask(`onPremisesImmutableId%20eq%20'${value}'`, { raw: true }))).toEqual([]);
    expect(upns(await ask(`onPremisesImmutableId+eq+'${value.replace('+', '%2B')}'`, { raw: true }))).toEqual([
      'olga.stern@example.test',
    ]);
  });

  it('cuts a request at a # that was not encoded', async () => {
    const reply = await ask("userPrincipalName%20eq%20'petra_partner.test#EXT#@example.onmicrosoft.test'", {
      raw: true,
    });
    expect(reply.status).toBe(400);
    expect(reply.json.error.message).toContain('unterminated string literal');
  });

  it.each([
    ["endsWith(mail,'@example.test')", 'Request_UnsupportedQuery'],
    ["userType ne 'Guest'", 'Request_UnsupportedQuery'],
    ["not (userType eq 'Guest')", 'Request_UnsupportedQuery'],
    ['onPremisesSyncEnabled eq null', 'Request_UnsupportedQuery'],
    ["onPremisesSamAccountName eq 'x'", 'Request_UnsupportedQuery'],
    ['onPremisesImmutableId eq null', 'Request_UnsupportedQuery'],
    ["onPremisesImmutableId in ('x', null)", 'Request_UnsupportedQuery'],
    ["startsWith(onPremisesImmutableId,'a')", 'Request_UnsupportedQuery'],
    ["userPrincipalName ge 'a'", 'Request_UnsupportedQuery'],
    ["proxyAddresses eq 'x'", 'Request_UnsupportedQuery'],
    ["mail/any(p:p eq 'x')", 'Request_UnsupportedQuery'],
    ["proxyAddresses/any(p:mail eq 'x')", 'Request_UnsupportedQuery'],
    ["immutableId eq 'x'", 'BadRequest'],
    ["accountEnabled eq 'true'", 'BadRequest'],
    ['userPrincipalName eq true', 'BadRequest'],
    ["mail eq 'unterminated", 'BadRequest'],
    ['mail eq mail', 'BadRequest'],
    ["mail is 'x'", 'BadRequest'],
    ["mail eq 'x' extra", 'BadRequest'],
    ["(mail eq 'x'", 'BadRequest'],
    ['mail in ()', 'BadRequest'],
    ['', 'BadRequest'],
  ])('refuses %s', async (filter, code) => {
    const { status, json } = await ask(filter);
    expect([status, json.error.code]).toEqual([400, code]);
  });

  it('refuses more than 15 alternatives, ORed or in a list, naming how many there were', async () => {
    const equals = (count: number): string =>
      Array.from({ length: count }, (_unused, n) => `mail eq 'u${n}@example.test'`).join(' or ');
    const list = (count: number): string =>
      `mail in (${Array.from({ length: count }, (_unused, n) => `'u${n}@example.test'`).join(',')})`;
    expect((await ask(equals(15))).status).toBe(200);
    expect((await ask(list(15))).status).toBe(200);
    for (const filter of [equals(18), list(18), `${equals(3)} or ${list(15)}`]) {
      const { status, json } = await ask(filter);
      expect(status).toBe(400);
      expect(json.error).toMatchObject({
        code: 'Request_UnsupportedQuery',
        message:
          "Too many child clauses specified in search filter expression containing 'OR' operators: 18. Max allowed: 15.",
      });
    }
  });

  it('refuses a value of more than 120 characters', async () => {
    expect((await ask(`mail eq '${'x'.repeat(120)}'`)).status).toBe(200);
    expect((await ask(`mail eq '${'x'.repeat(121)}'`)).status).toBe(400);
  });

  it('refuses nesting without end', async () => {
    const deep = `${'('.repeat(300)}mail eq 'x'${')'.repeat(300)}`;
    expect((await ask(deep)).status).toBe(400);
  });
});

describe('filters of advanced queries', () => {
  const advanced = { advanced: true };

  it.each([
    ["endsWith(mail,'@PARTNER.test')", ['petra_partner.test#EXT#@example.onmicrosoft.test']],
    ["userType ne 'Member'", ['petra_partner.test#EXT#@example.onmicrosoft.test']],
    ["not(userType eq 'Member')", ['petra_partner.test#EXT#@example.onmicrosoft.test']],
    [
      "not endsWith(userPrincipalName,'@example.test') and mail ne null",
      ['petra_partner.test#EXT#@example.onmicrosoft.test', 'fern.fed@fed.example.test', 'frank.fed@fed.example.test'],
    ],
  ])('answers %s', async (filter, expected) => {
    const reply = await ask(filter, advanced);
    expect(upns(reply)).toEqual(expected);
    expect(reply.json['@odata.count']).toBe(expected.length);
  });

  it('finds users who were never synced', async () => {
    const never = live.filter((user) => user.onPremisesSyncEnabled === null).length;
    expect((await ask('onPremisesSyncEnabled eq null', advanced)).json['@odata.count']).toBe(never);
  });

  it('tells immutable IDs apart by case where no index helps', async () => {
    const held = live.find((user) => user.userPrincipalName.startsWith('case.fold'))?.onPremisesImmutableId ?? '';
    const others = async (value: string) =>
      (await ask(`not (onPremisesImmutableId eq '${value}')`, advanced)).json['@odata.count'];
    expect([await others(held), await others(held.toUpperCase())]).toEqual([live.length - 1, live.length]);
  });

  it('needs the header as well as $count', async () => {
    const filter = encodeURIComponent("userType ne 'Member'");
    expect((await client.graph(`/users?$filter=${filter}`, { headers: eventual })).status).toBe(400);
    expect((await client.graph(`/users?$filter=${filter}&$count=true`)).status).toBe(400);
  });

  it('refuses to ask for an empty immutable ID, in any way', async () => {
    for (const filter of ['onPremisesImmutableId eq null', 'onPremisesImmutableId ne null']) {
      expect((await ask(filter, advanced)).status).toBe(400);
    }
  });

  it('is bound by the length of the URL in place of 15 alternatives', async () => {
    const list = (count: number): string =>
      `mail in (${Array.from({ length: count }, (_unused, n) => `'u${n}@example.test'`).join(',')})`;
    expect((await ask(list(40), advanced)).status).toBe(200);
    expect((await ask(list(90), advanced)).status).toBe(400);
  });
});

it('answers filters over indexes and by walking alike', async () => {
  // The same question in a form that an index answers, and in one that none does.
  const people = cast();
  const other = await openTenant({}, people);
  try {
    for (const user of live.filter((one) => one.mail !== null)) {
      const mail = user.mail?.replaceAll("'", "''") ?? '';
      const quick = await ask(`mail eq '${mail}'`, { client: other });
      const slow = await ask(`endsWith(mail,'${mail}') and startsWith(mail,'${mail}')`, {
        client: other,
        advanced: true,
      });
      expect(upns(quick)).toEqual([user.userPrincipalName]);
      expect(upns(slow)).toContain(user.userPrincipalName);
    }
  } finally {
    await other.close();
  }
});

describe('who is managed in the cloud', () => {
  const isManaged = 'onPremisesSyncBehavior/isCloudManaged eq true';

  async function open() {
    const people = cast();
    const [first, ...rest] = people.cloudUsers;
    if (!first) throw new Error('the cast is empty');
    const other = await openTenant({}, { ...people, cloudUsers: [{ ...first, isCloudManaged: true }, ...rest] });
    onTestFinished(() => other.close());
    return { other, upn: first.userPrincipalName };
  }

  it('is asked for by an advanced query alone', async () => {
    const { other, upn } = await open();
    expect(upns(await ask(isManaged, { client: other, advanced: true }))).toEqual([upn]);
    expect((await ask(isManaged, { client: other })).status).toBe(400);
    const path = `/users?$filter=${encodeURIComponent(isManaged)}&$count=true`;
    expect((await other.graph(path)).status).toBe(400);
  });

  it('is no property of a user: neither selected nor written', async () => {
    const { other } = await open();
    const name = 'onPremisesSyncBehavior/isCloudManaged';
    expect((await other.graph(`/users?$select=id,${name}`)).status).toBe(400);
    const id = cast().cloudUsers[0]?.id ?? '';
    const reply = await other.graph(`/users/${id}`, { method: 'PATCH', body: { [name]: false } });
    expect(reply.status).toBe(400);
  });
});
