"""A webhook that answers as the last line for a path says: `PATH STATUS [BODY]`; with `token` for a status, 200 to whoever shows s3cret.

python3 webhook_server.py PORT ANSWERS: prints each question as `PATH BODY`.
"""
import http.server, sys


class Webhook(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
        print(self.path, body, flush=True)
        status, said = "404", ""
        for line in open(sys.argv[2]):
            words = line.strip().split(" ", 2)
            if words[0] == self.path:
                status, said = words[1], words[2] if len(words) > 2 else ""
        if status == "token":
            status = "200" if self.headers.get("Authorization") == "Bearer s3cret" else "401"
        self.send_response(int(status))
        if status == "302":
            self.send_header("Location", "/elsewhere")
        if status != "204":
            self.send_header("Content-Length", str(len(said)))
        self.end_headers()
        if status != "204":
            self.wfile.write(said.encode())

    def do_GET(self):
        print(self.path, "GET", flush=True)
        self.send_response(200)
        self.end_headers()

    def log_message(self, *_):
        pass


http.server.ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Webhook).serve_forever()
