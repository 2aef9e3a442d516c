"""`martlet sample`, as an endpoint of what is measured."""
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
