#!/bin/bash
# A leader that hangs is replaced when its term is over, and what it hears when it goes on it does not write; one that ends makes room at once.
. "$(dirname "$0")/lib-doors.sh"

two_replicas
route one | k apply -f -
eventually is 'True 1' programmed one

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

mark
end b
eventually is 1 leads a
route four | k apply -f -
eventually is 'True 1' programmed four
facts turns=a statuses=1
