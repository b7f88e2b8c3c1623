#!/usr/bin/env bash
# test.sh - runs test/samba against a Samba domain controller made for it and taken away afterwards. Debian, root.
#   scripts/samba/test.sh [USERS] [vitest arguments…]     USERS made-up users beside the cast, default 5000
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd); root=$(cd "$here/../.." && pwd)
users=5000; if [[ ${1:-} =~ ^[0-9]+$ ]]; then users=$1; shift; fi
dir=$(mktemp -d "${TMPDIR:-/tmp}/hardmatch-samba.XXXXXX")
trap '"$here/dc.sh" destroy "$dir/dc" || true; rm -rf "$dir"' EXIT
export DC_ADDR=${DC_ADDR:-127.0.0.53}
"$here/dc.sh" up "$dir/dc"
"$here/dc.sh" cast "$dir/dc" "$root/fixtures/cast.json"
"$here/dc.sh" load "$dir/dc" "$users"
eval "$("$here/dc.sh" env "$dir/dc")"
export HARDMATCH_REQUIRE_SAMBA=1 HARDMATCH_SAMBA_CROWD=$users
cd "$root" && npx vitest run test/samba "$@"
