#!/bin/bash
# Two replicas and their Lease: a leader that hangs, a thief, garbage and a deletion. One leads at a time, the other only after the term of
# the one before, and what a hanging leader hears when it goes on it does not write.
. "$(dirname "$0")/lib-doors.sh"

world
open_doors a b
replica a
ready a
eventually is 1 leads a
replica b
ready b
route one | k apply -f -
eventually is 'True 1' programmed one
lease() { k -n martlet-system get leases martlet-leader -o jsonpath="{.spec.$1}"; }
meddle() { k -n martlet-system patch leases martlet-leader --type merge -p "{\"spec\": $1}"; }
holder=$(lease holderIdentity)

# A leader that hangs is replaced after 15 s, and notices when it goes on, before anything else.
mark
kill -STOP "${pid_of[a]}"
within 25 is 1 leads b
route two | k apply -f -
eventually is 'True 1' programmed two
# There is something to write when it goes on: the new leader was asked to wait.
rules 'once 503 routes/status patch 2'
route three | k apply -f -
kill -CONT "${pid_of[a]}"
eventually is 'True 1' programmed three
eventually is 0 leads a
eventually says a 'this replica no longer leads'
facts turns=b statuses=2 statuses_of_one=1
[ "$(lease holderIdentity)" != "$holder" ] || fail 'the Lease still names who hung'

# A stolen Lease with garbage in it is taken when it was silent for its duration, by our clock, not by the one it was written with.
mark
meddle '{"holderIdentity": "thief", "renewTime": "2999-01-01T00:00:00.000000Z", "leaseTransitions": 2147483647, "acquireTime": null, "leaseDurationSeconds": 5}'
within 10 is 0 leaders a b
route four | k apply -f -
within 25 is 1 leaders a b
eventually is 'True 1' programmed four
facts statuses=1
[ "$(lease leaseTransitions)" = 0 ] || fail "the count of transitions is $(lease leaseTransitions)"

# Deleted or emptied, it stays with its leader, whose term is not over.
leader=a follower=b
[ "$(leads b)" = 0 ] || leader=b follower=a
mark
k -n martlet-system delete leases martlet-leader
eventually lease holderIdentity
meddle '{"holderIdentity": ""}'
eventually has . lease holderIdentity
is 1 leads $leader
is 0 leads $follower
route five | k apply -f -
eventually is 'True 1' programmed five
facts turns=$leader statuses=1

# A leader that ends makes room at once.
mark
end $leader
eventually is 1 leads $follower
route six | k apply -f -
eventually is 'True 1' programmed six
facts turns=$follower statuses=1
