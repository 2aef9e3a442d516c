"""What the demo plays with: `martlet dev`, kubectl, curl, and wrk as the load. Each is a process of its own, ended by its id."""
import os
import pathlib
import shutil
import signal
import subprocess
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
MARTLET = ROOT / ".build/release/martlet"


class Broken(Exception):
    """The demo cannot go on, and why."""


def tool(name, *alternatives):
    for candidate in (name, *alternatives):
        if shutil.which(candidate):
            return candidate
    raise Broken(f"no '{name}' here; `make setup` says how to get it")


class World:
    """`martlet dev` with its state in a directory, and the environment that it announces."""

    def __init__(self, directory):
        self.directory = directory
        self.kubectl_path = tool(os.environ.get("KUBECTL", str(ROOT / ".build/tools/kubectl-1.32")))
        self.log = open(directory / "dev.log", "w+")
        self.process = subprocess.Popen([str(MARTLET), "dev", "--state", str(directory / "state")], stdout=self.log, stderr=self.log)
        self.environment = self.wait_for_environment()
        self.http = self.environment["HTTP"]

    def wait_for_environment(self, seconds=20):
        """`martlet dev` writes STATE/env when the gateway is ready: KUBECONFIG, HTTP, ADMIN."""
        path, deadline = self.directory / "state/env", time.monotonic() + seconds
        while not path.exists():
            if self.process.poll() is not None or time.monotonic() > deadline:
                self.log.seek(0)
                raise Broken(f"`martlet dev` did not become ready:\n{self.log.read()[-3000:]}")
            time.sleep(0.02)
        lines = [line.removeprefix("export ").split("=", 1) for line in path.read_text().splitlines() if line]
        return dict(lines)

    def kubectl(self, *arguments, stdin=None):
        environment = {**os.environ, "KUBECONFIG": self.environment["KUBECONFIG"]}
        done = subprocess.run([self.kubectl_path, *arguments], input=stdin, capture_output=True, text=True, env=environment, timeout=30)
        if done.returncode:
            raise Broken(f"kubectl {' '.join(arguments)}: {done.stderr.strip()}")
        return done.stdout.strip()

    def watch(self, path):
        """A raw watch beside the gateway's own: one line for each event."""
        environment = {**os.environ, "KUBECONFIG": self.environment["KUBECONFIG"]}
        return subprocess.Popen([self.kubectl_path, "get", "--raw", path], stdout=subprocess.PIPE, env=environment)

    def curl(self, host, path="/"):
        command = ["curl", "-sS", "-m", "5", "-H", f"Host: {host}", f"http://{self.http}{path}"]
        return subprocess.run(command, capture_output=True, text=True).stdout.strip()

    def eventually(self, what, question, expected, seconds=10):
        deadline, answer = time.monotonic() + seconds, None
        while time.monotonic() < deadline:
            answer = question()
            if answer == expected:
                return answer
            time.sleep(0.01)
        raise Broken(f"{what}: expected {expected!r}, the last answer was {answer!r}")

    def stop(self):
        end(self.process, signal.SIGTERM)


class Totals:
    """What a load has counted: answers of each version, what the version that is made to fail did fail, and what else failed."""

    def __init__(self, numbers=()):
        self.numbers = list(numbers) or [0] * 6
        *self.versions, self.bad, self.failed = self.numbers
        self.all = sum(self.numbers)

    def __add__(self, other):
        return Totals(a + b for a, b in zip(self.numbers, other.numbers))

    def __sub__(self, other):
        return Totals(a - b for a, b in zip(self.numbers, other.numbers))


class Load:
    """Two wrk processes, one on kept connections and one on fresh ones, that count versions (demo/versions.lua)."""

    def __init__(self, directory, http, host):
        wrk = tool("wrk")
        self.files, self.processes = [], []
        for connection, connections, pause in (("keep-alive", 6, 8), ("close", 4, 12)):
            file = directory / f"load-{connection}"
            file.unlink(missing_ok=True)
            self.files.append(file)
            command = [wrk, "-t1", f"-c{connections}", "-d600s", "-s", str(ROOT / "demo/versions.lua"), f"http://{http}/", "--",
                       str(file), str(pause), host, connection]
            self.processes.append(subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL))

    def totals(self):
        """So far."""
        return sum((Totals(read_numbers(file)) for file in self.files), Totals())

    def stop(self):
        """Ends the load and returns the final totals: socket errors and timeouts are in them."""
        for process in self.processes:
            end(process, signal.SIGINT)
        return self.totals()


def read_numbers(file):
    """wrk rewrites the file while we read: an unfinished line is read again."""
    for _ in range(100):
        text = file.read_text() if file.exists() else ""
        if text.endswith("\n"):
            return [int(word) for word in text.split()]
        time.sleep(0.001)
    return []


def end(process, how):
    if process.poll() is None:
        process.send_signal(how)
        try:
            process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
