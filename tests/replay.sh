#!/usr/bin/env bash
# Replays every case of tests/replay and tests/match and compares with what it must give.
# usage: tests/replay.sh RELAYDAM [--write]     --write: take what comes as right (look at the diff)
set -euo pipefail

relaydam=$(realpath "$1")
write=${2:-}
cd "$(dirname "$0")"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
passed=0 failed=0

settle() { # NAME GOT EXPECT
	if [ "$write" = --write ]; then cp "$2" "$3"; fi
	if diff -u "$3" "$2"; then
		passed=$((passed + 1))
	else
		failed=$((failed + 1))
		echo "FAILED $1"
	fi
}

replay_in() { # DIRECTORY ARGUMENT...: prints the events and the summary without its time
	(cd "$1" && "$relaydam" replay --json -c conf "${@:2}" 2>&1) | sed 's/"elapsed_s":[^,]*,//' || true
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
