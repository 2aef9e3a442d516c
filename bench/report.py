"""Tables of medians and of ratios, as Markdown."""
import os
import statistics


def median(results, key):
    return statistics.median(r[key] for r in results)


def ratio(results, base, key):
    """Median of the ratios round by round, with the spread."""
    ratios = [a[key] / b[key] for a, b in zip(results, base)]
    return f"{statistics.median(ratios):.2f} ({min(ratios):.2f}-{max(ratios):.2f})"


def table(title, figures, against):
    lines = [
        f"### {title}",
        "",
        f"| proxy | CPU us/request | user us | x {against} | requests/s | p50 us | p99 us | memory MiB |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for name, results in figures.items():
        lines.append(
            f"| {name} | {median(results, 'cpu_us'):.1f} | {median(results, 'user_us'):.1f} "
            f"| {ratio(results, figures[against], 'cpu_us')} | {median(results, 'rate'):.0f} "
            f"| {median(results, 'p50_us'):.0f} | {median(results, 'p99_us'):.0f} | {median(results, 'rss_kib') / 1024:.1f} |"
        )
    return "\n".join(lines) + "\n"


def page(tables):
    return f"""# Benchmarks

Written by `make bench`: Martlet beside HAProxy and nginx from Debian in one run, interleaved rounds, medians; access logs on
everywhere; each proxy pinned to one core, origin and load generator on another ({os.cpu_count()} cores in all). CPU is user and
system time of the proxy's process tree for each request that the load generator counted; the ratio is the median of the
rounds' ratios with its spread. Shared machines are noisy: trust the ratios, not the absolutes.

{tables}"""
