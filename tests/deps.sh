#!/bin/sh
# Installs what is missing, from Debian, without asking: compilers, headers and tools only; never a server.
# usage: sh tests/deps.sh build|test|lab|deb|bench
#   build  the compiler, and the libraries that the program uses
#   test   build, and what `sh tests/all.sh` needs
#   lab    test, and what `sh tests/all.sh --lab` needs
#   deb    what building the package needs
#   bench  build, and what the benchmarks need
set -eu
# shellcheck source=tests/lab/progress.sh
. "$(dirname "$0")/lab/progress.sh"

set=${1:-build}
packages="gcc make pkg-config libc6-dev libpcre2-dev libconfig-dev libjansson-dev zlib1g-dev libbz2-dev liblzma-dev
	libzstd-dev libsqlite3-dev libsystemd-dev libnftables-dev tzdata
	bash iproute2 iptables util-linux"
test="diffutils gzip bzip2 xz-utils zstd libcmocka-dev binutils nftables python3 procps"
deb="build-essential debhelper devscripts dpkg-dev fakeroot lintian blhc bzip2 xz-utils zstd"
case $set in
build) ;;
test) packages="$packages $test" ;;
lab) packages="$packages $test $deb clang clang-format clang-tidy libclang-rt-14-dev codespell cppcheck shellcheck mandoc chromium
	systemd systemd-container systemd-journal-remote debootstrap e2fsprogs" ;;
deb) packages="$packages $deb" ;;
bench) packages="$packages ripgrep pcre2-utils time nftables python3 debootstrap gnuplot-nox" ;;
*)
	echo "deps.sh: no set \"$set\": build, test, lab, deb or bench" >&2
	exit 2
	;;
esac

missing=
n=0
for package in $packages; do
	state=$(dpkg-query -W -f '${db:Status-Status}' "$package" 2> /dev/null || true)
	[ "$state" != installed ] || continue
	case " $missing " in *" $package "*) continue ;; esac
	missing="$missing $package"
	n=$((n + 1))
done
[ -n "$missing" ] || exit 0

as_root=
if [ "$(id -u)" != 0 ]; then
	command -v sudo > /dev/null || {
		echo "deps.sh: not root and no sudo: as root, run: apt-get install$missing" >&2
		exit 1
	}
	as_root=sudo
	sudo -v
fi

# In a root of its own dpkg need not wait for the disk after each file.
in_container=
! ischroot 2> /dev/null && [ ! -e /.dockerenv ] && [ ! -e /run/.containerenv ] || in_container='-o Dpkg::Options::=--force-unsafe-io'

log=$(mktemp)
trap 'rm -f "$log" "$log.code"' EXIT
apt() { # WHAT ARGUMENT...: apt-get, its progress in short
	what=$1
	shift
	{
		code=0
		# shellcheck disable=SC2086 # a list of words
		DEBIAN_FRONTEND=noninteractive $as_root apt-get -q -y -o APT::Status-Fd=1 -o Dpkg::Use-Pty=0 $in_container "$@" 2>&1 || code=$?
		echo $code > "$log.code"
	} < /dev/null | while IFS= read -r line; do
		case $line in
		dlstatus:* | pmstatus:*)
			# dlstatus:NUMBER:PERCENT:TEXT, pmstatus:PACKAGE:PERCENT:TEXT
			rest=${line#*:} of=${line%%status:*}
			percent=${rest#*:}
			percent=${percent%%.*}
			if [ "$of" = dl ]; then part="fetching"; else part="installing ${rest%%:*}"; fi
			progress_show "$what: ${percent%%:*}%, $part"
			;;
		*) printf '%s\n' "$line" >> "$log" ;;
		esac
	done
	[ "$(cat "$log.code")" = 0 ] && return
	progress_end "$what: FAILED"
	tail -n 20 "$log" >&2
	exit 1
}
echo "  $n packages are missing (tests/deps.sh $set):$missing"
apt "package lists" update
# shellcheck disable=SC2086 # a list of words
apt packages --no-install-recommends install $missing
progress_end "$n packages and what they need are installed"
