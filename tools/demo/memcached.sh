#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# packages: memcached gcc libc6-dev libevent-dev strace
#
# Run Debian's memcached, unchanged, under load on Levin and on Debian's own libevent, and
# examples/proxy.c, a proxy of bufferevents with a rate limit, on each, before a memcached of
# its own.  Compare what an operation costs.
set -euo pipefail

if [ "${1:-}" = --help ] || [ "${1:-}" = -h ]; then
	cat <<'END'
usage: tools/demo/memcached.sh [LIBDIR]

LIBDIR, which may also come from the environment, is the folder of Levin's libraries.
PAIRS (20) of runs and OPERATIONS (20000) in a run may be set.  Only loopback is used.
END
	exit 0
fi
demo=memcached
PAIRS=${PAIRS:-20}
OPERATIONS=${OPERATIONS:-20000}
# shellcheck source=tools/demo/kit/demo.sh
. "$(dirname "$0")/kit/demo.sh"

# compare_under_load PORT COMMAND...: all replies are compared with what they must be.
compare_under_load() {
	local port=$1
	shift
	compare --listens "$port" --load "'$folder/load' --port $port --operations $OPERATIONS" \
		--operations 'rate.*\s(\d+)$' "$@"
}

memcached=(memcached -l 127.0.0.1 -U 0 -t 1 -m 64)
[ "$(id -u)" != 0 ] || memcached+=(-u nobody)
cc -std=c11 -D_GNU_SOURCE -O2 -o "$folder/load" bench/load/memcached_load.c
compile examples/proxy.c "$folder/proxy"

port=$(free_port)
compare_under_load "$port" "${memcached[@]}" -p "$port"

echo
echo "a proxy of bufferevents with a rate limit, between the load and another memcached:"
backend=$(free_port)
start "$backend" "${memcached[@]}" -p "$backend"
port=$(free_port)
# The rate limit is accounted for but never reached.
compare_under_load "$port" "$folder/proxy" "$port" "$backend" 2000000000
