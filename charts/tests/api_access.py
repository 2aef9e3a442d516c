"""The way to an API server that a kubeconfig of `martlet dev` names, for programs that speak plain HTTP with it."""
import base64
import http.client
import ssl
import tempfile
import urllib.parse

import yaml


def opener(kubeconfig):
    """A function that makes connections, with a time limit in seconds if one is given."""
    with open(kubeconfig) as file:
        config = yaml.safe_load(file)
    cluster, user = config["clusters"][0]["cluster"], config["users"][0]["user"]

    def path(holder, field):
        if field in holder:
            return holder[field]
        file = tempfile.NamedTemporaryFile(delete=False)
        file.write(base64.b64decode(holder[f"{field}-data"]))
        file.close()
        return file.name

    context = ssl.create_default_context(cafile=path(cluster, "certificate-authority"))
    context.load_cert_chain(path(user, "client-certificate"), path(user, "client-key"))
    server = urllib.parse.urlsplit(cluster["server"])
    return lambda timeout=None: http.client.HTTPSConnection(server.hostname, server.port, context=context, timeout=timeout)
