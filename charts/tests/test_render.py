"""Every kind with every scope, service and feature: valid for Kubernetes, safe by default, stable across upgrades."""
import collections, pathlib, subprocess, tempfile, unittest

import schemas
from support import FEATURES, HOOK, KINDS, KUBERNETES, NAMESPACE, RELEASE, SCOPES, SERVICES, Rendered, canonical, variants

NAMESPACED = {"Deployment", "DaemonSet", "Service", "ServiceAccount", "Secret", "ConfigMap", "Role", "RoleBinding", "PodDisruptionBudget",
              "HorizontalPodAutoscaler", "NetworkPolicy", "ServiceMonitor", "PrometheusRule"}
CLUSTER = {"ClusterRole", "ClusterRoleBinding", "IngressClass", "ValidatingAdmissionPolicy", "ValidatingAdmissionPolicyBinding"}


def of_each_variant(test):
    """A test that looks at one variant after the other and names those that fail."""
    def run(self):
        for name, rendered in variants().items():
            with self.subTest(name):
                test(self, name, rendered)
    run.__name__, run.__doc__ = test.__name__, test.__doc__
    return run


class EveryVariant(unittest.TestCase):
    def test_objects_are_what_kubernetes_knows(self):
        distinct = {canonical(each): (name, each) for name, rendered in variants().items() for each in rendered.objects + rendered.hooks}
        seen, unknown = collections.Counter(), collections.Counter()
        for name, each in distinct.values():
            for version in KUBERNETES:
                found = schemas.violations(each, version)
                if found is None:
                    unknown[each["kind"], version] += 1
                    continue
                seen[each["kind"]] += 1
                self.assertEqual(found, [], f"{name}: {each['kind']} {each['metadata']['name']}, Kubernetes {version}")
        # What no schema judged is known by name: nothing is left out quietly.
        self.assertEqual(set(unknown), {(kind, version) for kind in schemas.FOREIGN for version in KUBERNETES}
                         | {(kind, "1.25") for kind in ("ValidatingAdmissionPolicy", "ValidatingAdmissionPolicyBinding")})
        self.assertEqual(set(seen), (NAMESPACED | CLUSTER | {"Pod"}) - schemas.FOREIGN)

    def test_a_misspelt_field_would_be_noticed(self):
        deployment = Rendered().workload
        deployment["spec"]["template"]["spec"]["terminationGracePeriod"] = 1
        for version in KUBERNETES:
            self.assertTrue(schemas.violations(deployment, version))

    @of_each_variant
    def test_names_namespaces_and_labels(self, name, rendered):
        keys = [(each["kind"], each["metadata"].get("namespace"), each["metadata"]["name"]) for each in rendered.objects]
        self.assertEqual(len(keys), len(set(keys)), f"{name}: an object is there twice")
        for each in rendered.objects:
            self.assertIn(each["kind"], NAMESPACED | CLUSTER)
            self.assertEqual("namespace" in each["metadata"], each["kind"] in NAMESPACED, each)
            self.assertEqual(each["metadata"]["labels"]["app.kubernetes.io/instance"], RELEASE)

    @of_each_variant
    def test_selectors_never_change(self, name, rendered):
        """spec.selector of workloads is immutable: upgrades from any variant, and from any earlier chart, must be possible."""
        wanted = {"app.kubernetes.io/name": "martlet", "app.kubernetes.io/instance": RELEASE, "app.kubernetes.io/component": "gateway"}
        self.assertEqual(rendered.workload["spec"]["selector"], {"matchLabels": wanted})
        self.assertLessEqual(wanted.items(), rendered.workload["spec"]["template"]["metadata"]["labels"].items())
        for service in rendered.all("Service"):
            self.assertEqual(service["spec"]["selector"], wanted)
        for kind in ("PodDisruptionBudget", "NetworkPolicy"):
            for each in rendered.all(kind):
                self.assertEqual(each["spec"].get("selector", each["spec"].get("podSelector"))["matchLabels"], wanted)

    @of_each_variant
    def test_pods_fit_the_restricted_standard(self, name, rendered):
        pod, container = rendered.pod, rendered.container["securityContext"]
        context = pod["securityContext"]
        self.assertTrue(context["runAsNonRoot"])
        self.assertEqual((context["runAsUser"], context["runAsGroup"]), (65532, 65532))
        self.assertEqual(context["seccompProfile"], {"type": "RuntimeDefault"})
        self.assertIs(container["allowPrivilegeEscalation"], False)
        self.assertIs(container["readOnlyRootFilesystem"], True)
        self.assertEqual(container["capabilities"]["drop"], ["ALL"])
        is_low = name.endswith(("low-ports", "sessions"))
        self.assertEqual(container["capabilities"].get("add", []), ["NET_BIND_SERVICE"] if is_low else [])
        self.assertEqual("sysctls" in context, is_low)
        self.assertIs(pod["enableServiceLinks"], False)
        for volume in pod.get("volumes", []):
            self.assertNotIn("hostPath", volume)
        for account in rendered.all("ServiceAccount"):
            self.assertIs(account["automountServiceAccountToken"], False)

    @of_each_variant
    def test_kubelet_waits_as_long_as_draining_takes(self, name, rendered):
        drain = rendered.values["drain"]
        options = dict(each.removeprefix("--").split("=", 1) for each in rendered.container["args"] if "=" in each)
        self.assertEqual(options["drain-delay"], f"{drain['delaySeconds']}s")
        self.assertEqual(options["drain-timeout"], f"{drain['timeoutSeconds']}s")
        self.assertEqual(rendered.pod["terminationGracePeriodSeconds"], drain["delaySeconds"] + drain["timeoutSeconds"] + 5)

    @of_each_variant
    def test_ports_lead_somewhere(self, name, rendered):
        ports = {each["name"]: each for each in rendered.container["ports"]}
        self.assertEqual(len({each["containerPort"] for each in ports.values()}), len(ports))
        for service in rendered.all("Service"):
            for port in service["spec"]["ports"]:
                self.assertIn(port["targetPort"], ports)
                self.assertFalse(port["targetPort"] == "probes" and service["metadata"]["name"] == RELEASE, "metrics are not for clients")
        for probe in ("startupProbe", "livenessProbe", "readinessProbe"):
            self.assertEqual(rendered.container[probe]["httpGet"]["port"], "probes")
        self.assertEqual(rendered.container["readinessProbe"]["httpGet"]["path"], "/readyz")
        self.assertEqual(rendered.container["livenessProbe"]["httpGet"]["path"], "/healthz")
        for policy in rendered.all("NetworkPolicy"):
            for rule in policy["spec"]["ingress"]:
                for port in rule["ports"]:
                    self.assertIn(port["port"], ports)

    @of_each_variant
    def test_mounts_have_volumes(self, name, rendered):
        volumes = {each["name"] for each in rendered.pod.get("volumes", [])}
        mounts = rendered.container.get("volumeMounts", [])
        self.assertEqual({each["name"] for each in mounts}, volumes)
        self.assertEqual(len({each["mountPath"] for each in mounts}), len(mounts))


class Details(unittest.TestCase):
    def test_snapshot_never_reaches_a_disk(self):
        volume = next(each for each in Rendered().pod["volumes"] if each["name"] == "snapshot")
        self.assertEqual(volume["emptyDir"], {"medium": "Memory", "sizeLimit": "64Mi"})
        self.assertIn("--snapshot-dir=/var/lib/martlet", Rendered().container["args"])
        self.assertNotIn("--snapshot", " ".join(Rendered({"snapshot": {"enabled": False}}).container["args"]))

    def test_host_ports_leave_no_room_for_a_second_pod(self):
        strategy = Rendered(FEATURES["host-ports"]).workload["spec"]["strategy"]["rollingUpdate"]
        self.assertEqual(strategy, {"maxSurge": 0, "maxUnavailable": 1})
        self.assertEqual(Rendered().workload["spec"]["strategy"]["rollingUpdate"], {"maxSurge": 1, "maxUnavailable": 0})
        ports = {each["name"]: each.get("hostPort") for each in Rendered(FEATURES["host-ports"]).container["ports"]}
        self.assertEqual(ports, {"http": 80, "https": 443, "probes": None, "peers": None})

    def test_host_network(self):
        rendered = Rendered(FEATURES["host-network"])
        self.assertEqual((rendered.pod["hostNetwork"], rendered.pod["dnsPolicy"]), (True, "ClusterFirstWithHostNet"))
        for port in rendered.container["ports"]:
            self.assertEqual(port["hostPort"], port["containerPort"])
        low = Rendered({"hostNetwork": True, "ports": {"http": {"container": 80}}})
        self.assertNotIn("sysctls", low.pod["securityContext"], "the API server refuses network sysctls with hostNetwork")

    def test_a_scaled_deployment_leaves_its_replicas_alone(self):
        rendered = Rendered({"autoscaling": {"enabled": True}})
        self.assertNotIn("replicas", rendered.workload["spec"])
        self.assertEqual(rendered.one("HorizontalPodAutoscaler")["spec"]["scaleTargetRef"]["name"], rendered.workload["metadata"]["name"])

    def test_spread_selects_the_releases_pods(self):
        rendered = Rendered({"topologySpreadConstraints": [
            {"maxSkew": 2, "topologyKey": "zone", "whenUnsatisfiable": "DoNotSchedule", "labelSelector": {"matchLabels": {"a": "b"}}},
            {"maxSkew": 1, "topologyKey": "host", "whenUnsatisfiable": "DoNotSchedule"}]})
        first, second = rendered.pod["topologySpreadConstraints"]
        self.assertEqual(first["labelSelector"]["matchLabels"]["a"], "b")
        self.assertEqual(second["labelSelector"], rendered.workload["spec"]["selector"])

    def test_a_change_of_the_configuration_replaces_pods(self):
        def annotations(config):
            return Rendered({"config": config}).workload["spec"]["template"]["metadata"]["annotations"]
        self.assertNotEqual(annotations({"workers": 1}), annotations({"workers": 2}))
        self.assertIn("workers: 2", Rendered({"config": {"workers": 2}}).one("ConfigMap")["data"]["martlet.yaml"])

    def test_digest_wins_over_tag(self):
        digest = "sha256:" + "0" * 64
        self.assertEqual(Rendered({"image": {"digest": digest}}).container["image"], f"martlet@{digest}")
        self.assertEqual(Rendered({"image": {"tag": "1.2"}}).container["image"], "martlet:1.2")

    def test_two_releases_share_nothing(self):
        def keys(rendered):
            return {(each["kind"], each["metadata"].get("namespace"), each["metadata"]["name"]) for each in rendered.objects}
        values = {"scope": "namespaces", "watchNamespaces": ["shop"], "ingressClass": {"name": "other"}}
        guard = {"policyKeys": {"enabled": True}}
        for other in [Rendered(values | guard, name="edge"), Rendered(values | guard, namespace="other")]:
            self.assertEqual(keys(Rendered(SCOPES["namespaces"] | guard)) & keys(other), set())

    def test_service_monitor(self):
        rendered = Rendered(FEATURES["monitored"])
        monitor, service = rendered.one("ServiceMonitor"), rendered.one("Service", f"{RELEASE}-metrics")
        self.assertEqual(monitor["apiVersion"], "monitoring.coreos.com/v1")
        self.assertLessEqual(monitor["spec"]["selector"]["matchLabels"].items(), service["metadata"]["labels"].items())
        clients = rendered.one("Service", RELEASE)["metadata"]["labels"]
        self.assertFalse(monitor["spec"]["selector"]["matchLabels"].items() <= clients.items(), "it would find the clients' Service too")
        self.assertEqual(monitor["spec"]["namespaceSelector"], {"matchNames": [NAMESPACE]})
        self.assertEqual(monitor["spec"]["endpoints"][0]["port"], service["spec"]["ports"][0]["name"])
        self.assertEqual(monitor["metadata"]["labels"]["release"], "prometheus")

    def test_helm_test_asks_a_gateway_that_is_ready(self):
        for features in ("plain", "guarded", "laden"):
            rendered = Rendered(FEATURES[features])
            hooks = {each["kind"]: each for each in rendered.hooks}
            self.assertEqual(set(hooks), {"Service", "Pod"} | ({"NetworkPolicy"} if features == "guarded" else set()))
            for each in hooks.values():
                annotations = each["metadata"]["annotations"]
                self.assertEqual((annotations[HOOK], annotations[f"{HOOK}-delete-policy"]), ("test", "before-hook-creation,hook-succeeded"))
                # The Pod comes last.
                self.assertEqual(annotations.get(f"{HOOK}-weight"), None if each["kind"] == "Pod" else "-1")
            service, pod = hooks["Service"]["spec"], hooks["Pod"]
            gateways = rendered.workload["spec"]["selector"]["matchLabels"]
            self.assertEqual(service["selector"], gateways)
            self.assertIn(service["ports"][0]["targetPort"], {each["name"] for each in rendered.container["ports"]})
            self.assertFalse(gateways.items() <= pod["metadata"]["labels"].items(), "it would be asked itself")
            container = pod["spec"]["containers"][0]
            self.assertEqual(container["env"], [{"name": "GATEWAY", "value": f"http://{RELEASE}-test:{service['ports'][0]['port']}"}])
            self.assertEqual((pod["spec"]["restartPolicy"], pod["spec"]["securityContext"]["runAsNonRoot"]), ("Never", True))
            self.assertIs(container["securityContext"]["readOnlyRootFilesystem"], True)
            if policy := hooks.get("NetworkPolicy"):
                allowed = policy["spec"]["ingress"][0]["from"][0]["podSelector"]["matchLabels"]
                self.assertLessEqual(allowed.items(), pod["metadata"]["labels"].items())

    def test_helm_test_tells_a_good_gateway_from_a_bad_one(self):
        script = {each["kind"]: each for each in Rendered().hooks}["Pod"]["spec"]["containers"][0]["command"][-1]
        def run(ready, metrics):
            with tempfile.TemporaryDirectory() as name:
                folder = pathlib.Path(name)
                (folder / "wget").write_text(f'#!/bin/sh\ncase "$*" in */readyz) exit {0 if ready else 1} ;; *) echo "{metrics}" ;; esac\n')
                (folder / "sleep").write_text("#!/bin/sh\n")
                for each in folder.iterdir():
                    each.chmod(0o755)
                return subprocess.run(["sh", "-euc", script], env={"PATH": f"{folder}:/usr/bin:/bin", "GATEWAY": "http://x"}, capture_output=True).returncode
        self.assertEqual(run(True, "martlet_published_generation 1"), 0)
        self.assertEqual(run(True, "nginx_up 1"), 1)
        self.assertEqual(run(False, "martlet_published_generation 1"), 1)

    def test_services(self):
        for name, values in SERVICES.items():
            services = [each for each in Rendered(values).all("Service") if each["metadata"]["name"] == RELEASE]
            self.assertEqual(len(services), 0 if name == "none" else 1)
            published = [each for each in Rendered(values).container["args"] if each.startswith("--publish-service")]
            self.assertEqual(published, [f"--publish-service={NAMESPACE}/{RELEASE}"] * len(services))
        spec = Rendered(SERVICES["balancer"]).one("Service", RELEASE)["spec"]
        self.assertEqual((spec["externalTrafficPolicy"], spec["loadBalancerClass"], spec["healthCheckNodePort"]), ("Local", "example.com/lb", 32000))
        self.assertEqual(Rendered(SERVICES["node-port"]).one("Service", RELEASE)["spec"]["ports"][0]["nodePort"], 30080)
        self.assertNotIn("externalTrafficPolicy", Rendered(SERVICES["cluster-ip"]).one("Service", RELEASE)["spec"])

    def test_peers(self):
        rendered = Rendered(FEATURES["guarded"])
        # What the leader wrote outlives an upgrade only where the chart says nothing about it.
        secret = rendered.one("Secret")
        self.assertEqual((set(secret), secret["type"]), ({"apiVersion", "kind", "metadata", "type"}, "martlet.dev/peers"))
        service = rendered.one("Service", f"{RELEASE}-peers")["spec"]
        self.assertEqual((service["clusterIP"], service["publishNotReadyAddresses"]), ("None", False))
        name = f"{NAMESPACE}/{RELEASE}-peers"
        for expected in ("--peer=:9903", f"--peer-service={name}", f"--peer-secret={name}"):
            self.assertIn(expected, rendered.container["args"])
        rule = rendered.one("NetworkPolicy")["spec"]["ingress"][-1]
        self.assertEqual(rule["ports"], [{"port": "peers", "protocol": "TCP"}])
        self.assertEqual(rule["from"], [{"podSelector": rendered.one("NetworkPolicy")["spec"]["podSelector"]}])
        without = Rendered({"peers": {"enabled": False}})
        self.assertFalse(without.all("Secret") + [each for each in without.container["args"] if "peer" in each])

    def test_listen_address(self):
        arguments = Rendered(FEATURES["dual-stack"]).container["args"]
        for expected in ("--http=[::]:8080", "--probes=[::]:9902", "--peer=[::]:9903", "--admin=127.0.0.1:9901"):
            self.assertIn(expected, arguments)
        self.assertIn("--http=:8080", Rendered().container["args"])

    def test_sessions(self):
        rendered = Rendered(FEATURES["sessions"])
        for expected in ("--tcp=:5432", "--tcp=:6379", "--udp=:53"):
            self.assertIn(expected, rendered.container["args"])
        ports = {each["name"]: each for each in rendered.one("Service", RELEASE)["spec"]["ports"]}
        self.assertEqual((ports["tcp-6379"]["port"], ports["tcp-6379"]["nodePort"]), (16379, 30379))
        self.assertEqual((ports["udp-53"]["port"], ports["udp-53"]["protocol"]), (53, "UDP"))
        self.assertIn({"port": "udp-53", "protocol": "UDP"}, rendered.one("NetworkPolicy")["spec"]["ingress"][0]["ports"])

    def test_kinds(self):
        self.assertEqual({Rendered(values).workload["kind"] for values in KINDS.values()}, {"Deployment", "DaemonSet"})
        self.assertNotIn("topologySpreadConstraints", Rendered({"kind": "DaemonSet"}).pod)
