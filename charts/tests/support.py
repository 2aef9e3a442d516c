"""What the chart's tests share: the rendered chart, the variants that are looked at, and Kubernetes' own schemas."""
import functools, itertools, json, pathlib

import helm_python as helm
import yaml

ROOT = pathlib.Path(__file__).resolve().parents[2]
CHART = ROOT / "charts/martlet"
RELEASE, NAMESPACE = "martlet", "martlet-system"
HOOK = "helm.sh/hook"
# The oldest release that Chart.yaml promises, the first with ValidatingAdmissionPolicy v1, and the newest that schemas are known of.
KUBERNETES = ["1.25", "1.30", "1.37"]


@functools.cache
def chart():
    return helm.Chart.load(CHART)


class Rendered:
    """The objects that an install makes, and its notes."""

    def __init__(self, values=None, name=RELEASE, namespace=NAMESPACE):
        self.values = chart().merge_values(values or {})
        files = chart().render(values or {}, name=name, namespace=namespace)
        self.notes = next(text for path, text in files.items() if path.endswith("NOTES.txt"))
        self.text = "\n---\n".join(text for path, text in sorted(files.items()) if path.endswith(".yaml") and text.strip())
        every = [each for each in yaml.load_all(self.text, UniqueKeys) if each]
        # What `helm test` makes and removes again is no part of an install.
        self.hooks = [each for each in every if HOOK in each["metadata"].get("annotations", {})]
        self.objects = [each for each in every if each not in self.hooks]

    def all(self, kind):
        return [each for each in self.objects if each["kind"] == kind]

    def one(self, kind, name=None):
        found = [each for each in self.all(kind) if name in (None, each["metadata"]["name"])]
        assert len(found) == 1, f"{len(found)} objects of kind {kind} {name or ''}"
        return found[0]

    @property
    def workload(self):
        return self.one(self.values["kind"])

    @property
    def pod(self):
        return self.workload["spec"]["template"]["spec"]

    @property
    def container(self):
        return self.pod["containers"][0]


class UniqueKeys(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):
    """A key that is there twice is a template's mistake that YAML readers would hide."""

    def construct_mapping(self, node, deep=False):
        keys = [self.construct_object(key, deep=True) for key, _ in node.value]
        assert len(keys) == len(set(map(str, keys))), f"a key is there twice: {keys}{node.start_mark}"
        return super().construct_mapping(node, deep)


UniqueKeys.add_constructor(yaml.resolver.BaseResolver.DEFAULT_MAPPING_TAG, lambda loader, node: loader.construct_mapping(node, True))


def merged(*values):
    """Values on top of values, as Helm merges them."""
    result = {}
    for layer in values:
        for key, value in layer.items():
            both = isinstance(value, dict) and isinstance(result.get(key), dict)
            result[key] = merged(result[key], value) if both else value
    return result


KINDS = {"deployment": {}, "daemonset": {"kind": "DaemonSet"}}
SCOPES = {
    "cluster": {},
    "namespaces": {"scope": "namespaces", "watchNamespaces": ["shop", "web"]},
    "own-namespace": {"scope": "namespaces", "watchNamespaces": [NAMESPACE]},
    "named-secrets": {"scope": "namedSecrets", "namedSecrets": ["shop/shop-tls", "web/web-tls", "shop/more.tls"]},
    "named-secrets-in-namespaces": {"scope": "namedSecrets", "namedSecrets": ["shop/shop-tls"], "watchNamespaces": ["shop", "web"]},
}
SERVICES = {
    "balancer": {"service": {
        "annotations": {"example.com/kind": "network"}, "externalTrafficPolicy": "Local", "loadBalancerClass": "example.com/lb",
        "loadBalancerSourceRanges": ["192.0.2.0/24"], "allocateLoadBalancerNodePorts": False, "healthCheckNodePort": 32000}},
    "node-port": {"service": {"type": "NodePort", "externalTrafficPolicy": "Cluster"}, "ports": {"http": {"node": 30080}}},
    "cluster-ip": {"service": {"type": "ClusterIP", "ipFamilyPolicy": "PreferDualStack", "ipFamilies": ["IPv4"]}},
    "none": {"service": {"enabled": False}},
}
FEATURES = {
    "plain": {},
    "host-ports": {"ports": {"http": {"host": 80}, "https": {"host": 443}}},
    "plain-only": {"ports": {"https": {"enabled": False}}},
    "secured-only": {"ports": {"http": {"enabled": False}}},
    "host-network": {"hostNetwork": True, "priorityClassName": "system-cluster-critical"},
    "dual-stack": {"listenAddress": "[::]", "service": {"ipFamilyPolicy": "PreferDualStack"}},
    "sessions": {"ports": {"tcp": [{"container": 5432}, {"container": 6379, "service": 16379, "node": 30379}], "udp": [{"container": 53}]},
                 "networkPolicy": {"enabled": True}},
    "low-ports": {"ports": {"http": {"container": 80}}},
    "monitored": {"metrics": {"serviceMonitor": {"enabled": True, "labels": {"release": "prometheus"},
                                                 "relabelings": [{"action": "labeldrop", "regex": "endpoint"}]},
                              "prometheusRule": {"enabled": True, "labels": {"release": "prometheus"}},
                              "dashboard": {"enabled": True, "annotations": {"grafana_folder": "Edge"}}}},
    "guarded": {"networkPolicy": {"enabled": True, "metricsFrom": [{"namespaceSelector": {"matchLabels": {"team": "metrics"}}}]},
                "policyKeys": {"enabled": True, "fallback": ["cors"], "namespaces": {"team-a": ["cors", "rateLimit"], "team-b": ["*"]}}},
    "bare": {"podDisruptionBudget": {"enabled": False}, "snapshot": {"enabled": False}, "ingressClass": {"create": False},
             "peers": {"enabled": False}, "serviceAccount": {"create": False}, "nodeSelector": {"kubernetes.io/os": None}, "topologySpreadConstraints": [],
             "resources": {"requests": None, "limits": None}, "replicas": 1},
    "laden": {
        "commonLabels": {"team": "edge"}, "podLabels": {"tier": "edge"}, "podAnnotations": {"a.example/b": "true"},
        "image": {"digest": "sha256:" + "0" * 64, "tag": "0.1.0"}, "imagePullSecrets": [{"name": "pull"}],
        "config": {"workers": 2, "trusted": ["192.0.2.0/24"]}, "workers": 4, "trusted": ["192.0.2.0/24", "2001:db8::/32"],
        "proxyProtocol": True,
        "extraArgs": ["--shared-hosts"], "extraEnv": [{"name": "MARTLET_WORKERS", "value": "2"}],
        "extraVolumes": [{"name": "logs", "emptyDir": {}}], "extraVolumeMounts": [{"name": "logs", "mountPath": "/logs"}],
        "accessLog": "/logs/access", "allowExternalNames": True, "allowCanaries": True, "publish": {"addresses": ["198.51.100.7", "edge.example.com"]},
        "tolerations": [{"operator": "Exists"}], "dnsPolicy": "Default", "dnsConfig": {"options": [{"name": "ndots", "value": "1"}]},
        "affinity": {"nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": {"nodeSelectorTerms": [
            {"matchExpressions": [{"key": "edge", "operator": "Exists"}]}]}}},
        "drain": {"delaySeconds": 20, "timeoutSeconds": 300}, "minReadySeconds": 5,
        "podDisruptionBudget": {"minAvailable": "50%"}, "ingressClass": {"default": True, "annotations": {"a": "b"}}},
}
ONLY_DEPLOYMENTS = {
    "scaled": {"autoscaling": {"enabled": True, "targetMemoryUtilizationPercentage": 80,
                               "behavior": {"scaleUp": {"stabilizationWindowSeconds": 0}}}},
}


@functools.cache
def variants():
    """Every kind with every scope and feature, by name. Services take turns, so that each meets each scope and each feature."""
    found, services = {}, list(SERVICES)
    features = FEATURES | ONLY_DEPLOYMENTS
    for kind, (i, scope), (j, feature) in itertools.product(KINDS, enumerate(SCOPES), enumerate(features)):
        if feature in ONLY_DEPLOYMENTS and kind != "deployment":
            continue
        service = services[(i + j) % len(services)]
        found[f"{kind} {scope} {service} {feature}"] = Rendered(
            merged(KINDS[kind], SCOPES[scope], SERVICES[service], features[feature]))
    return found


def canonical(document):
    return json.dumps(document, sort_keys=True)
