"""A client that asks for a page a hundred times a second, whatever others do to the gateway."""
import http.client
import threading
import time

import contenders
import scripted

RATE = 100


class GoodClient:
    """Asks at a steady rate, whatever the answers take; `figures` afterwards."""

    def __init__(self, address, connections=4):
        self.times, self.failed, self.isOver, self.lock = [], 0, False, threading.Lock()
        self.threads = [threading.Thread(target=self.run, args=(address, RATE / connections)) for _ in range(connections)]

    def run(self, address, rate):
        connection, next_at = scripted.connect(address), time.monotonic()
        while not self.isOver:
            at = time.monotonic()
            try:
                isGood = len(scripted.ask(connection, "/128", contenders.HOST)) == 128
            except (OSError, http.client.HTTPException):
                isGood = False
                connection.close()
            with self.lock:
                self.times.append(time.monotonic() - at)
                self.failed += not isGood
            next_at += 1 / rate
            time.sleep(max(0, next_at - time.monotonic()))
        connection.close()

    def during(self, work):
        for thread in self.threads:
            thread.start()
        work()
        self.isOver = True
        for thread in self.threads:
            thread.join()
        return sorted(self.times)[len(self.times) * 99 // 100] * 1000, len(self.times), self.failed
