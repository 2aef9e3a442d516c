"""Facts from a record of api_proxy.py.

    api_record.py RECORD FACT [FIRST LINE, counted from 0]

A write of a status or Event is one that changed something (2xx); shared objects are all others: the Lease, Services, classes, ….
"""
import collections
import json
import sys

WRITES = ("create", "update", "patch", "delete")


def read(path, first=0):
    with open(path) as file:
        lines = file.readlines()[first:]
    return [json.loads(line) for line in lines if line.endswith("\n")]


def is_ours(line):
    return line["resource"] == "events" or line["resource"].endswith("/status")


def written(lines, kind=None):
    return [line for line in lines if line["verb"] in WRITES and line["code"] // 100 == 2
            and (kind is None or (line["resource"] == "events") == (kind == "events") and is_ours(line))]


def most(lines):
    return max(collections.Counter((each["resource"], each["namespace"], each["name"]) for each in lines).values(), default=0)


def early(lines):
    """Writes of statuses and Events that were sent although the server had asked to wait. Half a second is for those under way."""
    tries = [line for line in lines if is_ours(line) and line["verb"] in WRITES]
    asked = [line["answered"] for line in tries if line["code"] == 429]
    return sum(1 for line in tries if any(time + 0.5 < line["at"] < time + 3 for time in asked)) if asked else "nobody asked to wait"


def turns(lines):
    """Who wrote statuses and Events, one after the other: `a b` when b wrote after a wrote for the last time."""
    result = []
    for line in sorted((each for each in lines if is_ours(each) and each["verb"] in WRITES), key=lambda each: each["at"]):
        if result[-1:] != [line["who"]]:
            result.append(line["who"])
    return " ".join(result)


def burst(lines):
    """The most Events that were written within ten seconds."""
    times = sorted(line["at"] for line in written(lines, "events"))
    return max((sum(1 for other in times if time <= other < time + 10) for time in times), default=0)


FACTS = {
    "statuses": lambda lines: len(written(lines, "statuses")),
    "status_objects": lambda lines: len({(each["resource"], each["namespace"], each["name"]) for each in written(lines, "statuses")}),
    "statuses_of_one": lambda lines: most(written(lines, "statuses")),
    "status_width": lambda lines: max((line["underWay"] for line in lines if line["resource"].endswith("/status")), default=0),
    "writes_of_one_shared": lambda lines: most([line for line in written(lines) if not is_ours(line)]),
    "leases": lambda lines: sum(1 for line in written(lines) if line["resource"] == "leases"),
    "events": lambda lines: len(written(lines, "events")),
    "events_in_10_s": burst,
    "early": early,
    "turns": turns,
    "count": len,
}


if __name__ == "__main__":
    print(FACTS[sys.argv[2]](read(sys.argv[1], int(sys.argv[3]) if len(sys.argv) > 3 else 0)))
