"""A WebSocket echo server, and a client that checks the echo: just enough of RFC 6455 for a test, over plain sockets.

  websocket.py serve PORT          echoes text frames until it is ended
  websocket.py ask HOST:PORT NAME  upgrades with Host NAME, sends frames of several sizes, and ends with 0 if all came back
"""
import base64
import hashlib
import os
import socket
import socketserver
import struct
import sys


def read_exactly(stream, count):
    data = stream.read(count)
    if len(data) != count:
        raise EOFError
    return data


def read_frame(stream):
    first, second = read_exactly(stream, 2)
    length = second & 127
    if length == 126:
        length = struct.unpack(">H", read_exactly(stream, 2))[0]
    elif length == 127:
        length = struct.unpack(">Q", read_exactly(stream, 8))[0]
    mask = read_exactly(stream, 4) if second & 128 else bytes(4)
    return first & 15, bytes(b ^ mask[i % 4] for i, b in enumerate(read_exactly(stream, length)))


def frame(payload, masked):
    length = len(payload)
    head = struct.pack(">BB", 0x81, (128 if masked else 0) | (length if length < 126 else 126 if length < 65536 else 127))
    if length >= 126:
        head += struct.pack(">H" if length < 65536 else ">Q", length)
    mask = os.urandom(4) if masked else b""
    return head + mask + (bytes(b ^ mask[i % 4] for i, b in enumerate(payload)) if masked else payload)


def head_of(stream):
    lines = []
    while (line := stream.readline().strip()):
        lines.append(line.decode())
    return lines


class Echo(socketserver.StreamRequestHandler):
    def handle(self):
        fields = {name.lower(): value for name, value in (line.split(": ", 1) for line in head_of(self.rfile)[1:])}
        original = fields.get("sec-websocket-key", "")
        if "websocket" not in fields.get("upgrade", "").lower() or not original:
            self.wfile.write(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
            return
        proof = base64.b64encode(hashlib.sha1(original.encode() + b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11").digest())
        self.wfile.write(b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                         b"Sec-WebSocket-Accept: " + proof + b"\r\n\r\n")
        try:
            while True:
                kind, payload = read_frame(self.rfile)
                if kind == 8:
                    return
                self.wfile.write(frame(payload, masked=False))
        except EOFError:
            pass


def ask(address, name):
    host, port = address.rsplit(":", 1)
    key = base64.b64encode(hashlib.sha256(os.urandom(8)).digest()[:16]).decode()
    with socket.create_connection((host, int(port)), timeout=10) as connection:
        stream = connection.makefile("rwb")
        stream.write(f"GET /chat HTTP/1.1\r\nHost: {name}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
                     f"Sec-WebSocket-Key: {key}\r\n\r\n".encode())
        # The first frame goes at once, before the answer is there: it must not be lost.
        payloads = [b"first", b"x" * 200, os.urandom(70_000), b""]
        stream.write(frame(payloads[0], masked=True))
        stream.flush()
        status, *lines = head_of(stream)
        if " 101 " not in status:
            sys.exit(f"no upgrade: {status}")
        proof = base64.b64encode(hashlib.sha1(key.encode() + b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11").digest()).decode()
        accept = [line.split(": ", 1)[1] for line in lines if line.lower().startswith("sec-websocket-accept: ")]
        if accept != [proof]:
            sys.exit(f"no proof: {accept}")
        for number, payload in enumerate(payloads):
            if number:
                stream.write(frame(payload, masked=True))
                stream.flush()
            if read_frame(stream)[1] != payload:
                sys.exit(f"frame {number} came back changed")


if __name__ == "__main__":
    if sys.argv[1] == "serve":
        socketserver.ThreadingTCPServer.allow_reuse_address = True
        socketserver.ThreadingTCPServer(("127.0.0.1", int(sys.argv[2])), Echo).serve_forever()
    else:
        ask(sys.argv[2], sys.argv[3])
