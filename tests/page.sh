#!/usr/bin/env bash
# The page of `replay --html` in a real browser: drawn, zoomed, searched, in light and dark, without a word to the
# network or an error of its script. usage: tests/page.sh RELAYDAM [PICTURES]   PICTURES: a directory for screenshots
set -euo pipefail
relaydam=$(realpath "$1")
pictures=${2:-}
cd "$(dirname "$0")/.."
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
passed=0 failed=0
chromium=$(command -v chromium || true)
if [ -z "$chromium" ]; then
	echo "page: not tested, chromium is missing (apt-get install chromium)"
	exit 0
fi

browser() { # URL OPTION... : what the script made of the page
	timeout 120 "$chromium" --headless --no-sandbox --disable-gpu --disable-dev-shm-usage --hide-scrollbars \
		--user-data-dir="$work/profile" --enable-logging=stderr --window-size=1200,1600 "${@:2}" "$1" \
		2> "$work/err"
}

check() { # WHAT COMMAND...
	local what=$1
	shift
	if "$@"; then passed=$((passed + 1)); else failed=$((failed + 1)) && echo "FAILED: $what"; fi
}

holds() { grep -qE -- "$1" "$2"; }
lacks() { ! grep -qE -- "$1" "$2"; }
rows() { # ID FILE: of its table's body
	sed -n "/<section id=\"$1\">/,/<\/section>/p" "$2" | grep -o '<tr>' | wc -l
}

zcat tests/demo/mail.log.gz > "$work/mail.log"
"$relaydam" replay -c conf/relaydam.conf --html "$work/page.html" "$work/mail.log" > "$work/text"
page=file://$work/page.html
urls=$(grep -oE '(https?:)?//[a-z0-9.-]+\.[a-z]+/[^"]*' "$work/page.html" | sort -u)
check "nothing of it comes from elsewhere: $urls" [ "$urls" = http://www.w3.org/2000/svg ]
browser "$page" --dump-dom > "$work/dom"
check "the script has no error" lacks 'CONSOLE' "$work/err"
check "hits are drawn" holds '<path d="M[^"]+" fill="var\(--hits\)" class="hits"' "$work/dom"
check "bans are drawn" holds '<path d="M[^"]+" fill="var\(--bans\)"' "$work/dom"
check "mails are drawn" holds '<path d="M[^"]+" fill="var\(--mail\)"' "$work/dom"
bans=$(sed -n 's/^ *\([0-9]*\) bans.*/\1/p' "$work/text")
check "all $bans bans are counted" holds "<b>$bans</b>" <(sed 's/,//g' "$work/dom")
check "bans are listed" [ "$(rows bans "$work/dom")" -gt 1 ]
check "rules are listed" holds 'postfix/user-unknown' "$work/dom"

# a look into the first tenth of the time
start=$(grep -o '"start":[0-9]*' "$work/page.html" | head -n 1 | cut -d: -f2)
browser "$page#from=$start&to=$((start + 60000))" --dump-dom > "$work/zoomed"
check "a part can be looked into" [ "$(grep -o '[0-9,]* in the time' "$work/zoomed" | tr -d ',' | cut -d' ' -f1)" -lt "$bans" ]
check "and left again" lacks 'id="all"[^>]*disabled' "$work/zoomed"
check "but not from the whole" holds 'id="all"[^>]*disabled' "$work/dom"

# an empty log, and names that would like to be HTML
: > "$work/empty"
"$relaydam" replay -c conf/relaydam.conf --html "$work/empty.html" "$work/empty" > /dev/null
browser "file://$work/empty.html" --dump-dom > "$work/dom"
check "an empty log has no error" lacks 'CONSOLE' "$work/err"
check "an empty log says so" holds 'an empty log' "$work/dom"
data=$(sed -n 's/^<script type="application\/json" id="data">\(.*\)<\/script>$/\1/p' "$work/page.html")
check "the data hold no <" [ -n "$data" -a "${data/</}" = "$data" ]
check "a file that cannot be written is named" holds '/nowhere/page.html: No such file' <("$relaydam" replay -c conf/relaydam.conf --html /nowhere/page.html "$work/empty" 2>&1 >/dev/null)

if [ -n "$pictures" ]; then
	mkdir -p "$pictures"
	for scheme in 1 0; do # light, dark
		browser "$page" --blink-settings=preferredColorScheme=$scheme --screenshot="$work/$scheme.png" > /dev/null
	done
	cp "$work/1.png" "$pictures/light.png"
	cp "$work/0.png" "$pictures/dark.png"
fi
echo "page: $passed passed, $failed failed"
[ "$failed" = 0 ]
