"""The origin and the proxies that are measured: each is started with its own configuration, pinned to one core."""
import pathlib
import signal
import socket
import subprocess
import time

ORIGIN_PORT = 18080
SIZES = {"128": 128, "10k": 10_240, "100k": 102_400}


class Contender:
    """A running server process; `stop` ends it by pid and waits."""

    def __init__(self, name, port, command, core, directory):
        self.name, self.port, self.directory = name, port, directory
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
        request = b"GET /128 HTTP/1.1\r\nHost: bench.example\r\nConnection: close\r\n\r\n"
        while time.monotonic() < deadline:
            if self.process.poll() is not None:
                raise RuntimeError(f"{self.name} ended: see {self.directory / (self.name + '.out')}")
            try:
                with socket.create_connection(("127.0.0.1", self.port), timeout=1) as s:
                    s.sendall(request)
                    if b" 200 " in s.recv(4096):
                        return
            except OSError:
                pass
            time.sleep(0.05)
        raise RuntimeError(f"{self.name} did not answer 200 on port {self.port} within {seconds} s")

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


NGINX_COMMON = """
daemon off; worker_processes 1; pid {dir}/{name}.pid; error_log {dir}/{name}.err;
events {{ worker_connections 20000; }}
"""


def origin(directory, core):
    """nginx serving files of the measured sizes from memory-backed pages, logs off: it is not what is measured."""
    www = directory / "www"
    www.mkdir()
    directory.chmod(0o755)  # nginx's worker runs as nobody
    for name, size in SIZES.items():
        (www / name).write_bytes(b"x" * size)
    conf = directory / "origin.conf"
    conf.write_text(
        NGINX_COMMON.format(dir=directory, name="origin")
        + f"""http {{ access_log off; keepalive_requests 100000000; sendfile on; tcp_nopush on; open_file_cache max=100;
  server {{ listen 127.0.0.1:{ORIGIN_PORT} backlog=4096; root {www}; }} }}"""
    )
    return Contender("origin", ORIGIN_PORT, ["nginx", "-p", str(directory), "-c", str(conf)], core, directory)


def nginx(directory, core, port=18081):
    conf = directory / "nginx.conf"
    conf.write_text(
        NGINX_COMMON.format(dir=directory, name="nginx")
        + f"""http {{
  log_format bench '$remote_addr [$time_iso8601] "$request" $status $body_bytes_sent $request_time $upstream_addr $request_id';
  access_log {directory}/nginx.log bench buffer=64k; keepalive_requests 100000000;
  upstream origin {{ server 127.0.0.1:{ORIGIN_PORT}; keepalive 256; keepalive_requests 100000000; }}
  server {{ listen 127.0.0.1:{port} backlog=4096; server_name bench.example 127.0.0.1;
    location / {{ proxy_pass http://origin; proxy_http_version 1.1; proxy_set_header Connection "";
      proxy_set_header Host $host; proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
      proxy_set_header X-Forwarded-Proto $scheme; proxy_set_header X-Request-Id $request_id; }} }} }}"""
    )
    return Contender("nginx", port, ["nginx", "-p", str(directory), "-c", str(conf)], core, directory)


def haproxy(directory, core, port=18082):
    conf = directory / "haproxy.cfg"
    conf.write_text(
        f"""global
  nbthread 1
  maxconn 4000
  log stdout format raw local0
defaults
  mode http
  log global
  option httplog
  option forwardfor
  timeout connect 5s
  timeout client 60s
  timeout server 60s
  http-reuse always
frontend in
  bind 127.0.0.1:{port}
  unique-id-format %[uuid()]
  unique-id-header X-Request-Id
  http-request set-header X-Forwarded-Proto http
  use_backend origin if {{ hdr(host),field(1,:) -i bench.example }}
backend origin
  server o 127.0.0.1:{ORIGIN_PORT} pool-max-conn 512
"""
    )
    return Contender("haproxy", port, ["haproxy", "-db", "-f", str(conf)], core, directory)


MANIFEST = """apiVersion: v1
kind: Service
metadata: {{name: origin, namespace: bench}}
spec: {{ports: [{{name: http, port: 80, targetPort: {origin}}}]}}
---
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: {{name: origin-1, namespace: bench, labels: {{kubernetes.io/service-name: origin}}}}
addressType: IPv4
ports: [{{name: http, port: {origin}}}]
endpoints: [{{addresses: [127.0.0.1], conditions: {{ready: true}}}}]
"""

ROUTE = """---
apiVersion: martlet.dev/v1alpha1
kind: Route
metadata: {{name: r{i}, namespace: bench}}
spec:
  hostnames: [{host}]
  rules: [{{matches: [{{path: {{type: PathPrefix, value: /}}}}], backendRefs: [{{name: origin, port: 80}}]}}]
"""


def martlet(directory, core, port=18083, routes=1, name="martlet"):
    """The release binary on a folder of manifests; extra routes have hosts of their own."""
    binary = pathlib.Path(__file__).resolve().parent.parent / ".build/release/martlet"
    manifests = directory / name
    manifests.mkdir()
    text = MANIFEST.format(origin=ORIGIN_PORT)
    for i in range(routes):
        host = "bench.example" if i == routes // 2 else f"h{i}.bench.example"
        text += ROUTE.format(i=i, host=host)
    (manifests / "bench.yaml").write_text(text)
    command = [
        str(binary), "serve", "--manifests", str(manifests), "--http", f"127.0.0.1:{port}", "--https", "127.0.0.1:0",
        "--admin", f"127.0.0.1:{port + 1000}", "--workers", "1", "--access-log", str(directory / f"{name}.log"),
    ]
    return Contender(name, port, command, core, directory)
