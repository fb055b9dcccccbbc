#!/usr/bin/env bash
# Runs one of the drivers of campo-bench against the campo built beside it.
#
#   scripts/bench.sh [--debug] crash|replay|load|... [ARGS]
#
# Release builds by default, for figures; --debug takes what `make test` has built.
set -u
cd "$(dirname "$0")/.." || exit 1
. scripts/lib.sh
use_tools

profile=release
if [ "${1:-}" = --debug ]; then
  profile=debug
  shift
fi
[ "$#" -gt 0 ] || die "scripts/bench.sh [--debug] crash|replay|load [ARGS]"
bin="${CARGO_TARGET_DIR:-target}/$profile"
if [ "$profile" = release ]; then
  web_install && web_build || die "the web build failed"
  cargo build --release --locked --workspace --bins || die "the build failed"
fi
[ -x "$bin/campo" ] && [ -x "$bin/campo-bench" ] || die "$bin lacks campo or campo-bench: cargo build --workspace --all-targets"
if [ "$1" = replay ] && [[ "$*" != *--porto* && "$*" != *--gpx* ]]; then
  trips=../shared/data/porto_train_1500.csv
  [ -f "$trips" ] || die "no recorded trips at $trips: give --porto FILE or --gpx FILE"
  set -- "$@" --porto "$trips"
fi
exec "$bin/campo-bench" "$@"
