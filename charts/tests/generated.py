"""Files that are made from the chart: the chart's copy of crds/, the plain manifests, and the table in the chart's README.

    generated.py --write     write them
"""
import re, sys

import readme
from support import CHART, NAMESPACE, ROOT, Rendered

NOTICE = "# Made by `make generate` from charts/martlet with its default values. Change the chart instead, or render it with values of yours.\n"
# Plain objects are nobody's release.
HELM_ONLY = re.compile(r"^ +(helm\.sh/chart|app\.kubernetes\.io/managed-by): .*\n", re.M)
TEMPLATE_ORDER = ["serviceaccount", "rbac", "ingressclass", "service", "peers", "workload", "availability"]


def definitions():
    return {path.name: path.read_text() for path in sorted((ROOT / "crds").glob("*.yaml"))}


def manifests():
    from support import chart
    files = chart().render({}, name="martlet", namespace=NAMESPACE)
    texts = {path.rsplit("/", 1)[1].removesuffix(".yaml"): text.strip() for path, text in files.items()
             if path.endswith(".yaml") and text.strip() and "/tests/" not in path}
    assert set(texts) == set(TEMPLATE_ORDER), f"say where {set(texts) ^ set(TEMPLATE_ORDER)} belongs"
    namespace = f"""apiVersion: v1
kind: Namespace
metadata:
  name: {NAMESPACE}
  labels:
    app.kubernetes.io/part-of: martlet
    pod-security.kubernetes.io/enforce: restricted"""
    body = HELM_ONLY.sub("", "\n---\n".join(texts[name] for name in TEMPLATE_ORDER) + "\n")
    body = re.sub(r"[ \t]+$", "", body, flags=re.M)
    crds = "".join(f"---\n{text}" for text in definitions().values()).removeprefix("---\n")
    # `kubectl apply -f manifests/` takes the files in the order of their names.
    return {"00-namespace.yaml": NOTICE + namespace + "\n", "10-definitions.yaml": NOTICE + crds, "20-martlet.yaml": NOTICE + body}


def files():
    """{path: text} of everything that is generated here."""
    found = {CHART / "crds" / name: text for name, text in definitions().items()}
    found |= {ROOT / "manifests" / name: text for name, text in manifests().items()}
    found[CHART / "README.md"] = readme.page((CHART / "README.md").read_text())
    return found


if __name__ == "__main__":
    assert sys.argv[1:] == ["--write"], __doc__
    for path, text in files().items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
