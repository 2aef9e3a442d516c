"""Each scope grants what docs/operations.md says is needed, and nothing more. (e2e/standalone/permissions.sh compares it with what is
really asked of an API server.)"""
import unittest

from permissions import documented, granted
from support import NAMESPACE, RELEASE, SCOPES, Rendered, variants

IN_NO_NAMESPACE = {"namespaces", "ingressclasses"}
LEASE = {("coordination.k8s.io", "leases", "create"), ("coordination.k8s.io", "leases", "get", "martlet-leader"),
         ("coordination.k8s.io", "leases", "update", "martlet-leader")}

PEERS = {("", "secrets", verb, f"{RELEASE}-peers") for verb in ("list", "watch", "patch")}
# Where the release's own namespace is not watched.
PEERS_ELSEWHERE = PEERS | {("discovery.k8s.io", "endpointslices", verb) for verb in ("list", "watch")} | {
    ("", "events", verb) for verb in ("create", "get", "patch")}


def without_names(rules):
    return {rule[:3] for rule in rules}


class Permissions(unittest.TestCase):
    needed = documented()
    cluster_wide = {rule for rule in needed if rule[1] in IN_NO_NAMESPACE}
    secrets = {rule for rule in needed if rule[1] == "secrets"} - {("", "secrets", "patch")}
    namespaced = {rule for rule in needed if rule[1] != "leases"} - cluster_wide - secrets - {("", "secrets", "patch")}

    def test_the_table_is_found(self):
        self.assertGreater(len(self.needed), 20)
        self.assertIn(("", "secrets", "watch"), self.needed)

    def test_cluster(self):
        self.assertEqual(granted(Rendered()), {"*": self.cluster_wide | self.namespaced | self.secrets, NAMESPACE: LEASE | PEERS})

    def test_namespaces(self):
        everything = self.namespaced | self.secrets
        publishing = {("", "services", "list", RELEASE), ("", "services", "watch", RELEASE)}
        self.assertEqual(granted(Rendered(SCOPES["namespaces"])),
                         {"*": self.cluster_wide, "shop": everything, "web": everything, NAMESPACE: LEASE | publishing | PEERS_ELSEWHERE})
        self.assertEqual(granted(Rendered(SCOPES["own-namespace"])), {"*": self.cluster_wide, NAMESPACE: LEASE | everything | PEERS})

    def test_named_secrets(self):
        def secrets(*names):
            return {("", "secrets", verb, name) for verb in ("list", "watch") for name in names}
        self.assertEqual(granted(Rendered(SCOPES["named-secrets"])), {
            "*": self.cluster_wide | self.namespaced, NAMESPACE: LEASE | PEERS,
            "shop": secrets("shop-tls", "more.tls"), "web": secrets("web-tls")})
        in_namespaces = granted(Rendered(SCOPES["named-secrets-in-namespaces"]))
        self.assertEqual(in_namespaces["shop"], self.namespaced | secrets("shop-tls"))
        self.assertEqual(in_namespaces["web"], self.namespaced)
        self.assertEqual(in_namespaces["*"], self.cluster_wide)

    def test_the_gateway_is_told_the_same_scope(self):
        arguments = Rendered(SCOPES["named-secrets-in-namespaces"]).container["args"]
        self.assertEqual([each for each in arguments if each.startswith("--watch")],
                         ["--watch-namespace=shop", "--watch-namespace=web", "--watch-secret=shop/shop-tls"])
        self.assertFalse([each for each in Rendered().container["args"] if each.startswith("--watch")])

    def test_replicas_that_do_not_speak_need_nothing_for_it(self):
        self.assertEqual(granted(Rendered({"peers": {"enabled": False}}))[NAMESPACE], LEASE)

    def test_only_the_replicas_own_secret_is_written_and_nothing_is_granted_by_star(self):
        for name, rendered in variants().items():
            for where, rules in granted(rendered).items():
                for rule in rules:
                    self.assertNotIn("*", rule, name)
                    if rule[1] == "secrets" and rule not in PEERS:
                        self.assertIn(rule[2], {"list", "watch"})
                    self.assertIn(rule[:3], self.needed, f"{name}: {where}")

    def test_none_where_none_are_wanted(self):
        self.assertEqual(granted(Rendered({"rbac": {"create": False}})), {})
