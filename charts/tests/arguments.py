"""Prints the distinct command lines that the variants of the chart give to the container, one a line."""
from support import variants

lines = {tuple(rendered.container["args"]) for rendered in variants().values()}
for line in sorted(lines):
    assert not any(" " in argument for argument in line), f"{line}: the script that reads this splits at spaces"
    print(*line)
