# shellcheck shell=bash

# free_port: a port on loopback that nobody has right now, below those that the system gives to connections: one of them may be taken before
# the server that it was meant for begins
free_port() {
    python3 -c '
import random, socket
for port in random.sample(range(20000, 32000), 1000):
    with socket.socket() as one:
        try:
            one.bind(("127.0.0.1", port))
        except OSError:
            continue
        print(port)
        break'
}
