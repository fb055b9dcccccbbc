#!/usr/bin/env bash
# `make tamper`: a chain of a real database, tampered with 1,000 times as its superuser; `make tamper ARGS=5000` for more.
# Ends with how many were found, or with the seed and the round of the first that was not.
set -eu
cd "$(dirname "$0")/.."
. scripts/lib.sh
use_tools
postgres="$(find_postgres || true)"
case "$postgres" in *node_modules*) export CAMPO_POSTGRES_BIN="$postgres" ;; esac
export CAMPO_TAMPERINGS="${1:-1000}"
exec cargo test --workspace --locked --test it tamper:: -- --nocapture
