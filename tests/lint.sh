#!/usr/bin/env bash
# clang-format, cppcheck, clang-tidy, mandoc, shellcheck and codespell over what is written here; nothing dead, nothing too long.
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
need codespell codespell

clang-format --dry-run -Werror src/*.c src/*/*.[ch] include/*/*.h tests/unit/*.[ch] tests/control/*.c tests/lab/*.h tests/nomem/*.c tests/fuzz/*.c \
	tests/bench/*.[ch] tests/e2e/*.c || status=1

# missingIncludeSystem: the system's headers are the compiler's business. unusedFunction needs all callers,
# tests among them. constParameterCallback: the type is the callback's.
cppcheck --quiet --std=c11 --enable=warning,portability,performance --inline-suppr --error-exitcode=1 \
	-D'json_array_foreach(array,i,member)=while(json_next(array,&i,&member))' \
	--suppress=missingIncludeSystem --suppress=constParameterCallback -D_GNU_SOURCE -Iinclude \
	-j"$(nproc)" src || status=1

# its flags are in compile_flags.txt, its checks with the reasons for what is left out in .clang-tidy
printf '%s\n' src/*.c src/*/*.c | xargs -P"$(nproc)" -n4 clang-tidy --quiet -p . 2> /dev/null || status=1

# What a header declares is called by the program: what tests alone call is dead. byteset_run_plain() is what they measure
# byteset_run() against. A word is declared, defined and used; comments do not count.
words=$(for file in src/*.c src/*/*.[ch] include/*/*.h; do gcc -fpreprocessed -dD -E -P -x c "$file"; done 2> /dev/null)
while read -r name; do
	echo "$name(): declared in a header, called by nothing in src/"
	status=1
done < <(comm -23 \
	<(for file in src/*/*.h include/*/*.h; do gcc -fpreprocessed -dD -E -P -x c "$file"; done 2> /dev/null |
		grep -E '^[a-z]' | grep -vE '^static ' | grep -oE '[a-z0-9_]+\(' | tr -d '(' | sort -u) \
	<({ echo byteset_run_plain && grep -oE '[a-z_][a-z0-9_]*' <<< "$words" | sort | uniq -c | awk '$1 > 2 { print $2 }'; } | sort -u))

# A body of more lines does two things; regex_exec() is an interpreter's loop.
awk 'FNR == 1 { at = 0 } /^\{/ { at = FNR }
	/^}/ { if (at && FNR - at - 1 > 45 && FILENAME != "src/match/regex_exec.c") {
		print FILENAME ":" at ": a body of " FNR - at - 1 " lines"; long = 1 } at = 0 }
	END { exit long }' src/*.c src/*/*.c || status=1

mandoc -Tlint -W warning docs/*.[58] || status=1

# its words to ignore are in .codespellrc, with the reasons
codespell README.md CHANGELOG.md Makefile docs conf systemd debian include src tests || status=1

shellcheck -s bash conf/completion/relaydam.bash || status=1
shellcheck tests/*.sh tests/*/*.sh debian/package.sh debian/relaydam.p* .ci/run || status=1
[ $status = 0 ] && echo "lint OK"
exit $status
