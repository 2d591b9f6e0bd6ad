#!/usr/bin/env bash
# Checks that this system has what a test of kernel features needs. If not, prints what is missing and exits with 77 (test skipped).
# usage: tests/lab/kernel.sh TEST FEATURE... -- TOOL...
# All need root.
#   namespaces  network, mount and process namespaces     user       a user namespace (a chroot has none)
#   xt_recent   iptables -m recent, and its parameters in /sys      nft        nftables
set -euo pipefail
name=$1
shift

skip() {
	echo "$name: SKIPPED: $*"
	exit 77
}
inside() { unshare -n -m -p -f --mount-proc --propagation private "$@" > /dev/null 2>&1; }
# shellcheck disable=SC2016 # for the inner shell
recent='mount -t tmpfs lock /run && iptables -A INPUT -m recent --name rdprobe --set && test -e /proc/net/xt_recent/rdprobe'

features=()
while [ "$1" != -- ]; do features+=("$1") && shift; done
shift
[ "$(id -u)" = 0 ] || skip "it wants root"
for tool in unshare python3 "$@"; do
	command -v "$tool" > /dev/null || skip "$tool is missing (sh tests/deps.sh test)"
done
for feature in "${features[@]}"; do
	case $feature in
	namespaces) inside true || skip "no namespaces here" ;;
	xt_recent)
		inside sh -c "$recent" || skip "no xt_recent here: iptables -m recent fails"
		[ -r /sys/module/xt_recent/parameters/ip_list_tot ] || skip "no /sys/module/xt_recent here (is /sys mounted?)"
		;;
	nft) inside nft add table inet rdprobe || skip "no nftables here" ;;
	user) unshare -U -r true 2> /dev/null || skip "no user namespace here" ;;
	*) echo "kernel.sh: unknown feature $feature" >&2 && exit 2 ;;
	esac
done
