"""CPU time and memory of process trees, and one bounded run of a load generator."""
import json
import os
import pathlib
import re
import socket
import ssl
import subprocess
import sys

TICK = os.sysconf("SC_CLK_TCK")


def descendants(pid):
    """The process and everything it forked."""
    found = [pid]
    for path in (f"/proc/{pid}/task/{t}/children" for t in os.listdir(f"/proc/{pid}/task")):
        try:
            with open(path) as f:
                children = f.read().split()
        except FileNotFoundError:
            continue  # the thread has ended
        for child in children:
            found += descendants(int(child))
    return found


def cpu_seconds(pid):
    """User and system seconds that a process tree has used so far."""
    user = system = 0
    for p in descendants(pid):
        try:
            with open(f"/proc/{p}/stat") as f:
                fields = f.read().rsplit(")", 1)[1].split()
        except FileNotFoundError:
            continue
        user += int(fields[11])
        system += int(fields[12])
    return user / TICK, system / TICK


def resident_kib(pid):
    total = 0
    for p in descendants(pid):
        with open(f"/proc/{p}/status") as f:
            match = re.search(r"VmRSS:\s+(\d+)", f.read())
            total += int(match.group(1)) if match else 0
    return total


class LoadError(Exception):
    """The load generator saw something other than answers with status 2xx."""


def wrk(url, seconds, connections, core, headers=()):
    """Runs wrk and returns {requests, rate, p50_us, p99_us}; any failed request is an error, a fast wrong answer is no figure."""
    command = ["taskset", "-c", str(core), "wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "--latency", url]
    for header in headers:
        command[-1:-1] = ["-H", header]
    out = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    bad = re.search(r"Non-2xx or 3xx responses: (\d+)|Socket errors: (.*)", out)
    if bad and not (bad.group(2) and re.fullmatch(r"connect 0, read 0, write 0, timeout 0", bad.group(2))):
        raise LoadError(f"{url}: {bad.group(0)}")
    requests = int(re.search(r"(\d+) requests in", out).group(1))
    return {
        "requests": requests,
        "rate": float(re.search(r"Requests/sec:\s+([\d.]+)", out).group(1)),
        "p50_us": latency(out, "50%"),
        "p99_us": latency(out, "99%"),
    }


def latency(out, quantile):
    value, unit = re.search(rf"\s{re.escape(quantile)}\s+([\d.]+)(us|ms|s)", out).groups()
    return float(value) * {"us": 1, "ms": 1000, "s": 1_000_000}[unit]


def h2load(url, connect_to, seconds, connections, streams, core, headers=(), body=None):
    """Runs h2load and returns what wrk's run returns; h2load says the mean of the latency and no quantiles."""
    command = ["taskset", "-c", str(core), "h2load", f"-c{connections}", f"-m{streams}", "-t1", f"-D{seconds}",
               f"--connect-to={connect_to}"]
    for header in headers:
        command += ["-H", header]
    if body:
        command += ["-d", str(body)]
    out = subprocess.run([*command, url], check=True, capture_output=True, text=True).stdout
    count = {word: int(n) for n, word in re.findall(r"(\d+) (total|succeeded|failed|errored|timeout|2xx|4xx|5xx)", out)}
    if count["failed"] or count["errored"] or count["timeout"] or count["4xx"] or count["5xx"] or not count["2xx"]:
        raise LoadError(f"{url}: {out}")
    mean = re.search(r"time for request:\s+\S+\s+\S+\s+([\d.]+)(us|ms|s)", out).groups()
    return {
        "requests": count["2xx"],
        "rate": count["2xx"] / seconds,
        "p50_us": float(mean[0]) * {"us": 1, "ms": 1000, "s": 1_000_000}[mean[1]],
        "p99_us": float("nan"),
    }


def websockets(port, host, seconds, connections, core):
    """Echoes of WebSockets, each of which waits for the last: what wrk's run returns."""
    script = pathlib.Path(__file__).parent / "websockets.py"
    out = subprocess.run(["taskset", "-c", str(core), sys.executable, str(script), "race", f"127.0.0.1:{port}", host, str(connections), str(seconds)],
                         check=True, capture_output=True, text=True).stdout
    result = json.loads(out)
    if result["failed"] or not result["requests"]:
        raise LoadError(f"WebSockets of port {port}: {result}")
    return result


def idle(pid, port, host, count, sealed):
    """KiB of resident memory that so many connections take when each has had one request and rests."""
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    request = f"GET /128 HTTP/1.1\r\nHost: {host}\r\n\r\n".encode()

    def connect():
        connection = socket.create_connection(("127.0.0.1", port), timeout=20)
        if sealed:
            connection = context.wrap_socket(connection, server_hostname=host)
        connection.sendall(request)
        if b" 200 " not in connection.recv(4096):
            raise LoadError(f"port {port}: no 200")
        return connection

    for _ in range(20):  # what a first connection alone takes is none of the others'
        connect().close()
    before = resident_kib(pid)
    connections = [connect() for _ in range(count)]
    took = resident_kib(pid) - before
    for connection in connections:
        connection.close()
    return took


def measured(pid, load):
    """Runs `load()` and adds what it cost the process tree: microseconds of CPU for each request."""
    user0, system0 = cpu_seconds(pid)
    result = load()
    if not result["requests"]:
        raise LoadError("nothing was answered")
    user1, system1 = cpu_seconds(pid)
    if user1 + system1 == user0 + system0:
        raise LoadError(f"process {pid} did nothing: another one answers in its place")
    result["cpu_us"] = (user1 + system1 - user0 - system0) * 1e6 / result["requests"]
    result["user_us"] = (user1 - user0) * 1e6 / result["requests"]
    result["rss_kib"] = resident_kib(pid)
    return result
