"""`helm` for guides: Helm's own engine reads values, holds them against the schema and renders; kubectl applies what comes of it.

Releases are kept in $GUIDE/releases.json, as revisions of values. What the trial cluster has no kinds for is left out by name.
"""
import argparse, json, os, pathlib, re, subprocess, sys

import helm_python as helm
import yaml

import guide_kubectl
from support import ROOT, Rendered, merged

RELEASES = pathlib.Path(os.environ["GUIDE"]) / "releases.json"


class Release:
    """What Helm knows of a release: a namespace and revisions of values."""

    def __init__(self, name, namespace, kept):
        self.name, self.namespace, self.revisions = name, namespace, kept.setdefault(f"{namespace}/{name}", [])

    def rendered(self, values):
        return Rendered(values, name=self.name, namespace=self.namespace)

    def change(self, values):
        """Applies a new revision and deletes what only the one before had, as Helm does."""
        before = self.objects(self.revisions[-1]) if self.revisions else []
        rendered = self.rendered(values)
        self.revisions.append(values)
        kept = {key(each) for each in self.objects(values)}
        guide_kubectl.apply(rendered.objects)
        guide_kubectl.delete([each for each in before if key(each) not in kept])
        return rendered

    def objects(self, values):
        return self.rendered(values).objects


def key(each):
    return each["kind"], each["metadata"].get("namespace"), each["metadata"]["name"]


def options():
    parser = argparse.ArgumentParser(prog="helm")
    parser.add_argument("verb", choices=["install", "upgrade", "template", "rollback", "uninstall", "history", "get"])
    parser.add_argument("names", nargs="+")
    parser.add_argument("--namespace", "-n", required=True)
    parser.add_argument("--set", action="append", default=[])
    parser.add_argument("--values", "-f", action="append", default=[])
    for flag in ("--install", "--create-namespace", "--include-crds", "--reset-then-reuse-values", "--wait"):
        parser.add_argument(flag, action="store_true")
    return parser


def main(words):
    said = options().parse_args(words)
    kept = json.loads(RELEASES.read_text()) if RELEASES.exists() else {}
    if said.verb == "get":
        assert said.names.pop(0) == "values", "only `helm get values` is played"
    release = Release(said.names[0], said.namespace, kept)
    values = merged(release.revisions[-1] if said.reset_then_reuse_values else {}, *map(file, said.values), *map(pair, said.set))
    if said.verb in ("install", "upgrade", "template"):
        assert said.names[1:] == ["charts/martlet"], f"which chart is {said.names[1:]}?"
    if said.verb == "template":
        print(release.rendered(values).text)
    elif said.verb in ("install", "upgrade"):
        assert (said.verb == "install") == (not release.revisions) or said.install, f"{said.verb} is said in the wrong place"
        if said.create_namespace:
            guide_kubectl.apply([{"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": said.namespace}}])
        if not release.revisions:
            # Helm makes kinds with the first revision only.
            guide_kubectl.apply([yaml.safe_load(each.read_text()) for each in sorted((ROOT / "charts/martlet/crds").iterdir())])
        print(release.change(values).notes)
    elif said.verb == "rollback":
        release.change(release.revisions[int(said.names[1]) - 1 if said.names[1:] else -2])
        print("Rollback was a success! Happy Helming!")
    elif said.verb == "uninstall":
        guide_kubectl.delete(release.objects(release.revisions[-1]))
        del kept[f"{said.namespace}/{said.names[0]}"]
        print(f'release "{said.names[0]}" uninstalled')
    elif said.verb == "get":
        print("USER-SUPPLIED VALUES:\n" + yaml.safe_dump(release.revisions[-1]), end="")
    else:
        print("REVISION")
        print("\n".join(str(number) for number, _ in enumerate(release.revisions, 1)))
    RELEASES.write_text(json.dumps(kept))


def file(path):
    return helm.values_from_yaml(sys.stdin.read() if path == "-" else pathlib.Path(path).read_text())


def pair(text):
    name, _, value = text.partition("=")
    listed = re.fullmatch(r"\{(.*)\}", value)
    value = listed[1].split(",") if listed else yaml.safe_load(value)
    for part in reversed(name.split(".")):
        value = {part: value}
    return value


if __name__ == "__main__":
    try:
        main(sys.argv[1:])
    except (AssertionError, IndexError, KeyError, OSError, helm.HelmError, subprocess.CalledProcessError) as problem:
        sys.exit(f"Error: {problem}")
