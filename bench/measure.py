"""CPU time of process trees, and one bounded run of wrk."""
import os
import re
import subprocess

TICK = os.sysconf("SC_CLK_TCK")


def descendants(pid):
    """The process and everything it forked."""
    found = [pid]
    for path in (f"/proc/{pid}/task/{t}/children" for t in os.listdir(f"/proc/{pid}/task")):
        with open(path) as f:
            for child in f.read().split():
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


def measured(pid, load):
    """Runs `load()` and adds what it cost the process tree: microseconds of CPU for each request."""
    user0, system0 = cpu_seconds(pid)
    result = load()
    user1, system1 = cpu_seconds(pid)
    result["cpu_us"] = (user1 + system1 - user0 - system0) * 1e6 / result["requests"]
    result["user_us"] = (user1 - user0) * 1e6 / result["requests"]
    result["rss_kib"] = resident_kib(pid)
    return result
