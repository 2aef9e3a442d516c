# shellcheck shell=bash
# `martlet dev`: the embedded API server, whose pods are played by the process.
# shellcheck disable=SC2034,SC2154 # read and set by e2e/run
PROVIDES="pods controllers"
export BACKENDS=pods
dev=

start_server() {
    rm -rf "$run/state"
    "$MARTLET" dev --state "$run/state" --api-port 0 --http 127.0.0.1:0 --https none --admin 127.0.0.1:0 >"$run/dev.log" 2>&1 &
    dev=$!
    for _ in $(seq 300); do
        [ -e "$run/state/env" ] && break
        kill -0 $dev 2>/dev/null || break
        sleep 0.1
    done
    [ -e "$run/state/env" ] || { tail -n 30 "$run/dev.log" && stop 'martlet dev did not become ready'; }
    # shellcheck disable=SC1091 # written by martlet dev
    . "$run/state/env"
}

server_runs() { kill -0 "$dev" 2>/dev/null || { tail -n 25 "$run/dev.log" | sed 's/^/      /' && false; }; }

stop_server() {
    [ -z "$dev" ] || { kill -TERM "$dev" && wait "$dev"; } 2>/dev/null
    dev=
}
