"""Endpoints for a page in a browser, for browser.sh.

  browser_backend.py http PORT    the page; /events (server-sent events, the next one when /next is asked for), /upload (says how much came)
  browser_backend.py socket PORT  WebSockets that echo, by the package `websockets`
  browser_backend.py grpc PORT    e2e.Who/Ask, which turns a message round
"""
import asyncio
import concurrent.futures
import http.server
import sys
import threading

import grpc
import websockets.asyncio.server

EVENTS = 3


class Page(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    asked = threading.Semaphore(0)

    def do_GET(self):
        match self.path:
            case "/": self.answer(b"<!doctype html><title>page</title>", "text/html")
            case "/events": self.tell_events()
            case "/next":
                self.asked.release()
                self.answer(b"", "text/plain")
            case _: self.send_error(404)

    def do_POST(self):
        left = length = int(self.headers["Content-Length"])
        while left > 0 and (piece := self.rfile.read(min(left, 1 << 16))):
            left -= len(piece)
        self.answer(str(length - left).encode(), "text/plain")

    def tell_events(self):
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.end_headers()
        for number in range(EVENTS):
            # Were an event held back on the way, the page would not ask for the next one.
            if number > 0 and not self.asked.acquire(timeout=10):
                break
            self.wfile.write(b"data: %d\n\n" % number)
        self.close_connection = True

    def answer(self, body, kind):
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


async def echo(socket):
    async for message in socket:
        await socket.send(message)


async def serve_sockets(port):
    async with websockets.asyncio.server.serve(echo, "127.0.0.1", port, max_size=None) as server:
        await server.serve_forever()


def serve_calls(port):
    server = grpc.server(concurrent.futures.ThreadPoolExecutor(2))
    ask = grpc.unary_unary_rpc_method_handler(lambda message, _: message[::-1])
    server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler("e2e.Who", {"Ask": ask}),))
    server.add_insecure_port(f"127.0.0.1:{port}")
    server.start()
    server.wait_for_termination()


match sys.argv[1:]:
    case ["http", port]: http.server.ThreadingHTTPServer(("127.0.0.1", int(port)), Page).serve_forever()
    case ["socket", port]: asyncio.run(serve_sockets(int(port)))
    case ["grpc", port]: serve_calls(int(port))
    case _: sys.exit(__doc__)
