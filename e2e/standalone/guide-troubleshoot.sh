#!/bin/bash
# Every command of docs/guides/troubleshoot.md does what the page says, in order, on a fresh cluster.
. "$(dirname "$0")/lib-guide.sh"
guide troubleshoot
