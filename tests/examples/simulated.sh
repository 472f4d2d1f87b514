#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# usage: simulated.sh COMMAND...
# A seed is a run: two runs of one seed print the same, another seed something else.
set -eu

first=$("$@" 7)
again=$("$@" 7)
other=$("$@" 8)
[ "$first" = "$again" ] || {
	printf 'seed 7 twice:\n%s\n%s\n' "$first" "$again"
	exit 1
}
[ "$first" != "$other" ] || {
	printf 'seeds 7 and 8 both:\n%s\n' "$first"
	exit 1
}
