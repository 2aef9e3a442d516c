"""An HTTP/1.1 backend for http2.sh:   http2_backend.py PORT

  /echo      how the body came (its length, or `chunked`), how many bytes, and their SHA-256
  /big       10,000,000 bytes with a length
  /endless   bytes until nobody takes them; /left counts how often that was so
  /gated     half an answer, and the other half once /open was asked for
  /trailers  a chunked answer with trailers
  /broken    ends the connection without a word
"""
import hashlib
import http.server
import sys
import threading

gate = threading.Event()
left = 0


class Backend(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def answer(self, body, **fields):
        self.send_response(200)
        for name, value in fields.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def chunks(self):
        while (size := int(self.rfile.readline(), 16)):
            yield self.rfile.read(size)
            self.rfile.readline()
        while self.rfile.readline().strip():
            pass

    def do_POST(self):
        length = self.headers.get("Content-Length")
        digest, count = hashlib.sha256(), 0
        for piece in self.chunks() if length is None else [self.rfile.read(int(length))]:
            digest.update(piece)
            count += len(piece)
        self.answer(f"{length or self.headers['Transfer-Encoding']} {count} {digest.hexdigest()}\n".encode())

    def do_GET(self):
        global left
        match self.path:
            case "/big":
                self.answer(b"0123456789" * 1_000_000)
            case "/endless":
                self.send_response(200)
                self.send_header("Connection", "close")
                self.end_headers()
                try:
                    while True:
                        self.wfile.write(bytes(65536))
                except OSError:
                    left += 1
                    self.close_connection = True
            case "/left":
                self.answer(f"{left}\n".encode())
            case "/gated":
                self.send_response(200)
                self.send_header("Content-Length", "20000")
                self.end_headers()
                self.wfile.write(b"a" * 10_000)
                gate.wait(30)
                self.wfile.write(b"b" * 10_000)
            case "/open":
                gate.set()
                self.answer(b"open\n")
            case "/trailers":
                self.send_response(200)
                self.send_header("Transfer-Encoding", "chunked")
                self.send_header("Trailer", "x-checksum")
                self.end_headers()
                self.wfile.write(b"5\r\nhello\r\n0\r\nx-checksum: 2cf24d\r\n\r\n")
            case "/broken":
                self.close_connection = True
            case _:
                self.answer(b"web\n", **{"x-protocol": self.request_version})

    do_HEAD = do_GET


class Server(http.server.ThreadingHTTPServer):
    request_queue_size = 128

    def handle_error(self, *_):
        """Clients that leave are what is tested."""


Server(("127.0.0.1", int(sys.argv[1])), Backend).serve_forever()
