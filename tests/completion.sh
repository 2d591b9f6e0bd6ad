#!/usr/bin/env bash
# What the tabulator key offers. usage: tests/completion.sh RELAYDAM SERVE
set -euo pipefail
relaydam=$(realpath "$1") serve=$(realpath "$2")
cd "$(dirname "$0")/.."
work=$(mktemp -d)
mkdir "$work/bin" "$work/run"
ln -s "$relaydam" "$work/bin/relaydam"
PATH=$work/bin:$PATH
export RUNTIME_DIRECTORY=$work/run
"$serve" tests/control "$work/run/control.sock" > "$work/out" 2>&1 &
pid=$!
trap 'kill $pid 2> /dev/null || true; rm -rf "$work"' EXIT
for _ in $(seq 200); do
	grep -qs ready "$work/out" && break
	sleep 0.05
done
passed=0 failed=0
# shellcheck source=/dev/null
source conf/completion/relaydam.bash
complete -p relaydam > /dev/null

offers() { # LINE WORDS    what is offered for the line, sorted, with blanks between
	local got
	COMP_LINE=$1 COMP_POINT=${#1}
	_relaydam relaydam '' '' 2> "$work/err" || true
	got=$(printf '%s\n' ${COMPREPLY[@]+"${COMPREPLY[@]}"} | LC_ALL=C sort | paste -sd ' ')
	if [ "$got" = "$2" ] && [ ! -s "$work/err" ]; then
		passed=$((passed + 1))
	else
		failed=$((failed + 1))
		echo "FAILED: \"$1\" offers \"$got\", not \"$2\""
		head -n 3 "$work/err"
	fi
}

cat > "$work/own.conf" << 'END'
blockers = ( { name = "mx"; list = "relaydam"; } );
# jails = ( { name = "not-this"; } );
jails = ( { name = "harvest"; offences = [ "relay" ]; }, # { name = "nor-this"; }
  { blocker = "mx"; name = "auth"; }, { name = "$(touch run/carried-out)"; } );
others = ( { name = "and-not-this"; } );
END
: > "$work/mail.log"

offers "relaydam re" "reload replay"
offers "relaydam unb" "unban"
offers "relaydam --v" "--version"
for command in $("$relaydam" --help | sed -n 's/^  \([a-z]*\)  .*/\1/p'); do
	offers "relaydam $command" "$command"
	offers "relaydam $command --hel" "--help"
done
offers "relaydam status --" "--config --help --json --metrics"
offers "relaydam ban --" "--config --for --help --jail --json"
offers "relaydam unban --a" "--all"
offers "relaydam replay --s" "--since --sweep"
offers "relaydam replay $work/mail" "$work/mail.log"
offers "relaydam match --config $work/ow" "$work/own.conf"
offers "relaydam match --config=$work/ow" "$work/own.conf"
offers "relaydam ban -c $work/own.conf --jail " "\$(touch run/carried-out) auth harvest"
offers "relaydam ban --config=$work/own.conf -j h" "harvest"
offers "relaydam replay -c conf/relaydam.conf --jail " "auth dnsbl guess harvest volume"
offers "relaydam replay -c $work/own.conf --sweep auth.m" "auth.maxretry="
offers "relaydam replay -c $work/none.conf --jail " ""
offers "relaydam ban --for 1" "10m 1d 1h 1w"
offers "relaydam unban " "192.0.2.200 198.51.100.13 2001:db8:2:13::/64"
offers "relaydam unban 19" "192.0.2.200 198.51.100.13"
offers "relaydam unban 2001:db8:" "2:13::/64"
offers "relaydam status 2001" "2001:db8:2:13::/64"
offers "relaydam ban 19" ""
# a name of the configuration is no command
if [ -e run/carried-out ]; then
	rm -f run/carried-out
	failed=$((failed + 1))
	echo "FAILED: the completion ran what a jail is called"
fi
kill $pid
wait $pid 2> /dev/null || true
offers "relaydam unban " ""

echo "$passed passed, $failed failed"
[ $failed = 0 ]
