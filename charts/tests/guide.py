"""Runs every command of a guide (its ```sh blocks) in order, against the API server of $KUBECONFIG.

    guide.py PAGE.md

`kubectl` is the real one ($KUBECTL). `helm` is played with Helm's engine: values are read and held against the schema, the chart is
rendered, and the result is applied. `docker` only has its files looked for. What the trial cluster has no kinds for is left out by name,
and what needs running containers (rollout status, logs, port-forward) is asked whether its object exists.
"""
import argparse, os, pathlib, re, shlex, subprocess, sys

import helm_python as helm
import yaml

from support import ROOT, Rendered, merged

KUBECTL = os.environ["KUBECTL"]


class Refused(Exception):
    pass


def run(*words, text=None):
    done = subprocess.run([KUBECTL, *words], input=text, capture_output=True, text=True)
    if done.returncode:
        raise Refused(done.stderr.strip())
    return done.stdout


class Kubectl:
    def __init__(self):
        self.kinds = {line.split()[-1] for line in run("api-resources", "--no-headers").splitlines()}
        self.left_out = set()

    def served(self, objects):
        self.left_out |= {each["kind"] for each in objects if each["kind"] not in self.kinds}
        return [each for each in objects if each["kind"] in self.kinds]

    def apply(self, objects):
        run("apply", "--validate=strict", "-f", "-", text=yaml.safe_dump_all(self.served(objects)))

    def command(self, words):
        if "logs" in words:
            return run(*["get" if word == "logs" else word for word in words], "--output=name", "pods")
        if "port-forward" in words:
            return run(*["get" if word == "port-forward" else word for word in words[:-1]])
        if words[:2] == ["apply", "-f"] and (ROOT / words[2]).is_dir():
            for path in sorted((ROOT / words[2]).iterdir()):
                self.apply([each for each in yaml.safe_load_all(path.read_text()) if each])
            return None
        if "rollout" in words:
            words = [*words, "--watch=false"]
        return run(*words)


class Helm:
    """A release as Helm would have it: revisions of values."""

    def __init__(self, kubectl):
        self.kubectl, self.revisions = kubectl, []
        self.options = argparse.ArgumentParser(prog="helm", exit_on_error=False)
        self.options.add_argument("verb", choices=["install", "upgrade", "template", "rollback", "uninstall"])
        self.options.add_argument("release")
        self.options.add_argument("chart", nargs="?")
        self.options.add_argument("--namespace", required=True)
        self.options.add_argument("--set", action="append", default=[])
        self.options.add_argument("--values", action="append", default=[])
        for flag in ("--create-namespace", "--include-crds", "--reset-then-reuse-values"):
            self.options.add_argument(flag, action="store_true")

    def command(self, words):
        said = self.options.parse_args(words)
        if said.verb in ("install", "upgrade", "template"):
            values = merged(self.revisions[-1] if said.reset_then_reuse_values else {}, *map(self.file, said.values), *map(self.pair, said.set))
            assert said.chart == "charts/martlet", said.chart
            rendered = Rendered(values, name=said.release, namespace=said.namespace)
            if said.verb == "template":
                return rendered.text
            assert (said.verb == "install") == (not self.revisions), f"{said.verb} is said in the wrong place"
            if said.create_namespace:
                run("create", "namespace", said.namespace)
            self.revisions.append(values)
            self.kubectl.apply(rendered.objects)
            return rendered.notes
        if said.verb == "rollback":
            self.revisions.append(self.revisions[-2])
            return self.kubectl.apply(Rendered(self.revisions[-1], name=said.release, namespace=said.namespace).objects)
        objects = self.kubectl.served(Rendered(self.revisions[-1], name=said.release, namespace=said.namespace).objects)
        return run("delete", "-f", "-", text=yaml.safe_dump_all(objects))

    def file(self, path):
        return helm.values_from_yaml((ROOT / path).read_text())

    def pair(self, text):
        key, _, value = text.partition("=")
        listed = re.fullmatch(r"\{(.*)\}", value)
        value = listed[1].split(",") if listed else yaml.safe_load(value)
        for part in reversed(key.split(".")):
            value = {part: value}
        return value


def docker(words):
    for flag in ("--file",):
        if flag in words and not (ROOT / words[words.index(flag) + 1]).is_file():
            raise Refused(f"there is no {words[words.index(flag) + 1]}")


def commands(page):
    for block in re.findall(r"^```sh\n(.*?)^```", page.read_text(), re.M | re.S):
        yield from (line for line in block.splitlines() if line.strip() and not line.startswith("#"))


def main(page):
    kubectl = Kubectl()
    programs = {"kubectl": kubectl.command, "helm": Helm(kubectl).command, "docker": docker}
    count, failures = 0, 0
    for line in commands(pathlib.Path(page)):
        program, *words = shlex.split(line, comments=True)
        count += 1
        try:
            programs[program](words)
            print(f"ok      {line}")
        except (Refused, AssertionError, KeyError, argparse.ArgumentError, helm.HelmError) as problem:
            failures += 1
            print(f"FAILED  {line}\n        {problem!r}")
    print(f"left out, as this cluster has no such kinds: {', '.join(sorted(kubectl.left_out))}")
    print(f"guide: {count - failures} commands ran, {failures} failed")
    sys.exit(failures > 0 or count == 0)


if __name__ == "__main__":
    main(*sys.argv[1:])
