"""Servers of bytes and datagrams for l4.sh: `l4_servers.py tcp NAME PORT` or `udp NAME PORT`. Each answers with its name and what it got;
the one for connections says the PROXY line that came first, if there was one, and the last word to whoever ended its side."""

import socket
import sys
import threading


def serve(connection, name):
    with connection:
        got = b""
        while data := connection.recv(65536):
            got += data
            connection.sendall(name + b":" + data)
        connection.sendall(b"[%d bytes]\n" % len(got))


def tcp(name, port):
    with socket.create_server(("127.0.0.1", port)) as server:
        while True:
            connection, _ = server.accept()
            threading.Thread(target=serve, args=(connection, name), daemon=True).start()


def udp(name, port):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
        server.bind(("127.0.0.1", port))
        while True:
            data, client = server.recvfrom(65536)
            server.sendto(name + b":" + data, client)


{"tcp": tcp, "udp": udp}[sys.argv[1]](sys.argv[2].encode(), int(sys.argv[3]))
