"""`martlet sample`, as an endpoint of what is measured, and a steady load on it."""
import pathlib
import re
import subprocess
import sys
import time

import scripted


class Backend:
    """`martlet sample`, whose answer is its version."""

    def __init__(self, version, directory):
        self.log = open(directory / f"sample-{version}.log", "w+")
        self.process = subprocess.Popen([str(scripted.MARTLET), "sample", "--version", version, "--listen", "127.0.0.1:0"], stdout=self.log, stderr=self.log)
        deadline = time.monotonic() + 10
        while not (found := re.search(r"127\.0\.0\.1:(\d+)", pathlib.Path(self.log.name).read_text())):
            if time.monotonic() > deadline:
                sys.exit(f"bench: the sample {version} did not start")
            time.sleep(0.01)
        self.port = int(found[1])

    def stop(self):
        self.process.terminate()
        self.process.wait(timeout=30)
        self.log.close()


class Load:
    """wrk on kept connections until it is stopped by its own clock; `result` says requests and how many of them failed."""

    def __init__(self, url, host, seconds):
        self.process = subprocess.Popen(["wrk", "-t1", "-c16", f"-d{seconds}s", "-H", f"Host: {host}", url], stdout=subprocess.PIPE, text=True)

    def result(self):
        output = self.process.communicate()[0]
        bad = sum(int(n) for n in re.findall(r"Non-2xx or 3xx responses: (\d+)", output))
        bad += sum(int(n) for line in re.findall(r"Socket errors: (.*)", output) for n in re.findall(r"\d+", line))
        return int(re.search(r"(\d+) requests in", output)[1]), bad
