#!/usr/bin/env bash
# What a person or a script sees: exit codes, messages, JSON that is JSON. usage: tests/cli.sh RELAYDAM
set -euo pipefail
relaydam=$(realpath "$1")
cd "$(dirname "$0")/.."
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
passed=0 failed=0
conf=conf/relaydam.conf
log=tests/match/postfix.log

want() { # CODE TEXT COMMAND...    the text may be in either output
	local code=$1 text=$2 got=0
	shift 2
	"$@" > "$work/out" 2> "$work/err" < /dev/null || got=$?
	if [ $got = "$code" ] && { [ -z "$text" ] || grep -qF -- "$text" "$work/out" "$work/err"; }; then
		passed=$((passed + 1))
	else
		failed=$((failed + 1))
		echo "FAILED: $* gave $got, wanted $code and \"$text\""
		head -n 5 "$work/out" "$work/err"
	fi
}

gzip -c $log > "$work/log.gz"
for tool in bzip2 xz zstd; do $tool -c $log > "$work/log.$tool"; done
head -c 3000 "$work/log.gz" > "$work/short.gz"
: > "$work/empty"
printf 'no header here\n\0\xff\033[2J\n' > "$work/odd"
printf 'jails = ( { name = "a"; offences = [ "auth" ]; maxretry = 0; } );\n' > "$work/bad.conf"
mkdir "$work/var" "$work/two"
head -n 200 $log > "$work/var/mail.log.1"
tail -n +201 $log | gzip -c > "$work/var/mail.log-20261121.gz"
: > "$work/var/mail.log"
touch "$work/var/auth.log" "$work/two/one" "$work/two/other"
tail -n +100 $log > "$work/mail.info"
tail -n +100 $log | gzip -c > "$work/mail.info.gz"
tail -n +100 $log | sed 's/^\([A-Z][a-z]* [ 0-9]* [0-9:]*\) [^ ]*/\1 mx2/' > "$work/mx2.log"
mkdir "$work/filters"
cp conf/filters/*.conf "$work/filters/"
sed 's/addr = "192.0.2.7"/addr = "192.0.2.8"/' conf/filters/postscreen.conf > "$work/filters/postscreen.conf"
cp $conf "$work/lying.conf"

want 0 "Usage: relaydam COMMAND" "$relaydam" --help
want 0 "relaydam " "$relaydam" --version
want 2 "Usage" "$relaydam"
want 2 'no command "replya"; did you mean "replay"?' "$relaydam" replya
want 2 'no command "statu"; did you mean "status"?' "$relaydam" statu
want 2 'did you mean "list"?' "$relaydam" lisd
want 2 'did you mean "unban"?' "$relaydam" unbann
want 2 "no command \"frob\"; 'relaydam --help' lists them" "$relaydam" frob
for command in replay match check; do
	want 0 "Usage: relaydam $command" "$relaydam" $command --help
	want 2 "Try 'relaydam $command --help'" "$relaydam" $command --nonsense
	files=("$log")
	[ $command = check ] && files=()
	want 3 "bad.conf:1: \"maxretry\"" "$relaydam" $command -c "$work/bad.conf" "${files[@]}"
	want 3 "none.conf: cannot be read" "$relaydam" $command -c "$work/none.conf" "${files[@]}"
done
for command in status list ban unban reload; do
	want 0 "Usage: relaydam $command" "$relaydam" $command --help
	want 2 "Try 'relaydam $command --help'" "$relaydam" $command --nonsense
	who=()
	[[ $command = *ban ]] && who=(192.0.2.7)
	want 3 "none.conf: cannot be read" "$relaydam" $command -c "$work/none.conf" "${who[@]}"
done
for command in run watch learn fuse firewall; do
	want 0 "Usage: relaydam $command" "$relaydam" $command --help
done
# every error of an option has relaydam's prefix, and a hint at --help
complains() { # COMMAND ARGUMENT...
	want 2 "Try 'relaydam $1 --help'." "$relaydam" "$@"
	if [ "$(sed 's/^\(relaydam: \|Try\).*/\1/' "$work/err" | paste -sd,)" = "relaydam: ,Try" ]; then
		passed=$((passed + 1))
	else
		failed=$((failed + 1))
		echo "FAILED: relaydam $* says: $(cat "$work/err")"
	fi
}
for command in run status watch list ban unban reload fuse learn firewall replay match check; do
	complains $command --nonsense
	complains $command -Z
	complains $command --config
	complains $command --help=1
done
complains replay --since never -c $conf "$log"
complains replay --until never -c $conf "$log"
complains replay --jail none -c $conf "$log"
complains replay --sweep none=1 -c $conf "$log"
complains match --year x "$log"
complains firewall --only ip
complains firewall --variant x
complains watch --every 5
complains ban --for 5 192.0.2.7
want 2 "ban needs an address" "$relaydam" ban
want 2 "unban needs an address" "$relaydam" unban
want 2 "not both" "$relaydam" unban --all 192.0.2.7
want 2 '"mx.example" is not an IP address' "$relaydam" status mx.example
want 2 'did you mean 192.0.2.0/24?' "$relaydam" unban 192.0.2.7/24
want 2 "only one address" "$relaydam" ban 192.0.2.7 192.0.2.8
want 2 '"3600" is not a duration' "$relaydam" ban --for 3600 192.0.2.7
want 2 "not valid UTF-8" "$relaydam" ban --jail $'\xff' 192.0.2.7
want 2 "list takes no arguments" "$relaydam" list 192.0.2.7
want 2 "with --json or an address" "$relaydam" status --metrics --json
want 4 "relaydam is not running" env RUNTIME_DIRECTORY="$work" "$relaydam" list
want 0 "configuration OK" "$relaydam" check -c $conf
mkdir "$work/twice"
ln -s "$PWD/conf/filters" "$work/twice/filters"
echo "Nov 20 10:00:00 mx postfix/smtpd[1]: x" | tee "$work/twice/mail.log" > "$work/twice/mail.info"
ln -s mail.log "$work/twice/alias"
for other in mail.info alias; do
	sed "s|^sources = .*|sources = ( { file = \"$work/twice/mail.log\"; }, { file = \"$work/twice/$other\"; } );|" \
		$conf > "$work/twice/$other.conf"
done
want 1 "$work/twice/alias is the same file as $work/twice/mail.log: remove one" "$relaydam" check -c "$work/twice/alias.conf"
want 0 "twice/mail.info both hold the lines of postfix" "$relaydam" check -c "$work/twice/mail.info.conf"
mkdir "$work/dry"
ln -s "$PWD/conf/filters" "$work/dry/filters"
sed 's/^dry_run = false/dry_run = true/' $conf > "$work/dry/relaydam.conf"
[ "$(id -u)" != 0 ] || want 0 "nothing installed: $work/dry/relaydam.conf has dry_run" \
	"$relaydam" firewall -c "$work/dry/relaydam.conf" --install
want 0 "Usage: relaydam firewall" "$relaydam" firewall --help
want 2 "needs one of --print" "$relaydam" firewall -c $conf
want 2 "one of --print, --install" "$relaydam" firewall -c $conf --print --install
want 2 "only be used with --install" "$relaydam" firewall -c $conf --print --owner root
want 2 "--only must be iptables" "$relaydam" firewall -c $conf --print --only ipchains
want 2 "--variant must be legacy or nft" "$relaydam" firewall -c $conf --print --variant old
want 3 "bad.conf:1: \"maxretry\"" "$relaydam" firewall -c "$work/bad.conf" --print
want 0 "-I INPUT 1 -j relaydam-mx" "$relaydam" firewall -c $conf --print
want 0 "--name relaydam6 --mask ffff:ffff:ffff:ffff::" "$relaydam" firewall -c $conf --print --only ip6tables
want 1 "not 192.0.2.8" "$relaydam" check -c "$work/lying.conf"
want 0 "postfix	dnsbl	" "$relaydam" check --patterns -c $conf
want 2 "needs a log file" "$relaydam" replay -c $conf
want 2 'no jail "nope"' "$relaydam" replay -c $conf --jail nope $log
want 2 '"soon" is not a time' "$relaydam" replay -c $conf --since soon $log
want 2 '"26" is not a year' "$relaydam" replay -c $conf --year 26 $log
want 4 "No such file" "$relaydam" replay -c $conf "$work/none"
want 2 "which of these files is the mail log? Name it" "$relaydam" replay -c $conf "$work/two"
want 0 "331 lines, 331 with a known header" "$relaydam" replay -c $conf "$work/var/"
want 0 "reading mail.log; left out: auth.log" "$relaydam" replay -c $conf "$work/var"
want 2 "are the same file: give it once" "$relaydam" replay -c $conf $log "$PWD"/$log
want 2 "begin with the same lines" "$relaydam" replay -c $conf $log "$work/log.gz"
want 2 "or say --overlap" "$relaydam" replay -c $conf $log "$work/mail.info"
want 2 "or say --overlap" "$relaydam" replay -c $conf "$work/mail.info.gz" $log
want 2 "or say --overlap" "$relaydam" replay -c $conf "$work/log.gz" "$work/mail.info"
want 0 "563 lines, 563 with" "$relaydam" replay -c $conf --overlap $log "$work/mail.info"
want 0 "563 lines, 563 with" "$relaydam" replay -c $conf $log "$work/mx2.log"
sed 's/^.* imapd: //; /pop3d/d' tests/match/courier-cut.log > "$work/messages"
want 0 "4 of 14 lines matched" "$relaydam" match -c tests/etc/relaydam.conf --program imapd "$work/messages"
want 1 "" grep -c "behind a cut line" <("$relaydam" match -c tests/etc/relaydam.conf --program imapd "$work/messages" 2>&1)
want 0 "4 of these follow a line" "$relaydam" match -c tests/etc/relaydam.conf tests/match/courier-cut.log{,}
want 0 '"behind_cut_line":true' "$relaydam" match --json -c tests/etc/relaydam.conf tests/match/courier-cut.log
want 4 "Is a directory" "$relaydam" match -c $conf "$work"
want 4 "cut short; the 216 lines before it were counted" "$relaydam" replay -c $conf "$work/short.gz"
for packed in "$work"/log.*; do
	want 0 "331 lines, 331 with a known header" "$relaydam" replay -c $conf "$packed"
done
want 0 "0 lines" "$relaydam" replay -c $conf "$work/empty"
want 0 "2 lines without a known header" "$relaydam" replay -c $conf "$work/odd"
want 0 "0 lines" "$relaydam" replay -c $conf -
want 0 "bans          1 |" env LC_ALL=C COLUMNS=80 "$relaydam" replay -c $conf $log
want 0 "bans          1 │" env LC_ALL=C.UTF-8 COLUMNS=80 "$relaydam" replay -c $conf $log
want 0 ">         5" "$relaydam" replay -c $conf --sweep harvest.maxretry=4..6 $log
want 0 "bantime" "$relaydam" replay -c $conf --sweep harvest.bantime=10m,1h $log
want 2 'should be like "mx.maxretry=1..20"' "$relaydam" replay -c $conf --sweep x $log
want 2 "names a jail that is not configured" "$relaydam" replay -c $conf --sweep nope.maxretry=1 $log
want 2 "is not a range of numbers from 1 up" "$relaydam" replay -c $conf --sweep harvest.maxretry=0..3 $log
want 2 "more than 64 values" "$relaydam" replay -c $conf --sweep harvest.maxretry=1..99 $log
want 2 'is not a duration like "10m"' "$relaydam" replay -c $conf --sweep harvest.bantime=5 $log
page() { # the page of a replay: its data is JSON, with as many bans as the replay says, and no client's text ends its scripts
	"$relaydam" replay -c $conf --html "$work/page.html" "$@" > "$work/page.text" || return
	"$relaydam" replay -c $conf --json "$@" | tail -n 1 | python3 -c '
import json, re, sys
page = open(sys.argv[1]).read()
summary = json.load(sys.stdin)
data = json.loads(re.search(r"""<script type="application/json" id="data">(.*?)</script>""", page, re.S).group(1))
assert page.count("<script") == page.count("</script>"), "scripts"
assert summary["bans"] > 0 and page.rstrip().endswith("</html>"), "the end"
print(len(data["bans"]), "bans of", summary["bans"])
sys.exit(len(data["bans"]) != summary["bans"])' "$work/page.html"
}
sed 's/helo=<[^>]*>/helo=<<\/script><script>alert(1)>/; s/unknown\[/x<\/script>[/' $log > "$work/script.log"
want 0 "bans of" page $log
want 0 "bans of" page "$work/script.log"
want 2 "cannot be combined" "$relaydam" replay -c $conf --against x --html y $log
want 0 "that a ban would have delayed" "$relaydam" replay -c $conf --against $conf $log
want 3 "none.conf: cannot be read" "$relaydam" replay -c $conf --against "$work/none.conf" $log
widest=$(env LC_ALL=C COLUMNS=60 "$relaydam" replay -c $conf $log | sed -n '/^The wave/,/^$/p' | awk 'NR > 1 { if (length > n) n = length } END { print n }')
if [ "$widest" = 60 ]; then passed=$((passed + 1)); else failed=$((failed + 1)); echo "FAILED: the chart is $widest columns wide, not 60"; fi
want 1 "0 of 2 lines matched" "$relaydam" match -c $conf "$work/odd"
want 1 '\x00\xff\x1b[2J' "$relaydam" match --all -c $conf "$work/odd"
want 0 "user-unknown unknown-user" "$relaydam" match -c $conf $log
want 4 "No such file" "$relaydam" match -c $conf "$work/none"
if command -v python3 > /dev/null; then
	"$relaydam" match --json --all -c $conf "$work/odd" $log > "$work/json"
	"$relaydam" replay --json -c $conf $log >> "$work/json"
	want 0 "" python3 -c 'import json, sys
for line in open(sys.argv[1], encoding="utf-8"): json.loads(line)' "$work/json"
fi
make -s install DESTDIR="$work/root" PROGRAM="$relaydam" > /dev/null
make -s install DESTDIR="$work/opt" PREFIX=/opt/relaydam PROGRAM="$relaydam" > /dev/null
want 0 "ExecStart=/opt/relaydam/bin/relaydam run" cat "$work/opt/opt/relaydam/lib/systemd/system/relaydam.service"
want 1 "" grep -rI /usr/local "$work/opt"
want 0 "configuration OK" "$work/root/usr/local/bin/relaydam" check -c "$work/root/etc/relaydam/relaydam.conf"

want 0 "complete -F" cat "$work/root/usr/local/share/bash-completion/completions/relaydam"

# The manual pages say what the program does: options both ways, keys of the configuration, offences.
options_of() { "$relaydam" "$1" --help | grep -oE -- '(^ *-[a-z],|--[a-z-]+)' | tr -d ' ,' | sed 's/^-*//' | sort -u; }
section_of() { # COMMAND: its own, and what holds for all
	sed -n "/^\.Ss $1\$/,/^\.S[sh]/p; /^Every command takes/,/^\.Sh/p" docs/relaydam.8
	[[ " list ban unban reload " != *" $1 "* ]] || echo ".It Fl -json"
}
documented_of() { section_of "$1" | grep '^\.It Fl' | grep -oE -- 'Fl -?[a-z-]+|, -?[a-z-]+' | sed -E 's/^(Fl|,) -?//' | sort -u; }
commands=$("$relaydam" --help | sed -n 's/^  \([a-z]*\) .*/\1/p')
want 0 "" [ "$(wc -w <<< "$commands")" -ge 10 ]
for command in $commands; do
	want 0 "" diff <(options_of "$command" | grep -vx 'h') <(documented_of "$command" | grep -vx 'h')
done
keys_of() { sed -n 's/^\t{ "\([a-z_0-9]*\)", CONFIG_KEY_.*/\1/p' "$1" | sort -u; }
told_in() { grep '^\.It Cm' "$1" | sed 's/^\.It Cm //; s/ , /\n/g' | sort -u; }
for pair in src/config/config_read.c:docs/relaydam.conf.5 src/config/config_fairness.c:docs/relaydam.conf.5 src/config/config_filters.c:docs/relaydam-filters.5; do
	want 0 "" [ "$(keys_of ${pair%:*} | wc -l)" -ge 5 ]
	want 0 "" diff /dev/null <(comm -23 <(keys_of ${pair%:*}) <(told_in ${pair#*:}))
done
# shellcheck disable=SC2016 # a backquote is a backquote
offences=$(sed -n 's/^| `\([a-z` -]*\)` |.*/\1/p' docs/filters.md | tr -d '\140')
for offence in $offences; do want 0 "" grep -qx "$offence" <(told_in docs/relaydam.conf.5); done

for command in "" $("$relaydam" --help | sed -n 's/^  \([a-z]\+\) .*/\1/p'); do
	want 0 "" sh -c "! '$relaydam' $command --help | grep '.\{81\}'"
done

echo "$passed passed, $failed failed"
[ $failed = 0 ]
