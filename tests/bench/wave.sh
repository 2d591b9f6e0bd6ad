#!/usr/bin/env bash
# A spam wave against a real Postfix behind each defence in turn; then a table and a chart. See README.md.
# usage, as root: tests/bench/wave.sh RELAYDAM BUILD [DEFENCE...]      (see wave-run.sh; "calm" is no wave at all)
# WAVE_SECONDS (default 120) of each wave, WAVE_BOTS (3000), WAVE_MAILS (2) honest mails a second. With WAVE_DOCS=docs the
# chart there and the table in wave.md are replaced. WAVE_DRAW=1 draws what was measured before.
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
	spare-nft) echo "the same, with relays" ;;
	spare-no) echo "the same, spare = false" ;;
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

measure() { # DEFENCE
	local bots=$WAVE_BOTS run=$1 part
	[ "$1" != calm ] || bots=0 run=nothing
	rm -f "$out/$run".*
	WAVE_BOTS=$bots MX_SECONDS=$((WAVE_SECONDS + 120)) tests/lab/mx.sh "$build" tests/bench/wave-run.sh "$relaydam" "$out" "$run"
	[ "$1" = "$run" ] || for part in seconds mails clients; do mv "$out/$run.$part" "$out/$1.$part"; done
}

for defence; do
	[ -n "${WAVE_DRAW:-}" ] || measure "$defence"
	row "$defence" | sed 's/^| //; s/ |$//; s/ | / \t/g' | expand -t 32,36,48,56,72,80
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

colours=(999999 d62728 ff7f0e e8c000 9467bd e377c2 1f77b4 2ca02c 17becf 8c564b)
curves() { # PART COLUMN DEFENCE...: where several run together, each later one leaves gaps, in which those before it are seen
	local part=$1 column=$2 n=0 separator="plot "
	for defence in "${@:3}"; do
		local gap=$((n > 0 && n < 6 ? n - 1 : 0))
		printf '%s"< sort -n %s" using 1:%s with lines lw 3 dt %s lc rgb "#%s" title "%s"' "$separator" "$out/$defence.$part" "$column" \
			"$([ $gap = 0 ] && echo 1 || echo "($((20 - 4 * gap)), $((4 * gap)))")" "${colours[n % ${#colours[@]}]}" "$(words "$defence" | sed 's/_/\\\\_/g')"
		separator=", " n=$((n + 1))
	done
	echo
}
if command -v gnuplot > /dev/null; then
	{
		echo "set terminal svg size 960,680 font 'sans,13' background rgb 'white'"
		echo "set output '$out/wave.svg'"
		echo "set multiplot layout 2,1; set grid lc rgb '#dddddd'; set xrange [0:$WAVE_SECONDS]; set lmargin 9; set rmargin 36"
		echo "set key at screen 0.99, graph 1 top right Left reverse samplen 2; set xlabel 'seconds'"
		echo "set title 'Postfix processes that serve a client (limit 100)'; set ylabel 'processes'; set yrange [-3:110]"
		curves seconds 3 "$@"
		echo "unset key; set title 'Honest mail, by when it was sent'; set ylabel 'seconds until 250'"
		echo "set logscale y; set yrange [0.001:120]; set ytics (0.001, 0.01, 0.1, 1, 10, 'gives up' 60)"
		curves mails 2 "$@"
	} > "$out/wave.gnuplot"
	gnuplot "$out/wave.gnuplot"
else
	echo "No chart: gnuplot is missing (sh tests/deps.sh bench)."
fi
[ -z "${WAVE_DOCS:-}" ] || {
	cp "$out/wave.svg" "$WAVE_DOCS/wave.svg"
	redraw "$WAVE_DOCS/wave.md"
}
