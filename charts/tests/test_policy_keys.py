"""The admission policy that limits keys of Policies, evaluated by CEL itself."""
import unittest

from cel_expr_python import cel
from cel_expr_python.ext import ext_strings

from support import FEATURES, Rendered

ENVIRONMENT = cel.NewEnv(variables={name: cel.Type.DYN for name in ("object", "variables")}, extensions=[ext_strings.ExtStrings()])


class Guard:
    def __init__(self, values):
        self.spec = Rendered(values).one("ValidatingAdmissionPolicy")["spec"]

    def refusal(self, policy):
        """The message that refuses the Policy, or None."""
        variables = {}

        def evaluate(expression):
            return ENVIRONMENT.compile(expression).eval(data={"object": policy, "variables": variables}).plain_value()

        for variable in self.spec["variables"]:
            variables[variable["name"]] = evaluate(variable["expression"])
        for validation in self.spec["validations"]:
            verdict = evaluate(validation["expression"])
            assert isinstance(verdict, bool), verdict
            if not verdict:
                return evaluate(validation["messageExpression"])
        return None


def policy(namespace, **keys):
    spec = {"targetRefs": [{"group": "martlet.dev", "kind": "Route", "name": "shop"}], "mode": "Enforce", "strategy": "Defaults", **keys}
    return {"apiVersion": "martlet.dev/v1alpha1", "kind": "Policy", "metadata": {"name": "p", "namespace": namespace}, "spec": spec}


class PolicyKeys(unittest.TestCase):
    def test_keys_are_allowed_by_namespace(self):
        guard = Guard(FEATURES["guarded"])
        self.assertIsNone(guard.refusal(policy("team-a", cors={}, rateLimit={})))
        self.assertIsNone(guard.refusal(policy("team-b", jwt={}, anything={})))
        self.assertIsNone(guard.refusal(policy("other", cors={})))
        self.assertIsNone(guard.refusal(policy("other")))
        # Keys of a map come in any order.
        self.assertRegex(guard.refusal(policy("team-a", jwt={}, cors={}, waf={})),
                         "^Policies in namespace team-a may not use (jwt, waf|waf, jwt); allowed here: cors, rateLimit.$")
        self.assertIn("may not use rateLimit; allowed here: cors", guard.refusal(policy("other", rateLimit={})))

    def test_nothing_may_be_allowed(self):
        guard = Guard({"policyKeys": {"enabled": True, "fallback": []}})
        self.assertIn("allowed here: nothing", guard.refusal(policy("a", cors={})))
        self.assertIsNone(guard.refusal(policy("a")))

    def test_everything_is_allowed_by_default(self):
        self.assertIsNone(Guard({"policyKeys": {"enabled": True}}).refusal(policy("a", cors={}, jwt={})))

    def test_a_policy_without_a_spec_is_left_to_the_schema(self):
        bare = policy("team-a")
        del bare["spec"]
        self.assertIsNone(Guard(FEATURES["guarded"]).refusal(bare))

    def test_what_is_matched(self):
        rendered = Rendered(FEATURES["guarded"] | {"policyKeys": {"enabled": True, "actions": ["Warn", "Audit"], "failurePolicy": "Ignore"}})
        spec = rendered.one("ValidatingAdmissionPolicy")["spec"]
        self.assertEqual(spec["matchConstraints"]["resourceRules"], [
            {"apiGroups": ["martlet.dev"], "apiVersions": ["*"], "operations": ["CREATE", "UPDATE"], "resources": ["policies"]}])
        self.assertEqual(spec["failurePolicy"], "Ignore")
        binding = rendered.one("ValidatingAdmissionPolicyBinding")
        self.assertEqual(binding["spec"]["policyName"], rendered.one("ValidatingAdmissionPolicy")["metadata"]["name"])
        self.assertEqual(binding["spec"]["validationActions"], ["Warn", "Audit"])
