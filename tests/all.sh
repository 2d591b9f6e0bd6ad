#!/bin/sh
# Installs what is missing, builds, and runs every test. What .ci/run calls. With SKIP=fail a test that cannot run here fails.
set -eu
cd "$(dirname "$0")/.."
sh tests/deps.sh test
sh tests/deps.sh deb
make
make layers
make lint
make check
make page
make fuzz FUZZ_SECONDS="${FUZZ_SECONDS:-5}"
make e2e
