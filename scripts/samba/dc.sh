#!/usr/bin/env bash
# dc.sh - throw-away Samba AD DC (LDAP/LDAPS/GC only) on loopback, for the tests that want a real directory.
# Debian 12, root, no systemd. Only the `ldap` service runs: no SMB, no KDC, no DNS, no UDP.
#
#   dc.sh install            apt packages (idempotent)
#   dc.sh up DIR [USERS]     provision DIR if new, start if stopped, wait until ready, load USERS users
#   dc.sh load DIR USERS     load USERS made-up users (works with the DC up or down)
#   dc.sh cast DIR FILE      load the people of FILE (fixtures/cast.json), with their own GUIDs (DC_BACKEND=tdb only)
#   dc.sh env DIR            print the shell variables test/samba reads
#   dc.sh status DIR         exit 0 when ready, 3 when down
#   dc.sh down DIR           stop this DIR's processes (by pid), wait until gone
#   dc.sh destroy DIR        down + remove DIR
# env: DC_ADDR (127.0.0.1; any 127.x.y.z) DC_REALM (EXAMPLE.TEST) DC_ADMINPASS DC_BACKEND (tdb|mdb)
#      DC_STRONG_AUTH (yes|no|allow_sasl_over_tls) DC_MAXPAGE (1000)
# A provisioned DIR remembers these. Users: see load-users.py and load-cast.py.
# exit: 0 ok, 1 failure, 2 usage, 3 status: not running
set -euo pipefail
ADDR=${DC_ADDR:-127.0.0.1}; REALM=${DC_REALM:-EXAMPLE.TEST}; DOM=${DC_DOMAIN:-${REALM%%.*}}; HOST=${DC_HOST:-dc1}
ADMINPASS=${DC_ADMINPASS:-Passw0rd!Admin}; BACKEND=${DC_BACKEND:-tdb}; STRONG=${DC_STRONG_AUTH:-yes}
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
say() { printf '%s\n' "samba dc: $*" >&2; }
die() { say "ERROR: $*"; exit 1; }
usage() { sed -n '2,/^# exit:/p' "${BASH_SOURCE[0]}" | sed 's/^# \{0,1\}//' >&2; exit 2; }

pkgs=(samba samba-ad-dc samba-ad-provision samba-dsdb-modules samba-vfs-modules winbind ldap-utils ldb-tools openssl)
do_install() {
  local miss=() p
  for p in "${pkgs[@]}"; do [ "$(dpkg-query -W -f='${db:Status-Status}' "$p" 2>/dev/null || true)" = installed ] || miss+=("$p"); done
  [ ${#miss[@]} -eq 0 ] && { say "packages present"; return; }
  say "installing: ${miss[*]}"
  # keep Debian from starting smbd/nmbd/winbind by itself
  if [ ! -e /usr/sbin/policy-rc.d ]; then printf '#!/bin/sh\nexit 101\n' >/usr/sbin/policy-rc.d; chmod +x /usr/sbin/policy-rc.d; local mine=1; fi
  DEBIAN_FRONTEND=noninteractive apt-get install -o DPkg::Lock::Timeout=300 -y -q --no-install-recommends "${miss[@]}" >"${TMPDIR:-/tmp}/hardmatch-samba-apt.log" 2>&1 \
    || { apt-get update -q >/dev/null && DEBIAN_FRONTEND=noninteractive apt-get install -o DPkg::Lock::Timeout=300 -y -q --no-install-recommends "${miss[@]}" >"${TMPDIR:-/tmp}/hardmatch-samba-apt.log" 2>&1; } \
    || { tail -20 "${TMPDIR:-/tmp}/hardmatch-samba-apt.log" >&2; die "apt-get failed"; }
  [ -z "${mine:-}" ] || rm -f /usr/sbin/policy-rc.d
}

write_conf() {
  cat >"$D/etc/smb.conf" <<C
[global]
	netbios name = ${HOST^^}
	realm = $REALM
	workgroup = $DOM
	server role = active directory domain controller
	server services = ldap
	interfaces = $ADDR/8
	bind interfaces only = yes
	private dir = $D/private
	lock directory = $D/lock
	state directory = $D/state
	cache directory = $D/cache
	binddns dir = $D/bind-dns
	pid directory = $D/run
	ncalrpc dir = $D/ncalrpc
	log file = $D/log/samba.log
	logging = file
	max log size = 0
	log level = 1
	ldap server require strong auth = $STRONG
	tls enabled = yes
	tls keyfile = $D/tls/key.pem
	tls certfile = $D/tls/cert.pem
	tls cafile = $D/tls/ca.pem
# provision insists on these two; nothing serves them (no SMB service)
[sysvol]
	path = $D/state/sysvol
	read only = no
[netlogon]
	path = $D/state/sysvol/$realm_lc/scripts
	read only = no
C
}

make_tls() {
  [ -s "$D/tls/cert.pem" ] && return
  ( cd "$D/tls"; umask 077
    openssl req -x509 -newkey rsa:2048 -nodes -keyout ca.key -out ca.pem -days 3650 -subj "/CN=hardmatch test CA" \
      -addext basicConstraints=critical,CA:TRUE -addext keyUsage=critical,keyCertSign,cRLSign
    openssl req -newkey rsa:2048 -nodes -keyout key.pem -out srv.csr -subj "/CN=$HOST.$realm_lc"
    printf 'subjectAltName=DNS:%s.%s,DNS:%s,DNS:localhost,IP:127.0.0.1,IP:%s\nextendedKeyUsage=serverAuth\nbasicConstraints=CA:FALSE\n' "$HOST" "$realm_lc" "$realm_lc" "$ADDR" >ext
    openssl x509 -req -in srv.csr -CA ca.pem -CAkey ca.key -CAcreateserial -out cert.pem -days 3650 -extfile ext
    rm -f srv.csr ext; chmod 600 key.pem ca.key; chmod 644 ca.pem cert.pem ) >"$D/log/tls.log" 2>&1 || { cat "$D/log/tls.log" >&2; die "openssl"; }
}

provision() {
  [ -e "$D/.provisioned" ] && return
  if [ -e "$D" ] && [ ! -e "$D/.hardmatch-dc" ] && [ -n "$(ls -A "$D" 2>/dev/null)" ]; then die "$D exists, is not empty and was not made by dc.sh"; fi
  rm -rf "$D"; mkdir -p "$D"/{etc,log}
  printf 'ADDR=%q REALM=%q DOM=%q HOST=%q ADMINPASS=%q BACKEND=%q STRONG=%q\n' "$ADDR" "$REALM" "$DOM" "$HOST" "$ADMINPASS" "$BACKEND" "$STRONG" >"$D/.hardmatch-dc"
  mkdir -p "$D"/{run,lock,cache,ncalrpc,bind-dns,tls,state,private}
  write_conf   # the whole smb.conf up front: provision takes it as it is and never reads /etc/samba/smb.conf
  samba-tool domain provision --configfile="$D/etc/smb.conf" --targetdir="$D" --realm="$REALM" --domain="$DOM" \
    --server-role=dc --dns-backend=NONE --backend-store="$BACKEND" --adminpass="$ADMINPASS" \
    --host-name="$HOST" --host-ip="$ADDR" --option="interfaces=$ADDR/8" --option="bind interfaces only=yes" \
    >"$D/log/provision.log" 2>&1 || { grep -v ' INFO \|^INFO' "$D/log/provision.log" | tail -20 >&2; die "provision failed ($D/log/provision.log)"; }
  make_tls
  if [ "${DC_MAXPAGE:-1000}" != 1000 ]; then ldbmodify -H "$D/private/sam.ldb" >/dev/null <<L
dn: CN=Default Query Policy,CN=Query-Policies,CN=Directory Service,CN=Windows NT,CN=Services,CN=Configuration,$BASE
changetype: modify
replace: lDAPAdminLimits
lDAPAdminLimits: MaxPageSize=${DC_MAXPAGE}
L
  fi
  : >"$D/.provisioned"; say "provisioned $REALM in $D"
}

pid_of() { # the root samba process of this DIR, or nothing
  local p; p=$(cat "$D/run/samba.pid" 2>/dev/null) || return 0
  [ -n "$p" ] && [ -r "/proc/$p/cmdline" ] && tr '\0' ' ' <"/proc/$p/cmdline" | grep -q 'samba' && echo "$p" || true
}
ready() { LDAPTLS_CACERT="$D/tls/ca.pem" ldapsearch -x -LLL -o nettimeout=3 -H "ldaps://$ADDR" -s base -b '' defaultNamingContext 2>/dev/null | grep -qi "$BASE"; }
start() {
  [ -n "$(pid_of)" ] && ready && { say "already up, pid $(pid_of)"; return; }
  [ -n "$(pid_of)" ] && stop
  local port; for port in 389 636 3268 3269; do
    if (exec 3<>"/dev/tcp/$ADDR/$port") 2>/dev/null; then die "$ADDR:$port is already in use (set DC_ADDR to another 127.x.y.z)"; fi; done
  rm -f "$D/run/samba.pid"
  setsid /usr/sbin/samba -F --no-process-group -s "$D/etc/smb.conf" --debug-stdout </dev/null >>"$D/log/stdout.log" 2>&1 &
  local p=$! i; echo "$p" >"$D/run/samba.pid"; disown "$p" 2>/dev/null || true
  for ((i = 0; i < 300; i++)); do
    kill -0 "$p" 2>/dev/null || { tail -20 "$D/log/stdout.log" >&2; die "samba exited during start"; }
    ready && { say "up, pid $p, ldap://$ADDR ldaps://$ADDR"; return; }
    sleep 0.1
  done
  tail -20 "$D/log/stdout.log" >&2; stop; die "not ready after 30 s"
}
descend() { local c; for c in $(ps -o pid= --ppid "$1" 2>/dev/null); do echo "$c"; descend "$c"; done; }
stop() {
  local p; p=$(pid_of); [ -n "$p" ] || { say "not running"; rm -f "$D/run/samba.pid"; return; }
  local all="$p $(descend "$p" | tr '\n' ' ')" i q left
  kill -TERM "$p" 2>/dev/null || true
  for ((i = 0; i < 100; i++)); do
    left=; for q in $all; do kill -0 "$q" 2>/dev/null && left+=" $q"; done
    [ -z "$left" ] && break
    [ $i = 30 ] && kill -TERM $left 2>/dev/null
    [ $i = 60 ] && kill -KILL $left 2>/dev/null
    sleep 0.1
  done
  [ -z "$left" ] || die "still running: $left"
  rm -f "$D/run/samba.pid"; say "stopped"
}
load() { /usr/bin/python3 "$here/load-users.py" "$D" "$1" --password-for "${DC_PASSWORD_FOR:-2}"; }
load_cast() { /usr/bin/python3 "$here/load-cast.py" "$D" "$1"; }
print_env() {
  cat <<C
export HARDMATCH_SAMBA_LDAP_URL='ldap://$ADDR:389'
export HARDMATCH_SAMBA_LDAPS_URL='ldaps://$ADDR:636'
export HARDMATCH_SAMBA_CA_FILE='$D/tls/ca.pem'
export HARDMATCH_SAMBA_BASE_DN='$BASE'
export HARDMATCH_SAMBA_USER='administrator@$realm_lc'
export HARDMATCH_SAMBA_PASSWORD='$ADMINPASS'
C
}
cmd=${1:-}; [ -n "$cmd" ] || usage
if [ "$cmd" = install ]; then do_install; exit 0; fi
[ -n "${2:-}" ] || usage
mkdir -p "$(dirname "$2")"; D=$(cd "$(dirname "$2")" && pwd)/$(basename "$2")
# a provisioned DIR remembers its settings, so the later commands need no DC_* variables
[ ! -e "$D/.provisioned" ] || . "$D/.hardmatch-dc"
case "$ADDR" in 127.*) ;; *) die "DC_ADDR must be a loopback address, got $ADDR";; esac
realm_lc=$(tr A-Z a-z <<<"$REALM"); BASE="DC=${realm_lc//./,DC=}"
case "$cmd" in
  up) do_install; provision; start; [ -z "${3:-}" ] || load "$3";;
  cast) [ -n "${3:-}" ] || usage; [ -e "$D/.provisioned" ] || die "$D is not provisioned"; load_cast "$3";;
  load) [ -n "${3:-}" ] || usage; [ -e "$D/.provisioned" ] || die "$D is not provisioned"; load "$3";;
  env) print_env;;
  status) [ -n "$(pid_of)" ] && ready && { say "ready, pid $(pid_of)"; exit 0; }; say "down"; exit 3;;
  down) stop;;
  destroy) [ -e "$D" ] || exit 0; [ -e "$D/.hardmatch-dc" ] || die "$D was not made by dc.sh"; stop; rm -rf "$D"; say "removed $D";;
  *) usage;;
esac
