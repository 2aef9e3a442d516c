"""gRPC from its own library, for grpc.sh; messages are bytes.

  grpc_calls.py serve PORT [CERT KEY [CA]]     a server, until it is killed; over TLS with a certificate, and with CA for clients that show one
  grpc_calls.py call ADDRESS HOST [CA]         makes calls of every kind through the gateway, and says what came of each
  grpc_calls.py late ADDRESS HOST [CA]         a call that its server never answers, with a deadline of half a second
  grpc_calls.py status ADDRESS HOST METHOD     gRPC's status of a call, and its message
  grpc_calls.py web ADDRESS HOST               calls as a browser makes them (gRPC-Web), in HTTP/1.1
"""
import base64
import concurrent.futures
import http.client
import re
import sys
import threading
import time

import grpc

SERVICE = "e2e.Calls"
OPTIONS = [("grpc.max_receive_message_length", -1), ("grpc.max_send_message_length", -1)]
cancelled = 0


def echo(request, context):
    context.set_trailing_metadata((("x-length", str(len(request))), ("x-bytes-bin", b"\x00\xff")))
    return request


def count(request, context):
    for i in range(int(request)):
        yield b"%d" % i


def add(requests, context):
    return b"%d" % sum(int(r) for r in requests)


def talk(requests, context):
    for request in requests:
        yield b"you said " + request


def fail(request, context):
    context.abort(grpc.StatusCode.NOT_FOUND, "no such thing: \u00e9")


def never(request, context):
    global cancelled
    ended = threading.Event()
    context.add_callback(ended.set)
    ended.wait(20)
    cancelled += 1
    return b""


def serve(port, certificate=None, key=None, authority=None):
    handlers = {
        "Echo": grpc.unary_unary_rpc_method_handler(echo),
        "Count": grpc.unary_stream_rpc_method_handler(count),
        "Add": grpc.stream_unary_rpc_method_handler(add),
        "Talk": grpc.stream_stream_rpc_method_handler(talk),
        "Fail": grpc.unary_unary_rpc_method_handler(fail),
        "Never": grpc.unary_unary_rpc_method_handler(never),
        "Cancelled": grpc.unary_unary_rpc_method_handler(lambda *_: b"%d" % cancelled),
    }
    server = grpc.server(concurrent.futures.ThreadPoolExecutor(32), options=OPTIONS)
    server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler(SERVICE, handlers),))
    if certificate:
        shown = [(open(key, "rb").read(), open(certificate, "rb").read())]
        trust = open(authority, "rb").read() if authority else None
        server.add_secure_port(f"127.0.0.1:{port}", grpc.ssl_server_credentials(shown, trust, require_client_auth=bool(trust)))
    else:
        server.add_insecure_port(f"127.0.0.1:{port}")
    server.start()
    server.wait_for_termination()


def channel(address, host, ca=None):
    if ca is None:
        return grpc.insecure_channel(address, OPTIONS + [("grpc.default_authority", host)])
    with open(ca, "rb") as file:
        trust = grpc.ssl_channel_credentials(file.read())
    return grpc.secure_channel(address, trust, OPTIONS + [("grpc.ssl_target_name_override", host)])


def unary(calls, method):
    return calls.unary_unary(f"/{SERVICE}/{method}")


def call(calls):
    answer, done = unary(calls, "Echo").with_call(b"hello", timeout=10)
    print("unary", answer.decode(), sorted((k, v) for k, v in done.trailing_metadata() if k.startswith("x-")))
    large = bytes(range(256)) * 20_000
    print("large", unary(calls, "Echo")(large, timeout=30) == large)
    print("empty", unary(calls, "Echo")(b"", timeout=10))
    numbers = list(calls.unary_stream(f"/{SERVICE}/Count")(b"1000", timeout=30))
    print("server-streaming", len(numbers), numbers[-1].decode())
    print("client-streaming", calls.stream_unary(f"/{SERVICE}/Add")((b"%d" % i for i in range(1000)), timeout=30).decode())
    print("bidirectional", *talk_by_turns(calls))
    futures = [unary(calls, "Echo").future(b"%d" % i, timeout=30) for i in range(500)]
    print("at once", sum(int(f.result()) for f in futures))
    print("error", *error(lambda: unary(calls, "Fail")(b"", timeout=10)))
    print("unknown", *error(lambda: unary(calls, "Nothing")(b"", timeout=10))[:1])


def talk_by_turns(calls):
    """Each message is sent when the answer to the one before is there."""
    turn = threading.Semaphore(1)

    def say():
        for i in range(3):
            turn.acquire()
            yield b"%d" % i

    for answer in calls.stream_stream(f"/{SERVICE}/Talk")(say(), timeout=30):
        yield answer.decode()
        turn.release()


def late(calls):
    before = int(unary(calls, "Cancelled")(b"", timeout=10))
    start = time.monotonic()
    print(*error(lambda: unary(calls, "Never")(b"", timeout=0.5))[:1], "late" if time.monotonic() - start > 5 else "in time")
    end = time.monotonic() + 10
    while int(unary(calls, "Cancelled")(b"", timeout=10)) <= before:
        assert time.monotonic() < end, "the server never learned of it"


def error(make):
    try:
        make()
    except grpc.RpcError as problem:
        return problem.code().name, problem.details()
    return ("OK",)


def web(address, host):
    for kind in ("application/grpc-web+proto", "application/grpc-web-text+proto"):
        for method, message in (("Echo", b"hello"), ("Count", b"3"), ("Fail", b"")):
            print(kind.split("/")[1], method, *web_call(address, host, method, message, kind))


def web_call(address, host, method, message, kind):
    """The messages and the trailers' status of one call."""
    is_text = "text" in kind
    frame = b"\0" + len(message).to_bytes(4, "big") + message
    connection = http.client.HTTPConnection(address, timeout=10)
    body = base64.b64encode(frame) if is_text else frame
    connection.request("POST", f"/{SERVICE}/{method}", body, {"Host": host, "Content-Type": kind, "X-Grpc-Web": "1"})
    answer = connection.getresponse()
    assert answer.getheader("content-type").startswith(kind.split("+")[0]), answer.getheaders()
    rest = answer.read()
    if is_text:
        rest = b"".join(base64.b64decode(piece) for piece in re.findall(rb"[^=]+=*", rest))
    while rest:
        flag, length = rest[0], int.from_bytes(rest[1:5], "big")
        part, rest = rest[5 : 5 + length], rest[5 + length :]
        yield part.decode() if flag == 0 else re.search(rb"grpc-status: (\d+)", part).group().decode()
    if status := answer.getheader("grpc-status"):
        yield f"head: {status}"


match sys.argv[1:]:
    case ["serve", *how]:
        serve(*how)
    case ["call", *where]:
        call(channel(*where))
    case ["late", *where]:
        late(channel(*where))
    case ["status", address, host, method]:
        print(*error(lambda: channel(address, host).unary_unary(method)(b"x", timeout=5)))
    case ["web", address, host]:
        web(address, host)
    case _:
        sys.exit(__doc__)
