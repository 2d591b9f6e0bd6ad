#!/bin/sh
# From nothing to a replayed wave: installs what is missing, builds, replays the log in tests/demo.
set -eu
cd "$(dirname "$0")/.."
echo "1/3 Packages: the compiler, and the libraries that the program uses"
sh tests/deps.sh build
echo "2/3 Building ./relaydam"
sh tests/lab/build.sh build/demo.log
echo "3/3 A replay"
./relaydam check -c conf/relaydam.conf
echo
echo "A week's start on an MX, with a wave in it: tests/demo/mail.log.gz"
echo
# of the hundreds of bans, the first; then all of the summary
./relaydam replay -c conf/relaydam.conf --year 2026 tests/demo/mail.log.gz |
	awk '/^From / { if (bans > 8) print "... and " bans - 8 " more bans"; print ""; rest = 1 }
		!rest && NF { if (++bans <= 8) print }
		rest'
echo
exec tests/demo-live.sh ./relaydam
