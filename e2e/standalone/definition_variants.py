"""The definition of Route as other versions of Martlet may have it, from ours on standard input.

    definition_variants.py older     no status subresource, no columns, and only what a route cannot do without
    definition_variants.py newer     another version, another field of a rule, and another kind of path
"""
import copy
import sys

import yaml

definition = yaml.safe_load(sys.stdin)
version = definition["spec"]["versions"][0]
spec = version["schema"]["openAPIV3Schema"]["properties"]["spec"]
rule = spec["properties"]["rules"]["items"]


def without_rules(schema):
    """CEL may speak of fields that are not there."""
    if isinstance(schema, dict):
        return {name: without_rules(value) for name, value in schema.items() if name != "x-kubernetes-validations"}
    return [without_rules(each) for each in schema] if isinstance(schema, list) else schema


if sys.argv[1] == "older":
    del version["subresources"], version["additionalPrinterColumns"]
    rule["properties"] = {name: rule["properties"][name] for name in ("matches", "backendRefs")}
    spec["properties"] = {name: spec["properties"][name] for name in ("ingressClassName", "hostnames", "rules")}
    version["schema"] = without_rules(version["schema"])
else:
    rule["properties"]["novelty"] = {"type": "string"}
    rule["properties"]["matches"]["items"]["properties"]["path"]["properties"]["type"]["enum"].append("Soundex")
    definition["spec"]["versions"].append({**copy.deepcopy(version), "name": "v1", "storage": False})
yaml.safe_dump(definition, sys.stdout)
