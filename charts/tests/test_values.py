"""values.yaml, values.schema.json and README.md say the same; what is misspelt or contradictory is refused in plain words."""
import json, re, unittest

import helm_python as helm

import readme
from support import CHART, Rendered, chart

SCHEMA = json.loads((CHART / "values.schema.json").read_text())


def resolve(schema):
    return SCHEMA["definitions"][schema["$ref"].rsplit("/", 1)[1]] if "$ref" in schema else schema


class Values(unittest.TestCase):
    def test_schema_and_defaults_name_the_same_keys(self):
        def compare(values, schema, path):
            known = schema.get("properties")
            if not isinstance(values, dict) or known is None or path.startswith(("probes.", "resources", "affinity", "autoscaling.behavior")):
                return
            self.assertIs(schema.get("additionalProperties"), False, f"{path or 'the root'} lets unknown keys pass")
            self.assertEqual(set(values), set(known) - {"global"}, path)
            for key, value in values.items():
                compare(value, resolve(known[key]), f"{path}{key}.")

        compare(chart().values, SCHEMA, "")

    def test_every_value_has_a_comment(self):
        for key, _, meaning in readme.rows():
            self.assertGreater(len(meaning), 10, f"{key} has no comment in values.yaml")

    def test_lint_finds_nothing(self):
        report = helm.lint(CHART, strict=True, kube_version="v1.30.0")
        worse = [each for each in report["messages"] if each["severity"] > 1]
        self.assertEqual((worse, report["errors"]), ([], []))

    def refused(self, values, *expected):
        with self.assertRaises((helm.HelmValuesError, helm.HelmRenderError)) as caught:
            Rendered(values)
        for pattern in expected:
            self.assertRegex(str(caught.exception), pattern, values)

    def test_unknown_keys_are_refused_everywhere(self):
        def objects(schema, path):
            yield path, schema
            for key, inner in schema.get("properties", {}).items():
                if resolve(inner).get("additionalProperties") is False:
                    yield from objects(resolve(inner), path + [key])

        for path, _ in objects(SCHEMA, []):
            values = {"unheardOf": 1}
            for key in reversed(path):
                values = {key: values}
            self.refused(values, "unheardOf.* not allowed")

    def test_wrong_types_are_refused(self):
        for values, field in [
            ({"replicas": "2"}, "/replicas"), ({"kind": "StatefulSet"}, "/kind"), ({"scope": "secrets"}, "/scope"),
            ({"ports": {"http": {"container": 70000}}}, "/ports/http/container"), ({"service": {"type": "ExternalName"}}, "/service/type"),
            ({"image": {"digest": "0.1.0"}}, "/image/digest"), ({"namedSecrets": ["shop"]}, "/namedSecrets/0"),
            ({"trusted": ["10.0.0.1"]}, "/trusted/0"), ({"listenAddress": "::"}, "/listenAddress"), ({"snapshot": {"maxAge": "1 hour"}}, "/snapshot/maxAge"),
            ({"drain": {"delaySeconds": "5s"}}, "/drain/delaySeconds"), ({"podLabels": {"a": 1}}, "/podLabels/a"),
            ({"podDisruptionBudget": {"minAvailable": "half"}}, "/podDisruptionBudget/minAvailable"),
            ({"policyKeys": {"actions": []}}, "/policyKeys/actions"), ({"policyKeys": {"namespaces": {"a": "cors"}}}, "/policyKeys/namespaces/a"),
        ]:
            self.refused(values, re.escape(field))

    def test_contradictions_are_refused_with_a_remedy(self):
        for values, sentence in [
            ({"scope": "namespaces"}, "needs watchNamespaces; list"),
            ({"scope": "namedSecrets"}, "needs namedSecrets; list"),
            ({"scope": "namespaces", "watchNamespaces": ["shop"], "defaultCertificate": "web/tls"}, "does not have 'web'; add"),
            ({"scope": "namedSecrets", "namedSecrets": ["shop/tls"], "defaultCertificate": "shop/other"}, "namedSecrets does not have.*; add"),
            ({"proxyProtocol": True}, "needs trusted; list"),
            ({"watchNamespaces": ["shop"]}, "no effect with scope 'cluster'; set"),
            ({"namedSecrets": ["shop/tls"]}, "no effect with scope 'cluster'; set"),
            ({"scope": "namedSecrets", "namedSecrets": ["web/tls"], "watchNamespaces": ["shop"]}, "does not have 'web'.*; add"),
            ({"ports": {"http": {"enabled": False}, "https": {"enabled": False}}}, "No listener is on; set"),
            ({"ports": {"tcp": [{"container": 8080}]}}, r"ports.http.container and ports.tcp \(8080\) are both 8080; give"),
            ({"ports": {"probes": 8080}}, "ports.probes and ports.http.container are both 8080; give"),
            ({"hostNetwork": True, "ports": {"http": {"host": 80}}}, "leave host at 0"),
            ({"kind": "DaemonSet", "autoscaling": {"enabled": True}}, "cannot be scaled; set"),
            ({"autoscaling": {"enabled": True, "minReplicas": 20}}, "above autoscaling.maxReplicas; raise"),
            ({"autoscaling": {"enabled": True, "targetCPUUtilizationPercentage": 0}}, "nothing to go by; set"),
            ({"drain": {"gracePeriodSeconds": 10}}, "draining may take 35 s.*; raise"),
            ({"service": {"type": "NodePort", "loadBalancerClass": "x/y"}}, "this one is a NodePort; remove"),
            ({"service": {"type": "ClusterIP"}, "ports": {"http": {"node": 30080}}}, "this one is a ClusterIP; leave"),
            ({"service": {"healthCheckNodePort": 32000}}, "needs type LoadBalancer and externalTrafficPolicy Local; set"),
            ({"commonLabels": {"app.kubernetes.io/name": "x"}}, "which the chart sets itself; remove"),
        ]:
            self.refused(values, sentence)

    def test_all_contradictions_are_named_at_once(self):
        self.refused({"scope": "namespaces", "drain": {"gracePeriodSeconds": 1}}, "needs watchNamespaces", "draining may take")


class Notes(unittest.TestCase):
    def notes(self, **values):
        return Rendered(values).notes

    def test_next_steps_fit_the_values(self):
        default = self.notes()
        for expected in ["rollout status deployment/martlet", "get service martlet -w", "--class=martlet", "port-forward deployment/martlet 9901"]:
            self.assertIn(expected, default)
        self.assertNotIn("WARNING", default)
        self.assertIn("daemonset/martlet", self.notes(kind="DaemonSet"))
        self.assertIn(".nodePort", self.notes(service={"type": "NodePort"}))
        self.assertIn("port-forward service/martlet 8080:80", self.notes(service={"type": "ClusterIP"}))
        self.assertIn("through ports of their nodes", self.notes(service={"enabled": False}, ports={"http": {"host": 80}}))
        self.assertIn("default and need not be named", self.notes(ingressClass={"default": True}))
        self.assertIn("watched: shop, web", self.notes(scope="namespaces", watchNamespaces=["shop", "web"]))
        self.assertIn("certificates: shop/tls", self.notes(scope="namedSecrets", namedSecrets=["shop/tls"]))
        self.assertIn("No IngressClass was created", self.notes(ingressClass={"create": False}))
        self.assertIn("No permissions were granted", self.notes(rbac={"create": False}))

    def test_dangers_are_named(self):
        self.assertIn("one replica", self.notes(replicas=1))
        self.assertIn("below 1024", self.notes(hostNetwork=True, ports={"http": {"container": 80}}))
        self.assertIn("lets anybody read metrics", self.notes(networkPolicy={"enabled": True}))
