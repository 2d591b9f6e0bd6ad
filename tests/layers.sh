#!/usr/bin/env bash
# The core reads no clock, opens no file, writes no log, starts no program: asks the symbol tables.
# And it includes no header of an edge. usage: tests/layers.sh BUILD MODULE...
set -euo pipefail
cd "$(dirname "$0")/.."
build=$1
shift
forbidden='time|clock_gettime|gettimeofday|localtime|localtime_r|mktime|tzset|open|open64|openat|fopen|fopen64|
read|write|pread|pread64|pwrite|pwrite64|printf|fprintf|puts|syslog|fork|vfork|execve|execvp|posix_spawn|system|
socket|connect|bind|getrandom|getenv|setenv|signal|sigaction|sd_.*|__printf_chk|__fprintf_chk|__read_chk'
forbidden=$(tr -d '\n' <<< "$forbidden")
status=0

for module in "$@"; do
	while read -r name; do
		echo "src/$module.c calls $name: the core reads no clock, no file and writes no log; who calls it does"
		status=1
	done < <(nm -u "$build/$module.o" | awk '{ sub(/@.*/, "", $2); print $2 }' | grep -xE "$forbidden" || true)
	# headers alone, without an object of their own
	while read -r header; do
		case " $* span cursor group step " in
		*" $header "*) ;;
		*)
			echo "src/$module.c includes $header.h, which is not of the core"
			status=1
			;;
		esac
	done < <(sed -n 's/^#include "\(.*\)\.h"$/\1/p' "src/$module.c" "include/$module.h")
done
[ $status = 0 ] && echo "layers OK: $# modules of the core call no clock, no file and no log"
exit $status
