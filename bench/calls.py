"""System calls of a proxy for each request, as perf counts them (tracepoints, which delay nobody as ptrace would)."""
import os
import pathlib
import re
import signal
import statistics
import subprocess
import time

import measure
import scenarios

KEY, TITLE = "system-calls", "System calls per request, HTTP/1.1 keep-alive, 128 B, 32 connections"
CONNECTIONS, MOST = 32, 4.3
KINDS = {
    "receiving": ("recvfrom", "recvmsg", "read", "readv"),
    "sending": ("sendto", "sendmsg", "write", "writev"),
    "waiting": ("epoll_wait", "epoll_pwait"),
}
TRACING = pathlib.Path("/sys/kernel/tracing")


def prepare():
    """Tracepoints have names where their file system is mounted."""
    if not (TRACING / "events").exists():
        subprocess.run(["mount", "-t", "tracefs", "tracefs", str(TRACING)], check=True)


def counted(pid, load):
    """Calls of the process tree for each request of the load, by kind and in all."""
    events = ["raw_syscalls:sys_enter"] + [f"syscalls:sys_enter_{name}" for names in KINDS.values() for name in names]
    perf = subprocess.Popen(["perf", "stat", "-x", ",", "-e", ",".join(events), "-p", ",".join(map(str, measure.descendants(pid)))],
                            stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True, env={**os.environ, "LC_ALL": "C"})
    time.sleep(0.5)
    result = load()
    perf.send_signal(signal.SIGINT)
    said = perf.communicate()[1]
    count = {name: int(n) for n, name in re.findall(r"^(\d+),[^,]*,(?:raw_)?syscalls:sys_enter(?:_(\w+))?,", said, re.M)}
    if not count.get(""):
        raise measure.LoadError(f"perf counted nothing: {said}")
    figures = {kind: sum(count.get(name, 0) for name in names) / result["requests"] for kind, names in KINDS.items()}
    return figures | {"all": count[""] / result["requests"], "rate": result["rate"]}


def run(proxies, directory, options):
    """- Returns: the table."""
    print(TITLE, flush=True)
    prepare()
    load = scenarios.plain("/128", CONNECTIONS)
    figures = {proxy.name: [] for proxy in proxies}
    for _ in range(options.rounds):
        for proxy in proxies:
            figures[proxy.name].append(counted(proxy.pid, lambda: load(proxy, options.seconds, directory)))
    lines = [f"### {TITLE}", "", "Of the process tree, the access log's writing included.", "",
             "| proxy | in all | receiving | sending | waiting | requests/s |", "|---|---|---|---|---|---|"]
    for name, results in figures.items():
        one = {key: statistics.median(r[key] for r in results) for key in results[0]}
        lines.append(f"| {name} | {one['all']:.2f} | {one['receiving']:.2f} | {one['sending']:.2f} | {one['waiting']:.2f} | {one['rate']:.0f} |")
        print(f"    {name:<12}" + " ".join(f"{r['all']:5.2f}" for r in results), flush=True)
    ours = statistics.median(r["all"] for r in figures["martlet"])
    return "\n".join([*lines, "", f"- {ours:.2f}, at most {MOST}: {'met' if ours <= MOST else '**missed**'}"]) + "\n"
