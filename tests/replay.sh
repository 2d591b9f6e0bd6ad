#!/usr/bin/env bash
# Replays every case of tests/replay and tests/match and compares with what it must give; and once more with matcher = "pcre2",
# which must give the same.
# usage: tests/replay.sh RELAYDAM [--write]     --write: take what comes as right (look at the diff)
set -euo pipefail

relaydam=$(realpath "$1")
write=${2:-}
cd "$(dirname "$0")"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
passed=0 failed=0

same() { # NAME GOT EXPECT
	if diff -u "$3" "$2"; then
		passed=$((passed + 1))
	else
		failed=$((failed + 1))
		echo "FAILED $1"
	fi
}

settle() { # NAME GOT EXPECT
	if [ "$write" = --write ]; then cp "$2" "$3"; fi
	same "$@"
}

replay_in() { # DIRECTORY ARGUMENT...: prints the events and the summary without its time
	(cd "$1" && "$relaydam" replay --json -c conf "${@:2}" 2>&1) | sed 's/"elapsed_s":[^,]*,//' || true
}

by_pcre2() { # CONFIGURATION...
	local conf
	for conf; do printf '\nmatcher = "pcre2";\n' >> "$conf"; done
}

for case in replay/[0-9]*/; do
	name=$(basename "$case")
	mkdir "$work/$name"
	ln -s "$PWD/../conf/filters" "$work/$name/filters"
	cp "$case"/*conf "$work/$name/"
	# the newest file first, so that the order has to be found
	mapfile -t logs < <(find "$PWD/$case" -name 'log*' | sort)
	read -ra args < "$case/args"
	replay_in "$work/$name" "${args[@]}" "${logs[@]}" > "$work/got"
	settle "$name" "$work/got" "$case/expect"
	by_pcre2 "$work/$name"/*conf
	replay_in "$work/$name" "${args[@]}" "${logs[@]}" > "$work/other"
	same "$name by PCRE2" "$work/other" "$work/got"
done

# Every log of the tests by both matchers: the rule and what it captured; and the bans where there is no case of its own.
offences='"dnsbl", "unknown-user", "relay", "helo", "sender", "client", "auth", "protocol", "abort", "rate", "content"'
for matcher in relaydam pcre2; do
	mkdir "$work/$matcher"
	ln -s "$PWD/../conf/filters" "$work/$matcher/filters"
	sed "s/offences = \[[^]]*\]/maxretry = 2; offences = [ $offences ]/" etc/relaydam.conf > "$work/$matcher/conf"
	[ $matcher = relaydam ] || by_pcre2 "$work/$matcher/conf"
	"$relaydam" match --json --all --year 2026 -c "$work/$matcher/conf" match/*.log demo/*.gz replay/*/log* \
		> "$work/$matcher/match" 2>&1 || true
done
same "match by PCRE2" "$work/pcre2/match" "$work/relaydam/match"
for log in match/*.log demo/*.gz; do
	replay_in "$work/relaydam" --year 2026 "$PWD/$log" > "$work/got"
	replay_in "$work/pcre2" --year 2026 "$PWD/$log" > "$work/other"
	same "replay of $log by PCRE2" "$work/other" "$work/got"
done

cd match
for log in *.log; do
	name=${log%.log}
	"$relaydam" match --year 2026 -c ../etc/relaydam.conf "$log" > "$work/got" 2> /dev/null || true
	settle "match $name" "$work/got" "$name.expect"
done
# The same session, written in three forms: the same rules, however much the form leaves of the program.
for form in postfix-iso postfix-rsyslog-trad; do
	grep -hv '^ ' postfix-5424.expect | cut -d' ' -f2- > "$work/one"
	grep -hv '^ ' "$form.expect" | cut -d' ' -f2- > "$work/other"
	settle "$form as postfix-5424" "$work/other" "$work/one"
done
echo "$passed passed, $failed failed"
[ "$failed" = 0 ]
