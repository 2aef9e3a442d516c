"""Permissions as sets of (group, resource, verb): what docs/operations.md says is needed, and what rendered roles grant."""
import itertools, re

from support import NAMESPACE, ROOT


def documented():
    """The table below "## Permissions"."""
    section = (ROOT / "docs/operations.md").read_text().split("## Permissions\n", 1)[1].split("\n## ", 1)[0]
    rows = re.findall(r"^\| ([\w.()]+) \| ([\w/, ]+) \| ([\w, ]+) \|.*\|$", section, re.M)
    return {("" if group == "(core)" else group, resource, verb) for group, resources, verbs in rows if group != "group"
            for resource, verb in itertools.product(resources.split(", "), verbs.split(", "))}


def granted(rendered, account=None):
    """{where: {(group, resource, verb)}} for the ServiceAccount; where is "*", or a namespace. Names are kept apart:
    (group, resource, verb, name) where a rule has resourceNames."""
    account = account or rendered.pod["serviceAccountName"]
    roles = {(each["kind"], each["metadata"].get("namespace"), each["metadata"]["name"]): each
             for each in rendered.all("Role") + rendered.all("ClusterRole")}
    result, used = {}, set()
    for binding in rendered.all("RoleBinding") + rendered.all("ClusterRoleBinding"):
        assert binding["subjects"] == [{"kind": "ServiceAccount", "name": account, "namespace": NAMESPACE}], binding
        where = binding["metadata"].get("namespace")
        key = binding["roleRef"]["kind"], where if binding["roleRef"]["kind"] == "Role" else None, binding["roleRef"]["name"]
        used.add(key)
        for rule in roles[key]["rules"]:
            names = [(name,) for name in rule.get("resourceNames", [])] or [()]
            result.setdefault(where or "*", set()).update(
                (group, resource, verb, *name)
                for group, resource, verb, name in itertools.product(rule["apiGroups"], rule["resources"], rule["verbs"], names))
    assert used == set(roles), f"nobody holds {set(roles) - used}"
    return result
