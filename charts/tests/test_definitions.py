"""The definitions in crds/ refuse what they should, and nothing that is right. (e2e/standalone/definitions.sh: `martlet check` refuses the
same. e2e/cluster/rules.sh: a real API server does.)"""
import unittest

import yaml

import definitions
from support import ROOT

SCHEMAS = definitions.schemas()
REFUSED = list(yaml.safe_load_all((ROOT / "e2e/definitions/refused.yaml").read_text()))


def documents(folder):
    for path in sorted((ROOT / folder).glob("**/*.yaml")):
        for each in yaml.safe_load_all(path.read_text()):
            if each and each.get("kind") in SCHEMAS and each["apiVersion"].startswith("martlet.dev/"):
                yield path.name, each


class Definitions(unittest.TestCase):
    def test_each_mistake_is_refused_for_its_own_reason(self):
        self.assertGreater(len(REFUSED), 40)
        for each in REFUSED:
            with self.subTest(each["metadata"]["name"]):
                found = definitions.violations(SCHEMAS[each["kind"]], each)
                self.assertEqual(len(found), 1, found)
                self.assertIn(each["metadata"]["annotations"]["refused"], found[0])

    def test_every_rule_is_met_by_a_mistake(self):
        met = {message for each in REFUSED for message in definitions.violations(SCHEMAS[each["kind"]], each)}
        for schema in SCHEMAS.values():
            for rule, message in definitions.rules(schema):
                self.assertIn(message, met, f"no mistake in e2e/definitions/refused.yaml meets `{rule}`")

    def test_examples_are_accepted(self):
        examples = list(documents("examples")) + list(documents("e2e/definitions/accepted"))
        self.assertGreater(len(examples), 4)
        for name, each in examples:
            self.assertEqual(definitions.violations(SCHEMAS[each["kind"]], each), [], name)
