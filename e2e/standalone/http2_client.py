"""What curl and nghttp cannot say over HTTP/2:   http2_client.py WHAT HOST:PORT NAME [CACERT]     (with CACERT over TLS)

  websocket  a WebSocket by extended CONNECT (RFC 8441), echoed; and beside it a plain request on the same connection
  protocol   extended CONNECT for something that is no WebSocket; prints the status
  silent     makes a request, and then does nothing, whatever the gateway says, until its input ends
  cancel     takes the beginning of /endless, resets the stream, and goes on with another request
  long       a head of 80,000 bytes; prints the code of the reset, and the status of another request on the connection
  resets     opens and resets streams for nothing; prints the code of the GOAWAY that ends it
  pings      the same with pings
"""
import os
import select
import socket
import ssl
import struct
import sys

import h2.config
import h2.connection
import h2.events
import h2.settings

from websocket import frame


class Client:
    def __init__(self, address, name, ca=None):
        host, port = address.rsplit(":", 1)
        self.name, self.scheme = name, "https" if ca else "http"
        self.socket = socket.create_connection((host, int(port)), timeout=10)
        if ca:
            context = ssl.create_default_context(cafile=ca)
            context.set_alpn_protocols(["h2"])
            self.socket = context.wrap_socket(self.socket, server_hostname=name)
            if self.socket.selected_alpn_protocol() != "h2":
                sys.exit("h2 was not agreed on")
        self.h2 = h2.connection.H2Connection(h2.config.H2Configuration(header_encoding="utf-8"))
        self.h2.initiate_connection()
        self.send()
        self.data, self.status, self.ended, self.resets, self.code = {}, {}, set(), {}, None
        while not self.h2.remote_settings.enable_connect_protocol:
            self.receive()

    def send(self):
        try:
            self.socket.sendall(self.h2.data_to_send())
        except (BrokenPipeError, ConnectionResetError, ssl.SSLError):
            # The gateway ended the connection. What it said before is still to be read, and then the end.
            pass

    def receive(self):
        received = self.socket.recv(65536)
        if not received:
            raise EOFError
        for event in self.h2.receive_data(received):
            match event:
                case h2.events.ResponseReceived():
                    self.status[event.stream_id] = dict(event.headers)[":status"]
                case h2.events.DataReceived():
                    self.data[event.stream_id] = self.data.get(event.stream_id, b"") + event.data
                    self.h2.acknowledge_received_data(event.flow_controlled_length, event.stream_id)
                case h2.events.StreamEnded():
                    self.ended.add(event.stream_id)
                case h2.events.StreamReset():
                    self.resets[event.stream_id] = int(event.error_code)
                case h2.events.ConnectionTerminated():
                    self.code = event.error_code
        self.send()

    def wait(self, condition):
        """Receives until it holds. A reset is the end of a stream whatever was wanted."""
        while not condition():
            if self.resets:
                sys.exit(f"streams were reset: {self.resets}")
            self.receive()

    def open(self, method, path, protocol=None, more=()):
        stream = self.h2.get_next_available_stream_id()
        fields = [(":method", method), (":scheme", self.scheme), (":authority", self.name), (":path", path)]
        if protocol:
            fields += [(":protocol", protocol), ("sec-websocket-version", "13")]
        self.h2.send_headers(stream, fields + list(more), end_stream=not protocol)
        self.send()
        return stream

    def get(self, path):
        stream = self.open("GET", path)
        self.wait(lambda: stream in self.ended)
        return self.status[stream]

    def write(self, stream, data):
        while data:
            room = min(self.h2.local_flow_control_window(stream), self.h2.max_outbound_frame_size)
            if not room:
                self.wait(lambda: self.h2.local_flow_control_window(stream))
                continue
            self.h2.send_data(stream, data[:room])
            self.send()
            data = data[room:]

    def read(self, stream, count):
        self.wait(lambda: len(self.data.get(stream, b"")) >= count)
        data = self.data[stream]
        self.data[stream] = data[count:]
        return data[:count]


def websocket(client):
    stream = client.open("CONNECT", "/chat", "websocket")
    # Sent at once, before the answer is there: it must not be lost.
    client.write(stream, frame(b"first", masked=True))
    expected = frame(b"first", masked=False)
    if client.read(stream, len(expected)) != expected or client.status[stream] != "200":
        sys.exit("the first frame came back changed")
    if client.get("/") != "400":
        sys.exit("a request beside the WebSocket did not reach the echo server")
    for payload in [b"x" * 200, os.urandom(70_000), b"", os.urandom(600_000)]:
        client.write(stream, frame(payload, masked=True))
        expected = frame(payload, masked=False)
        if client.read(stream, len(expected)) != expected:
            sys.exit(f"{len(payload)} bytes came back changed")
    # A close frame: the server ends the connection, which is the end of the stream.
    client.write(stream, struct.pack(">BB", 0x88, 0x80) + bytes(4))
    client.wait(lambda: stream in client.ended)
    # And the other way round: the client ends its stream, and the server sees the end.
    stream = client.open("CONNECT", "/chat", "websocket")
    client.write(stream, frame(b"last", masked=True))
    client.read(stream, 6)
    client.h2.end_stream(stream)
    client.send()
    client.wait(lambda: stream in client.ended)


def protocol(client):
    stream = client.open("CONNECT", "/chat", "connect-udp")
    client.wait(lambda: stream in client.status)
    print(client.status[stream])


def cancel(client):
    stream = client.open("GET", "/endless")
    client.read(stream, 100_000)
    client.h2.reset_stream(stream, 8)
    client.send()
    if client.get("/") != "200":
        sys.exit("the connection did not outlive the stream")


def long(client):
    stream = client.open("GET", "/", more=[(f"x-{i}", "0" * 20_000) for i in range(4)])
    while stream not in client.resets:
        client.receive()
    print(client.resets.pop(stream), client.get("/"))


def silent(client):
    print(client.get("/"), flush=True)
    sys.stdin.read()


def until_told_off(client, nuisance):
    for _ in range(100):
        for _ in range(50):
            nuisance(client)
        client.send()
        while client.code is None and select.select([client.socket], [], [], 0)[0]:
            client.receive()
        if client.code is not None:
            break
    while client.code is None:
        client.receive()
    print(int(client.code))


def reset_at_once(client):
    client.h2.reset_stream(client.open("GET", "/big"), 8)


doings = {
    "websocket": websocket,
    "protocol": protocol,
    "cancel": cancel,
    "long": long,
    "silent": silent,
    "resets": lambda client: until_told_off(client, reset_at_once),
    "pings": lambda client: until_told_off(client, lambda c: c.h2.ping(bytes(8))),
}
doings[sys.argv[1]](Client(*sys.argv[2:]))
