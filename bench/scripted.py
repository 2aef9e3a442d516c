"""A scripted API server with many objects, and gateways that watch it.

It streams lists, or pages them to whoever asks for pages; sends what a bench pushes and bookmarks; and keeps one Lease. Everything else,
statuses among it, is 404 or 403. Being a script, it answers from prepared bytes: what is measured is the gateway.
"""
import collections
import http.client
import http.server
import json
import os
import pathlib
import re
import signal
import socket
import subprocess
import sys
import threading
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
MARTLET = pathlib.Path(os.environ.get("MARTLET", ROOT / ".build/release/martlet"))
PAGE = 500
# Of these it has objects, of the others none.
KINDS = {"services": "/api/v1/services", "endpointslices": "/apis/discovery.k8s.io/v1/endpointslices", "routes": "/apis/martlet.dev/v1alpha1/routes",
         "secrets": "/api/v1/secrets"}
EMPTY = ["/api/v1/namespaces", "/apis/networking.k8s.io/v1/ingresses", "/apis/networking.k8s.io/v1/ingressclasses"]
INITIAL_END = {"k8s.io/initial-events-end": "true"}


def compact(value):
    return json.dumps(value, separators=(",", ":")).encode()


# Objects, with names, identities and fields of the length that a cluster has


def metadata(name, version=1, **more):
    uid = f"9d0fd1ad-4a1c-4bd0-8d5c-{hash(name) & 0xffffffffffff:012x}"
    return {"name": name, "namespace": "bench", "uid": uid, "generation": version, "resourceVersion": str(version), "creationTimestamp": "2026-01-01T00:00:00Z", **more}


def route(name, host, rules, version=1):
    return {"apiVersion": "martlet.dev/v1alpha1", "kind": "Route", "metadata": metadata(name, version),
            "spec": {"ingressClassName": "martlet", "hostnames": [host], "rules": rules}}


def service(name, i=0):
    address = f"10.96.{i // 250 % 250}.{i % 250}"
    return {"apiVersion": "v1", "kind": "Service", "metadata": metadata(name), "spec": {
        "clusterIP": address, "clusterIPs": [address], "internalTrafficPolicy": "Cluster", "ipFamilies": ["IPv4"], "ipFamilyPolicy": "SingleStack",
        "ports": [{"name": "http", "port": 80, "protocol": "TCP", "targetPort": 8080}], "selector": {"app": name}, "sessionAffinity": "None",
        "type": "ClusterIP"}, "status": {"loadBalancer": {}}}


def endpoint_slice(of, addresses, port=8080, version=1):
    labels = {"kubernetes.io/service-name": of, "endpointslice.kubernetes.io/managed-by": "endpointslice-controller.k8s.io"}
    endpoints = [{"addresses": [address], "conditions": {"ready": True, "serving": True, "terminating": False}, "nodeName": f"node-{n}",
                  "targetRef": {"kind": "Pod", "namespace": "bench", "name": f"{of}-{n}-xyzab", "uid": f"9d0fd1ad-4a1c-4bd0-8d5c-{n:012x}"}}
                 for n, address in enumerate(addresses)]
    return {"apiVersion": "discovery.k8s.io/v1", "kind": "EndpointSlice", "metadata": metadata(f"{of}-abcde", version, labels=labels),
            "addressType": "IPv4", "ports": [{"name": "http", "port": port, "protocol": "TCP"}], "endpoints": endpoints}


def bookkeeping(objects):
    """As a server holds them: with managed fields and the last applied configuration."""
    for each in objects:
        fields = {"f:spec": {f"f:field{n}": {} for n in range(8)}, "f:metadata": {"f:annotations": {".": {}}}}
        managed = [{"manager": "kubectl", "operation": "Apply", "apiVersion": "v1", "time": "2026-01-01T00:00:00Z", "fieldsType": "FieldsV1", "fieldsV1": fields}]
        applied = {"kubectl.kubernetes.io/last-applied-configuration": json.dumps(each)}
        yield {**each, "metadata": {**each["metadata"], "managedFields": managed, "annotations": applied}}


# The server


def event(name, value):
    return b'{"type":"%s","object":%s}\n' % (name.encode(), compact(value))


def bookmark(version, annotations=None):
    return event("BOOKMARK", {"metadata": {"resourceVersion": version, "annotations": annotations or {}}})


class APIServer(http.server.ThreadingHTTPServer):
    daemon_threads = True
    allow_reuse_address = True
    # All watches begin at once; a connection that finds no room is tried again a second later.
    request_queue_size = 128
    # With the 12 renewals of the Lease that is 30 events.
    bookmarks_a_minute = 18

    def __init__(self, objects, port=0):
        super().__init__(("127.0.0.1", port), Handler)
        self.pages, self.streams = {}, {}
        self.bookmarks, self.renewals, self.lease = 0, 0, None
        self.version = 10
        # Every event up to this one was written. A bookmark that says more would make what follows it look like another history.
        self.written = 10
        self.first_list = None
        self.connections, self.watchers = set(), {path: [] for path in [*KINDS.values(), *EMPTY]}
        # What was pushed last, for watches that come back.
        self.history = {path: collections.deque(maxlen=64) for path in self.watchers}
        self.lock = threading.Lock()
        for path, items in [*((path, list(objects.get(kind, []))) for kind, path in KINDS.items()), *((path, []) for path in EMPTY)]:
            self.streams[path] = b"".join(event("ADDED", each) for each in items) + bookmark("10", INITIAL_END)
            for start in range(0, max(1, len(items)), PAGE):
                more = str(start + PAGE) if start + PAGE < len(items) else ""
                page = {"metadata": {"resourceVersion": "10", "continue": more}, "items": items[start:start + PAGE]}
                self.pages[path, str(start) if start else ""] = compact(page)

    def start(self):
        threading.Thread(target=self.serve_forever, daemon=True).start()
        return self

    def push(self, kind, objects, name="MODIFIED"):
        """Sends changes to every watch of the kind, in one piece. - Returns: when."""
        for each in objects:
            self.version += 1
            each["metadata"]["resourceVersion"] = str(self.version)
        data = b"".join(event(name, each) for each in objects)
        with self.lock:
            self.history[KINDS[kind]].append((self.version, data))
            watchers = list(self.watchers[KINDS[kind]])
        at = time.monotonic()
        for watcher in watchers:
            try:
                watcher.chunk(data)
            except OSError:
                pass  # it left, and is told when it comes back
        self.written = self.version
        return at

    def go_away(self):
        """As a crash does: nothing listens any more, and every connection is reset."""
        self.shutdown()
        self.server_close()
        with self.lock:
            connections = list(self.connections)
        for connection in connections:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
            try:
                connection.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass  # it is gone already


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def setup(self):
        super().setup()
        self.sending = threading.Lock()
        with self.server.lock:
            self.server.connections.add(self.connection)

    def finish(self):
        with self.server.lock:
            self.server.connections.discard(self.connection)
        try:
            super().finish()
        except OSError:
            pass  # nobody waits for the rest

    def do_GET(self):
        path, _, query = self.path.partition("?")
        values = dict(pair.split("=", 1) for pair in query.split("&") if "=" in pair)
        self.server.first_list = self.server.first_list or time.monotonic()
        if "/leases/" in path:
            return self.answer(200 if self.server.lease else 404, compact(self.server.lease or {"kind": "Status", "code": 404}))
        if values.get("watch") == "true":
            return self.watch(path, values)
        body = self.server.pages.get((path, values.get("continue", "")))
        self.answer(200 if body else 404, body or b'{"kind":"Status","code":404}')

    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        if "/leases" not in self.path:
            return self.answer(403, b'{"kind":"Status","code":403}')
        lease = json.loads(body)
        self.server.renewals += 1
        lease["metadata"]["resourceVersion"] = str(self.server.renewals)
        self.server.lease = lease
        self.answer(200, compact(lease))

    do_PUT = do_PATCH = do_POST

    def answer(self, status, body):
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def watch(self, path, values):
        if path not in self.server.streams:
            return self.answer(404, b'{"kind":"Status","code":404}')
        self.send_response(200)
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        is_initial, known = values.get("sendInitialEvents") == "true", int(values.get("resourceVersion") or 0)
        end = time.monotonic() + int(values.get("timeoutSeconds") or 1800)
        # Nothing that is pushed meanwhile overtakes what it missed.
        with self.sending:
            with self.server.lock:
                missed = [] if is_initial else [data for version, data in self.server.history[path] if version > known]
                self.server.watchers[path].append(self)
            for data in [self.server.streams[path]] if is_initial else missed:
                self.put(data)
        pause = 60 / self.server.bookmarks_a_minute * len(self.server.watchers)
        try:
            while time.monotonic() < end:
                time.sleep(max(0, min(pause, end - time.monotonic())))
                self.chunk(bookmark(str(self.server.written)))
                self.server.bookmarks += 1
        except OSError:
            return
        finally:
            with self.server.lock:
                self.server.watchers[path].remove(self)
        with self.sending:
            self.wfile.write(b"0\r\n\r\n")

    def chunk(self, data):
        with self.sending:
            self.put(data)

    def put(self, data):
        self.wfile.write(b"%x\r\n%s\r\n" % (len(data), data))

    def log_message(self, *_):
        pass


# The gateway


class Gateway:
    """`martlet serve` against such a server; `stop` ends it and waits."""

    def __init__(self, server, directory, workers, *options, http="127.0.0.1:0", name="gateway", binary=MARTLET):
        self.directory = directory
        kubeconfig = {"current-context": "c", "contexts": [{"name": "c", "context": {"cluster": "c", "namespace": "bench"}}],
                      "clusters": [{"name": "c", "cluster": {"server": f"http://127.0.0.1:{server.server_port}"}}]}
        (directory / "kubeconfig").write_text(json.dumps(kubeconfig))
        self.log_path = directory / f"{name}.log"
        self.log = open(self.log_path, "w+")
        self.process = subprocess.Popen(
            [str(binary), "serve", "--kubeconfig", str(directory / "kubeconfig"), "--http", http, "--https", "127.0.0.1:0", "--admin", "127.0.0.1:0",
             "--workers", str(workers), "--access-log", "none", *options], stdout=self.log, stderr=self.log)

    def wait_for(self, pattern, seconds=60):
        """The first match of the pattern in the gateway's log."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline and self.process.poll() is None:
            if found := re.search(pattern, self.log_path.read_text()):
                return found[1]
            time.sleep(0.005)
        sys.exit(f"'{pattern}' never came; the log says:\n{self.log_path.read_text()[-2000:]}")

    def wait_until_ready(self):
        self.wait_for(r"ready generation=(\d+)")
        return self

    @property
    def http(self):
        return self.wait_for(r"accepting http address=(\S+)")

    @property
    def admin(self):
        return self.wait_for(r"admin pages address=(\S+)")

    @property
    def cpu_seconds(self):
        """In nanoseconds' resolution, of threads that ended too (clock_getcpuclockid(3)): idling, a hundredth of a second is much."""
        return time.clock_gettime((~self.process.pid << 3) | 2)

    @property
    def resident_bytes(self):
        return int((pathlib.Path(f"/proc/{self.process.pid}/statm").read_text().split())[1]) * os.sysconf("SC_PAGE_SIZE")

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        code = self.process.wait(timeout=60)
        self.log.close()
        return code


def ask(connection, path="/", host=None):
    connection.request("GET", path, headers={"Host": host} if host else {})
    response = connection.getresponse()
    return response.read().decode()


def connect(address):
    return http.client.HTTPConnection(address, timeout=60)
