#!/bin/bash
# A WebSocket is upgraded through the gateway.
. "$(dirname "$0")/lib-standalone.sh"
script=$(dirname "$0")/websocket.py

echo_port=$(free_port)
python3 "$script" serve "$echo_port" &
pids+=($!)
eventually python3 "$script" ask "127.0.0.1:$echo_port" direct.example.com
mkdir "$WORK/manifests"
{ service chat "$echo_port"; ingress chat chat.example.com chat; } >"$WORK/manifests/chat.yaml"
HTTP=127.0.0.1:$(free_port)
start gateway serve --manifests "$WORK/manifests" --http "$HTTP" --https 127.0.0.1:0 --admin 127.0.0.1:0
eventually python3 "$script" ask "$HTTP" chat.example.com
for _ in $(seq 20); do python3 "$script" ask "$HTTP" chat.example.com || fail 'an upgrade failed'; done
is 400 status chat.example.com /
