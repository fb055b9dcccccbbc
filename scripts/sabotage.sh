#!/usr/bin/env bash
# Every checker bites: promises are broken on purpose, one at a time, and the check that guards each must fail.
#
#   scripts/sabotage.sh            all of them; those with a feature of their own are compiled anew
#   scripts/sabotage.sh --cheap    only those that need no other build
#
# Prints a table; exit code 1 where something was not caught, or a check fails without any sabotage.
set -u
cd "$(dirname "$0")/.." || exit 1
. scripts/lib.sh
use_tools
settle_postgres="$(find_postgres 2>/dev/null)" || settle_postgres=""
case "$settle_postgres" in *node_modules*) export CAMPO_POSTGRES_BIN="$settle_postgres" ;; esac

cheap=0
[ "${1:-}" = --cheap ] && cheap=1
logs="target/sabotage" && mkdir -p "$logs"
bin="${CARGO_TARGET_DIR:-target}/debug"
rows=() missed=0

row() { # SABOTAGE CHECK RESULT
  rows+=("$(printf '%-34s %-34s %s' "$1" "$2" "$3")")
  printf '%s\n' "${rows[-1]}"
  case "$3" in yes*) ;; *) missed=$((missed + 1)) ;; esac
}

# caught SABOTAGE CHECK PATTERN COMMAND..: the command must fail, and say so by PATTERN: a build that breaks catches nothing.
caught() {
  local what="$1" check="$2" pattern="$3" log code
  shift 3
  log="$logs/$(printf '%s-%s' "$what" "$check" | tr -c 'a-z0-9\n' '-').log"
  timeout --kill-after=20 45m "$@" >"$log" 2>&1 </dev/null
  code=$?
  if [ "$code" = 0 ]; then row "$what" "$check" "NO: it passed ($log)"
  elif grep -qE "$pattern" "$log"; then row "$what" "$check" "yes"
  else row "$what" "$check" "NO: it failed for another reason ($log)"; fi
}

# sound CHECK COMMAND..: without sabotage the check passes, else its failures say nothing.
sound() {
  local check="$1" log
  shift
  log="$logs/sound-$(printf '%s' "$check" | tr -c 'a-z0-9\n' '-').log"
  if timeout --kill-after=20 45m "$@" >"$log" 2>&1 </dev/null; then row "(none)" "$check" "yes, it passes"
  else row "(none)" "$check" "NO: it fails without sabotage ($log)"; fi
}

it() { cargo test --workspace --locked --test it "$@"; }
export -f it
# feature FEATURE FILTER: the tests that a build with that feature must fail.
feature() { cargo test --workspace --locked --features "$1" --test it "$2"; }
export -f feature

failed='test result: FAILED|^test .* FAILED'

cargo build --workspace --locked --bins || die "the build failed"
printf '%-34s %-34s %s\n' sabotage check caught

# --- Rows of others: broken in the database of a running server. ---
sound 'two worlds' "$bin/campo-bench" worlds --runs 4 --steps 16
for broken in rls-off leaking-customer leaking-member leaking-conversation; do
  caught "$broken" 'two worlds' 'differs at step|was told of' "$bin/campo-bench" worlds --runs 6 --steps 24 --sabotage "$broken"
done

# --- Rights and row security: broken in the database that every test gets. ---
sound 'catalog' bash -c 'it catalog::'
caught 'FORCE off on one table' 'catalog' "$failed" env CAMPO_TEST_SABOTAGE=no-force bash -c 'it catalog::'
caught 'row security off' 'catalog' "$failed" env CAMPO_TEST_SABOTAGE=rls-off bash -c 'it catalog::'
caught 'a policy that lets all in' 'catalog' "$failed" env CAMPO_TEST_SABOTAGE=open-policy bash -c 'it catalog::'
sound 'matrix' bash -c 'it matrix::'
caught 'row security off' 'matrix' "$failed" env CAMPO_TEST_SABOTAGE=rls-off bash -c 'it matrix::'

# --- Secrets. ---
sound 'secret search' "$bin/campo-bench" secrets --steps 20
caught 'a token in the log' 'secret search' 'access_token \(as it is\)' "$bin/campo-bench" secrets --steps 20 --plant

if [ "$cheap" = 0 ]; then
  # --- Promises of the code: each a feature that is off by default and named for what it breaks. ---
  caught 'a missing extractor' 'matrix' "$failed" bash -c 'feature campo-http/sabotage-extractor matrix::'
  sound 'tamper' bash -c 'it tamper::'
  caught 'a broken chain' 'tamper' "$failed" bash -c 'feature campo-engine/sabotage-chain tamper::'
  sound 'crash' "$bin/campo-bench" crash --rounds 10
  cargo build --workspace --locked --bins --features campo-http/sabotage-ack-before-commit >"$logs/build-ack.log" 2>&1 || die "the sabotage build failed: $logs/build-ack.log"
  caught 'acknowledged before the commit' 'crash' 'lost|missing' "$bin/campo-bench" crash --rounds 10
  # What stands in the folder of builds is honest again.
  cargo build --workspace --locked --bins >"$logs/build-honest.log" 2>&1
fi

printf '\n%-34s %-34s %s\n' sabotage check caught
printf '%s\n' "${rows[@]}"
printf '%d rows, %d not as they should be\n' "${#rows[@]}" "$missed"
[ "$missed" = 0 ]
