"""What is measured: each scenario has its load, the proxies that can take it, and what it must reach."""
import dataclasses
import typing

import measure
from contenders import HOST, Changing

HEADERS = [f"Host: {HOST}", "User-Agent: wrk", "Accept: */*", "Accept-Encoding: gzip", "Accept-Language: en", "Cookie: a=b"]
PROXY_CORE = 0
LOAD_CORE = 1
ALL_CORES = "0,1"
EVERYBODY = ("martlet", "haproxy", "nginx", "envoy")


@dataclasses.dataclass(frozen=True)
class Limit:
    """CPU per request is at most so much of a peer's."""

    peer: str
    most: float
    says: str
    is_rate: bool = False


@dataclasses.dataclass(frozen=True)
class Scenario:
    key: str
    title: str
    #: load(contender, seconds, directory) runs the load once and returns measure's figures.
    load: typing.Callable
    limits: tuple[Limit, ...] = ()
    proxies: tuple[str, ...] = EVERYBODY
    against: str = "haproxy"


def plain(path, connections):
    return lambda proxy, seconds, _: measure.wrk(f"http://127.0.0.1:{proxy.port}{path}", seconds, connections, LOAD_CORE, HEADERS)


def tls(path, connections, *more):
    # An address is no name to ask for: each proxy presents the certificate that it has for such clients.
    return lambda proxy, seconds, _: measure.wrk(
        f"https://127.0.0.1:{proxy.tls_port}{path}", seconds, connections, LOAD_CORE, [*HEADERS, *more])


def h2c(path, connections, streams):
    return lambda proxy, seconds, _: measure.h2load(
        f"http://{HOST}{path}", f"127.0.0.1:{proxy.h2c_port}", seconds, connections, streams, LOAD_CORE, HEADERS[1:])


def h2_sealed(path, connections, streams):
    return lambda proxy, seconds, _: measure.h2load(
        f"https://{HOST}{path}", f"127.0.0.1:{proxy.tls_port}", seconds, connections, streams, LOAD_CORE, HEADERS[1:])


def grpc_unary(connections, streams):
    def load(proxy, seconds, directory):
        message = directory / "message"
        message.write_bytes(b"\0\0\0\0\x20" + b"m" * 32)
        headers = ["content-type: application/grpc", "te: trailers"]
        return measure.h2load(f"http://{HOST}/bench.Echo/Unary", f"127.0.0.1:{proxy.h2c_port}", seconds, connections, streams,
                              LOAD_CORE, headers, body=message)

    return load


def chat(connections):
    return lambda proxy, seconds, _: measure.websockets(proxy.port, HOST, seconds, connections, LOAD_CORE)


def on_all_cores(path, connections):
    return lambda proxy, seconds, _: measure.wrk(f"http://127.0.0.1:{proxy.port}{path}", seconds, connections, ALL_CORES, HEADERS)


def plain_under_changes(path, connections):
    def load(proxy, seconds, directory):
        if proxy.name != "changing":
            return plain(path, connections)(proxy, seconds, directory)
        with Changing(proxy) as changing:
            result = plain(path, connections)(proxy, seconds, directory)
        if changing.count < 5 * seconds:
            raise measure.LoadError(f"only {changing.count} changes within {seconds} s")
        return result

    return load


OF_HAPROXY = Limit("haproxy", 0.75, "at most 0.75 of HAProxy's")
OF_ENVOY = Limit("envoy", 0.35, "at most 0.35 of Envoy's")

PEERS = [
    Scenario("http-128", "HTTP/1.1 keep-alive, 128 B, 64 connections", plain("/128", 64), (OF_HAPROXY, OF_ENVOY)),
    Scenario("http-10k", "HTTP/1.1 keep-alive, 10 KB, 64 connections", plain("/10k", 64), (OF_HAPROXY,)),
    Scenario("http-100k", "HTTP/1.1 keep-alive, 100 KB, 32 connections", plain("/100k", 32), (OF_HAPROXY,)),
    Scenario("tls", "TLS 1.3 keep-alive, 128 B, 64 connections", tls("/128", 64),
             (Limit("haproxy", 0.8, "at most 0.8 of HAProxy's"),)),
    Scenario("handshakes", "A full TLS 1.3 handshake (ECDSA P-256) for each request", tls("/128", 32, "Connection: close"),
             (Limit("haproxy", 1 / 1.15, "at least 1.15 of HAProxy's handshakes per CPU second", is_rate=True),)),
    Scenario("h2c", "HTTP/2 without TLS, 8 connections of 16 streams, 128 B", h2c("/128", 8, 16),
             (Limit("haproxy", 1 / 1.3, "at least 1.3 of HAProxy's rate per core", is_rate=True),
              Limit("envoy", 1 / 3, "at least 3 times Envoy's rate per core", is_rate=True))),
    Scenario("h2", "HTTP/2 over TLS, 8 connections of 16 streams, 128 B", h2_sealed("/128", 8, 16)),
    Scenario("grpc", "gRPC unary, 32 B, 8 connections of 16 streams", grpc_unary(8, 16),
             (Limit("envoy", 0.5, "at most 0.5 of Envoy's"),)),
    Scenario("websocket", "WebSocket, 32 B there and back, 64 connections", chat(64)),
]

#: Proxies of two workers on both cores, which the load shares.
TWO_CORES = Scenario("two-cores", "HTTP/1.1 keep-alive, 128 B, 64 connections, two workers on two cores", on_all_cores("/128", 64),
                     (OF_HAPROXY, OF_ENVOY))
CHANGES = Scenario("changes", "A change every 100 ms against none, HTTP/1.1 keep-alive, 128 B, 64 connections", plain_under_changes("/128", 64),
                   (), ("still", "changing"), "still")

ROUTES = Scenario("routes", "10,000 routes against 10", plain("/128", 64),
                  (Limit("10-routes", 1.03, "at most 1.03 of that with 10 routes"),), ("10-routes", "10000-routes"), "10-routes")
MIRROR = Scenario("mirror", "Each request copied to a mirror against none, HTTP/1.1 keep-alive, 128 B, 32 connections", plain("/128", 32),
                  (Limit("unmirrored", 1.7, "a copy costs at most 0.7 of a request"),), ("unmirrored", "mirrored"), "unmirrored")


@dataclasses.dataclass(frozen=True)
class Idle:
    """Connections that rest, and the memory that they may take."""

    key: str
    title: str
    count: int
    is_sealed: bool
    most_mib: float


IDLE = [
    Idle("idle-tls", "1,000 idle connections with TLS", 1_000, True, 30),
    # A connection that rests holds no buffer: at most 1 KiB each.
    Idle("idle", "10,000 idle connections", 10_000, False, 10_000 / 1024),
]
