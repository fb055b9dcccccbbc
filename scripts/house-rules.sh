#!/usr/bin/env bash
# The rules of the house that the compiler does not know, by grep. Each has its reason; each breach is one line.
#
# Test code may do as it likes: files under tests/, files called tests.rs, and what follows `#[cfg(test)]` in a file.
set -u
cd "$(dirname "$0")/.." || exit 1
breaches=0

# The lines of a Rust file that are code of the product: no tests, no comments. Prints "file:line:text".
code() {
  awk -v OFS=: '/^#\[cfg\(test\)\]/ { exit } !/^ *\/\// { print FILENAME, FNR, $0 }' "$1"
}

# files PATHSPEC..: the product's Rust files.
files() { git ls-files -co --exclude-standard -- "$@" | grep -E '\.rs$' | grep -vE '(^|/)tests(/|\.rs$)|_tests?\.rs$|^target/'; }

# forbid WHY PATTERN EXCEPT PATHSPEC..: the pattern stands nowhere but in files that match EXCEPT.
forbid() {
  local why="$1" pattern="$2" except="$3" file hits
  shift 3
  while read -r file; do
    [ -f "$file" ] || continue
    [ -n "$except" ] && [[ "$file" =~ $except ]] && continue
    hits="$(code "$file" | grep -E -- "$pattern" | grep -vF 'house-rule:')"
    [ -z "$hits" ] && continue
    printf '%s\n' "$hits" | sed "s|\$|   <- $why|"
    breaches=$((breaches + $(printf '%s\n' "$hits" | wc -l)))
  done < <(files "$@")
}

# --- Imports go one way: tests, benches -> http -> actors -> engine -> geo. ---
forbid 'geo is pure: no crate of the house, no runtime, no network' \
  '\b(campo_(engine|actors|http|bench)|tokio|actix|actix_web|sqlx|reqwest|redis)::' '' geo/src
forbid 'engine imports downward only, and no actix' '\b(campo_(actors|http|bench)|actix|actix_web|actix_rt)::' '' engine/src
forbid 'actors import downward only, and no web' '\b(campo_(http|bench)|actix_web|actix_web_actors)::' '' actors/src
forbid 'http does not know the drivers' '\bcampo_bench::' '' http/src
forbid 'drivers speak the wire contract: they know geo alone' '\bcampo_(engine|actors|http)::' '' benches/src
forbid 'the deprecated actix-web-actors is imported by the socket room alone' '\bactix_web_actors\b' '^http/src/socket(/|\.rs)' http/src actors/src

# --- SQL has one door. ---
forbid 'SQL stands in sql.rs of its feature, in engine/src/db, or in a room that is one table' '\bsqlx::(query|QueryBuilder|raw_sql)' \
  '^engine/src/(db/|(task|event|idempotency|jobs/journey|jobs/command)\.rs)|(^|/)sql(/[a-z_]+)?\.rs$' engine/src actors/src http/src
forbid 'a pool is reached through engine/src/db' '\b(PgPool|PgPoolOptions)\b' '^engine/src/db/' engine/src actors/src http/src
forbid 'actors and http do not speak SQL' '\bsqlx::' '' actors/src http/src

# --- One configuration, no hidden inputs. ---
forbid 'the environment is read in http/src/config/ alone' '\bstd::env::(var|vars|var_os|set_var|remove_var)\b|\benv::(var|vars|var_os)\(' \
  '^http/src/config/' geo/src engine/src actors/src http/src
forbid 'do_send ignores the mailbox bound: use try_send and say what happens when it is full' '\.do_send\(' '' actors/src http/src
forbid 'standard output carries results alone: use tracing' '\bprintln!' '^http/src/(main|cli|command)' geo/src engine/src actors/src

# --- A permission stands in a handler's signature, or there is no route. ---
forbid 'routes are mounted by who::guarded, which compiles for no handler without a permission' 'web::[a-z]+\(\)\.to\(' \
  '^http/src/(who/guard|tls/door)\.rs$' http/src

# --- Migrations are forward only and in order. ---
if [ -d migrations ]; then
  doubled="$(git ls-files -co --exclude-standard migrations | sed -nE 's|migrations/([0-9]+)_.*|\1|p' | sort | uniq -d)"
  [ -n "$doubled" ] && { printf 'migrations: number used twice: %s\n' "$doubled"; breaches=$((breaches + 1)); }
fi

# --- Nothing in the tree names the machine it was made on. ---
machine="$(git grep -nIE '/(work|root|home/[a-z]+)/[A-Za-z0-9._-]+' -- . ':!scripts/house-rules.sh' ':!*.lock' ':!*package-lock.json' ':!web/public' | grep -vE "/root/x|/home/user" | cut -c 1-160)"
if [ -n "$machine" ]; then
  printf '%s\n' "$machine" | sed 's|$|   <- a path of one machine|'
  breaches=$((breaches + $(printf '%s\n' "$machine" | wc -l)))
fi

if [ "$breaches" -gt 0 ]; then
  printf '%d breaches of the house rules\n' "$breaches"
  exit 1
fi
printf 'the house rules hold\n'
