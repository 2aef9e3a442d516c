#!/bin/bash
# Somebody meddles with the Lease of two replicas: one of them leads at a time, and again when the thief was silent for its duration.
. "$(dirname "$0")/lib-doors.sh"

two_replicas
lease() { k -n martlet-system get leases martlet-leader -o jsonpath="{.spec.$1}"; }
meddle() { k -n martlet-system patch leases martlet-leader --type merge -p "{\"spec\": $1}"; }

# Stolen, and with garbage in it: the time that counts is ours, and a count at its limit begins anew.
mark
meddle '{"holderIdentity": "thief", "renewTime": "2999-01-01T00:00:00.000000Z", "leaseTransitions": 2147483647, "acquireTime": null, "leaseDurationSeconds": 5}'
within 10 is 0 leaders a b
route one | k apply -f -
within 15 is 1 leaders a b
eventually is 'True 1' programmed one
facts statuses=1
is 0 lease leaseTransitions

# Deleted or emptied, it stays with its leader, whose term is not over.
leader=a follower=b
[ "$(leads b)" = 0 ] || leader=b follower=a
mark
k -n martlet-system delete leases martlet-leader
eventually has _ lease holderIdentity
meddle '{"holderIdentity": ""}'
eventually has _ lease holderIdentity
is 1 leads $leader
is 0 leads $follower
route two | k apply -f -
eventually is 'True 1' programmed two
facts turns=$leader statuses=1
