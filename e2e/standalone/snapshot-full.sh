#!/bin/bash
# No room under the snapshot: told once, serving goes on, and the snapshot before stays good.
. "$(dirname "$0")/lib-snapshot.sh"
mkdir "$SNAPSHOTS"

# A file system of 64 KiB of this script's own, where it may mount one; elsewhere a directory that takes nothing.
limit() { chmod 500 "$SNAPSHOTS"; }
if [ "$(id -u)" = 0 ] && unshare -m true 2>/dev/null; then
    limit() { :; }
    mkfifo "$WORK/mounted"
    unshare -m sh -c "mount -t tmpfs -o size=64k,mode=700 tmpfs '$SNAPSHOTS' && echo yes >'$WORK/mounted'; exec tail -f /dev/null" &
    holder=$!
    pids+=("$holder")
    read -r _ <"$WORK/mounted"
    printf '#!/bin/sh\nexec nsenter -t %s -m %q "$@"\n' "$holder" "$MARTLET" >"$WORK/martlet"
    chmod +x "$WORK/martlet"
    MARTLET=$WORK/martlet
fi

sample v1
api_server dev-1
{ service one "$port"; ingress web gone.example.com one; } | k apply -f -
serve gateway-1
eventually is v1 get gone.example.com /
eventually is 1 metric 'martlet_snapshot_writes_total{result="ok"}'
chmod 700 "$SNAPSHOTS" && limit

for i in $(seq 150); do ingress "many-$i" "host-$i.with-a-rather-long-name-so-that-it-takes-room.example.com" one; done | k apply -f - >"$WORK/applied"
eventually grep -q 'the snapshot of the last good state cannot be written' "$WORK/gateway-1.log"
for host in host-150.with-a-rather-long-name-so-that-it-takes-room gone; do eventually is v1 get $host.example.com /; done
is 200 readyz
k annotate ingress web changed=again
is 1 grep -c 'cannot be written' "$WORK/gateway-1.log"
end_api_server
end_gateway TERM

serve gateway-2
eventually is v1 get gone.example.com /
is 1 metric martlet_serving_snapshot
is 404 status host-150.with-a-rather-long-name-so-that-it-takes-room.example.com /
end_gateway TERM
