"""Bars of CPU per request beside HAProxy's, as an SVG that needs nothing else."""
import html
import statistics

import report

COLOURS = {"martlet": "#d9480f", "haproxy": "#4263eb", "nginx": "#2f9e44", "envoy": "#862e9c"}
WIDTH, LABEL, BAR, GAP, TOP = 860, 330, 14, 16, 46
#: What a bar that reaches the right end stands for; longer ones are cut there and say so by their figure.
MOST = 3.0


def svg(measured):
    """- measured: pairs of a scenario and its figures, of those whose proxies are compared with HAProxy."""
    scale = (WIDTH - LABEL - 60) / MOST
    parts, y = [], TOP
    for scenario, figures in measured:
        middle = y + len(figures) * BAR / 2 + 4
        parts.append(f'<text x="{LABEL - 10}" y="{middle}" text-anchor="end">{html.escape(scenario.title)}</text>')
        for name, results in figures.items():
            ratio = statistics.median(report.ratios(results, figures[scenario.against], "cpu_us"))
            length = min(ratio, MOST) * scale
            parts.append(f'<rect x="{LABEL}" y="{y}" width="{length:.1f}" height="{BAR - 2}" fill="{COLOURS[name]}"/>')
            parts.append(f'<text x="{LABEL + length + 5:.1f}" y="{y + BAR - 4}">{ratio:.2f}</text>')
            y += BAR
        y += GAP
    one = LABEL + scale
    legend = "".join(f'<rect x="{LABEL + 110 * i}" y="10" width="12" height="12" fill="{colour}"/><text x="{LABEL + 110 * i + 17}" y="20">{name}</text>'
                     for i, (name, colour) in enumerate(COLOURS.items()))
    return (f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{y}" font-family="sans-serif" font-size="11">'
            f'<rect width="100%" height="100%" fill="white"/>{legend}'
            f'<line x1="{one:.1f}" y1="{TOP - 8}" x2="{one:.1f}" y2="{y - GAP}" stroke="#868e96" stroke-dasharray="3 3"/>{"".join(parts)}</svg>\n')
