#!/usr/bin/env bash
# The bench behind `make bench`: relaydam replay beside wc -l and the fastest greps, on one
# generated log. README.md says what the columns mean. It asserts nothing about time.
#
# Usage: replay.sh RELAYDAM GENLOG CONF
#   BENCH_BYTES (1G; 50M is quick)   BENCH_RUNS (5)   BENCH_DIR (build/bench)
set -euo pipefail
export LC_ALL=C

if [ $# -ne 3 ]; then
	echo "usage: replay.sh RELAYDAM GENLOG CONF" >&2
	exit 2
fi
relaydam=$1
genlog=$2
conf=$3
bytes=${BENCH_BYTES:-1G}
runs=${BENCH_RUNS:-5}
dir=${BENCH_DIR:-build/bench}
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
log=$dir/replay.log
tools=(wc)
notes=()

fail() {
	echo "replay.sh: $*" >&2
	exit 4
}

# The log is kept: a gigabyte takes longer to write than to read.
generate() {
	local key
	key="$bytes seed=1 genlog=$(cksum <"$genlog")"
	if [ -f "$log" ] && [ "$(cat "$log.key" 2>/dev/null)" = "$key" ]; then
		return
	fi
	echo "generating $log ($bytes)"
	rm -f "$log.key"
	"$genlog" --bytes "$bytes" --seed 1 >"$log" || fail "$genlog failed"
	touch -d 2026-11-21T12:00:00Z "$log" # the year of its lines comes from here
	echo "$key" >"$log.key"
}

# A rule begins where the syslog header ends. pcre2grep takes one pattern a line, ripgrep one
# alternation of all.
patterns() {
	"$relaydam" check --patterns -c "$conf" >"$dir/rules" ||
		fail "$relaydam check --patterns failed"
	for engine in pcre rust; do
		awk -v engine="$engine" -f "$here/patterns.awk" "$dir/rules" >"$dir/rules.$engine"
		awk -F '\t' '$1 != "out" { print ": (?:" $3 ")" }' \
			"$dir/rules.$engine" >"$dir/list.$engine"
		awk -F '\t' '$1 != "out" { printf "%s(?:%s)", n++ ? "|" : ": (?:", $3 }
			END { print n ? ")" : "" }' "$dir/rules.$engine" >"$dir/one.$engine"
		[ -s "$dir/list.$engine" ] || fail "no patterns; see $dir/rules"
	done
}

note_rules() { # STATE ENGINE TEXT
	local names
	names=$(awk -F '\t' -v state="$1" '
		$1 == state { printf "%s%s", n++ ? ", " : "", $2 }' "$dir/rules.$2")
	if [ -n "$names" ]; then
		notes+=("$3: $names")
	fi
}

find_tools() {
	if ! command -v rg >/dev/null; then
		notes+=("rg is missing and left out (Debian: ripgrep)")
	else
		tools+=(rg)
		if rg --no-config --pcre2-version >/dev/null 2>&1; then
			tools+=(rg-P)
		else
			notes+=("this rg was built without PCRE2: no rg -P")
		fi
	fi
	if command -v pcre2grep >/dev/null; then
		tools+=(pcre2grep)
	else
		notes+=("pcre2grep is missing and left out (Debian: pcre2-utils)")
	fi
	tools+=(relaydam)
	if [ ! -x /usr/bin/time ]; then
		notes+=("GNU time is missing: no peak RSS (Debian: time)")
	fi
}

command_of() { # TOOL: sets command and title
	local options=(--no-config --no-unicode -c)
	local limits=(--regex-size-limit 1G --dfa-size-limit 1G)
	case $1 in
	wc) title="wc -l" command=(wc -l "$log") ;;
	rg) title="rg -c" command=(rg "${options[@]}" "${limits[@]}" -f "$dir/one.rust" "$log") ;;
	rg-P) title="rg -c -P" command=(rg "${options[@]}" -P -f "$dir/one.pcre" "$log") ;;
	pcre2grep) title="pcre2grep -c" command=(pcre2grep -c -f "$dir/list.pcre" "$log") ;;
	relaydam) title="relaydam replay" command=("$relaydam" replay -c "$conf" "$log") ;;
	esac
}

# Greps say 1 for "nothing found"; everything above is a failure.
checked() { # TOOL STATUS
	if [ "$2" -gt 1 ] || { [ "$1" = relaydam ] && [ "$2" -ne 0 ]; }; then
		cat "$dir/err" >&2
		fail "${command[*]} failed ($2)"
	fi
}

# Not timed: peak RSS, what was found, and the file and program in memory.
first_run() { # TOOL
	local status=0 wrap=()
	command_of "$1"
	if [ -x /usr/bin/time ]; then
		wrap=(/usr/bin/time -q -o "$dir/rss.$1" -f %M)
	else
		echo - >"$dir/rss.$1"
	fi
	"${wrap[@]}" "${command[@]}" >"$dir/out" 2>"$dir/err" || status=$?
	checked "$1" "$status"
	if [ "$1" = relaydam ]; then
		"$relaydam" match --json -c "$conf" "$log" 2>"$dir/err" | wc -l >"$dir/found.$1" ||
			echo - >"$dir/found.$1"
	else
		awk 'END { print NR ? $1 : 0 }' "$dir/out" >"$dir/found.$1"
	fi
}

timed_run() { # TOOL; appends user, system and wall seconds
	local status=0 TIMEFORMAT='%U %S %R'
	command_of "$1"
	{ time "${command[@]}" >/dev/null 2>"$dir/err" || status=$?; } 2>>"$dir/times.$1"
	checked "$1" "$status"
}

median() {
	sort -n | awk '{ v[NR] = $1 }
		END { print (v[int((NR + 1) / 2)] + v[int(NR / 2) + 1]) / 2 }'
}

# wc -l of the same run is the yardstick: the machine's mood moves both.
row() { # TOOL
	local cpu wall ratio
	command_of "$1"
	cpu=$(awk '{ print $1 + $2 }' "$dir/times.$1" | median)
	wall=$(awk '{ print $3 }' "$dir/times.$1" | median)
	ratio=$(paste -d ' ' "$dir/times.$1" "$dir/times.wc" |
		awk '{ wc = $4 + $5; print (wc > 0 ? ($1 + $2) / wc : 0) }' | median)
	awk -v OFS='\t' -v title="$title" -v found="$(cat "$dir/found.$1")" -v cpu="$cpu" \
		-v wall="$wall" -v ratio="$ratio" -v rss="$(tail -n 1 "$dir/rss.$1")" \
		-v size="$size" -v lines="$lines" 'BEGIN {
			per = cpu > 0 ? cpu : 0.001
			printf "%s\t%s\t%.3f\t%.3f\t%.1f\t%.3f\t%.2f\t%s\n", title, found, cpu, \
				wall, size / per / 1e6, lines / per / 1e6, ratio, rss
		}' </dev/null
}

report() {
	local tool
	printf 'tool\tfound\tcpu_s\twall_s\tmb_s\tmlines_s\tx_wc\trss_kb\n' >"$dir/replay.tsv"
	for tool in "${tools[@]}"; do
		row "$tool" >>"$dir/replay.tsv"
	done
	awk -F '\t' 'NR == 1 {
			printf "%-16s%10s%9s%9s%8s%8s%8s%9s\n", "", "found", "CPU s", "wall s", \
				"MB/s", "Ml/s", "wc=1", "RSS MB"
			next
		}
		{
			rss = $8 == "-" ? "-" : sprintf("%.1f", $8 / 1024)
			printf "%-16s%10s%9.3f%9.3f%8.0f%8.2f%8.1f%9s\n", $1, $2, $3, $4, $5, \
				$6, $7, rss
		}' "$dir/replay.tsv"
}

[ -x "$relaydam" ] || fail "$relaydam is missing: build it first"
[ -x "$genlog" ] || fail "$genlog is missing: build it first"
mkdir -p "$dir"
rm -f "$dir"/times.*
generate
patterns
find_tools
note_rules loose rust "rg: without their lookarounds"
note_rules out rust "rg: left out (back references and the like)"
note_rules out pcre "rg -P, pcre2grep: left out"
cat "$log" >/dev/null
for tool in "${tools[@]}"; do
	first_run "$tool"
done
for ((run = 1; run <= runs; run++)); do
	for tool in "${tools[@]}"; do
		timed_run "$tool"
	done
done
size=$(stat -c %s "$log")
lines=$(cat "$dir/found.wc")
awk -v size="$size" -v lines="$lines" -v runs="$runs" -v rules="$(wc -l <"$dir/rules")" 'BEGIN {
	printf "%.0f MB, %.2f million lines, %d rules; medians of %d interleaved runs\n", \
		size / 1e6, lines / 1e6, rules, runs }' </dev/null
report
if [ ${#notes[@]} -gt 0 ]; then
	printf '%s\n' "${notes[@]}" | fold -s -w 80
fi
