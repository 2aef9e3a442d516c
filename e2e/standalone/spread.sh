#!/bin/bash
# Connections that stay are spread over the workers whatever the kernel's hash says; lines of text in the log.
. "$(dirname "$0")/lib-standalone.sh"
here=$(dirname "$0")

folder=$WORK/manifests
mkdir "$folder"
port=$(free_port) && backend=$port
python3 "$here/bounds_backend.py" "$port" 0 "$WORK/fails" >"$WORK/backend.log" 2>&1 &
pids+=($!)
eventually listens "$backend"
{
    service web "$backend" ''
    ingress web web.example.com web
} >"$folder/web.yaml"
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=web.example.com -keyout "$WORK/key" -out "$WORK/crt" 2>"$WORK/openssl.log"
printf 'apiVersion: v1\nkind: Secret\nmetadata: {name: web, namespace: default}\ntype: kubernetes.io/tls\ndata: {tls.crt: %s, tls.key: %s}\n' \
    "$(base64 -w0 "$WORK/crt")" "$(base64 -w0 "$WORK/key")" >"$folder/tls.yaml"

# gateway WORKERS OPTIONS…: another one in the place of the last
gateway=
gateway() {
    [ -z "$gateway" ] || { kill "$gateway" && wait "$gateway"; }
    HTTP=127.0.0.1:$(free_port) HTTPS=127.0.0.1:$(free_port) ADMIN=127.0.0.1:$(free_port)
    # shellcheck disable=SC2016 # the dollars are the format's
    start gateway serve --manifests "$folder" --http "$HTTP" --https "$HTTPS" --default-certificate default/web --admin "$ADMIN" \
        --workers "$1" --drain-delay 0s --access-log "$WORK/access.log" --access-log-format '$client "$request" $status ${bytes_sent}' "${@:2}"
    gateway=$started
    eventually curl -sS -o /dev/null "http://$ADMIN/readyz"
}
# spread: the fewest and the most connections of a worker, and all of them
spread() { curl -sS "http://$ADMIN/stats" | jq -r '[to_entries[] | select(.key | test("^worker\\.[0-9]+\\.connections$")) | .value] | "\(min) \(max) \(add)"'; }
# even COUNT: so many connections, of which no worker has over two more than another
even() {
    local fewest most all
    read -r fewest most all < <(spread)
    [ "$all" = "$1" ] && [ $((most - fewest)) -le 2 ] && echo yes || echo "from $fewest to $most, $all in all"
}

for workers in 2 4; do
    for kind in plain tls; do
        gateway $workers
        [ $kind = plain ] && port=${HTTP##*:} || port=${HTTPS##*:}
        coproc clients { python3 "$here/spread_clients.py" "$port" 64 $kind; }
        pid=${clients_PID:?}
        read -r word <&"${clients[0]}"
        [ "$word" = ready ] || fail "the clients got no answers with $workers workers and $kind"
        eventually is yes even 64
        echo "$workers workers, $kind: $(spread) (fewest, most, all), $(curl -sS "http://$ADMIN/metrics" | sed -n 's/^martlet_downstream_handovers_total //p') handed over"
        echo go >&"${clients[1]}"
        read -r word <&"${clients[0]}"
        [ "$word" = again ] || fail "the clients got no second answers"
        kill "$pid" && wait "$pid" 2>/dev/null || true
        eventually is yes even 0
    done
done

# each begins with a PROXY header
gateway 2 --proxy-protocol --trusted 127.0.0.0/8
coproc clients { python3 "$here/spread_clients.py" "${HTTP##*:}" 64 proxy; }
pid=${clients_PID:?}
read -r word <&"${clients[0]}"
[ "$word" = ready ] || fail 'no answers behind a PROXY header'
eventually is yes even 64
has '^192\.0\.2\.1 "GET / HTTP/1\.1" 200 [0-9]+$' tail -1 "$WORK/access.log"
# a drain ends them all
kill "$gateway" && wait "$gateway" || fail "the gateway ended with $?"
gateway=
kill "$pid" 2>/dev/null && wait "$pid" 2>/dev/null || true

# a format that is none ends the start
# shellcheck disable=SC2016 # the dollars are the format's
has "at character 1: '.clinet' is no field.*Did you mean 'client'" "$MARTLET" serve --manifests "$folder" --access-log-format '$clinet'
