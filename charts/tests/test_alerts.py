"""The rules for Prometheus ask for metrics that exist, and say what they mean. (docs/guides/operate.md looks for them on /metrics.)"""
import re, unittest

import yaml

from support import CHART, FEATURES, NAMESPACE, Rendered, UniqueKeys
from test_dashboard import documented_metrics

RULES = [rule for group in yaml.load((CHART / "files/alerts.yaml").read_text(), UniqueKeys)["groups"] for rule in group["rules"]]


class Alerts(unittest.TestCase):
    def test_the_chart_ships_them_where_it_is_asked_to(self):
        self.assertEqual(Rendered().all("PrometheusRule"), [])
        shipped = Rendered(FEATURES["monitored"]).one("PrometheusRule")
        self.assertEqual(shipped["apiVersion"], "monitoring.coreos.com/v1")
        self.assertEqual(shipped["metadata"]["namespace"], NAMESPACE)
        self.assertEqual(shipped["metadata"]["labels"]["release"], "prometheus")
        self.assertEqual(set(shipped["spec"]), {"groups"})
        self.assertEqual([rule for group in shipped["spec"]["groups"] for rule in group["rules"]], RULES)
        elsewhere = Rendered({"metrics": {"prometheusRule": {"enabled": True, "namespace": "monitoring"}}})
        self.assertEqual(elsewhere.one("PrometheusRule")["metadata"]["namespace"], "monitoring")

    def test_metrics_are_documented(self):
        used = {name for rule in RULES for name in re.findall(r"\bmartlet_\w+", rule["expr"])}
        self.assertGreater(len(used), 12)
        self.assertEqual(used - documented_metrics(), set())

    def test_rules_are_what_prometheus_takes(self):
        self.assertEqual(len({rule["alert"] for rule in RULES}), len(RULES))
        for rule in RULES:
            with self.subTest(rule["alert"]):
                self.assertLessEqual(rule.keys(), {"alert", "expr", "for", "labels", "annotations"})
                self.assertRegex(rule["alert"], r"^Martlet\w+$")
                self.assertRegex(rule.get("for", "1m"), r"^\d+[smh]$")
                self.assertIn(rule["labels"]["severity"], {"critical", "warning", "info"})
                self.assertRegex(rule["annotations"]["summary"], r"^[A-Z].{20,}\.$|^[A-Z].*\)\.$")
                for opening, closing in ("()", "{}", "[]"):
                    self.assertEqual(rule["expr"].count(opening), rule["expr"].count(closing))
                self.assertEqual(bool(re.search(r"\b(rate|increase)\(", rule["expr"])), "[" in rule["expr"])
