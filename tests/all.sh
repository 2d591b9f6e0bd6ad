#!/bin/sh
# Installs what is missing, builds, and runs every test. What .ci/run calls. With SKIP=fail a test that cannot run here fails.
set -eu
cd "$(dirname "$0")/.."
sh tests/deps.sh test
sh tests/deps.sh deb
make
# The Debians that the last tests run servers in are made meanwhile; whether they can be, these tests say themselves.
mkdir -p build
for name in mx courier exim deb; do
	tests/lab/root.sh build "$name" || break
done > build/roots.log 2>&1 < /dev/null &
roots=$!
trap 'kill $roots 2> /dev/null || true' EXIT
make layers
make lint
make check
make page
make fuzz FUZZ_SECONDS="${FUZZ_SECONDS:-5}"
wait $roots || true
make e2e
