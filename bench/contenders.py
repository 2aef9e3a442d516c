"""The origins and the gateway that are measured, each pinned to one core. What peers are told stands in peers.py."""
import pathlib
import signal
import socket
import subprocess
import sys
import threading
import time

ORIGIN_PORT = 18080
GRPC_ORIGIN_PORT = 18070
CHAT_ORIGIN_PORT = 18071
HOST = "bench.example"
ROOT = pathlib.Path(__file__).resolve().parent.parent


class Contender:
    """A running server process; `stop` ends it by pid and waits."""

    def __init__(self, name, port, command, core, directory, tls_port=None, h2c_port=None):
        self.name, self.port, self.directory = name, port, directory
        self.tls_port, self.h2c_port = tls_port, h2c_port or port
        log = open(directory / f"{name}.out", "w")
        self.process = subprocess.Popen(["taskset", "-c", str(core), *command], stdout=log, stderr=log, cwd=directory)
        try:
            self.wait_until_serving()
        except RuntimeError:
            self.stop()
            raise

    @property
    def pid(self):
        return self.process.pid

    def wait_until_serving(self, seconds=20):
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            if self.process.poll() is not None:
                raise RuntimeError(f"{self.name} ended: see {self.directory / (self.name + '.out')}")
            try:
                with socket.create_connection(("127.0.0.1", self.port), timeout=1) as s:
                    if self.is_serving(s):
                        return
            except OSError:
                pass
            time.sleep(0.05)
        raise RuntimeError(f"{self.name} did not answer 200 on port {self.port} within {seconds} s")

    def is_serving(self, connection):
        connection.sendall(f"GET /128 HTTP/1.1\r\nHost: {HOST}\r\nConnection: close\r\n\r\n".encode())
        return b" 200 " in connection.recv(4096)

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


def compiled(name, directory):
    """A program of ours in C, by the compiler that comes with Swift. - Returns: its path."""
    program = directory / name
    subprocess.run(["clang", "-O2", "-D_GNU_SOURCE", str(ROOT / f"bench/{name}.c"), "-o", str(program)], check=True)
    return program


def origin(directory, core):
    """Bodies of the measured sizes, from memory; what it costs itself is not measured."""
    return Contender("origin", ORIGIN_PORT, [str(compiled("origin", directory)), str(ORIGIN_PORT)], core, directory)


class GRPCOrigin(Contender):
    """nghttp2's own server gives back the message it got, and gRPC's status as a trailer."""

    def __init__(self, core, directory):
        command = ["nghttpd", str(GRPC_ORIGIN_PORT), "--no-tls", "--address=127.0.0.1", "--echo-upload", "--trailer=grpc-status: 0"]
        super().__init__("grpc-origin", GRPC_ORIGIN_PORT, command, core, directory)

    def is_serving(self, connection):
        return True  # it does not speak HTTP/1


class ChatOrigin(Contender):
    """Echoes what WebSockets say."""

    def __init__(self, core, directory):
        command = [sys.executable, str(ROOT / "bench/websockets.py"), "serve", str(CHAT_ORIGIN_PORT)]
        super().__init__("chat-origin", CHAT_ORIGIN_PORT, command, core, directory)

    def is_serving(self, connection):
        return True  # it does not speak HTTP, but for upgrades


def certificate(directory):
    """The directory's P-256 certificate for HOST, made once. - Returns: paths of certificate and key, and of one file with both."""
    cert, key, both = (directory / name for name in ("tls.crt", "tls.key", "tls.pem"))
    if both.exists():
        return cert, key, both
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "30",
                    "-subj", f"/CN={HOST}", "-addext", f"subjectAltName=DNS:{HOST},DNS:*.{HOST}",
                    "-keyout", str(key), "-out", str(cert)], check=True, capture_output=True)
    both.write_text(cert.read_text() + key.read_text())
    return cert, key, both


SERVICE = """---
apiVersion: v1
kind: Service
metadata: {{name: {name}, namespace: bench}}
spec: {{ports: [{{name: main, port: 80, targetPort: {port}{protocol}}}]}}
---
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: {{name: {name}-1, namespace: bench, labels: {{kubernetes.io/service-name: {name}}}}}
addressType: IPv4
ports: [{{name: main, port: {port}}}]
endpoints: [{{addresses: [127.0.0.1], conditions: {{ready: true}}}}]
"""


def service(name, port, protocol=None):
    return SERVICE.format(name=name, port=port, protocol=f", appProtocol: {protocol}" if protocol else "")


ROUTE = """---
apiVersion: martlet.dev/v1alpha1
kind: Route
metadata: {{name: r{i}, namespace: bench}}
spec:
  hostnames: [{host}]
  rules: [{{matches: [{{path: {{type: PathPrefix, value: /}}}}], backendRefs: [{{name: origin, port: 80}}]}}]
"""

EVERY_PROTOCOL = """---
apiVersion: martlet.dev/v1alpha1
kind: Route
metadata: {{name: every-protocol, namespace: bench}}
spec:
  hostnames: [{host}]
  tls: {{secretName: bench}}
  rules:
  - matches: [{{path: {{type: PathPrefix, value: /bench.Echo}}}}]
    backendRefs: [{{name: echo, port: 80}}]
  - matches: [{{path: {{type: PathPrefix, value: /chat}}}}]
    backendRefs: [{{name: chat, port: 80}}]
  - matches: [{{path: {{type: PathPrefix, value: /}}}}]
    backendRefs: [{{name: origin, port: 80}}]
"""

SECRET = """---
apiVersion: v1
kind: Secret
metadata: {{name: bench, namespace: bench}}
type: kubernetes.io/tls
stringData:
  tls.crt: |
    {cert}
  tls.key: |
    {key}
"""


def martlet(directory, core, port=18083, routes=1, name="martlet"):
    """The release binary on a folder of manifests, without TLS; extra routes have hosts of their own."""
    text = service("origin", ORIGIN_PORT)
    for i in range(routes):
        host = HOST if i == routes // 2 else f"h{i}.{HOST}"
        text += ROUTE.format(i=i, host=host)
    return serve(directory, core, name, port, None, text)


def martlet_of_every_protocol(directory, core, port=18083, workers=1, name="martlet"):
    """The release binary with TLS, HTTP/2, and services for gRPC and WebSockets beside the origin of files."""
    cert, key, _ = certificate(directory)
    secret = {"cert": cert.read_text().strip().replace("\n", "\n    "), "key": key.read_text().strip().replace("\n", "\n    ")}
    text = (service("origin", ORIGIN_PORT) + service("echo", GRPC_ORIGIN_PORT, "kubernetes.io/h2c") + service("chat", CHAT_ORIGIN_PORT)
            + SECRET.format(**secret) + EVERY_PROTOCOL.format(host=HOST))
    # wrk asks for no name that a certificate could have.
    return serve(directory, core, name, port, port + 360, text, "--default-certificate", "bench/bench", workers=workers)


class Changing:
    """While it is entered, the contender's Route gets another header to set each 100 ms, and a Service comes or goes."""

    PAUSE = 0.1

    def __init__(self, contender):
        self.file = contender.directory / contender.name / "changes.yaml"
        self.is_over = threading.Event()
        self.count = 0

    def __enter__(self):
        self.thread = threading.Thread(target=self.change)
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.is_over.set()
        self.thread.join()

    def change(self):
        while not self.is_over.wait(self.PAUSE):
            self.count += 1
            route = ROUTE.format(i="changing", host=f"changing.{HOST}")
            edit = f"filters: [{{type: RequestHeaderModifier, requestHeaderModifier: {{set: [{{name: x-version, value: '{self.count}'}}]}}}}], "
            text = route.replace("backendRefs:", edit + "backendRefs:") + (service("coming", ORIGIN_PORT) if self.count % 2 else "")
            fresh = self.file.with_suffix(".fresh")
            fresh.write_text(text)
            fresh.rename(self.file)


def serve(directory, core, name, port, tls_port, manifests, *options, workers=1):
    binary = ROOT / ".build/release/martlet"
    folder = directory / name
    folder.mkdir()
    (folder / "bench.yaml").write_text(manifests)
    command = [
        str(binary), "serve", "--manifests", str(folder), "--http", f"127.0.0.1:{port}", "--https", f"127.0.0.1:{tls_port or 0}",
        "--admin", f"127.0.0.1:{port + 1000}", "--workers", str(workers), "--access-log", str(directory / f"{name}.log"), *options,
    ]
    return Contender(name, port, command, core, directory, tls_port=tls_port)
