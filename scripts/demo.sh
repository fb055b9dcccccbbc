#!/usr/bin/env bash
# `make demo`: builds what changed, starts a demonstration server with a dozen technicians at work, prints where to look.
#
# CAMPO_LISTEN (127.0.0.1:8080) says where; CAMPO_DATA (.data) where its data lies;
# CAMPO_DEMO_SECONDS ends it by itself, for checks. Ctrl-C ends both cleanly.
# `scripts/demo.sh --debug` takes the everyday build instead of the release.
set -u
cd "$(dirname "$0")/.." || exit 1
. scripts/lib.sh
use_tools

listen="${CAMPO_LISTEN:-127.0.0.1:8080}"
host="${listen%:*}" port="${listen##*:}"
[ "$host" = 0.0.0.0 ] && host=127.0.0.1
url="http://$host:$port"
server='' drive='' fakes=''
profile=(--release) bin="${CARGO_TARGET_DIR:-target}/release"
[ "${1:-}" = --debug ] && profile=() bin="${CARGO_TARGET_DIR:-target}/debug"

stop() {
  trap - EXIT INT TERM
  # The technicians first, so that the server's end is not news to them.
  [ -n "$drive" ] && kill -INT "$drive" 2>/dev/null && wait "$drive" 2>/dev/null
  [ -n "$server" ] && kill -TERM "$server" 2>/dev/null && { say "demo: ending"; wait "$server" 2>/dev/null; }
  [ -n "$fakes" ] && kill -TERM "$fakes" 2>/dev/null && wait "$fakes" 2>/dev/null
  exit "${1:-0}"
}

scripts/setup.sh demo || exit 1
port_taken "$host" "$port" &&
  die "something listens on $listen already; end it, or choose another: CAMPO_LISTEN=127.0.0.1:8090 make demo"
web_install && web_build || die "the web build failed"
say "demo: building campo and campo-bench (the first time takes some minutes)"
# The whole workspace, so that features are the same as in the other builds and nothing is compiled twice.
cargo build "${profile[@]}" --locked --workspace --bins || die "the build failed"
if postgres="$(find_postgres)"; then
  case "$postgres" in *node_modules*) export CAMPO_POSTGRES_BIN="${CAMPO_POSTGRES_BIN:-$postgres}" ;; esac
fi

mkdir -p target/demo
# The town's map: the same streets that the technicians drive.
export CAMPO_MAP="${CAMPO_MAP:-target/demo/map}"
if [ ! -f "$CAMPO_MAP/map.json" ] || [ "$bin/campo" -nt "$CAMPO_MAP/map.json" ]; then
  say "demo: drawing the town and building its map"
  "$bin/campo-bench" town --out target/demo/town.osm.pbf >/dev/null && "$bin/campo" map build --pbf target/demo/town.osm.pbf --out "$CAMPO_MAP" >/dev/null ||
    say "demo: without a map: it could not be built"
fi
trap 'stop 0' INT TERM
trap 'stop 1' EXIT
export CAMPO_LISTEN="$listen"
# What the customers' phones talk to: WhatsApp, SMS, transcription and e-mail, played on this machine.
# CAMPO_DEMO_FAKES=no leaves them out; what the surroundings configure already is not touched.
fake() { sed -nE 's/.*"'"$1"'":"([^"]*)".*/\1/p' target/demo/fakes.json | head -n 1; }
use_fakes() {
  export CAMPO_WHATSAPP_BASE_URL="${CAMPO_WHATSAPP_BASE_URL:-$(fake whatsapp)}"
  export CAMPO_WHATSAPP_PHONE_NUMBER_ID="${CAMPO_WHATSAPP_PHONE_NUMBER_ID:-$(fake phone_number_id)}"
  export CAMPO_WHATSAPP_TOKEN="${CAMPO_WHATSAPP_TOKEN:-fake-meta-token}"
  export CAMPO_WHATSAPP_APP_SECRET="${CAMPO_WHATSAPP_APP_SECRET:-$(fake app_secret)}"
  export CAMPO_WHATSAPP_VERIFY_TOKEN="${CAMPO_WHATSAPP_VERIFY_TOKEN:-$(fake verify_token)}"
  export CAMPO_TWILIO_BASE_URL="${CAMPO_TWILIO_BASE_URL:-$(fake twilio)}"
  export CAMPO_TWILIO_ACCOUNT_SID="${CAMPO_TWILIO_ACCOUNT_SID:-$(fake sid)}"
  export CAMPO_TWILIO_AUTH_TOKEN="${CAMPO_TWILIO_AUTH_TOKEN:-fake-twilio-token}"
  export CAMPO_TWILIO_FROM="${CAMPO_TWILIO_FROM:-$(fake from)}"
  export CAMPO_OPENAI_BASE_URL="${CAMPO_OPENAI_BASE_URL:-$(fake openai)}"
  export CAMPO_OPENAI_KEY="${CAMPO_OPENAI_KEY:-fake-openai-key}"
  export CAMPO_SMTP_URL="${CAMPO_SMTP_URL:-$(fake email)}"
  export CAMPO_MAIL_FROM="${CAMPO_MAIL_FROM:-CampoTech <demo@campotech.invalid>}"
  CAMPO_DEMO_PHONES="$(fake phones)"
  export CAMPO_DEMO_PHONES
}
# Their own process groups: Ctrl-C reaches this script alone, which ends them in order.
set -m
if [ "${CAMPO_DEMO_FAKES:-yes}" != no ]; then
  rm -f target/demo/fakes.json
  "$bin/campo-bench" fakes --listen "$host:0" --links "${CAMPO_PUBLIC_URL:-$url}" --ca-out target/demo/fakes.pem \
    --url "$url" --owner-phone +5491100000001 >target/demo/fakes.json 2>target/demo/fakes.log </dev/null &
  fakes=$!
  for _ in $(seq 100); do [ -s target/demo/fakes.json ] && break; sleep 0.05; done
  [ -s target/demo/fakes.json ] || { tail -n 5 target/demo/fakes.log >&2; die "the fakes did not start (target/demo/fakes.log)"; }
  export CAMPO_EXTRA_CA="${CAMPO_EXTRA_CA:-target/demo/fakes.pem}"
  use_fakes
fi
"$bin/campo" serve --demo 2>target/demo/server.log >&2 </dev/null &
server=$!
await_ready "$host" "$port" "$server" 60 || { tail -n 5 target/demo/server.log >&2; die "the server did not become ready (target/demo/server.log)"; }
cat <<TEXT

  CampoTech, demostración / demo: $url   ($SECONDS s)

  Entrá como despacho con el teléfono +5491100000002; el código llega a los mensajes. Ctrl-C termina.
  Sign in as the dispatcher with the phone +5491100000002; the code comes to the inbox. Ctrl-C ends it.
  Teléfonos de los clientes / the customers' phones: ${CAMPO_DEMO_PHONES:-—}  ($url/demo/phones)
  Registros / logs: target/demo/server.log, target/demo/drive.log

TEXT
"$bin/campo-bench" drive --url "$url" --owner-phone +5491100000001 --technicians 12 --ping-every-s 5 \
  --minutes 10000 2>target/demo/drive.log </dev/null &
drive=$!
set +m

until="${CAMPO_DEMO_SECONDS:-0}"
while kill -0 "$server" 2>/dev/null; do
  [ "$until" -gt 0 ] && [ "$SECONDS" -ge "$until" ] && stop 0
  if [ -n "$drive" ] && ! kill -0 "$drive" 2>/dev/null; then
    wait "$drive" || { tail -n 5 target/demo/drive.log >&2; say "demo: the technicians went home with an error"; }
    drive=''
  fi
  sleep 0.5 &
  wait $!
done
tail -n 5 target/demo/server.log >&2
say "demo: the server ended by itself"
stop 1
