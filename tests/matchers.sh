#!/usr/bin/env bash
# matcher = "pcre2" must give the same as our own matcher: for every log in tests/ the rule of each line and what it captured,
# and the bans; for each case of tests/replay by the configuration of that case.
# usage: tests/matchers.sh RELAYDAM
set -euo pipefail

relaydam=$(realpath "$1")
cd "$(dirname "$0")"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
passed=0 failed=0

same() { # NAME: $work/relaydam.out and $work/pcre2.out
	if [ -s "$work/relaydam.out" ] && diff -u "$work/relaydam.out" "$work/pcre2.out" > "$work/diff"; then
		passed=$((passed + 1))
	else
		failed=$((failed + 1))
		echo "FAILED: $1"
		head -n 10 "$work/diff"
	fi
}

configure() { # FILE...: into a directory for each matcher
	local matcher conf
	for matcher in relaydam pcre2; do
		rm -rf "${work:?}/$matcher"
		mkdir "$work/$matcher"
		ln -s "$PWD/../conf/filters" "$work/$matcher/filters"
		cp "$@" "$work/$matcher/"
	done
	for conf in "$work"/pcre2/*conf; do printf '\nmatcher = "pcre2";\n' >> "$conf"; done
}

by_both() { # NAME COMMAND ARGUMENT...: without the time that a replay took
	local matcher
	for matcher in relaydam pcre2; do
		(cd "$work/$matcher" && "$relaydam" "$2" --json -c conf "${@:3}" 2>&1) |
			sed 's/"elapsed_s":[^,]*,//' > "$work/$matcher.out" || true
	done
	same "$1"
}

for case in replay/[0-9]*/; do
	configure "$case"/*conf
	mapfile -t logs < <(find "$PWD/$case" -name 'log*' | sort)
	read -ra args < "$case/args"
	by_both "$(basename "$case")" replay "${args[@]}" "${logs[@]}"
done

# All offences, so that there are bans in every log.
offences='"dnsbl", "unknown-user", "relay", "helo", "sender", "client", "auth", "protocol", "abort", "rate", "content"'
sed "s/offences = \[[^]]*\]/maxretry = 2; offences = [ $offences ]/" etc/relaydam.conf > "$work/conf"
configure "$work/conf"
logs=("$PWD"/match/*.log "$PWD"/demo/*.gz)
by_both "every line" match --all --year 2026 "${logs[@]}" "$PWD"/replay/*/log*
for log in "${logs[@]}"; do
	by_both "replay of $(basename "$log")" replay --year 2026 "$log"
done
echo "$passed passed, $failed failed"
[ "$failed" = 0 ]
