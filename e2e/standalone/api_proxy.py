"""HTTP doors before an API server that write down who asked for what and what was answered, and refuse what a file says.

    api_proxy.py KUBECONFIG RECORD RULES NAME=PORT…

There is a door for each NAME, so that those who come through them can be told apart. Each request becomes a line of RECORD when its answer
begins: a JSON object with who, an authorizer's words for what is asked (group, resource, verb, namespace, name: charts/tests/recording_proxy.py),
code, at (when it came), answered, and underWay (writes of statuses at that moment, this one included).

RULES may be written at any time (as a whole: write another file and rename it); watches that it refuses end. Its lines:

    CODE RESOURCE VERB [RETRY-AFTER]   regular expressions; answered with CODE, for instance `403 routes.* list|watch`
    once CODE RESOURCE VERB [RETRY-AFTER]   the same for the first such request only
    token TEXT                         who brings another bearer token is answered 401
"""
import http.client
import http.server
import json
import os
import re
import socket
import sys
import threading
import time
from pathlib import Path

sys.path.append(str(Path(__file__).parents[2] / "charts/tests"))
import api_access
from recording_proxy import attributes


class Rules:
    """What the file of rules says now."""

    def __init__(self, path):
        self.path, self.version, self.lines = path, None, []
        self.lock = threading.Lock()

    def renew(self):
        """Whether the file is another one than before."""
        with self.lock:
            try:
                status = os.stat(self.path)
            except FileNotFoundError:
                return False
            version = (status.st_ino, status.st_mtime_ns)
            if version == self.version:
                return False
            with open(self.path) as file:
                self.lines = [line.split() for line in file if line.strip()]
            self.version = version
            return True

    def refusal(self, asked, authorization):
        """(code, seconds to wait or None), or None."""
        self.renew()
        with self.lock:
            for line in self.lines:
                first, *rest = line
                if first == "token":
                    if authorization != f"Bearer {rest[0]}":
                        return 401, None
                else:
                    code, resource, verb, wait = ((rest if first == "once" else line) + [None])[:4]
                    if re.fullmatch(resource, asked["resource"]) and re.fullmatch(verb, asked["verb"]):
                        if first == "once":
                            self.lines.remove(line)
                        return int(code), wait
        return None


class Record:
    def __init__(self, path):
        self.file, self.lock, self.under_way = open(path, "w"), threading.Lock(), 0

    def begin(self, asked):
        with self.lock:
            if is_status(asked):
                self.under_way += 1
            asked["underWay"], asked["at"] = self.under_way, time.time()

    def answer(self, asked, code):
        with self.lock:
            if is_status(asked):
                self.under_way -= 1
            self.file.write(json.dumps({**asked, "code": code, "answered": time.time()}) + "\n")
            self.file.flush()


def is_status(asked):
    return asked["verb"] in ("patch", "update") and asked["resource"].endswith("/status")


class Door(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    behind = None
    watches, watches_lock = {}, threading.Lock()

    def handle_request(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        words = attributes(self.command, self.path)
        if not words:
            return self.forward(body, None)
        asked = {"who": self.server.who, **dict(zip(("group", "resource", "verb", "namespace", "name"), words))}
        self.record.begin(asked)
        refusal = self.rules.refusal(asked, self.headers.get("Authorization", ""))
        if refusal:
            self.record.answer(asked, refusal[0])
            return self.refuse(*refusal)
        self.forward(body, asked)

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = handle_request

    def refuse(self, code, wait):
        reason = {401: "Unauthorized", 403: "Forbidden", 404: "NotFound", 409: "Conflict", 429: "TooManyRequests"}.get(code, "")
        text = json.dumps({"kind": "Status", "apiVersion": "v1", "status": "Failure", "reason": reason, "code": code,
                           "message": "refused by the door"}).encode()
        self.send_response(code)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(text)))
        if wait:
            self.send_header("Retry-After", wait)
        self.end_headers()
        self.wfile.write(text)

    def ask(self, body):
        """The answer of the API server; a kept connection may have been closed."""
        headers = {name: value for name, value in self.headers.items() if name.lower() not in ("host", "connection", "authorization")}
        for is_last in (False, True):
            if not self.behind:
                self.behind = self.open()
                is_last = True
            try:
                self.behind.request(self.command, self.path, body or None, headers)
                return self.behind.getresponse()
            except (OSError, http.client.HTTPException):
                self.behind = None
                if is_last:
                    raise

    def forward(self, body, asked):
        try:
            answer = self.ask(body)
        except (OSError, http.client.HTTPException):
            # Nobody is there: nor are we.
            self.close_connection = True
            if asked:
                self.record.answer(asked, 0)
            return
        if asked:
            self.record.answer(asked, answer.status)
        is_watch = asked and asked["verb"] == "watch"
        if is_watch:
            with self.watches_lock:
                self.watches[self] = asked, self.headers.get("Authorization", "")
        try:
            self.send_response(answer.status)
            for name in ("Content-Type", "Retry-After"):
                if answer.getheader(name):
                    self.send_header(name, answer.getheader(name))
            self.send_header("Transfer-Encoding", "chunked")
            self.end_headers()
            while piece := answer.read1(65536):
                self.wfile.write(b"%x\r\n%s\r\n" % (len(piece), piece))
            self.wfile.write(b"0\r\n\r\n")
            # read1 leaves an answer that was read to its end open.
            answer.close()
        except (OSError, http.client.HTTPException, ValueError):
            self.close_connection = True
            self.behind = None
        finally:
            if is_watch:
                self.behind = None
                with self.watches_lock:
                    del self.watches[self]

    @classmethod
    def end_refused_watches(cls):
        while True:
            time.sleep(0.05)
            if not cls.rules.renew():
                continue
            with cls.watches_lock:
                for door, (asked, authorization) in cls.watches.items():
                    if cls.rules.refusal(asked, authorization):
                        door.connection.shutdown(socket.SHUT_RDWR)
                        door.behind.sock.shutdown(socket.SHUT_RDWR)

    def log_message(self, *_):
        pass


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def handle_error(self, request, client_address):
        """Clients that go away are no news."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)


def main(kubeconfig, record, rules, *doors):
    Door.open = staticmethod(api_access.opener(kubeconfig))
    Door.rules = Rules(rules)
    Door.rules.renew()
    threading.Thread(target=Door.end_refused_watches, daemon=True).start()
    servers = []
    for name, port in (door.split("=") for door in doors):
        servers.append(Server(("127.0.0.1", int(port)), Door))
        servers[-1].who = name
    # Its existence says that the doors are open.
    Door.record = Record(record)
    for server in servers[1:]:
        threading.Thread(target=server.serve_forever, daemon=True).start()
    servers[0].serve_forever()


if __name__ == "__main__":
    main(*sys.argv[1:])
