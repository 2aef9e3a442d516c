"""What Roles and ClusterRoles allow, for the trial cluster, which keeps them as custom objects and lets everybody in."""
import json, subprocess

KINDS = ("roles", "clusterroles", "rolebindings", "clusterrolebindings")
GROUP = "rbac.authorization.k8s.io"


def from_kubectl(kubectl):
    text = subprocess.run([kubectl, "get", "--all-namespaces", ",".join(f"{kind}.{GROUP}" for kind in KINDS), "-o", "json"],
                          check=True, capture_output=True, text=True).stdout
    return json.loads(text)["items"]


class Access:
    def __init__(self, objects):
        self.roles = {(each["kind"], each["metadata"].get("namespace"), each["metadata"]["name"]): each.get("rules") or []
                      for each in objects if each["kind"] in ("Role", "ClusterRole")}
        self.bindings = [each for each in objects if each["kind"] in ("RoleBinding", "ClusterRoleBinding")]

    def rules(self, account, namespace):
        """Of "namespace:name", for requests in that namespace ("" means all of them)."""
        for each in self.bindings:
            where = each["metadata"].get("namespace")
            holders = {f"{subject.get('namespace')}:{subject['name']}" for subject in each.get("subjects", [])}
            if account in holders and where in (None, namespace):
                reference = each["roleRef"]
                yield from self.roles.get((reference["kind"], where if reference["kind"] == "Role" else None, reference["name"]), [])

    def allows(self, account, group, resource, verb, namespace, name=""):
        return any(group in rule["apiGroups"] and resource in rule["resources"] and verb in rule["verbs"]
                   and name in (rule.get("resourceNames") or [name]) for rule in self.rules(account, namespace))
