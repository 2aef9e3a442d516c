# shellcheck shell=bash

# free_port: a port on loopback that nobody has right now
free_port() { python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'; }
