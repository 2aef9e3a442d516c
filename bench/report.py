"""Tables of medians and of ratios, as Markdown."""
import math
import os
import statistics


def median(results, key):
    return statistics.median(r[key] for r in results)


def ratios(results, base, key):
    """Round by round."""
    return [a[key] / b[key] for a, b in zip(results, base)]


def spread(values):
    return f"{statistics.median(values):.2f} ({min(values):.2f}-{max(values):.2f})"


def table(scenario, figures):
    lines = [
        f"### {scenario.title}",
        "",
        f"| proxy | CPU us/request | user us | x {scenario.against} | requests/s | p50 us | p99 us | memory MiB |",
        "|---|---|---|---|---|---|---|---|",
    ]
    has_quantiles = not any(math.isnan(r["p99_us"]) for results in figures.values() for r in results)
    if not has_quantiles:
        lines[2] = lines[2].replace("p50 us | p99 us", "mean us | p99 us")
    for name, results in figures.items():
        p99 = f"{median(results, 'p99_us'):.0f}" if has_quantiles else ""
        lines.append(
            f"| {name} | {median(results, 'cpu_us'):.1f} | {median(results, 'user_us'):.1f} "
            f"| {spread(ratios(results, figures[scenario.against], 'cpu_us'))} | {median(results, 'rate'):.0f} "
            f"| {median(results, 'p50_us'):.0f} | {p99} | {median(results, 'rss_kib') / 1024:.1f} |"
        )
    subject = "martlet" if "martlet" in figures else scenario.proxies[-1]
    lines += [""] + [verdict(limit, ratios(figures[subject], figures[limit.peer], "cpu_us")) for limit in scenario.limits]
    return "\n".join(lines).rstrip() + "\n"


def verdict(limit, values):
    """A limit that is told as a rate per core is the other way round; what is compared is CPU per request."""
    ratio = statistics.median(values)
    figure = 1 / ratio if limit.is_rate else ratio
    return f"- {figure:.2f}, {limit.says}: {'met' if ratio <= limit.most else '**missed**'}"


def idle(scenario, memory):
    lines = [f"### {scenario.title}", "", "| proxy | MiB |", "|---|---|"]
    lines += [f"| {name} | {kib / 1024:.1f} |" for name, kib in memory.items()]
    verdict = "met" if memory["martlet"] <= scenario.most_mib * 1024 else "**missed**"
    return "\n".join([*lines, "", f"- at most {scenario.most_mib:.1f} MiB: {verdict}"]) + "\n"


def by_round(scenario, figures):
    """What the medians are made of: CPU of each round as a part of that of whom all are compared with."""
    lines = [f"  {scenario.title}: CPU per request, x {scenario.against}, round by round"]
    for name, results in figures.items():
        lines.append(f"    {name:<12}" + " ".join(f"{ratio:5.2f}" for ratio in ratios(results, figures[scenario.against], "cpu_us")))
    return "\n".join(lines)


def page(tables):
    return f"""# Benchmarks

Written by `make bench`: Martlet beside HAProxy and nginx from Debian and Envoy from PyPI in one run, interleaved rounds, medians; access
logs on everywhere; each proxy pinned to one core, origins and load generator on another ({os.cpu_count()} cores in all; where a title says two cores, proxy and load share both). CPU is user and
system time of the proxy's process tree for each request that the load generator counted; the ratio is the median of the
rounds' ratios with its spread. Shared machines are noisy: trust the ratios, not the absolutes.

![CPU per request of each proxy, as a part of HAProxy's](benchmarks.svg)

{tables}"""
