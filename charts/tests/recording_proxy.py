"""An HTTP door before an API server that writes down who asked for what, in an authorizer's words.

    recording_proxy.py KUBECONFIG PORT RECORD

Each request becomes a line of RECORD: a JSON list [group, resource, verb, namespace, name]; name comes from the path or from a field
selector, as for resourceNames. The first patch of each kind's status is answered with a conflict, so that what follows one is asked too.
"""
import http.server, json, re, sys, threading, urllib.parse

import api_access

PATH = re.compile(r"^/(?:api/(?P<core>v1)|apis/(?P<group>[^/]+)/[^/]+)(?:/namespaces/(?P<namespace>[^/]+)(?=/.))?/(?P<resource>[^/]+)"
                  r"(?:/(?P<name>[^/]+))?(?:/(?P<subresource>[^/]+))?$")
VERBS = {"POST": "create", "PUT": "update", "PATCH": "patch", "DELETE": "delete"}


def attributes(method, target):
    """What an authorizer is asked (Kubernetes' RequestInfo); None for documents such as /version."""
    url = urllib.parse.urlsplit(target)
    found = PATH.match(url.path)
    if not found:
        return None
    query = dict(urllib.parse.parse_qsl(url.query))
    selected = re.search(r"(?:^|,)metadata\.name=([^,]+)", query.get("fieldSelector", ""))
    name = found["name"] or (selected[1] if selected else "")
    if method == "GET":
        verb = "get" if found["name"] else "watch" if query.get("watch") in ("true", "1") else "list"
    else:
        verb = VERBS[method]
    resource = found["resource"] + (f"/{found['subresource']}" if found["subresource"] else "")
    return [found["group"] or "", resource, verb, found["namespace"] or "", name]


class Door(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    conflicted, lock = set(), threading.Lock()

    def handle_request(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        asked = attributes(self.command, self.path)
        if asked:
            with self.lock:
                self.record.write(json.dumps(asked) + "\n")
                self.record.flush()
                is_first = asked[1].endswith("/status") and asked[1] not in self.conflicted
                self.conflicted.add(asked[1])
            if is_first:
                return self.conflict()
        self.forward(body)

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = handle_request

    def conflict(self):
        self.answer(409, {"kind": "Status", "apiVersion": "v1", "status": "Failure", "reason": "Conflict", "code": 409,
                          "message": "the object has been modified"})

    def answer(self, code, document):
        text = json.dumps(document).encode()
        self.send_response(code)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def opened(self, connection):
        """Of a connection that a request is sent on."""

    def forward(self, body):
        connection = self.open()
        headers = {name: value for name, value in self.headers.items() if name.lower() not in ("host", "connection")}
        connection.request(self.command, self.path, body or None, headers)
        self.opened(connection)
        answer = connection.getresponse()
        self.send_response(answer.status)
        for name in ("Content-Type", "Retry-After"):
            if answer.getheader(name):
                self.send_header(name, answer.getheader(name))
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        try:
            while piece := answer.read1(65536):
                self.wfile.write(b"%x\r\n%s\r\n" % (len(piece), piece))
            self.wfile.write(b"0\r\n\r\n")
        except ConnectionError:
            pass
        connection.close()

    def log_message(self, *_):
        pass


def trust(kubeconfig):
    """The door leads to the API server of that kubeconfig, as its user."""
    Door.open = staticmethod(api_access.opener(kubeconfig))


def main(kubeconfig, port, record):
    trust(kubeconfig)
    Door.record = open(record, "w")
    http.server.ThreadingHTTPServer.daemon_threads = True
    http.server.ThreadingHTTPServer(("127.0.0.1", int(port)), Door).serve_forever()


if __name__ == "__main__":
    main(*sys.argv[1:])
