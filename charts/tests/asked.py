"""Compares what a gateway really asked of an API server with what the chart grants it.

    asked.py SCOPE arguments          what `martlet serve` is told in that scope (support.SCOPES)
    asked.py SCOPE objects            the release's Service, and the Secret that the leader fills in, as YAML
    asked.py SCOPE compare RECORD     RECORD is recording_proxy.py's; prints what is missing or superfluous, and exits with 1 then
"""
import json, re, sys

import yaml

from permissions import granted
from support import RELEASE, SCOPES, Rendered, merged

# A class of its own: nobody else may write the statuses that are looked for.
OWN = {"ingressClass": {"name": "edge"}, "controllerName": "example.com/edge", "service": {"type": "ClusterIP"}}
TOLD = re.compile(r"--(watch-namespace|watch-secret|publish-service|peer-service|peer-secret|ingress-class|controller-name)=")


def allows(rule, request):
    """Whether RBAC's rule (group, resource, verb[, name]) allows (group, resource, verb, name)."""
    return rule[:3] == request[:3] and (len(rule) == 3 or rule[3] == request[3])


def differences(rendered, requests):
    rules = {(where, rule) for where, each in granted(rendered).items() for rule in each}
    used = set()
    for group, resource, verb, namespace, name in sorted(requests):
        matching = {(where, rule) for where, rule in rules
                    if where in ("*", namespace) and allows(rule, (group, resource, verb, name))}
        if not matching:
            yield f"not granted: {verb} {group or 'core'}/{resource} {name} in {namespace or 'all namespaces'}"
        used |= matching
    # A rule of one watched namespace is used when the same rule of another is: the gateway treats them alike.
    kinds_used = {rule[:3] for _, rule in used}
    # Where an API server can stream a list as the beginning of a watch, only others need the verb.
    kinds_used |= {(group, resource, "list") for group, resource, verb in kinds_used if verb == "watch"}
    for where, rule in sorted(rules):
        if rule[:3] not in kinds_used:
            yield f"granted and never asked for: {rule} in {where}"


if __name__ == "__main__":
    rendered = Rendered(merged(SCOPES[sys.argv[1]], OWN))
    if sys.argv[2] == "arguments":
        print("\n".join(each for each in rendered.container["args"] if TOLD.match(each)))
    elif sys.argv[2] == "objects":
        print(yaml.safe_dump_all([rendered.one("Service", RELEASE), rendered.one("Secret")]))
    else:
        with open(sys.argv[3]) as file:
            requests = {tuple(json.loads(line)) for line in file}
        found = list(differences(rendered, requests))
        print("\n".join(found) or f"{len(requests)} distinct requests, all granted; nothing is granted that was not asked for")
        sys.exit(bool(found))
