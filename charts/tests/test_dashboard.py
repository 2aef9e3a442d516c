"""The Grafana dashboard asks for metrics that exist, and its panels have room."""
import json, re, unittest

from support import CHART, FEATURES, ROOT, Rendered

BOARD = json.loads((CHART / "files/dashboard.json").read_text())
PANELS = [each for each in BOARD["panels"] if each["type"] != "row"]


def documented_metrics():
    pages = (ROOT / "docs/metrics.md").read_text() + (ROOT / "docs/operations.md").read_text()
    return set(re.findall(r"`(martlet_\w+)`", pages))


def expressions():
    return [target["expr"] for panel in PANELS for target in panel["targets"]] + [
        variable["query"] for variable in BOARD["templating"]["list"] if variable["type"] == "query"]


class Dashboard(unittest.TestCase):
    def test_metrics_are_documented(self):
        known = documented_metrics()
        used = {re.sub(r"_(bucket|sum|count)$", "", name) for text in expressions() for name in re.findall(r"\bmartlet_\w+", text)}
        self.assertGreater(len(used), 25)
        self.assertEqual(used - known, set())

    def test_every_panel_looks_at_one_namespace_and_says_what_it_shows(self):
        for panel in PANELS:
            self.assertGreater(len(panel["description"]), 10, panel["title"])
            for target in panel["targets"]:
                self.assertEqual(target["expr"].count("martlet_"), target["expr"].count('namespace="$namespace"'), target["expr"])
                self.assertEqual(target["expr"].count("("), target["expr"].count(")"))
                self.assertEqual("rate(" in target["expr"], "$__rate_interval" in target["expr"])

    def test_panels_do_not_overlap(self):
        taken = set()
        self.assertEqual(len({each["id"] for each in BOARD["panels"]}), len(BOARD["panels"]))
        for panel in BOARD["panels"]:
            at = panel["gridPos"]
            cells = {(x, y) for x in range(at["x"], at["x"] + at["w"]) for y in range(at["y"], at["y"] + at["h"])}
            self.assertFalse(cells & taken, panel["title"])
            self.assertLessEqual(at["x"] + at["w"], 24)
            taken |= cells

    def test_the_chart_ships_it_unchanged(self):
        shipped = Rendered(FEATURES["monitored"]).one("ConfigMap")
        self.assertEqual(json.loads(shipped["data"]["martlet.json"]), BOARD)
        self.assertEqual(shipped["metadata"]["labels"]["grafana_dashboard"], "1")
