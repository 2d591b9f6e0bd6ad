#!/bin/sh
# Installs what is missing, builds, and runs every test. What .ci/run calls.
set -eu
cd "$(dirname "$0")/.."
sh tests/deps.sh test
make
make layers
make lint
make check
make page
make fuzz FUZZ_SECONDS="${FUZZ_SECONDS:-10}"
