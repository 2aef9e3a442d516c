"""What a proxy adds to the slowest answers at half of what it could do: an open load, whose clients ask whether or not others were answered."""
import json
import statistics
import subprocess

import scenarios
from contenders import HOST, ORIGIN_PORT, compiled

KEY, TITLE = "p99", "Added latency at half of saturation, HTTP/1.1 keep-alive, 128 B, 64 connections"
#: Envoy is saturated where the others are half idle.
PROXIES = ("martlet", "haproxy", "nginx")
CONNECTIONS = 64


def paced(program, port, rate, seconds):
    out = subprocess.run(["taskset", "-c", str(scenarios.LOAD_CORE), str(program), str(port), HOST, "/128", str(rate), str(CONNECTIONS), str(seconds)],
                         check=True, capture_output=True, text=True).stdout
    return json.loads(out)


def run(proxies, directory, options):
    """- Returns: the table. All are asked at the same rate: half of what the slowest of them can do."""
    print(TITLE, flush=True)
    most = min(scenarios.plain("/128", CONNECTIONS)(proxy, options.seconds, directory)["rate"] for proxy in proxies)
    rate, program = int(most / 2), compiled("paced", directory)
    ports = {"none": ORIGIN_PORT} | {proxy.name: proxy.port for proxy in proxies}
    figures = {name: [] for name in ports}
    for number in range(options.rounds + 1):
        for name, port in ports.items():
            result = paced(program, port, rate, options.seconds)
            if number > 0:  # the first round warms up
                figures[name].append(result)
    added = {name: [a["p99_us"] - b["p99_us"] for a, b in zip(results, figures["none"])] for name, results in figures.items()}
    for name, values in added.items():
        print(f"    {name:<12}" + " ".join(f"{value:6.0f}" for value in values), flush=True)
    return table(rate, figures, added)


def table(rate, figures, added):
    lines = [f"### {TITLE}", "", f"{rate} requests a second, each timed from when it was due. `none`: the endpoint without a proxy.", "",
             "| proxy | p50 us | p99 us | added p99 us | largest us |", "|---|---|---|---|---|"]
    median = {name: {key: statistics.median(r[key] for r in results) for key in results[0]} for name, results in figures.items()}
    for name, one in median.items():
        extra = f"{statistics.median(added[name]):.0f}" if name != "none" else ""
        lines.append(f"| {name} | {one['p50_us']:.0f} | {one['p99_us']:.0f} | {extra} | {one['max_us']:.0f} |")
    ours, theirs = statistics.median(added["martlet"]), statistics.median(added["haproxy"])
    return "\n".join([*lines, "", f"- {ours:.0f} us, at most HAProxy's {theirs:.0f}: {'met' if ours <= theirs else '**missed**'}"]) + "\n"
