#!/usr/bin/env bash
# A small spam wave against a real Postfix (tests/bench/wave.sh is the whole one): with the cut its limit is never reached, and every
# honest mail is accepted; without a defence it is reached, so that the first says something. usage: tests/e2e/wave.sh RELAYDAM BUILD
set -euo pipefail

relaydam=$(realpath "$1") build=$(realpath "$2")
cd "$(dirname "$0")/../.."
tests/lab/need.sh wave.sh || exit $?
out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT
failed=0

most() { awk '$3 > n { n = $3 } END { print n + 0 }' "$out/$1.seconds"; } # processes that serve a client, at a time
mails() { awk -v want="$2" '$3 == want { n++ } END { print n + 0 }' "$out/$1.mails"; }
wave() { # DEFENCE, in the background
	WAVE_PATIENCE=10 WAVE_SECONDS=${WAVE_SECONDS:-18} WAVE_BOTS=${WAVE_BOTS:-400} MX_SECONDS=90 \
		tests/lab/mx.sh "$build" tests/bench/wave-run.sh "$relaydam" "$out" "$1" &
	labs+=($!)
}
right() { # WHAT CONDITION...
	local what=$1
	shift
	test "$@" || { echo "FAILED: $what" && failed=$((failed + 1)); }
}

labs=() # side by side: two hosts of their own, and the one without a defence has little to do
wave nothing
wave cut-nft
trap 'kill "${labs[@]}"' INT TERM
for lab in "${labs[@]}"; do wait "$lab" || failed=1; done
[ $failed = 0 ] || exit 4
for defence in nothing cut-nft; do
	echo "wave.sh: $defence: at most $(most $defence) of 100 processes serve a client, $(mails $defence 1) honest mails accepted, $(mails $defence 0) not"
done
right "without a defence the limit is reached" "$(most nothing)" -ge 99
right "with the cut it is not" "$(most cut-nft)" -lt 99
right "with the cut every honest mail is accepted" "$(mails cut-nft 0)" = 0
right "and there were some" "$(mails cut-nft 1)" -ge 20
right "nobody honest is banned" ! -s "$out/cut-nft.banned"
echo "wave.sh: $failed failed"
[ $failed = 0 ]
