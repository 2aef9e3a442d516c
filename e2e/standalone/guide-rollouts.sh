#!/bin/bash
# Every command of docs/guides/rollouts.md does what the page says, in order, on a fresh cluster.
. "$(dirname "$0")/lib-guide.sh"
guide rollouts
