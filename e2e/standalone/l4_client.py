"""Clients for l4.sh. `tcp ADDRESS TEXT`: what is answered until the other side ends. `udp ADDRESS TEXT…`: what is answered to each, a line
each, from one socket. `hold ADDRESS`: connects, says one line when that is done, and the connection's fate behind it."""

import socket
import sys


def place(text):
    host, port = text.rsplit(":", 1)
    return host, int(port)


def tcp(address, text):
    with socket.create_connection(place(address), timeout=10) as connection:
        connection.sendall(text.encode())
        connection.shutdown(socket.SHUT_WR)
        while data := connection.recv(65536):
            sys.stdout.write(data.decode())


def datagrams(address):
    client = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    client.settimeout(5)
    client.connect(place(address))
    return client


def udp(address, *texts):
    with datagrams(address) as client:
        for text in texts:
            client.send(text.encode())
            print(client.recv(65536).decode())


def hold(address):
    with socket.create_connection(place(address), timeout=60) as connection:
        connection.sendall(b"held")
        print(connection.recv(100).decode(), flush=True)
        try:
            print("ended" if connection.recv(100) == b"" else "spoke", flush=True)
        except OSError as error:
            print(type(error).__name__, flush=True)


{"tcp": tcp, "udp": udp, "hold": hold}[sys.argv[1]](*sys.argv[2:])
