#!/usr/bin/env bash
# Headless Chromium through the faces, against a demonstration server of its own on a fresh data folder.
#
# What the tests get: CAMPO_URL, CAMPO_BIN (the executable), CAMPO_DATA (its data), CHROME_BIN (the browser).
set -u
cd "$(dirname "$0")/.." || exit 1
. scripts/lib.sh
use_tools

CHROME_BIN="$(find_chromium)" || die "no Chromium here: scripts/setup.sh test"
CAMPO_BIN="$(realpath "${CARGO_TARGET_DIR:-target}/debug/campo")"
[ -x "$CAMPO_BIN" ] || die "no $CAMPO_BIN: cargo build --workspace --all-targets"
web_install || exit 1
CAMPO_DATA="$(mktemp -d /tmp/campo-e2e.XXXXXX)"
chmod 711 "$CAMPO_DATA"
port="$(free_port)"
# WhatsApp's side is played by the tests themselves.
export CAMPO_WHATSAPP_APP_SECRET="secreto-de-prueba" CAMPO_WHATSAPP_BASE_URL="http://127.0.0.1:$(free_port)"
export CHROME_BIN CAMPO_BIN CAMPO_DATA CAMPO_LISTEN="127.0.0.1:$port" CAMPO_URL="http://127.0.0.1:$port"

mkdir -p target/test-logs
"$CAMPO_BIN" serve --demo >target/test-logs/e2e-server.log 2>&1 </dev/null &
server=$!
end() {
  trap - EXIT INT TERM
  kill -TERM "$server" 2>/dev/null && wait "$server"
  rm -rf "$CAMPO_DATA"
  exit "$1"
}
trap 'end 1' EXIT INT TERM
await_ready 127.0.0.1 "$port" "$server" 60 || { tail -n 20 target/test-logs/e2e-server.log; die "the server did not become ready"; }
(cd web && npm run --silent e2e)
end $?
