#!/bin/bash
# A thousand new Routes at once cost one status write each, a hundred broken ones an Event each at a bounded rate; a server that asks to
# wait is obeyed; and a new leader and a restart write nothing where nothing changed.
. "$(dirname "$0")/lib-doors.sh"
routes=1000 broken=100

world
open_doors a b
replica a
ready a
eventually is 1 leads a

$python $doors/storm_routes.py "$KUBECONFIG" shop $routes $broken &
storm=$!
# In the middle of it the server has enough, and says so to one of those who write.
more_than() { [ "$(fact "$2")" -gt "$1" ]; }
eventually more_than 100 statuses
rules 'once 429 .*/status patch 3'
wait $storm
grep -q '"code": 429' "$record" || fail 'the storm was over before the server had enough'
within 60 is $routes fact status_objects
within 30 is $broken fact events
echo "$(fact statuses) statuses, at most $(fact status_width) at a time; $(fact events) events, at most $(fact events_in_10_s) in 10 s; $(fact leases) leases"
facts statuses=$routes statuses_of_one=1 early=0
at_most 8 status_width
at_most 10 writes_of_one_shared
at_most 150 events_in_10_s
is 'True 1' programmed storm-$((routes - 1))
is $broken metric a 'martlet_events_total{result="written"}'
is 0 metric a 'martlet_events_dropped_total{reason="queue"}'

# asked_again NAME: it has looked at every Event there is to be said
asked_again() {
    eventually is 1 leads "$1"
    within 30 is $broken metric "$1" 'martlet_events_total{result="repeated"}'
}
replica b
ready b
mark
end a
asked_again b
facts statuses=0 events=0
replica a
ready a
end b
asked_again a
facts statuses=0 events=0
at_most 10 writes_of_one_shared
