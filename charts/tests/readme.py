"""The table of values in the chart's README, made from the comments in values.yaml."""
import re

import yaml

from support import CHART

BEGIN, END = "<!-- values: made by `make generate` from values.yaml -->\n", "<!-- end of values -->\n"
KEY = re.compile(r"^(?P<indent> *)(?P<key>[A-Za-z]\w*):(?P<value>.*)$")


def rows():
    """(dotted key, default, meaning) of each value that has a comment of its own; groups without one give only their name."""
    text = (CHART / "values.yaml").read_text()
    defaults, path, comment, found, skipped = yaml.safe_load(text), [], [], [], None
    for line in text.splitlines()[1:]:
        match = KEY.match(line)
        if line.strip().startswith("# "):
            comment.append(line.strip()[2:])
        elif match and (skipped is None or len(match["indent"]) <= skipped):
            depth = len(match["indent"]) // 2
            path[depth:] = [match["key"]]
            is_group = not match["value"].strip() and not comment
            skipped = None if is_group else len(match["indent"])
            if not is_group:
                found.append((".".join(path), value_at(defaults, path), " ".join(comment)))
            comment = []
        elif not line.strip():
            comment = []
    return found


def value_at(values, path):
    for key in path:
        values = values[key]
    return yaml.safe_dump(values, default_flow_style=True, width=10_000).removesuffix("\n...\n").strip()


def table():
    lines = ["| value | default | meaning |", "|---|---|---|"]
    for key, default, meaning in rows():
        cells = [f"`{key}`", f"`{default}`", meaning]
        lines.append("| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |")
    return "\n".join(lines) + "\n"


def page(text):
    """The README with the table as it should be."""
    before, _, rest = text.partition(BEGIN)
    _, _, after = rest.partition(END)
    return before + BEGIN + "\n" + table() + "\n" + END + after
