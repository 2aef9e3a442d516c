#!/bin/bash
# The image's root file system, without a container engine: read-only, entered as user 65532 without privileges, it serves.
. "$(dirname "$0")/lib-standalone.sh"

root=$WORK/root
packaging/root-filesystem "$root" "$MARTLET"
echo "image: $(du -sb "$root" | awk '{ printf "%.1f MB", $1 / 1e6 }') in $(find "$root" -type f | wc -l) files"
exits 1 packaging/root-filesystem "$root" "$MARTLET"
has 'not empty' cat "$WORK/out"

# nothing else is in it: no shell, no program but ours and the dynamic linker's libraries, nothing that a user could become root by
is /usr/bin/martlet bash -c "find '$root/usr/bin' '$root'/{bin,sbin} -type f 2>/dev/null | sed 's#^$root##'"
is '' find "$root" -type f -perm /6000
is '' bash -c "find '$root' -type f ! -path '*/etc/*' ! -name '*.so*' ! -path '*/usr/bin/martlet'"
is '65532' bash -c "grep -c . '$root/etc/passwd' >/dev/null && cut -d: -f3 '$root/etc/passwd'"

sample v1
mkdir "$WORK/manifests"
{ service one "$port"; ingress web web.example.com one; } >"$WORK/manifests/all.yaml"
HTTP=127.0.0.1:$(free_port) PROBES=127.0.0.1:$(free_port)

# What a container runtime does: mounts, a read-only root, another user, no new privileges. /etc/martlet is where the chart mounts.
container=$(
    cat <<'SH'
set -e
mount --bind "$0" "$0"
mount --bind "$1" "$0/etc/martlet"
mkdir -p "$0/proc" "$0/dev" && mount --bind /proc "$0/proc" && mount --rbind /dev "$0/dev"
mount -o remount,bind,ro "$0"
exec setpriv --no-new-privs chroot --userspec=65532:65532 "$0" /usr/bin/martlet "${@:2}"
SH
)
enter=(unshare --mount --propagation private bash -c "$container" "$root" "$WORK/manifests")

has '^[0-9]+\.[0-9]+\.[0-9]+$' "${enter[@]}" --version
# Each step replaces the one before it: the process that is started here becomes martlet.
"${enter[@]}" serve --manifests /etc/martlet --http "$HTTP" --https 127.0.0.1:0 --admin 127.0.0.1:0 --probes "$PROBES" >"$WORK/inside.log" 2>&1 &
inside=$!
pids+=("$inside")
eventually is v1 get web.example.com /
is 200 curl -sS -o /dev/null -w '%{http_code}' "http://$PROBES/readyz"
state() { sed -n "s/^$1:[[:space:]]*//p" "/proc/$inside/status" | tr '\t' ' '; }
is '65532 65532 65532 65532' state Uid
is '0000000000000000' state CapEff
is 1 state NoNewPrivs
has '^[^ ]+ / ro' cut -d ' ' -f 4-6 "/proc/$inside/mountinfo"

kill -TERM "$inside"
code=0
wait "$inside" || code=$?
[ $code -eq 0 ] || fail "ended with $code on SIGTERM: $(cat "$WORK/inside.log")"
