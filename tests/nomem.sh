#!/usr/bin/env bash
# Each allocation of the daemon's start, reload and lines fails in turn. usage: tests/nomem.sh NOMEM [N]
# N: that one alone. NOMEM_EVERY=12: about one of twelve.
set -euo pipefail
nomem=$(realpath "$1")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir "$work/filters" "$work/state" "$work/run"
cat > "$work/filters/told.conf" << 'CONF'
name = "told"; programs = [ "told" ];
rules = ( { name = "told"; offence = "auth"; match = "^told <addr>$";
            hits = ( { text = "told 192.0.2.7"; addr = "192.0.2.7"; } ); misses = ( "not told 192.0.2.7" ); },
          { name = "too"; offence = "auth"; match = "^too <addr>$"; companion_of = [ "told" ];
            hits = ( { text = "too 192.0.2.7"; addr = "192.0.2.7"; } ); misses = ( { text = "not too"; } ); } );
CONF
cat > "$work/relaydam.conf" << CONF
sources = ( { file = "$work/mail.log"; } );
filters = [ "told" ];
ignoreip = [ "203.0.113.0/24" ];
ignorehost = [ ".example.com" ];
state_dir = "$work/state";
runtime_dir = "$work/run";
table_memory = "256K";
blockers = ( { name = "none"; type = "print"; } );
jails = ( { name = "told"; offences = [ "auth" ]; maxretry = 2; findtime = "10m"; bantime = "10m"; blocker = "none"; } );
CONF
: > "$work/mail.log"
export ASAN_OPTIONS=exitcode=99:detect_leaks=1 UBSAN_OPTIONS=halt_on_error=1:exitcode=99
"$nomem" "$work" "${@:2}"
