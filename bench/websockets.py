"""Many WebSockets in one thread: an echo server, and clients. Just enough of RFC 6455 for a soak and for a measurement.

  websockets.py serve PORT                             echoes frames until it is ended
  websockets.py hold HOST:PORT NAME COUNT SECONDS      opens so many with Host NAME, sends a frame on each of them every ten seconds, checks
                                                       what comes back, and says `opened=… echoes=… dropped=…`
  websockets.py race HOST:PORT NAME COUNT SECONDS      opens so many, each of which says something as soon as the last was echoed, and says how
                                                       that went, as JSON
"""
import asyncio
import json
import os
import sys

PAYLOAD = 32
PERIOD = 10
ANSWER = b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: unchecked\r\n\r\n"


class End(asyncio.Protocol):
    """What both ends have in common: a head, then frames of one length."""

    def __init__(self, frame_head):
        self.frame_head, self.buffer, self.isOpen = frame_head, b"", False

    def connection_made(self, transport):
        self.transport = transport

    def data_received(self, data):
        self.buffer += data
        if not self.isOpen:
            head, gap, rest = self.buffer.partition(b"\r\n\r\n")
            if not gap:
                return
            self.isOpen, self.buffer = True, rest
            self.opens(head)
        size = self.frame_head + PAYLOAD
        while len(self.buffer) >= size:
            payload, self.buffer = self.buffer[self.frame_head:size], self.buffer[size:]
            self.frame(payload)


class Echo(End):
    """Frames are masked with zeros, so that what came can be sent back with the mask cut out."""

    def __init__(self):
        super().__init__(frame_head=6)

    def opens(self, _):
        self.transport.write(ANSWER)

    def frame(self, payload):
        self.transport.write(bytes([0x82, PAYLOAD]) + payload)


class Held(End):
    """One of the client's; it counts as dropped when it ends before its time or says something else than it was told."""

    def __init__(self, counts, name):
        super().__init__(frame_head=2)
        self.counts, self.name, self.awaited = counts, name, []
        self.opened = asyncio.get_running_loop().create_future()

    def connection_made(self, transport):
        super().connection_made(transport)
        transport.write(f"GET /chat HTTP/1.1\r\nHost: {self.name}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
                        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n".encode())

    def opens(self, head):
        if b" 101 " not in head.split(b"\r\n", 1)[0]:
            return self.fail(head)
        self.counts["opened"] += 1
        self.opened.set_result(None)

    def frame(self, payload):
        if not self.awaited or payload != self.awaited.pop(0):
            return self.fail(b"an echo of something else")
        self.counts["echoes"] += 1

    def fail(self, why):
        print(f"websockets: {why[:80]!r}", file=sys.stderr)
        self.transport.abort()

    def connection_lost(self, error):
        if not self.counts["isOver"]:
            self.counts["dropped"] += 1
        if not self.opened.done():
            self.opened.set_result(None)

    def say(self):
        payload = os.urandom(PAYLOAD)
        self.awaited.append(payload)
        self.transport.write(bytes([0x82, 0x80 | PAYLOAD, 0, 0, 0, 0]) + payload)


class Racing(Held):
    """Says something again as soon as it hears what it said."""

    def __init__(self, counts, name, microseconds):
        super().__init__(counts, name)
        self.microseconds, self.said_at = microseconds, 0.0

    def say(self):
        self.said_at = asyncio.get_running_loop().time()
        super().say()

    def frame(self, payload):
        super().frame(payload)
        if not self.counts["isOver"]:
            self.microseconds.append((asyncio.get_running_loop().time() - self.said_at) * 1e6)
            self.say()


async def serve(port):
    server = await asyncio.get_running_loop().create_server(Echo, "127.0.0.1", port, backlog=4096)
    await server.serve_forever()


async def opened(make, host, port, count):
    """So many of them, a hundred at a time."""
    all_of_them, loop = [], asyncio.get_running_loop()
    for start in range(0, count, 100):
        batch = [(await loop.create_connection(make, host, port))[1] for _ in range(min(100, count - start))]
        await asyncio.gather(*(one.opened for one in batch))
        all_of_them += batch
    return all_of_them


async def race(address, name, count, seconds):
    host, port = address.rsplit(":", 1)
    counts, microseconds = {"opened": 0, "echoes": 0, "dropped": 0, "isOver": False}, []
    racing = await opened(lambda: Racing(counts, name, microseconds), host, int(port), count)
    for one in racing:
        one.say()
    await asyncio.sleep(seconds)
    counts["isOver"] = True
    for one in racing:
        one.transport.abort()
    microseconds.sort()
    quantiles = {f"p{q}_us": microseconds[len(microseconds) * q // 100] for q in (50, 99)} if microseconds else {}
    print(json.dumps({"requests": counts["echoes"], "rate": counts["echoes"] / seconds, "failed": count - counts["opened"] + counts["dropped"], **quantiles}))


async def hold(address, name, count, seconds):
    host, port = address.rsplit(":", 1)
    counts = {"opened": 0, "echoes": 0, "dropped": 0, "isOver": False}
    loop = asyncio.get_running_loop()
    held = await opened(lambda: Held(counts, name), host, int(port), count)
    print(f"opened={counts['opened']}", flush=True)
    end, turn = loop.time() + seconds, 0
    while loop.time() < end:
        for one in held[turn::PERIOD * 10]:
            if not one.transport.is_closing():
                one.say()
        turn = (turn + 1) % (PERIOD * 10)
        await asyncio.sleep(0.1)
    await asyncio.sleep(2)  # what is under way comes home
    late = sum(len(one.awaited) for one in held)
    counts["isOver"] = True
    for one in held:
        one.transport.abort()
    print(f"echoes={counts['echoes']} dropped={counts['dropped']} unanswered={late}", flush=True)


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["serve", port]:
            asyncio.run(serve(int(port)))
        case ["hold", address, name, count, seconds]:
            asyncio.run(hold(address, name, int(count), float(seconds)))
        case ["race", address, name, count, seconds]:
            asyncio.run(race(address, name, int(count), float(seconds)))
        case _:
            sys.exit(__doc__)
