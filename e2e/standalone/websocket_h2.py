"""A WebSocket echo server over HTTP/2 (RFC 8441), until it is ended:   websocket_h2.py PORT [CERTIFICATE KEY]

Other requests are answered 400, as an echo server does, with the protocol's name. With MARTLET_E2E_NO_WEBSOCKET it does not offer extended CONNECT.
"""
import io
import os
import socketserver
import ssl
import sys

import h2.config
import h2.connection
import h2.events
import h2.settings

from websocket import frame, read_frame

offers = not os.environ.get("MARTLET_E2E_NO_WEBSOCKET")


class Connection(socketserver.BaseRequestHandler):
    def setup(self):
        if context:
            self.request = context.wrap_socket(self.request, server_side=True)

    def handle(self):
        self.h2 = h2.connection.H2Connection(h2.config.H2Configuration(client_side=False, header_encoding="utf-8"))
        if offers:
            self.h2.local_settings = h2.settings.Settings(
                client=False, initial_values={h2.settings.SettingCodes.ENABLE_CONNECT_PROTOCOL: 1})
        self.h2.initiate_connection()
        self.chats, self.unsent = {}, {}
        try:
            while True:
                self.request.sendall(self.h2.data_to_send())
                received = self.request.recv(65536)
                if not received:
                    return
                for event in self.h2.receive_data(received):
                    self.take(event)
        except (OSError, h2.exceptions.ProtocolError):
            pass

    def take(self, event):
        match event:
            case h2.events.RequestReceived():
                fields = dict(event.headers)
                if fields[":method"] == "CONNECT":
                    assert offers and fields[":protocol"] == "websocket" and fields["sec-websocket-version"] == "13"
                    assert "sec-websocket-key" not in fields and "upgrade" not in fields
                    self.chats[event.stream_id] = b""
                    self.h2.send_headers(event.stream_id, [(":status", "200")])
                else:
                    self.h2.send_headers(event.stream_id, [(":status", "400")])
                    self.say(event.stream_id, b"HTTP/2\n", True)
            case h2.events.DataReceived():
                self.h2.acknowledge_received_data(event.flow_controlled_length, event.stream_id)
                if event.stream_id in self.chats:
                    self.chat(event.stream_id, event.data)
            case h2.events.StreamEnded() if event.stream_id in self.chats:
                self.say(event.stream_id, b"", True)
            case h2.events.WindowUpdated():
                for stream in [event.stream_id] if event.stream_id else list(self.unsent):
                    self.flush(stream)

    def chat(self, stream, data):
        self.chats[stream] += data
        while True:
            rest = io.BytesIO(self.chats[stream])
            try:
                kind, payload = read_frame(rest)
            except EOFError:
                return
            self.chats[stream] = rest.read()
            self.say(stream, b"" if kind == 8 else frame(payload, masked=False), kind == 8)

    def say(self, stream, data, is_last):
        waiting, ends = self.unsent.get(stream, (b"", False))
        self.unsent[stream] = (waiting + data, ends or is_last)
        self.flush(stream)

    def flush(self, stream):
        data, is_last = self.unsent.get(stream, (b"", False))
        while data and (n := min(len(data), self.h2.local_flow_control_window(stream), self.h2.max_outbound_frame_size)):
            self.h2.send_data(stream, data[:n])
            data = data[n:]
        self.unsent[stream] = (data, is_last)
        if is_last and not data:
            self.h2.end_stream(stream)
            del self.unsent[stream]


context = None
if len(sys.argv) > 2:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(sys.argv[2], sys.argv[3])
    context.set_alpn_protocols(["h2"])
socketserver.ThreadingTCPServer.allow_reuse_address = True
socketserver.ThreadingTCPServer(("127.0.0.1", int(sys.argv[1])), Connection).serve_forever()
