#!/bin/bash
# Who does not take what it asked for holds neither a connection nor the memory of all workers.
. "$(dirname "$0")/lib-standalone.sh"
here=$(dirname "$0")

folder=$WORK/manifests
mkdir "$folder"
# gateway WORKERS OPTIONS…: another one in the place of the last
gateway=
gateway() {
    [ -z "$gateway" ] || { kill "$gateway" && wait "$gateway"; }
    HTTP=127.0.0.1:$(free_port) ADMIN=127.0.0.1:$(free_port)
    start gateway serve --manifests "$folder" --http "$HTTP" --https none --admin "$ADMIN" --workers "$1" --drain-delay 0s --drain-timeout 1s --access-log none "${@:2}"
    gateway=$started
    eventually curl -sS -f -o /dev/null "http://$ADMIN/readyz"
}

head -c 60000000 /dev/zero >"$WORK/large"
port=$(free_port)
(cd "$WORK" && exec python3 -m http.server --bind 127.0.0.1 "$port") >"$WORK/files.log" 2>&1 &
pids+=($!)
eventually listens "$port"
{
    service web "$port" ''
    ingress web web.example.com web
} >"$folder/web.yaml"

# whoever takes it gets all of it, however slow it is for the others
gateway 1 --min-write-rate 1000
is '60000000' sh -c "curl -sS -H 'Host: web.example.com' http://$HTTP/large | wc -c | tr -d ' '"
python3 "$here/spread_clients.py" "${HTTP##*:}" 1 slow >"$WORK/slow.log" 2>&1 &
pids+=($!)
has '^martlet_downstream_slow_readers_total 0$' curl -sS "http://$ADMIN/metrics"
sleep 5
eventually has '^martlet_downstream_slow_readers_total 1$' curl -sS "http://$ADMIN/metrics"

# what all workers keep has one bound: with as much again for each worker, all of these would find room
gateway 2 --buffer-memory 2Mi
coproc deaf { python3 "$here/spread_clients.py" "${HTTP##*:}" 96 deaf; }
pid=${deaf_PID:?}
read -r word <&"${deaf[0]}"
[ "$word" = ready ] || fail "the clients could not ask"
eventually has '^503 Overloaded$' get web.example.com /large -r 0-10
kill "$pid" && wait "$pid" 2>/dev/null || true
eventually is 60000000 sh -c "curl -sS -H 'Host: web.example.com' http://$HTTP/large | wc -c | tr -d ' '"

has "'lots' is no quantity" "$MARTLET" serve --manifests "$folder" --buffer-memory lots
has '--min-write-rate must be between' "$MARTLET" serve --manifests "$folder" --min-write-rate 0
