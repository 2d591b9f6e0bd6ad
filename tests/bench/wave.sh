#!/usr/bin/env bash
# A spam wave against a real Postfix behind each defence in turn; then a table and a chart. See README.md.
# usage, as root: tests/bench/wave.sh RELAYDAM BUILD [DEFENCE...]      (see wave-run.sh; "calm" is no wave at all)
# WAVE_SECONDS (default 120) of each wave, WAVE_BOTS (3000), WAVE_MAILS (2) honest mails a second. With WAVE_DOCS=docs the
# chart and the table there, and the table in README.md, are drawn anew.
set -euo pipefail
relaydam=$(realpath "$1") build=$(realpath "$2")
shift 2
cd "$(dirname "$0")/../.."
[ $# -gt 0 ] || set -- calm nothing fail2ban-xt fail2ban-nft relaydam-xt relaydam-nft cut-xt cut-nft
export WAVE_SECONDS=${WAVE_SECONDS:-120} WAVE_BOTS=${WAVE_BOTS:-3000} WAVE_MAILS=${WAVE_MAILS:-2}
out=$build/bench/wave
mkdir -p "$out"
table=$out/table.md

tests/lab/need.sh "No wave here" > "$out/need" || { cat "$out/need" && exit 0; }

words() { # DEFENCE: as a person calls it
	case $1 in
	calm) echo "no wave at all" ;;
	nothing) echo "no defence" ;;
	fail2ban-*) echo "fail2ban, ${1#*-}" ;;
	relaydam-*) echo "relaydam, ${1#*-}, no cut" ;;
	cut-*) echo "relaydam, ${1#*-}, cut" ;;
	esac | sed 's/, xt/, xt_recent/'
}

row() { # DEFENCE: of the table
	awk -v name="$(words "$1")" -F '\t' '
		FILENAME ~ /seconds$/ { if ($3 > busy) busy = $3; if ($3 >= 99) full++; if ($5 > bans) bans = $5; next }
		{ n++; ok += $3; wait[n] = $2 + 0 }
		END {
			for (i = 2; i <= n; i++) # a few hundred
				for (j = i; j > 1 && wait[j] < wait[j - 1]; j--) { t = wait[j]; wait[j] = wait[j - 1]; wait[j - 1] = t }
			printf "| %s | %d | %d | %d | %d of %d | %.2f | %.2f |\n", name, busy, full, bans, ok, n,
				wait[int((n + 1) / 2)], wait[n]
		}' "$out/$1.seconds" "$out/$1.mails"
}

for defence; do
	bots=$WAVE_BOTS run=$defence
	[ "$defence" != calm ] || bots=0 run=nothing
	rm -f "$out/$run".*
	WAVE_BOTS=$bots MX_SECONDS=$((WAVE_SECONDS + 120)) tests/lab/mx.sh "$build" tests/bench/wave-run.sh "$relaydam" "$out" "$run"
	[ "$defence" = "$run" ] || for part in seconds mails clients; do mv "$out/$run.$part" "$out/$defence.$part"; done
	row "$defence" | sed 's/^| //; s/ |$//; s/ | / \t/g' | expand -t 24,36,48,56,70,80
done

{
	echo "$WAVE_BOTS bots within $WAVE_SECONDS s, $WAVE_MAILS honest mails a second, Postfix with its process limit of 100:"
	echo
	echo "| defence | busy smtpd, most | seconds full | clients refused at a time | honest mails accepted | wait, median s | longest |"
	echo "|---|---|---|---|---|---|---|"
	for defence; do row "$defence"; done
} > "$table"

# PLACE of a text between its two marks
redraw() { # FILE
	awk -v table="$table" '
		/<!-- wave -->/ { print; while ((getline line < table) > 0) print line; skip = 1 }
		/<!-- end of wave -->/ { skip = 0 }
		!skip { print }
		' "$1" | awk '!(/<!-- wave -->/ && seen++)' > "$out/redrawn"
	cat "$out/redrawn" > "$1"
}

if command -v gnuplot > /dev/null; then
	style() { # DEFENCE INDEX
		printf 'with lines lw 2 dt %d title "%s"' "$2" "$(words "$1" | sed 's/_/\\\\_/g')"
	}
	{
		echo "set terminal svg size 900,640 font 'sans,12' background rgb 'white'"
		echo "set output '$out/wave.svg'"
		echo "set multiplot layout 2,1; set key outside right; set grid lc rgb '#dddddd'; set xrange [0:$WAVE_SECONDS]"
		echo "set title 'smtpd processes that serve a client (limit 100)'; set yrange [0:110]"
		printf 'plot '
		n=0
		for defence; do n=$((n + 1)) && printf '"%s" using 1:3 %s, ' "$out/$defence.seconds" "$(style "$defence" $n)"; done
		echo
		echo "set title 'honest mail: seconds from connecting to 250'; set logscale y; set yrange [0.005:100]; set xlabel 's'"
		printf 'plot '
		n=0
		for defence; do n=$((n + 1)) && printf '"%s" using 1:2 %s, ' "$out/$defence.mails" "$(style "$defence" $n)"; done
		echo
	} > "$out/wave.gnuplot"
	gnuplot "$out/wave.gnuplot"
else
	echo "No chart: gnuplot is missing (sh tests/deps.sh bench)."
fi
[ -z "${WAVE_DOCS:-}" ] || {
	cp "$out/wave.svg" "$WAVE_DOCS/wave.svg"
	redraw README.md
}
