#!/usr/bin/env bash
# `make test`: everything CI checks. `scripts/test.sh check` (`make check`): the everyday part of it.
#
# Each step goes on after the failure of another where that makes sense; its whole output is in target/test-logs.
# The last line is "N passed, N failed" over all runners; a step without a runner of its own counts as one.
# cargo test rather than nextest: the integration tests share one server and one PostgreSQL in their process.
set -u
cd "$(dirname "$0")/.." || exit 1
. scripts/lib.sh
use_tools

mode="${1:-all}"
logs="target/test-logs"
bin="${CARGO_TARGET_DIR:-target}/debug"
passed=0 failed=0 failures=() skips=()
# At a terminal Ctrl-C must reach the step itself.
timeout_flags=()
[ -t 1 ] && timeout_flags=(--foreground)
mkdir -p "$logs" && rm -f "$logs"/*.log

# count LOG: prints "passed failed" that the runners in a log say of themselves.
count() {
  sed -E 's/\x1b\[[0-9;]*m//g' "$1" | awk '
    /^test result: /               { p += $4; f += $6 }                       # cargo test
    /^ *Tests .*(passed|failed)/   { for (i = 2; i <= NF; i++) {              # vitest
                                       if ($i ~ /^passed/) p += $(i-1)
                                       if ($i ~ /^failed/) f += $(i-1) } }
    /^(#|ℹ) pass [0-9]+$/          { p += $3 }                                # node --test
    /^(#|ℹ) (fail|cancelled) [0-9]+$/ { f += $3 }
    END { print p + 0, f + 0 }'
}

# step NAME MINUTES COMMAND..: runs it with a bound, keeps its output, counts it.
step() {
  local name="$1" minutes="$2" begun=$SECONDS code p f
  shift 2
  printf '== %s\n' "$name"
  timeout "${timeout_flags[@]}" --kill-after=20 "${minutes}m" "$@" >"$logs/$name.log" 2>&1 </dev/null
  code=$?
  read -r p f < <(count "$logs/$name.log")
  [ "$p" = 0 ] && [ "$f" = 0 ] && [ "$code" = 0 ] && p=1
  [ "$code" != 0 ] && [ "$f" = 0 ] && f=1
  passed=$((passed + p)) failed=$((failed + f))
  if [ "$code" = 0 ]; then
    printf '   ok, %d passed, %d s\n' "$p" "$((SECONDS - begun))"
    grep -E '^SKIPPED' "$logs/$name.log" | sed 's/^/   /'
    return 0
  fi
  failures+=("$name")
  [ "$code" = 124 ] && printf '   ended after %d minutes\n' "$minutes"
  printf '   FAILED (exit %d), %d passed, %d failed, %d s; the end of %s:\n' "$code" "$p" "$f" "$((SECONDS - begun))" "$logs/$name.log"
  grep -E '^(test .* FAILED|failures:|---- .* stdout ----|.*panicked at|error(\[|:)|.*✖|not ok)' "$logs/$name.log" | head -n 30 | sed 's/^/   ! /'
  tail -n 40 "$logs/$name.log" | sed 's/^/   | /'
  return 1
}

# skip NAME WHY
skip() {
  printf '== %s\n   SKIPPED: %s\n' "$1" "$2"
  skips+=("$1")
}

finish() {
  printf '\n%d s in all' "$SECONDS"
  [ "${#skips[@]}" -gt 0 ] && printf '; skipped: %s' "${skips[*]}"
  [ "${#failures[@]}" -gt 0 ] && printf '; FAILED: %s' "${failures[*]}"
  printf '\n%d passed, %d failed\n' "$passed" "$failed"
  [ "$failed" = 0 ] && [ "${#failures[@]}" = 0 ]
  exit
}
trap 'failed=$((failed + 1)); failures+=(interrupted); finish' INT TERM

web_npm() { (cd web && npm run --silent "$@"); }
export -f web_npm web_install web_build say
export ROOT

# Programs that steps start find the same PostgreSQL and browser as the set-up script.
settle() {
  local postgres chrome
  postgres="$(find_postgres)" || return 0
  case "$postgres" in *node_modules*) export CAMPO_POSTGRES_BIN="$postgres" ;; esac
  chrome="$(find_chromium)" && export CHROME_BIN="$chrome"
}

web_steps() {
  step web-install 10 bash -c web_install || return
  step web-check 5 bash -c 'web_npm check'
  step web-test 5 bash -c 'web_npm test'
  # Before the executables: the faces are inside them.
  step web-build 5 bash -c web_build
}

everyday() {
  step house-rules 1 scripts/house-rules.sh
  step licences 1 node scripts/licences.mjs
  step licences-check 1 node --test scripts/licences.test.mjs
  step format 1 cargo fmt --all --check
  web_steps
  step clippy 20 cargo clippy --workspace --all-targets --locked -- -D warnings
  step unit-tests 20 cargo test --workspace --locked --no-fail-fast --lib --bins
}

everything() {
  step set-up 15 scripts/setup.sh test || finish
  settle
  step house-rules 1 scripts/house-rules.sh
  step licences 1 node scripts/licences.mjs
  step licences-check 1 node --test scripts/licences.test.mjs
  step format 1 cargo fmt --all --check
  web_steps
  # One build of everything, so that no later step builds a dependency with other features again.
  step build 30 cargo build --workspace --all-targets --locked || finish
  step clippy 20 cargo clippy --workspace --all-targets --locked -- -D warnings
  step rust-tests 30 cargo test --workspace --locked --no-fail-fast
  step crash 15 scripts/bench.sh --debug crash --rounds 20
  step rounds 4 scripts/bench.sh --debug rounds --rounds 20 --drain-s 90
  step hostile 5 scripts/bench.sh --debug hostile
  step secrets 6 scripts/bench.sh --debug secrets --steps 30
  if [ -d ../shared/data ]; then
    step replay 10 scripts/bench.sh --debug replay --trips 10
  else
    skip replay "it needs the recorded trips of ../shared/data, which are not here"
  fi
  step e2e 15 scripts/e2e.sh
}

case "$mode" in
  check) settle; everyday ;;
  all) everything ;;
  *) die "scripts/test.sh [check]" ;;
esac
finish
