"""Custom objects held against the definitions in crds/ as an API server does it: schema, rules in CEL, keys of lists.

    definitions.py split FILE DIR     each document of FILE as a file of its own, named after the object
"""
import pathlib, sys

import jsonschema
import yaml
from cel_expr_python import cel

from support import ROOT

ENVIRONMENT = cel.NewEnv(variables={"self": cel.Type.DYN})


def schemas():
    """{kind: schema} of the stored versions."""
    found = {}
    for path in (ROOT / "crds").glob("*.yaml"):
        spec = yaml.safe_load(path.read_text())["spec"]
        found[spec["names"]["kind"]] = next(each["schema"]["openAPIV3Schema"] for each in spec["versions"] if each["storage"])
    return found


def rules(schema):
    """Every rule below the schema, as (rule, message)."""
    for rule in schema.get("x-kubernetes-validations", []):
        yield rule["rule"], rule["message"]
    for inner in [*schema.get("properties", {}).values(), *([schema["items"]] if "items" in schema else [])]:
        yield from rules(inner)


def violations(schema, value):
    """What is wrong with the value: keywords of the schema, or messages of rules."""
    found = [error.validator for error in jsonschema.Draft202012Validator(schema).iter_errors(value)]
    # An API server evaluates rules only where the schema holds.
    return found or list(_broken_rules(schema, value))


def _broken_rules(schema, value):
    for rule in schema.get("x-kubernetes-validations", []):
        if ENVIRONMENT.compile(rule["rule"]).eval(data={"self": value}).plain_value() is not True:
            yield rule["message"]
    if isinstance(value, dict):
        for name, inner in schema.get("properties", {}).items():
            if name in value:
                yield from _broken_rules(inner, value[name])
    elif isinstance(value, list):
        keys = schema.get("x-kubernetes-list-map-keys", [])
        seen = [tuple(each.get(key) for key in keys) for each in value] if keys else []
        yield from ("Duplicate value" for i, key in enumerate(seen) if key in seen[:i])
        for each in value:
            yield from _broken_rules(schema["items"], each)


if __name__ == "__main__":
    assert sys.argv[1] == "split", __doc__
    for document in yaml.safe_load_all(pathlib.Path(sys.argv[2]).read_text()):
        (pathlib.Path(sys.argv[3]) / f"{document['metadata']['name']}.yaml").write_text(yaml.safe_dump(document, sort_keys=False))
