#!/usr/bin/env bash
# clang-format, cppcheck, clang-tidy, mandoc and shellcheck over what is written here.
set -euo pipefail
cd "$(dirname "$0")/.."
status=0

need() { # TOOL PACKAGE
	command -v "$1" > /dev/null && return
	echo "lint: $1 is missing: install the package $2" >&2
	exit 1
}
need clang-format clang-format
need cppcheck cppcheck
need clang-tidy clang-tidy
need shellcheck shellcheck
need mandoc mandoc

clang-format --dry-run -Werror src/*.c include/*.h tests/unit/*.[ch] tests/control/*.c tests/nomem/*.c tests/fuzz/*.c \
	tests/bench/*.[ch] tests/e2e/*.c || status=1

# missingIncludeSystem: the system's headers are the compiler's business. unusedFunction needs all callers,
# tests among them. constParameterCallback: the type is the callback's.
cppcheck --quiet --std=c11 --enable=warning,portability,performance --inline-suppr --error-exitcode=1 \
	-D'json_array_foreach(array,i,member)=while(json_next(array,&i,&member))' \
	--suppress=missingIncludeSystem --suppress=constParameterCallback -D_GNU_SOURCE -Iinclude \
	-j"$(nproc)" src || status=1

# its flags are in compile_flags.txt, its checks with the reasons for what is left out in .clang-tidy
printf '%s\n' src/*.c | xargs -P"$(nproc)" -n4 clang-tidy --quiet -p . 2> /dev/null || status=1

mandoc -Tlint -W warning docs/*.[58] || status=1

shellcheck -s bash conf/completion/relaydam.bash || status=1
shellcheck tests/*.sh tests/*/*.sh debian/package.sh debian/relaydam.p* .ci/run || status=1
[ $status = 0 ] && echo "lint OK"
exit $status
