"""How long from the watch event of a change to the first answer that obeys it, as seen from outside.

A watch of our own gets the same event from the API server as the gateway does; a client with one kept connection asks without a
pause meanwhile. Both use this process's clock.
"""
import http.client
import threading
import time

WATCH = "/apis/martlet.dev/v1alpha1/namespaces/default/routes?watch=true&resourceVersion={version}"


def measure(world, host, change, expected):
    """Performs `change()`; returns milliseconds between the event and the first answer of version `expected`."""
    version = world.kubectl("get", "route.martlet.dev", "shop", "-o", "jsonpath={.metadata.resourceVersion}")
    watch = world.watch(WATCH.format(version=version))
    seen = {}

    def events():
        for _ in watch.stdout:
            seen.setdefault("event", time.monotonic())
            return

    def answers():
        connection = http.client.HTTPConnection(world.http, timeout=5)
        deadline = time.monotonic() + 15
        while time.monotonic() < deadline:
            connection.request("GET", "/", headers={"Host": host})
            if connection.getresponse().read().decode().startswith(expected):
                seen["answer"] = time.monotonic()
                return

    threads = [threading.Thread(target=events), threading.Thread(target=answers)]
    for thread in threads:
        thread.start()
    time.sleep(0.3)  # the watch must be open before the change
    change()
    for thread in threads:
        thread.join(timeout=15)
    watch.kill()
    watch.wait()
    if "event" not in seen or "answer" not in seen:
        return None
    return max(0.0, (seen["answer"] - seen["event"]) * 1000)
