#!/bin/sh
# Installs what is missing, from Debian, without asking: compilers, headers and tools only; never a server.
# usage: deps.sh build|test|deb|bench
set -eu

packages="gcc make pkg-config libc6-dev libpcre2-dev libconfig-dev libjansson-dev zlib1g-dev libbz2-dev liblzma-dev
	libzstd-dev libsqlite3-dev libsystemd-dev libnftables-dev tzdata
	bash iproute2 iptables util-linux"
if [ "${1:-build}" = test ]; then
	packages="$packages bash diffutils gzip bzip2 xz-utils zstd libcmocka-dev clang clang-format clang-tidy
		libclang-rt-14-dev cppcheck shellcheck mandoc binutils chromium iproute2 iptables nftables util-linux python3
		systemd systemd-container systemd-journal-remote debootstrap procps"
elif [ "${1:-build}" = deb ]; then
	packages="$packages build-essential debhelper devscripts dpkg-dev fakeroot lintian blhc bzip2 xz-utils zstd"
elif [ "${1:-build}" = bench ]; then
	packages="$packages ripgrep pcre2-utils time iptables nftables python3 debootstrap gnuplot-nox"
fi

missing=
for package in $packages; do
	state=$(dpkg-query -W -f '${db:Status-Status}' "$package" 2> /dev/null || true)
	[ "$state" = installed ] || missing="$missing $package"
done
[ -n "$missing" ] || exit 0

as_root=
if [ "$(id -u)" != 0 ]; then
	command -v sudo > /dev/null || {
		echo "deps.sh: not root and no sudo: as root, run: apt-get install$missing" >&2
		exit 1
	}
	as_root=sudo
fi
echo "Installing:$missing"
$as_root apt-get -q update
# shellcheck disable=SC2086 # a list of words
DEBIAN_FRONTEND=noninteractive $as_root apt-get -q -y --no-install-recommends install $missing
