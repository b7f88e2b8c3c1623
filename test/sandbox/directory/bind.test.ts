import { Client, type ResultCodeError } from 'ldapts';
import { describe, expect, it } from 'vitest';
import { makeCertificates } from '../../../src/sandbox/http/certificates.ts';
import { startDirectory } from '../../../src/sandbox/directory/directory.ts';
import { bindMessage, bound, cast, client, message, password, raw, resultOf, start } from '../practice-directory.ts';
import { testCertificates } from '../../support/certificates.ts';

/** The refusal of a bind, as the client throws it; fails when it is not refused. */
async function refusal(bind: Promise<void>): Promise<{ code: number | undefined; message: string }> {
  const error = await bind.then(
    () => {
      throw new Error('the bind was accepted');
    },
    (thrown: unknown) => thrown as ResultCodeError,
  );
  return { code: error.code, message: error.message };
}

describe('binding to the practice directory', () => {
  it.each([
    ['UPN', 'svc-hardmatch@example.test'],
    ['UPN in another case', 'SVC-Hardmatch@EXAMPLE.test'],
    ['DN', 'CN=svc-hardmatch,CN=Users,DC=example,DC=test'],
    ['DN written differently', 'cn = SVC-hardmatch , cn=users,dc=EXAMPLE,dc=test'],
    ['DOMAIN\\name', 'EXAMPLE\\svc-hardmatch'],
  ])('accepts the account by %s', async (_form, name) => {
    const directory = await start();
    const user = client(directory);
    await user.bind(name, password);
    const { searchEntries } = await user.search(directory.bindDn, { scope: 'base', attributes: ['sAMAccountName'] });
    expect(searchEntries).toEqual([{ dn: directory.bindDn, sAMAccountName: 'svc-hardmatch' }]);
  });

  it('accepts one of the people by UPN, by name@domain where the UPN is another, and by DN', async () => {
    const directory = await start({ accounts: [{ sAMAccountName: 'jmueller', password: 'Other!1' }] });
    for (const name of [
      'jürgen.müller@example.test',
      'jmueller@example.test',
      'CN=Jürgen Müller,OU=People,DC=example,DC=test',
    ]) {
      await expect(client(directory).bind(name, 'Other!1')).resolves.toBeUndefined();
    }
  });

  it('takes the bind user from the people when it is one of them, and adds nobody', async () => {
    const people = { ...cast, directory: { ...cast.directory, bindUser: 'nquill@example.test' } };
    const directory = await start({ people });
    expect(directory.bindDn).toBe('CN=Nora Quill,OU=People,DC=example,DC=test');
    const { searchEntries } = await (await bound(directory)).search('CN=Users,DC=example,DC=test', { scope: 'one' });
    expect(searchEntries).toEqual([]);
  });

  it('refuses a wrong password with 49 and data 52e, and an unknown user likewise', async () => {
    const directory = await start();
    const wrong = await refusal(client(directory).bind(directory.bindUser, 'wrong'));
    expect(wrong.code).toBe(49);
    expect(wrong.message).toContain('80090308: LdapErr: DSID-');
    expect(wrong.message).toContain('AcceptSecurityContext error, data 52e, v');
    expect((await refusal(client(directory).bind('nobody@example.test', password))).message).toContain('data 52e');
    expect((await refusal(client(directory).bind('no dn, no upn', password))).message).toContain('data 52e');
  });

  it('tells the scripted reasons of single accounts', async () => {
    const accounts = [
      { sAMAccountName: 'nquill', password: 'a', refusal: '532' },
      { sAMAccountName: 'tmarsh', password: 'a', refusal: '773' },
      { sAMAccountName: 'ivance', password: 'a', refusal: '775' },
      { sAMAccountName: 'ghost', password: 'a', refusal: '525' },
      { sAMAccountName: 'dfrost', password: 'a' },
    ] as const;
    const directory = await start({ accounts });
    const data = async (name: string, secret: string): Promise<string | undefined> =>
      /data (\w+),/.exec((await refusal(client(directory).bind(`EXAMPLE\\${name}`, secret))).message)?.[1];
    expect(await data('nquill', 'a')).toBe('532');
    expect(await data('tmarsh', 'a')).toBe('773');
    expect(await data('ivance', 'wrong')).toBe('775');
    expect(await data('ghost', 'a')).toBe('525');
    expect(await data('dfrost', 'a'), 'a disabled account says so by itself').toBe('533');
    expect(await data('dfrost', 'wrong'), 'but only to who knows the password').toBe('52e');
  });

  it('refuses an empty password, which would be a bind as nobody', async () => {
    const directory = await start();
    const connection = await raw(directory);
    connection.write(bindMessage(1, directory.bindUser, ''));
    expect(resultOf(await connection.next()).code).toBe(49);
  });

  it('accepts an anonymous bind and then shows the root DSE only', async () => {
    const directory = await start();
    const user = client(directory);
    await user.bind('', '');
    const { searchEntries } = await user.search('', { scope: 'base' });
    expect(searchEntries[0]).toMatchObject({ defaultNamingContext: 'DC=example,DC=test' });
    await expect(user.search(directory.baseDn, {})).rejects.toMatchObject({ code: 1 });
  });

  it('is nobody after a refused bind on a connection that was somebody', async () => {
    const directory = await start();
    const connection = await raw(directory);
    connection.write(bindMessage(1, directory.bindUser, password));
    expect(resultOf(await connection.next()).code).toBe(0);
    connection.write(bindMessage(2, directory.bindUser, 'wrong'));
    expect(resultOf(await connection.next()).code).toBe(49);
    connection.write(message(3, whoAmI));
    expect((await connection.next()).content.toString()).not.toContain('svc-hardmatch');
  });

  it('refuses SASL and LDAP 1', async () => {
    const connection = await raw(await start());
    connection.write(
      message(1, (writer) => {
        writer.startSequence(0x60);
        writer.writeInt(3);
        writer.writeString('');
        writer.startSequence(0xa3);
        writer.writeString('GSS-SPNEGO');
        writer.endSequence();
        writer.endSequence();
      }),
    );
    expect(resultOf(await connection.next()).code).toBe(7);
    connection.write(
      message(2, (writer) => {
        writer.startSequence(0x60);
        writer.writeInt(1);
        writer.writeString('');
        writer.writeString('', 0x80);
        writer.endSequence();
      }),
    );
    expect(resultOf(await connection.next()).code).toBe(2);
  });

  it('never writes a password to its log', async () => {
    const directory = await start();
    await bound(directory);
    await refusal(client(directory).bind(directory.bindUser, 'Wr0ng-secret'));
    const log = JSON.stringify(directory.log);
    expect(log).toContain('"kind":"bind"');
    expect(log).not.toContain(password);
    expect(log).not.toContain('Wr0ng-secret');
  });

  it('will not start with an empty password, an unknown hidden attribute or empty pages only', async () => {
    const { certPem, keyPem } = await testCertificates();
    const tls = { certPem, keyPem };
    await expect(startDirectory(cast, { password: '', tls })).rejects.toThrow(RangeError);
    await expect(startDirectory(cast, { password, tls, hiddenAttributes: ['whenCreate'] })).rejects.toThrow(
      'whenCreate',
    );
    await expect(startDirectory(cast, { password, tls, emptyPageEvery: 1 })).rejects.toThrow(RangeError);
  });
});

const whoAmI = (writer: Parameters<Parameters<typeof message>[1]>[0]): void => {
  writer.startSequence(0x77);
  writer.writeString('1.3.6.1.4.1.4203.1.11.3', 0x80);
  writer.endSequence();
};

describe('TLS on the practice directory', () => {
  it('is trusted only with its CA', async () => {
    const directory = await start();
    const other = await makeCertificates();
    await expect(client(directory, { tlsOptions: {} }).bind(directory.bindUser, password)).rejects.toMatchObject({
      code: 'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
    });
    await expect(
      client(directory, { tlsOptions: { ca: other.caPem } }).bind(directory.bindUser, password),
    ).rejects.toMatchObject({ code: 'UNABLE_TO_VERIFY_LEAF_SIGNATURE' });
    await expect(
      client(directory, { tlsOptions: { ca: directory.caPem, servername: 'dc2.example.test' } }).bind('', ''),
    ).rejects.toMatchObject({ code: 'ERR_TLS_CERT_ALTNAME_INVALID' });
    await expect(client(directory).bind(directory.bindUser, password)).resolves.toBeUndefined();
  });

  it('refuses a password in the clear with code 8, unless told to be lax', async () => {
    const strict = await start();
    const { code, message: text } = await refusal(
      new Client({ url: strict.ldapUrl, timeout: 5000 }).bind(strict.bindUser, password),
    );
    expect(code).toBe(8);
    expect(text).toContain('The server requires binds to turn on integrity checking');
    const lax = await start({ requireStrongAuth: false });
    const user = new Client({ url: lax.ldapUrl, timeout: 5000 });
    await user.bind(lax.bindUser, password);
    await user.unbind();
    expect(lax.log[0]).toMatchObject({ kind: 'bind', isSecure: false, code: 0 });
  });

  it('accepts the password on the plain port after StartTLS', async () => {
    const directory = await start();
    const user = new Client({ url: directory.ldapUrl, timeout: 5000 });
    try {
      await user.startTLS({ ca: directory.caPem, servername: 'dc1.example.test' });
      await user.bind(directory.bindUser, password);
      const { searchEntries } = await user.search(directory.baseDn, { filter: '(sAMAccountName=nquill)' });
      expect(searchEntries).toHaveLength(1);
    } finally {
      await user.unbind();
    }
    expect(directory.log.slice(0, 3).map(({ kind }) => kind)).toEqual(['start-tls', 'bind', 'search']);
    expect(directory.log[1]).toMatchObject({ isSecure: true });
  });

  it('fails StartTLS for a client that does not know the CA', async () => {
    const directory = await start();
    const user = new Client({ url: directory.ldapUrl, timeout: 5000 });
    await expect(user.startTLS({ servername: 'dc1.example.test' })).rejects.toMatchObject({
      code: 'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
    });
    await user.unbind();
  });

  it('forgets who was bound in the clear when TLS begins, and refuses to begin it twice', async () => {
    const directory = await start({ requireStrongAuth: false });
    const connection = await raw(directory);
    connection.write(startTlsMessage(1));
    expect(resultOf(await connection.next()).code, 'on LDAPS').toBe(1);
    const plain = new Client({ url: directory.ldapUrl, timeout: 5000 });
    await plain.bind(directory.bindUser, password);
    await plain.startTLS({ ca: directory.caPem, servername: 'dc1.example.test' });
    await expect(plain.search(directory.baseDn, {})).rejects.toMatchObject({ code: 1 });
    await plain.unbind();
  });

  it('ends a connection that sends bytes in the clear right behind StartTLS', async () => {
    const connection = await raw(await start(), true);
    connection.write(Buffer.concat([startTlsMessage(1), bindMessage(2, 'EXAMPLE\\svc-hardmatch', password)]));
    await connection.closed;
    await expect(connection.next()).rejects.toThrow('ended');
  });

  it('ends a connection that speaks TLS to the plain port', async () => {
    const directory = await start();
    const user = client(directory, { url: directory.ldapUrl.replace('ldap:', 'ldaps:') });
    await expect(user.bind(directory.bindUser, password)).rejects.toMatchObject({ code: 'ECONNRESET' });
  });
});

function startTlsMessage(id: number): Buffer {
  return message(id, (writer) => {
    writer.startSequence(0x77);
    writer.writeString('1.3.6.1.4.1.1466.20037', 0x80);
    writer.endSequence();
  });
}
