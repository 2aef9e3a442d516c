"""Kubernetes' published OpenAPI schemas (package kubernetes-validate), in their strict form: an unknown field is an error."""
import functools, importlib.resources, json, re

import jsonschema
from referencing import Registry, Resource

FOLDER = importlib.resources.files("kubernetes_validate") / "kubernetes-json-schema"
# Not Kubernetes' own; tests look at their structure instead.
FOREIGN = {"ServiceMonitor", "PrometheusRule"}


@functools.cache
def _definitions(version):
    return Resource.from_contents(json.loads((FOLDER / f"v{version}.0-local-strict/_definitions.json").read_text()))


@functools.cache
def _validator(kind, api_version, version):
    name = re.sub(r"^([^./]*)(?:\.[^/]*)?/", r"\1-", api_version)
    file = FOLDER / f"v{version}.0-local-strict/{kind.lower()}-{name}.json"
    if not file.is_file():
        return None
    schema = json.loads(file.read_text())
    registry = _definitions(version) @ (Resource.from_contents(schema) @ Registry())
    return jsonschema.Draft202012Validator(schema, registry=registry)


def violations(document, version):
    """What Kubernetes `version` ("1.30") would say is wrong with the object's shape; None when it does not know the kind."""
    validator = _validator(document["kind"], document["apiVersion"], version)
    if validator is None:
        return None
    return [f"{'.'.join(map(str, each.path))}: {each.message}" for each in validator.iter_errors(document)]
