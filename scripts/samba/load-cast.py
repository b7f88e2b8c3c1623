#!/usr/bin/python3
"""Loads the people of fixtures/cast.json into a Samba AD sam.ldb, each with the objectGUID the file gives.
usage: load-cast.py DIR CAST_JSON      (DIR as made by dc.sh; the DC may be up or down)

Also makes what the tests of rights and of refused binds need, and hardens the domain as careful administrators do:
Authenticated Users leave "Pre-Windows 2000 Compatible Access", after which an ordinary account no longer sees
mS-DS-ConsistencyGuid. All these accounts share the password Passw0rd!Cast:
  svc-hardmatch   may read all properties        svc-blind       an ordinary account
  svc-disabled    disabled                       svc-expired     expired
  svc-mustchange  must change its password
An account that exists is left as it is. Not loaded are objectSid, which the domain gives itself, and mailNickname and
msExchRecipientTypeDetails, which Samba's schema has not.
"""
import json, sys, uuid
import ldb
from samba import sd_utils
from samba.auth import system_session
from samba.credentials import Credentials
from samba.dcerpc import security
from samba.ndr import ndr_unpack
from samba.param import LoadParm
from samba.samdb import SamDB

PASSWORD = 'Passw0rd!Cast'
DIRECTORY = sys.argv[1] if len(sys.argv) > 1 else ''
RELAX = ['relax:0']  # lets an add say its own objectGUID


def open_sam(directory):
    lp = LoadParm()
    lp.load(f'{directory}/etc/smb.conf')
    creds = Credentials()
    creds.guess(lp)
    return SamDB(url=f'{directory}/private/sam.ldb', session_info=system_session(lp), credentials=creds, lp=lp)


def octets(value):
    return bytes.fromhex(value['hex']) if isinstance(value, dict) else uuid.UUID(value).bytes_le


def child(sam, rdn, name, parent):
    dn = ldb.Dn(sam, parent)
    dn.add_child(ldb.Dn(sam, f'{rdn}=x'))
    dn.set_component(0, rdn, name)  # escapes commas, blanks and the rest
    return dn


def add(sam, dn, fields):
    message = ldb.Message(dn)
    for name, value in fields.items():
        if value is None or value == []:
            continue
        message[name] = ldb.MessageElement(value, ldb.FLAG_MOD_ADD, name)
    try:
        sam.add(message, controls=RELAX)
        return True
    except ldb.LdbError as error:
        if error.args[0] != ldb.ERR_ENTRY_ALREADY_EXISTS:
            raise RuntimeError(f'{dn}: {error}') from error
        return False


def set_upn(sam, dn, upn):
    """AD can hold one UPN twice (older domains, replication); Samba's own modules refuse it, so they are passed by."""
    message = ldb.Message(dn)
    message['userPrincipalName'] = ldb.MessageElement(upn, ldb.FLAG_MOD_REPLACE, 'userPrincipalName')
    try:
        sam.modify(message)
        return
    except ldb.LdbError as error:
        if error.args[0] != ldb.ERR_CONSTRAINT_VIOLATION:
            raise
    base = str(sam.domain_dn())
    partition = ldb.Ldb(f'{DIRECTORY}/private/sam.ldb.d/{base.upper()}.ldb', options=['modules:'])
    raw = ldb.Message(ldb.Dn(partition, str(dn)))
    raw['userPrincipalName'] = ldb.MessageElement(upn, ldb.FLAG_MOD_REPLACE, 'userPrincipalName')
    partition.modify(raw)


def load_people(sam, cast, base):
    for ou in sorted({p['ou'] for p in cast['adUsers'] + cast.get('adOthers', [])}):
        add(sam, child(sam, 'OU', ou, base), {'objectClass': 'organizationalUnit'})
    for p in cast['adUsers']:
        dn = child(sam, 'CN', p['cn'], f"OU={p['ou']},{base}")
        fields = {
            'objectClass': 'user', 'objectGUID': octets(p['objectGUID']), 'sAMAccountName': p['sAMAccountName'],
            'mail': p['mail'], 'proxyAddresses': p.get('proxyAddresses', []), 'employeeID': p.get('employeeID'),
            'displayName': p.get('displayName', p['cn']), 'givenName': p.get('givenName'), 'sn': p.get('sn'),
            'adminDescription': p.get('adminDescription'),
            'isCriticalSystemObject': 'TRUE' if p.get('isCriticalSystemObject') else None,
            'userAccountControl': '546' if p.get('disabled') else '544',
        }
        if 'mS-DS-ConsistencyGuid' in p:
            fields['mS-DS-ConsistencyGuid'] = octets(p['mS-DS-ConsistencyGuid'])
        if add(sam, dn, fields) and p['userPrincipalName'] is not None:
            set_upn(sam, dn, p['userPrincipalName'])
    for p in cast.get('adOthers', []):
        fields = {'objectClass': p['objectClass'], 'objectGUID': octets(p['objectGUID']), 'mail': p.get('mail'),
                  'sAMAccountName': p.get('sAMAccountName')}
        if p['objectClass'] == 'computer':
            fields['userAccountControl'] = '4128'
        add(sam, child(sam, 'CN', p['cn'], f"OU={p['ou']},{base}"), fields)


def load_accounts(sam, base):
    ou = child(sam, 'OU', 'Service', base)
    add(sam, ou, {'objectClass': 'organizationalUnit'})
    for name in ['svc-hardmatch', 'svc-blind', 'svc-disabled', 'svc-expired', 'svc-mustchange']:
        dn = child(sam, 'CN', name, str(ou))
        if not add(sam, dn, {'objectClass': 'user', 'sAMAccountName': name, 'userAccountControl': '544',
                             'userPrincipalName': f"{name}@{'.'.join(c[1] for c in components(base))}"}):
            continue
        sam.setpassword(f'(sAMAccountName={name})', PASSWORD, force_change_at_next_login=name == 'svc-mustchange')
        change = {'svc-disabled': ('userAccountControl', '514'), 'svc-expired': ('accountExpires', '1')}.get(name)
        if change:
            message = ldb.Message(dn)
            message[change[0]] = ldb.MessageElement(change[1], ldb.FLAG_MOD_REPLACE, change[0])
            sam.modify(message)


def components(base):
    return [part.split('=') for part in base.split(',')]


def harden(sam, base):
    group = ldb.Dn(sam, f'CN=Pre-Windows 2000 Compatible Access,CN=Builtin,{base}')
    principal = f'CN=S-1-5-11,CN=ForeignSecurityPrincipals,{base}'
    members = sam.search(group, scope=ldb.SCOPE_BASE, attrs=['member'])[0].get('member', [])
    if principal in [str(member) for member in members]:
        message = ldb.Message(group)
        message['member'] = ldb.MessageElement(principal, ldb.FLAG_MOD_DELETE, 'member')
        sam.modify(message)
    reader = sam.search(base, expression='(sAMAccountName=svc-hardmatch)', attrs=['objectSid'])[0]
    sid = ndr_unpack(security.dom_sid, reader['objectSid'][0])
    sd_utils.SDUtils(sam).dacl_add_ace(base, f'(A;CI;RPLCLORC;;;{sid})')


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    sam = open_sam(sys.argv[1])
    with open(sys.argv[2], encoding='utf-8') as file:
        cast = json.load(file)
    base = str(sam.domain_dn())
    load_people(sam, cast, base)
    load_accounts(sam, base)
    harden(sam, base)
    print(f"{len(cast['adUsers'])} users and {len(cast.get('adOthers', []))} other objects are in {base}")


main()
