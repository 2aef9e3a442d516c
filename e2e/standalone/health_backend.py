"""Endpoints that say whether they are well, for health.sh. A file says it for each: it is well while the file is there.

  health_backend.py http PORT FILE    answers /healthz with 200 or 503, and everything else with PORT
  health_backend.py grpc PORT FILE    gRPC's health service, and e2e.Who/Ask, which answers PORT
  health_backend.py ask ADDRESS HOST  asks e2e.Who through the gateway, 20 times
"""
import concurrent.futures
import http.server
import os
import sys

import grpc


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        is_check = self.path == "/healthz"
        if is_check:
            print(self.headers["User-Agent"], self.headers["Host"], flush=True)
        text = sys.argv[2].encode()
        self.send_response(503 if is_check and not os.path.exists(sys.argv[3]) else 200)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def log_message(self, *_):
        pass


def check(request, context):
    if request not in (b"", b"\x0a\x07e2e.Who"):
        context.abort(grpc.StatusCode.NOT_FOUND, "no such service")
    return b"\x08\x01" if os.path.exists(sys.argv[3]) else b"\x08\x02"


def serve_grpc(port):
    server = grpc.server(concurrent.futures.ThreadPoolExecutor(8))
    server.add_generic_rpc_handlers((
        grpc.method_handlers_generic_handler("grpc.health.v1.Health", {"Check": grpc.unary_unary_rpc_method_handler(check)}),
        grpc.method_handlers_generic_handler("e2e.Who", {"Ask": grpc.unary_unary_rpc_method_handler(lambda *_: port.encode())}),
    ))
    server.add_insecure_port(f"127.0.0.1:{port}")
    server.start()
    server.wait_for_termination()


match sys.argv[1:]:
    case ["http", port, _]:
        http.server.ThreadingHTTPServer(("127.0.0.1", int(port)), Handler).serve_forever()
    case ["grpc", port, _]:
        serve_grpc(port)
    case ["ask", address, host]:
        with grpc.insecure_channel(address, options=[("grpc.default_authority", host)]) as channel:
            for _ in range(20):
                print(channel.unary_unary("/e2e.Who/Ask")(b"", timeout=5).decode())
    case _:
        sys.exit(__doc__)
