#!/usr/bin/python3
"""Fast bulk loader of test users into a Samba AD sam.ldb (direct, no LDAP).
usage: samba-load-users.py DIR COUNT [--start N] [--prefix u] [--batch 5000] [--no-batch-mode] [--ou People]
Idempotent: an existing sAMAccountName is skipped.
"""
import argparse, sys, time, uuid, hashlib
import ldb
from samba.samdb import SamDB
from samba.auth import system_session
from samba.param import LoadParm
from samba.credentials import Credentials

def guid_for(kind, n):
    return uuid.UUID(bytes=hashlib.sha256(f"{kind}:{n}".encode()).digest()[:16], version=4)

def main():
    ap = argparse.ArgumentParser()
    ap.add_argument('dir'); ap.add_argument('count', type=int)
    ap.add_argument('--start', type=int, default=1); ap.add_argument('--prefix', default='u')
    ap.add_argument('--batch', type=int, default=5000); ap.add_argument('--no-batch-mode', action='store_true')
    ap.add_argument('--ou', default='People')
    ap.add_argument('--password-for', type=int, default=0, help='set a real password on the first N users')
    a = ap.parse_args()
    lp = LoadParm(); lp.load(f'{a.dir}/etc/smb.conf')
    creds = Credentials(); creds.guess(lp)
    opts = [] if a.no_batch_mode else ['batch_mode:1']
    t0 = time.time()
    sam = SamDB(url=f'{a.dir}/private/sam.ldb', session_info=system_session(lp), credentials=creds, lp=lp, options=opts)
    base = str(sam.domain_dn()); realm = lp.get('realm').lower()
    ou = f'OU={a.ou},{base}'
    try:
        sam.add({'dn': ou, 'objectClass': 'organizationalUnit'})
    except ldb.LdbError as e:
        if e.args[0] != ldb.ERR_ENTRY_ALREADY_EXISTS: raise
    have = set(str(r['sAMAccountName'][0]) for r in sam.search(ou, scope=ldb.SCOPE_ONELEVEL, expression='(objectClass=user)', attrs=['sAMAccountName']))
    todo = [n for n in range(a.start, a.start + a.count) if f'{a.prefix}{n:07d}' not in have]
    t1 = time.time(); done = 0
    for i in range(0, len(todo), a.batch):
        sam.transaction_start()
        try:
            for n in todo[i:i + a.batch]:
                s = f'{a.prefix}{n:07d}'
                m = {'dn': f'CN=User {s},{ou}', 'objectClass': 'user', 'sAMAccountName': s,
                     'userPrincipalName': f'{s}@{realm}', 'mail': f'{s}@mail.{realm}', 'givenName': 'User', 'sn': s,
                     'displayName': f'User {s}', 'employeeID': f'C{n}', 'userAccountControl': '544' if n % 20 else '546'}
                # every 3rd user carries a ConsistencyGuid that differs from objectGUID (LDAP byte order = bytes_le)
                if n % 3 == 0: m['mS-DS-ConsistencyGuid'] = guid_for('cg', n).bytes_le
                if n % 50 == 0: m['adminDescription'] = 'User_NoSync'
                sam.add(m)
                done += 1
            sam.transaction_commit()
        except BaseException:
            sam.transaction_cancel(); raise
        dt = time.time() - t1
        print(f'{done} added, {dt:.1f}s, {done/dt:.0f}/s', flush=True)
    for n in range(a.start, a.start + min(a.password_for, a.count)):
        s = f'{a.prefix}{n:07d}'
        sam.setpassword(f'(sAMAccountName={s})', 'Passw0rd!User', force_change_at_next_login=False)
    print(f'total {done} new, {len(have)} present before, wall {time.time()-t0:.1f}s')
main()
