#!/bin/bash
# A Service is exposed by an annotation, hidden by removing it, and a misspelt one is told.
. "$(dirname "$0")/../lib.sh"

workload one v1
k annotate service one martlet.dev/expose=expose.e2e.example/api
eventually is v1 get expose.e2e.example /api
is v1 get expose.e2e.example /api/deeper
has '^GET /api/echo' get expose.e2e.example /api/echo
is 404 status expose.e2e.example /
k annotate --overwrite service one martlet.dev/expose=other.e2e.example
eventually is v1 get other.e2e.example /
is 404 status expose.e2e.example /api
k annotate service one martlet.dev/expoze=typo.e2e.example
eventually has 'martlet.dev/expoze' k get events
k annotate service one martlet.dev/expose-
eventually is 404 status other.e2e.example /
