"""Creates Routes as fast as an API server takes them.

    storm_routes.py KUBECONFIG NAMESPACE COUNT BROKEN (the first BROKEN of them lead to a Service that does not exist)
"""
import json
import sys
import threading
from pathlib import Path

sys.path.append(str(Path(__file__).parents[2] / "charts/tests"))
import api_access


def route(number, is_broken):
    return {"apiVersion": "martlet.dev/v1alpha1", "kind": "Route", "metadata": {"name": f"storm-{number}"},
            "spec": {"ingressClassName": "edge", "hostnames": [f"storm-{number}.example.com"],
                     "rules": [{"backendRefs": [{"name": "ghost" if is_broken else "one", "port": 80}]}]}}


def create(numbers, namespace, broken, open_connection):
    connection = open_connection()
    for number in numbers:
        connection.request("POST", f"/apis/martlet.dev/v1alpha1/namespaces/{namespace}/routes",
                           json.dumps(route(number, number < broken)), {"Content-Type": "application/json"})
        answer = connection.getresponse()
        text = answer.read()
        if answer.status != 201:
            sys.exit(f"{answer.status} {text.decode()}")


kubeconfig, namespace, count, broken = sys.argv[1:]
opener = api_access.opener(kubeconfig)
threads = [threading.Thread(target=create, args=(range(first, int(count), 4), namespace, int(broken), opener)) for first in range(4)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
