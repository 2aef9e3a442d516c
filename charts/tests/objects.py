"""Prints the distinct objects that the variants of the chart consist of, as one YAML stream.

    objects.py KIND…     only these kinds; what else there is, is named on standard error
"""
import collections, sys

import yaml

from support import canonical, variants

distinct = {canonical(each): each for rendered in variants().values() for each in rendered.objects}
wanted = [each for each in distinct.values() if each["kind"] in sys.argv[1:]]
print(yaml.safe_dump_all(wanted, sort_keys=False), end="")
kinds = collections.Counter(each["kind"] for each in distinct.values())
for kind, count in sorted(kinds.items()):
    print(f"{'given' if kind in sys.argv[1:] else 'rendered only'}: {count} {kind}", file=sys.stderr)
