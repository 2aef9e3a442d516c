"""`kubectl` for guides: the real one, after the registry registry.example.com was given the images that the trial cluster can run.

What needs a container or an authorizer is played: `logs` and `port-forward` lead to the processes of guide_nodes.py, and
`auth can-i --as` to guide_access.py.
"""
import json, os, pathlib, re, subprocess, sys

import yaml

KUBECTL = os.environ["KUBECTL"]
# Kinds of groups that no definition can add to the trial cluster.
UNKNOWN = {"PodDisruptionBudget", "HorizontalPodAutoscaler", "DaemonSet"}
# Kinds of guide_kinds.yaml that kubectl takes for built-in ones, and would patch as no custom object can be.
MERGED_BY_SERVER = {"Role", "RoleBinding", "ClusterRole", "ClusterRoleBinding", "NetworkPolicy", "ValidatingAdmissionPolicy",
                    "ValidatingAdmissionPolicyBinding"}
IMAGE = re.compile(r"registry\.example\.com/[\w/-]+:|(?<=image: )martlet:")


def runnable(text):
    return IMAGE.sub("martlet/sample:", text)


def known(objects):
    return [each for each in objects if each and each["kind"] not in UNKNOWN]


def pipe(words, objects, output=None):
    """Runs a command that takes objects, in up to two parts."""
    plain = [each for each in objects if each["kind"] not in MERGED_BY_SERVER]
    merged = [each for each in objects if each["kind"] in MERGED_BY_SERVER]
    for part, more in ((plain, []), (merged, ["--server-side", "--force-conflicts"] if "apply" in words else [])):
        if part:
            text = runnable(yaml.safe_dump_all(part, sort_keys=False))
            subprocess.run([KUBECTL, *dict.fromkeys([*words, *more]), "-f", "-"], input=text, check=True, text=True, stdout=output)


def apply(objects):
    pipe(["apply", "--validate=strict"], known(objects), subprocess.DEVNULL)


def delete(objects):
    pipe(["delete", "--ignore-not-found", "--wait=false"], known(objects), subprocess.DEVNULL)


def option(words, *names):
    for at, word in enumerate(words):
        name, equals, value = word.partition("=")
        if name in names:
            return value if equals else words[at + 1]
    return None


def pods(words):
    """The names of the pods that `logs` or `port-forward` mean, youngest last."""
    namespace = option(words, "-n", "--namespace") or "default"
    selector = option(words, "-l", "--selector")
    target = next((word for word in words if re.match(r"(deployment|deploy|pod|service)/", word)), None)
    if target and target.startswith("pod/"):
        return [target.removeprefix("pod/")]
    if target:
        # Fails where it is not there.
        subprocess.run([KUBECTL, "-n", namespace, "get", target], check=True, stdout=subprocess.DEVNULL)
        selector = "app.kubernetes.io/instance=" + target.split("/")[1]
    listed = subprocess.run([KUBECTL, "-n", namespace, "get", "pods", "-l", selector, "--sort-by=.metadata.creationTimestamp", "-o", "json"],
                            check=True, text=True, stdout=subprocess.PIPE)
    names = [each["metadata"]["name"] for each in json.loads(listed.stdout)["items"] if "deletionTimestamp" not in each["metadata"]]
    # Of a workload kubectl takes one pod, of a selector all.
    return names[:1 if target else None] or sys.exit(f"error: no pods of {target or selector}")


def logs(words):
    wanted = int(option(words, "--tail") or -1)
    for name in pods(words):
        path = pathlib.Path(os.environ["GUIDE"]) / "pods" / name / ("log.before" if "--previous" in words else "log")
        lines = path.read_text().splitlines() if path.exists() else sys.exit(f"error: pod {name} has no log")
        print("\n".join(lines[-wanted:] if wanted >= 0 else lines))


def forward(words):
    here, _, there = next(word for word in words if re.fullmatch(r"\d+(:\d+)?", word)).partition(":")
    address = (pathlib.Path(os.environ["GUIDE"]) / "pods" / pods(words)[0] / "address").read_text()
    os.execvp("socat", ["socat", f"TCP-LISTEN:{here},bind=127.0.0.1,fork,reuseaddr", f"TCP:{address}:{there or here}"])


def can_i(words):
    import guide_access
    account = option(words, "--as").removeprefix("system:serviceaccount:")
    verb, resource = [word for word in words[words.index("can-i") + 1:] if not word.startswith("-")][:2]
    resource, _, name = resource.partition("/")
    namespace = "" if "-A" in words or "--all-namespaces" in words else option(words, "-n", "--namespace") or "default"
    resource, _, group = resource.partition(".")
    may = guide_access.Access(guide_access.from_kubectl(KUBECTL)).allows(account, group, resource, verb, namespace, name)
    print("yes" if may else "no")
    sys.exit(not may)


def main(words):
    if "logs" in words:
        return logs(words)
    if "port-forward" in words:
        return forward(words)
    if "can-i" in words and option(words, "--as"):
        return can_i(words)
    source = option(words, "-f") if {"apply", "create", "delete", "replace"} & set(words) else None
    if source and "crds" not in source:
        path = pathlib.Path(source)
        texts = [sys.stdin.read()] if source == "-" else [each.read_text() for each in (sorted(path.iterdir()) if path.is_dir() else [path])]
        at = words.index("-f")
        return pipe(words[:at] + words[at + 2:], known([each for text in texts for each in yaml.safe_load_all(text)]))
    os.execv(KUBECTL, [KUBECTL, *map(runnable, words)])


if __name__ == "__main__":
    try:
        main(sys.argv[1:])
    except subprocess.CalledProcessError as problem:
        sys.exit(problem.returncode)
