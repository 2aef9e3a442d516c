"""An endpoint for hedging.sh: hedging_backend.py PORT EVERY; each EVERY-th answer takes 300 ms, none with 0. Every answer is PORT."""
import http.server
import itertools
import sys
import time

port, every = int(sys.argv[1]), int(sys.argv[2])
numbers = itertools.count(1)


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        if every and next(numbers) % every == 0:
            time.sleep(0.3)
        text = str(port).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def log_message(self, *_):
        pass


# Whoever was overtaken finds nobody to answer any longer.
http.server.ThreadingHTTPServer.handle_error = lambda *_: None
http.server.ThreadingHTTPServer(("127.0.0.1", port), Handler).serve_forever()
