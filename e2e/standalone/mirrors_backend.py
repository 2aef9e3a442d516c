"""An endpoint that notes what it is asked, for mirrors.sh.

  mirrors_backend.py PORT BEHAVIOUR FILE

BEHAVIOUR is what it answers, `STATUS TEXT`, or `silent` (it reads and never answers) or `resets`. Each request is a line of FILE: method, target,
host, whether it is marked as a copy, and the body's length.
"""
import http.server
import socket
import struct
import sys
import threading

behaviour = sys.argv[2]
lock = threading.Lock()


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        mark = self.headers.get("X-Martlet-Mirror", "-")
        with lock, open(sys.argv[3], "a") as file:
            file.write(f"{self.command} {self.path} {self.headers['Host']} {mark} {len(body)}\n")
        if behaviour == "silent":
            threading.Event().wait()
        if behaviour == "resets":
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.connection.close()
            self.close_connection = True
            return
        status, text = behaviour.split(" ", 1)
        self.send_response(int(status))
        self.send_header("Content-Type", "text/plain")
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text.encode())

    do_POST = do_GET

    def finish(self):
        try:
            super().finish()
        except (OSError, ValueError):
            pass

    def log_message(self, *_):
        pass


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 512


Server(("127.0.0.1", int(sys.argv[1])), Handler).serve_forever()
