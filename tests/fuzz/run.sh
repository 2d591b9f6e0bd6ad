#!/usr/bin/env bash
# Builds the fuzzers by clang's libFuzzer and runs each for FUZZ_SECONDS; fails when one finds something.
set -euo pipefail
cd "$(dirname "$0")/../.."
seconds=${FUZZ_SECONDS:-60}
build=build/fuzz
mkdir -p $build
# shellcheck source=tests/lab/jobs.sh
. tests/lab/jobs.sh

if ! echo 'int LLVMFuzzerTestOneInput(const char *d, unsigned long n) { return !d && n; }' |
	clang -x c -fsanitize=fuzzer,address - -o $build/probe 2> /dev/null; then
	echo "fuzz: clang with libFuzzer is missing: install clang and libclang-rt-14-dev" >&2
	exit 1
fi

read -ra libs <<< "$(make -s print-libs)"
objects=() # once for all of them
for source in src/*/*.c; do
	source=${source#src/}
	case $source in cmd/*) ;; *) objects+=("$build/objects/${source%.c}.o") ;; esac
done
san='-g -O1 -fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=all'
make -s -j"$(nproc)" CC=clang CFLAGS="$san" LTO= BUILD=$build/objects "${objects[@]}"

field() { # NUMBER VALUE: one of fuzz_journal's
	printf '%b%s' "\\0$(printf %o "$1")\\0$(printf %o "${#2}")" "$2"
}

entry() { # ODD LATER UID LINE
	printf '%b' "\\0$(printf %o "$1")\\0$(printf %o "$2")"
	field 1 postfix@-.service
	field 2 "$3"
	field 5 mx
	field 3 postfix/smtpd
	field 4 smtpd
	field 6 4711
	field 11 "170000000000000$2"
	field 0 "$4"
	printf '\377'
}

seed_journal() { # each way that the second byte can open it
	local n bad='NOQUEUE: reject: RCPT from a[192.0.2.7]: 550 5.1.1 unknown'
	local dropped=a596d6fe7bfa4994828e72309e95d61e # SD_MESSAGE_JOURNAL_DROPPED
	{
		entry 0 1 108 "$bad"
		entry 2 2 0 "no time"
		entry 4 0 1000 "by a person"
		entry 24 3 0 "$(printf '%0254d' 0)"
		printf '\0\0'
		field 7 driver
		field 8 "$dropped"
		field 0 'Suppressed 15 messages from postfix@-.service'
		printf '\377'
		entry 0 250 108 "$bad"
	} > $build/entries
	for n in $(seq 0 4 255) $(seq 1 2 255); do
		printf '%b' "\\03\\0$(printf %o "$n")" | cat - $build/entries > "$build/corpus-journal/$n"
	done
	{
		printf '\003\011'
		entry 33 0 0 "more than a turn"
	} > $build/corpus-journal/many
}

# What a kernel 6.1 answered to nfset's, sockdiag's and sockets' questions; and lists as they look in /proc.
seed_kernel() {
	local n seen=$'ttl: 64 last_seen: 4295 oldest_pkt: 2 4294, 4295\n'
	cp tests/fuzz/seeds/kernel/* $build/corpus-kernel/
	for n in 0 5 100; do
		{
			printf '\0%d\n\0' $n
			printf "src=192.0.2.%d %s" 1 "$seen" 2 "$seen" 9 "$seen"
			printf '\0'
			printf "src=2001:0db8:0000:000%x:0000:0000:0000:0001 %s" 4 "$seen" 9 "$seen"
			printf '\0src=%s %s' 192.0.2.7 "$seen" 2001:db8:0:b::1 "$seen"
			printf '\0src=x\nsrc=::ffff:192.0.2.1 %s' "$seen"
		} > $build/corpus-kernel/xt-$n
	done
}

seed_system() { # \0: files of /proc; \1: main.cf; \2, \6: iptables-save; \3: nft
	local line n=0 to=$build/corpus-system
	printf '\0' > $to/proc
	for line in 'dns; a [192.0.2.7] (b [192.0.2.8])' 'dns; [192.0.2.7]' 'dns; [::ffff:192.0.2.7]'; do
		n=$((n + 1))
		printf '%b%s' "\\0\\010\\0$(printf %o ${#line})" "$line" > $to/line-$n
	done
	printf '\0\4\026200 (a) b) Z 100 1 1\7\026300 (submit) S 100 1 1 0' > $to/stat
	printf '\0\3\016courieresmtpd\n\0\4sshd\6\006submit' > $to/comm
	printf '\1# a\ndefault_process_limit = 50\n  20\ndefault_process_limit\t=\t99999999\n' > $to/main.cf
	printf '\2' | cat - tests/fuzz/seeds/system/iptables-save > $to/iptables
	printf '\6' | cat - tests/fuzz/seeds/system/iptables-save > $to/ip6tables
	printf '\3' | cat - tests/fuzz/seeds/system/nft-list > $to/nft
	printf '\3' > $to/no-table
}

seed_stream() { # how they are given, in which parts, of which log
	local log how cut
	log=$(sed -n '1,9p' tests/match/postfix.log)
	printf '\0\200\0%s\n%s\n' "$log" "$log" > $build/corpus-stream/twice
	printf '%s\n' "$log" | gzip | cat <(printf '\0\0\0') - > $build/corpus-stream/packed
	for log in tests/match/{postfix,dovecot,courier}.log; do
		for how in 0 1 2 3 4 5; do
			for cut in '\125\200' '\0\200' '\200\0'; do
				printf '%b' "\\0$how$cut" | cat - "$log" | head -c 3500 \
					> "$build/corpus-stream/$(basename "$log")-$how-${cut//\\/}"
			done
		done
	done
}

seed_corpora() { # one file a line of the matched logs, one a configuration
	mkdir -p $build/corpus-record $build/corpus-filter $build/corpus-config $build/corpus-archive \
		$build/corpus-control $build/corpus-session $build/corpus-ledger $build/corpus-show $build/corpus-journal \
		$build/corpus-kernel $build/corpus-system $build/corpus-stream
	local n=0 line message request octal
	while IFS= read -r line; do
		n=$((n + 1))
		printf '%s\n' "$line" > "$build/corpus-record/$n"
		message=${line#*]: }
		printf 'N%s' "$message" > "$build/corpus-filter/$n"
	done < <(cut -c1-900 tests/match/postfix-attacks.log tests/match/dovecot.log tests/match/courier.log \
		tests/replay/0*/log | awk 'NR % 3 == 0')
	for tool in cat gzip bzip2 xz zstd; do # \0: all in one file; \200: the second begins in the middle
		for piece in '1,4' '5,6'; do
			{
				printf '\0'
				sed -n "${piece}p" tests/match/postfix.log | $tool
				sed -n 7p tests/match/postfix.log | $tool
			} > "$build/corpus-archive/$tool-$piece"
			{
				printf '\200'
				tail -c +2 "$build/corpus-archive/$tool-$piece"
			} > "$build/corpus-archive/$tool-$piece-two"
		done
	done
	head -c 600 conf/relaydam.conf > $build/corpus-session/bytes
	cp tests/control/status*.json tests/control/ban*.json $build/corpus-show/
	printf '{"sources":[{"name":"x","lag_seconds":22222222222222225}],"table":{"clients":1e300}}' > $build/corpus-show/far
	for n in $(seq 0 27); do # \2: rows; \1: patches, in the header, the schema, a page of rows
		octal=$(printf '\\%03o' "$n")
		printf '%b' "\\02\\0${octal#?}\\01\\01x\\0377y" > "$build/corpus-ledger/rows-$n"
		printf '%b' "\\02\\0${octal#?}\\01\\02\\01\\01\\01\\01\\01\\01\\01\\0377" > "$build/corpus-ledger/numbers-$n"
	done
	printf '\1\0\0\020\7\0\0\150\377' > $build/corpus-ledger/header
	printf '\1\0\021\0\7\0\061\6\377' > $build/corpus-ledger/pages
	printf '\1\377\020\0\0' > $build/corpus-ledger/short
	printf '\0SQLite format 3\0' > $build/corpus-ledger/any
	cp conf/relaydam.conf $build/corpus-config/
	cp conf/filters/postscreen.conf conf/filters/courier.conf $build/corpus-config/
	for request in '"status"' '"status","addr":"192.0.2.7"' '"list"' '"reload"' '"unban","all":true' \
		'"ban","addr":"2001:db8::/64","jail":"mx","for":"1h30m"'; do
		n=$((n + 1))
		printf '{"command":%s}' "$request" > "$build/corpus-control/$n"
	done
	seed_journal
	seed_kernel
	seed_system
	seed_stream
	printf '\0^(?:NOQUEUE|<qid>): reject: <client>\0NOQUEUE: reject: a[1.2.3.4]' > $build/corpus-filter/pattern
	printf '\1\0\022\003\5\1\13\2\377aabbc' > $build/corpus-filter/pieces
}

# libconfig 1.5 forgets a string or two when a file ends in one; small, once a reload, and not ours. To see
# that it is libconfig, its frames must be walked in full.
echo 'leak:libconfig.so' > $build/lsan.supp
export LSAN_OPTIONS=suppressions=$PWD/$build/lsan.supp:print_suppressions=0
fuzz() { # NAME
	local name=$1 unwind=1 status=0 flags=() call
	if [ "$name" = kernel ]; then # its answers are the fuzzer's
		for call in socket connect setsockopt close send sendto recv recvmsg; do flags+=("-Wl,--wrap=$call"); done
	fi
	clang -std=gnu17 -D_GNU_SOURCE -g -O1 -fsanitize=fuzzer,address,undefined "${flags[@]}" \
		-fno-sanitize-recover=all -Iinclude -Isrc -o "$build/$name" "tests/fuzz/fuzz_$name.c" "${objects[@]}" "${libs[@]}" || return 1
	[ "$name" != config ] || unwind=0
	# shellcheck disable=SC2016  # of the shell that becomes the fuzzer
	if ASAN_OPTIONS=fast_unwind_on_malloc=$unwind RELAYDAM_CONF=tests/etc/relaydam.conf \
		bash -c 'echo $$ > "$0" && exec "$@"' "$build/pid-$name" "$build/$name" -max_total_time="$seconds" \
		-max_len=4096 -rss_limit_mb=2048 -timeout=10 -print_final_stats=1 \
		-artifact_prefix="$build/$name-" "$build/corpus-$name" > "$build/$name.log" 2>&1; then
		echo "fuzz $name: $(sed -n 's/^stat::number_of_executed_units: *//p' "$build/$name.log") executions, clean"
	else
		tail -n 40 "$build/$name.log"
		echo "fuzz $name FAILED: run $build/$name on the file that it names above"
		status=1
	fi
	rm -rf "/dev/shm/relaydam.$name.$(cat "$build/pid-$name")" # what is another run's stays
	return $status
}
seed_corpora
for fuzzer in tests/fuzz/fuzz_*.c; do
	name=$(basename "$fuzzer" .c)
	job fuzz "${name#fuzz_}"
done
jobs_end
[ $status = 0 ]
