"""An endpoint that takes its time and counts, for bounds.sh.

  bounds_backend.py PORT MILLISECONDS FILE

Every request takes that long; it is answered 503 while the file is there. /count says how many connections with requests were open at a time at
most, and how many requests came.
"""
import http.server
import os
import sys
import threading
import time

lock = threading.Lock()
counts = {"open": 0, "most": 0, "requests": 0}


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def setup(self):
        super().setup()
        self.is_counted = False

    def finish(self):
        if self.is_counted:
            with lock:
                counts["open"] -= 1
        super().finish()

    def do_GET(self):
        if self.path == "/count":
            return self.answer(200, f"{counts['most']} {counts['requests']}")
        with lock:
            counts["requests"] += 1
            counts["open"] += not self.is_counted
            counts["most"] = max(counts["most"], counts["open"])
            self.is_counted = True
        time.sleep(int(sys.argv[2]) / 1000)
        self.answer(503 if os.path.exists(sys.argv[3]) else 200, "here")

    def answer(self, status, text):
        self.send_response(status)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text.encode())

    def log_message(self, *_):
        pass


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 512


Server(("127.0.0.1", int(sys.argv[1])), Handler).serve_forever()
