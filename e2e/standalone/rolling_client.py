"""Clients that keep their connections and follow readiness, as a load balancer does; counts what fails.

    rolling_client.py HOST:PORT=ADMIN_HOST:PORT… (the gateways)

Runs until SIGTERM; then prints "requests=N failed=M connections=C" and up to five failures.
"""
import http.client
import signal
import sys
import threading
import time
import urllib.request

gateways = dict(argument.split("=") for argument in sys.argv[1:])
# When each was last asked for its readiness and said yes. An older yes is none: it tells of this process's pauses, not of the gateway.
seen = dict.fromkeys(gateways, 0.0)
FRESH = 0.4
ended = threading.Event()
lock = threading.Lock()
counts = {"requests": 0, "failed": 0, "connections": 0}
failures = []


def follow(gateway):
    """A gateway that is not ready gets no new connections; those that are there are used until it says close."""
    while not ended.is_set():
        asked = time.monotonic()
        try:
            urllib.request.urlopen(f"http://{gateways[gateway]}/readyz", timeout=1).close()
            seen[gateway] = asked
        except OSError:
            seen[gateway] = 0.0
        time.sleep(0.05)


def client(number):
    connection = None
    while not ended.is_set():
        if connection is None:
            now = time.monotonic()
            choice = [gateway for gateway in gateways if now - seen[gateway] < FRESH]
            if not choice:
                time.sleep(0.01)
                continue
            host, port = choice[number % len(choice)].rsplit(":", 1)
            connection = http.client.HTTPConnection(host, int(port), timeout=10)
            with lock:
                counts["connections"] += 1
        try:
            connection.request("GET", "/", headers={"Host": "web.example.com"})
            answer = connection.getresponse()
            answer.read()
            problem = None if answer.status == 200 else f"status {answer.status}"
            closes = answer.getheader("connection") == "close"
        except (OSError, http.client.HTTPException) as error:
            problem, closes = repr(error), True
        with lock:
            counts["requests"] += 1
            if problem:
                counts["failed"] += 1
                failures.append(f"{connection.host}:{connection.port} {problem}")
        if closes:
            connection.close()
            connection = None


signal.signal(signal.SIGTERM, lambda number, frame: ended.set())
threads = [threading.Thread(target=follow, args=(gateway,)) for gateway in gateways] + [threading.Thread(target=client, args=(i,)) for i in range(8)]
for thread in threads:
    thread.start()
ended.wait()
for thread in threads:
    thread.join()
print(" ".join(f"{name}={count}" for name, count in counts.items()))
print("\n".join(failures[:5]), file=sys.stderr)
