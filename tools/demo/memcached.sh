#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# packages: memcached gcc libc6-dev
#
# Run Debian's memcached, unchanged, under load on Levin and on Debian's own libevent, and
# examples/proxy.c, a proxy of bufferevents with a rate limit, on each, before a memcached of
# its own.  Print what an operation costs the server, and the ratio with its interval.
#
# memcached's own threads, whose time is counted, work longer the more was stored.
set -euo pipefail

if [ "${1:-}" = --help ] || [ "${1:-}" = -h ]; then
	cat <<'END'
usage: tools/demo/memcached.sh [LIBDIR]

LIBDIR, which may also come from the environment, is the folder of Levin's libraries.
PAIRS (20) of runs and OPERATIONS (10000) in a run may be set.  Only loopback is used.
END
	exit 0
fi
demo=memcached
PAIRS_DEFAULT=20
OPERATIONS=${OPERATIONS:-10000}
# shellcheck source=tools/demo/kit/pairs.sh
. "$(dirname "$0")/kit/pairs.sh"
load=$folder/memcached_load

# Where a server will listen: a number that nobody uses now.
free_port() {
	local port
	for _ in {1..100}; do
		port=$((15000 + RANDOM % 16000))
		(exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null || { echo "$port" && return; }
	done
	die "no free port"
}

# start_server NAME LIBRARIES: the system's own if the second is empty.
start_server() {
	local options=(-l 127.0.0.1 -U 0 -t 1 -m 64) paths=()
	[ "$(id -u)" != 0 ] || options+=(-u nobody)
	[ -z "$2" ] || paths=("LD_LIBRARY_PATH=$2")
	port[$1]=$(free_port)
	env -u LD_LIBRARY_PATH "${paths[@]}" memcached -p "${port[$1]}" "${options[@]}" \
		2>"$folder/$1.log" &
	server[$1]=$!
	for _ in {1..200}; do
		kill -0 "${server[$1]}" 2>/dev/null ||
			die "the server ended: $(tail -n 1 "$folder/$1.log")"
		(exec 3<>"/dev/tcp/127.0.0.1/${port[$1]}") 2>/dev/null && return
		sleep 0.05
	done
	die "the server does not listen"
}

# run_load NAME: one run, its figures in the file out.
run_load() {
	"$load" --port "${port[$1]}" --pid "${server[$1]}" --operations "$OPERATIONS" \
		>"$folder/out" || die "wrong or missing replies on $1"
	kill -0 "${server[$1]}" 2>/dev/null || die "the server on $1 died under load"
}

# measure NAME: appends nanoseconds and rate to two files.
measure() {
	run_load "$1"
	awk '$1 == "cpu_per_op" { print $3 }' "$folder/out" >>"$folder/$1.cpu"
	awk '$1 == "rate" { print $3 }' "$folder/out" >>"$folder/$1.rate"
}

cc -std=c11 -D_GNU_SOURCE -O2 -o "$load" bench/load/memcached_load.c
compile examples/proxy.c "$folder/proxy"
start_server levin "$LIBDIR"
verify_libraries levin "$LIBDIR"
start_server libevent ""
verify_libraries libevent ""
start_server backend ""
# The rate limit is accounted for but never reached.
proxy=("$folder/proxy" 0 "${port[backend]}" 2000000000)
start_printing_port levin-proxy "$LIBDIR" "${proxy[@]}"
verify_libraries levin-proxy "$LIBDIR"
start_printing_port libevent-proxy "" "${proxy[@]}"
verify_libraries libevent-proxy ""
for name in levin libevent levin-proxy libevent-proxy; do
	run_load "$name"
done
for pair in $(seq "$PAIRS"); do
	measure_pair "$pair" levin libevent
	measure_pair "$pair" levin-proxy libevent-proxy
done

printf '%s, %s operations a run, all replies right, %s pairs of runs in alternating order:\n' \
	"$(memcached -V)" "$OPERATIONS" "$PAIRS"
report levin libevent
printf 'a proxy of bufferevents with a rate limit, between the load and another memcached:\n'
report levin-proxy libevent-proxy
