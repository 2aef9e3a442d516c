"""The nodes and the load balancer of the trial cluster, for guides.

    guide_nodes.py KUBECONFIG DIRECTORY

Pods of the gateway, which the trial cluster only pretends to run, are played by processes of $MARTLET with the arguments, variables and
volumes of the pod. They ask the API server through a door that allows what their ServiceAccount's Roles allow. DIRECTORY/pods/NAME holds
a pod's `log` and `address`; while there is a file DIRECTORY/no-api-server, they get no answer. A Service of type LoadBalancer gets the address 203.0.113.10, and connections to it go to replicas that are ready.
Needs a network namespace of its own in which 10.244.0.0/24 and 203.0.113.10 are local addresses.
"""
import http.client, http.server, json, os, pathlib, re, signal, socket, subprocess, sys, threading, time

import guide_access
from recording_proxy import Door, attributes, trust

BALANCER = "203.0.113.10"
TURN = 0.1


class Guard(Door):
    """Pods are known by the port that they come to."""

    # Shut while the API server shall be gone, with what was open then.
    is_shut, connections = False, set()

    @classmethod
    def shut(cls, is_shut):
        cls.is_shut = is_shut
        while is_shut and cls.connections:
            try:
                cls.connections.pop().sock.shutdown(socket.SHUT_RDWR)
            except (AttributeError, OSError):
                # It ended by itself.
                continue

    def opened(self, connection):
        self.connections.add(connection)

    def handle_request(self):
        if Guard.is_shut:
            self.close_connection = True
            return None
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        asked = attributes(self.command, self.path)
        if asked and not self.server.access().allows(self.server.account, *asked):
            group, resource, verb, namespace, _ = asked
            where = f'in the namespace "{namespace}"' if namespace else "at the cluster scope"
            return self.refuse(f'{resource} is forbidden: User "system:serviceaccount:{self.server.account}" cannot {verb} resource '
                               f'"{resource}" in API group "{group}" {where}')
        self.forward(body)

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = handle_request

    def refuse(self, message):
        self.answer(403, {"kind": "Status", "apiVersion": "v1", "status": "Failure", "reason": "Forbidden", "code": 403, "message": message})


class GuardedServer(http.server.ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, account, access):
        super().__init__(("127.0.0.1", 0), Guard)
        self.account, self.access = account, access
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def handle_error(self, *_):
        """A gateway that ends leaves its watches behind."""


class Cluster:
    """What the nodes ask the API server themselves."""

    def ask(self, path, method="GET", body=None):
        connection = Door.open(timeout=5)
        connection.request(method, path, body and json.dumps(body), {"Content-Type": "application/merge-patch+json"})
        answer = connection.getresponse()
        text = answer.read()
        connection.close()
        return json.loads(text) if answer.status < 300 else {}

    def items(self, path, kind=None):
        return [{"kind": kind, **each} for each in self.ask(path).get("items", [])]

    def access(self):
        kinds = {"roles": "Role", "clusterroles": "ClusterRole", "rolebindings": "RoleBinding", "clusterrolebindings": "ClusterRoleBinding"}
        return guide_access.Access([each for plural, kind in kinds.items()
                                    for each in self.items(f"/apis/{guide_access.GROUP}/v1/{plural}", kind)])


class Replica:
    """A pod's process."""

    def __init__(self, pod, address, directory, server, cluster):
        self.name, self.address, self.directory = pod["metadata"]["name"], address, directory
        self.namespace, container = pod["metadata"]["namespace"], pod["spec"]["containers"][0]
        directory.mkdir(parents=True)
        (directory / "address").write_text(address)
        arguments = [re.sub(r"=(127\.0\.0\.1)?:(\d+)$", rf"={address}:\2", each) for each in container["args"]]
        for mount in container.get("volumeMounts", []):
            place = directory / mount["name"]
            place.mkdir(mode=0o700)
            volume = next(each for each in pod["spec"]["volumes"] if each["name"] == mount["name"])
            if "configMap" in volume:
                found = cluster.ask(f"/api/v1/namespaces/{self.namespace}/configmaps/{volume['configMap']['name']}")
                for name, text in found.get("data", {}).items():
                    (place / name).write_text(text)
            arguments = [each.replace(f"={mount['mountPath']}", f"={place}") for each in arguments]
        kubeconfig = {"apiVersion": "v1", "kind": "Config", "current-context": "pod",
                      "contexts": [{"name": "pod", "context": {"cluster": "pod", "user": "pod", "namespace": self.namespace}}],
                      "clusters": [{"name": "pod", "cluster": {"server": f"http://127.0.0.1:{server.server_port}"}}],
                      "users": [{"name": "pod", "user": {}}]}
        (directory / "kubeconfig").write_text(json.dumps(kubeconfig))
        variables = {each["name"]: each["value"] for each in container.get("env", []) if "value" in each}
        self.log = open(directory / "log", "ab")
        self.process = subprocess.Popen(
            [os.environ["MARTLET"], *arguments, f"--kubeconfig={directory / 'kubeconfig'}", "--allow-loopback"], stdin=subprocess.DEVNULL,
            stdout=self.log, stderr=self.log, env={"PATH": os.environ["PATH"], "POD_NAME": self.name, "POD_IP": address, **variables})

    @property
    def is_ready(self):
        connection = http.client.HTTPConnection(self.address, 9902, timeout=1)
        try:
            connection.request("GET", "/readyz")
            return connection.getresponse().status == 200
        except OSError:
            return False
        finally:
            connection.close()


class Nodes:
    def __init__(self, directory):
        self.directory, self.cluster, self.servers, self.numbers = directory, Cluster(), {}, 0
        # By uid; whose pod is gone, but who is still needed; who was told to end; addresses that get connections.
        self.replicas, self.leaving, self.ending, self.ready = {}, [], [], []

    def turn(self):
        Guard.shut((self.directory / "no-api-server").exists())
        pods = [each for each in self.cluster.items("/api/v1/pods?labelSelector=app.kubernetes.io/component%3Dgateway")
                if each["status"].get("phase") == "Running" and "deletionTimestamp" not in each["metadata"]]
        for pod in pods:
            if pod["metadata"]["uid"] not in self.replicas:
                self.numbers += 1
                self.replicas[pod["metadata"]["uid"]] = Replica(pod, f"10.244.0.{self.numbers}", self.directory / "pods" / pod["metadata"]["name"],
                                                                self.server(pod), self.cluster)
        for uid in self.replicas.keys() - {each["metadata"]["uid"] for each in pods}:
            self.leaving.append(self.replicas.pop(uid))
        self.ending = [each for each in self.ending if each.process.poll() is None]
        ready = [each.address for each in self.replicas.values() if each.is_ready]
        # The trial cluster calls a pod ready that runs, and deletes another for it. A Deployment would have waited for readiness.
        if ready or not self.replicas:
            for replica in self.leaving:
                replica.process.terminate()
            self.ending, self.leaving = self.ending + self.leaving, []
        # One that leaves before it was ever ready gets nothing.
        self.ready = ready or [each.address for each in self.leaving if each.is_ready]
        for service in self.cluster.items("/api/v1/services?labelSelector=app.kubernetes.io/part-of%3Dmartlet"):
            if service["spec"].get("type") == "LoadBalancer" and not service.get("status", {}).get("loadBalancer", {}).get("ingress"):
                path = f"/api/v1/namespaces/{service['metadata']['namespace']}/services/{service['metadata']['name']}/status"
                self.cluster.ask(path, "PATCH", {"status": {"loadBalancer": {"ingress": [{"ip": BALANCER}]}}})

    def server(self, pod):
        account = f"{pod['metadata']['namespace']}:{pod['spec'].get('serviceAccountName', 'default')}"
        if account not in self.servers:
            self.servers[account] = GuardedServer(account, self.cluster.access)
        return self.servers[account]

    def balance(self):
        """Connections of clients, each to a replica that is ready, in turn."""
        listener = socket.create_server((BALANCER, 80))
        turns = 0
        while True:
            client, _ = listener.accept()
            ready, turns = self.ready, turns + 1
            if not ready:
                client.close()
                continue
            upstream = socket.create_connection((ready[turns % len(ready)], 8080))
            for source, target in ((client, upstream), (upstream, client)):
                threading.Thread(target=pump, args=(source, target), daemon=True).start()

    def end(self):
        for replica in [*self.replicas.values(), *self.leaving, *self.ending]:
            replica.process.kill()


def pump(source, target):
    try:
        while piece := source.recv(65536):
            target.sendall(piece)
        target.shutdown(socket.SHUT_WR)
    except OSError:
        target.close()


def main(kubeconfig, directory):
    trust(kubeconfig)
    nodes = Nodes(pathlib.Path(directory))
    threading.Thread(target=nodes.balance, daemon=True).start()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    try:
        while True:
            try:
                nodes.turn()
            except OSError as problem:
                # The API server is gone, as some guides want it.
                print(f"the nodes hear nothing: {problem}", file=sys.stderr)
            time.sleep(TURN)
    finally:
        nodes.end()


if __name__ == "__main__":
    main(*sys.argv[1:])
