#!/usr/bin/env bash
# Checks that the lab can be set up here. If not, prints what is missing and exits with 77 (test skipped).
# usage: tests/lab/need.sh TEST [TOOL...]      tools beyond those that the lab needs
set -euo pipefail
name=$1
shift

skip() {
	echo "$name: SKIPPED: $*"
	exit 77
}

[ "$(id -u)" = 0 ] || skip "it wants root"
for tool in unshare nsenter ip ss python3 debootstrap iptables-legacy iptables-nft nft "$@"; do
	command -v "$tool" > /dev/null || skip "$tool is missing (sh tests/deps.sh lab)"
done
unshare -n -m -u -p -f --mount-proc true 2> /dev/null || skip "no namespaces here"
