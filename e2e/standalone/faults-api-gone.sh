#!/bin/bash
# The API server is gone for longer than a leader's term, with two replicas: both serve on, nobody leads; when it is back one of them leads,
# and nothing is written that was there already.
. "$(dirname "$0")/lib-doors.sh"

two_replicas
for name in one two; do route $name | k apply -f -; done
route broken ghost | k apply -f -
for name in one two; do eventually is 'True 1' programmed $name; done
eventually is 1 fact events

end_api_server
within 15 says a 'this replica no longer leads'
for HTTP in "${http_of[a]}" "${http_of[b]}"; do is v1 get one.example.com /; done
for name in a b; do
    is 0 leads $name
    is 200 curl -sS -o /dev/null -w '%{http_code}' "http://${admin_of[$name]}/readyz"
    says $name 'the api server cannot be reached'
done
mark
api_server dev-again
within 20 is 1 leaders a b
route three | k apply -f -
within 20 is 'True 1' programmed three
for HTTP in "${http_of[a]}" "${http_of[b]}"; do within 20 is v1 get three.example.com /; done
is 1 leaders a b
[ "$(fact turns)" = a ] || [ "$(fact turns)" = b ] || fail "both wrote: $(fact turns)"
facts statuses=1 events=0
