"""Connections that stay, for spread.sh and takers.sh.

  spread_clients.py PORT COUNT KIND

Opens so many, of kind plain, tls or proxy (with a PROXY header), asks once on each, says "ready", asks once more on each line of the standard
input, and closes them at its end. Of kind deaf, they ask for /large and read nothing; of kind slow, a byte a second, until they are closed.
"""
import socket
import ssl
import sys
import time

port, count, kind = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
context = ssl.create_default_context()
context.check_hostname = False
context.verify_mode = ssl.CERT_NONE


def connect():
    connection = socket.create_connection(("127.0.0.1", port), timeout=20)
    if kind == "proxy":
        connection.sendall(b"PROXY TCP4 192.0.2.1 192.0.2.2 1234 80\r\n")
    return context.wrap_socket(connection, server_hostname="web.example.com") if kind == "tls" else connection


def want_more_than_they_take():
    connections = []
    for _ in range(count):
        connection = socket.socket()
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        connection.connect(("127.0.0.1", port))
        connection.sendall(b"GET /large HTTP/1.1\r\nHost: web.example.com\r\n\r\n")
        connections.append(connection)
    return connections


def ask(connection):
    connection.sendall(b"GET / HTTP/1.1\r\nHost: web.example.com\r\n\r\n")
    answer = b""
    while not answer.endswith(b"here"):
        more = connection.recv(4096)
        if not more:
            sys.exit(f"no answer: {answer!r}")
        answer += more


if kind in ("deaf", "slow"):
    waiting = want_more_than_they_take()
    print("ready", flush=True)
    while kind == "slow" and waiting[0].recv(1):
        time.sleep(1)
    sys.stdin.read()
    sys.exit(0)
connections = [connect() for _ in range(count)]
for connection in connections:
    ask(connection)
print("ready", flush=True)
for _ in sys.stdin:
    for connection in connections:
        ask(connection)
    print("again", flush=True)
