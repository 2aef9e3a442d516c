"""What is measured: each scenario has its load, the proxies that can take it, and what it must reach."""
import dataclasses
import typing

import measure
from contenders import HOST

HEADERS = [f"Host: {HOST}", "User-Agent: wrk", "Accept: */*", "Accept-Encoding: gzip", "Accept-Language: en", "Cookie: a=b"]
LOAD_CORE = 1
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
]

ROUTES = Scenario("routes", "10,000 routes against 10", plain("/128", 64),
                  (Limit("10-routes", 1.03, "at most 1.03 of that with 10 routes"),), ("10-routes", "10000-routes"), "10-routes")
IDLE_CONNECTIONS = 1_000
IDLE_LIMIT_MIB = 30
