#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# packages: memcached gcc libc6-dev
#
# Debian's memcached, unchanged, under load on Levin and on Debian's own libevent, by
# turns.  Prints what an operation costs the server on each.  Then the same load reaches it
# through examples/proxy.c, a proxy of bufferevents with a rate limit, on each.
set -euo pipefail

if [ "${1:-}" = --help ] || [ "${1:-}" = -h ]; then
	cat <<'END'
usage: tools/demo/memcached.sh [LIBDIR]

LIBDIR, which may also come from the environment, is the folder of Levin's libraries.
ROUNDS (10) and OPERATIONS (20000) in a round may be set.  Only loopback is used.
END
	exit 0
fi
LIBDIR=$(realpath -e "${1:-${LIBDIR:?the folder of the libraries is missing}}")
ROUNDS=${ROUNDS:-10}
OPERATIONS=${OPERATIONS:-20000}
cd "$(dirname "$(readlink -f "$0")")/../.."

folder=$(mktemp -d)
load=$folder/memcached_load
declare -A server port

stop_servers() {
	local pid
	for pid in "${server[@]}"; do
		kill "$pid" 2>/dev/null || true
		wait "$pid" 2>/dev/null || true
	done
}
trap 'stop_servers; rm -rf "$folder"' EXIT

die() {
	printf 'memcached: FAIL %s\n' "$*" >&2
	exit 1
}

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

# start_proxy NAME LIBRARIES: in front of the server on Levin; likewise.  The limit is one that
# is reckoned with but never reached.
start_proxy() {
	local paths=()
	[ -z "$2" ] || paths=("LD_LIBRARY_PATH=$2")
	env -u LD_LIBRARY_PATH "${paths[@]}" "$folder/proxy" 0 "${port[levin]}" 2000000000 \
		>"$folder/$1.port" 2>"$folder/$1.log" &
	server[$1]=$!
	for _ in {1..200}; do
		kill -0 "${server[$1]}" 2>/dev/null ||
			die "the proxy ended: $(tail -n 1 "$folder/$1.log")"
		port[$1]=$(grep -sm1 . "$folder/$1.port") && return
		sleep 0.05
	done
	die "the proxy does not listen"
}

# The figures would be worth nothing if another libevent had been loaded.
verify_libraries() {
	local path paths
	paths=$(awk '/\/libevent/ { print $6 }' "/proc/${server[$1]}/maps" | sort -u)
	[ -n "$paths" ] || die "the server maps no libevent"
	for path in $paths; do
		if [ "${path%/*}" = "$LIBDIR" ]; then
			[ -n "$2" ] || die "the server maps $path"
		else
			[ -z "$2" ] || die "the server maps $path"
		fi
	done
}

# measure NAME: appends nanoseconds and rate to two files.
measure() {
	"$load" --port "${port[$1]}" --pid "${server[$1]}" --operations "$OPERATIONS" \
		>"$folder/out" || die "wrong or missing replies on $1"
	kill -0 "${server[$1]}" 2>/dev/null || die "the server on $1 died under load"
	awk '$1 == "cpu_per_op" { print $3 }' "$folder/out" >>"$folder/$1.cpu"
	awk '$1 == "rate" { print $3 }' "$folder/out" >>"$folder/$1.rate"
}

median() { sort -g "$1" | awk '{ value[NR] = $1 } END { print value[int((NR + 1) / 2)] }'; }

cc -std=c11 -D_GNU_SOURCE -O2 -o "$load" bench/load/memcached_load.c
start_server levin "$LIBDIR"
verify_libraries levin "$LIBDIR"
start_server libevent ""
verify_libraries libevent ""
cc -std=c11 -D_GNU_SOURCE -O2 -I include -I "$LIBDIR/../include" -o "$folder/proxy" \
	examples/proxy.c -L "$LIBDIR" -levent
start_proxy levin-proxy "$LIBDIR"
verify_libraries levin-proxy "$LIBDIR"
start_proxy libevent-proxy ""
verify_libraries libevent-proxy ""
for _ in $(seq "$ROUNDS"); do
	for name in levin libevent levin-proxy libevent-proxy; do
		measure "$name"
	done
done

# report NAME NAME: what an operation costs on each, and the ratio.
report() {
	local name
	for name in "$@"; do
		printf '  %-15s %7.0f ns of processor time an operation, %8.0f operations a second\n' \
			"$name" "$(median "$folder/$name.cpu")" "$(median "$folder/$name.rate")"
	done
	awk -v ours="$(median "$folder/$1.cpu")" -v theirs="$(median "$folder/$2.cpu")" \
		'BEGIN { printf "  Levin takes %.3f of the time that libevent takes\n", ours / theirs }'
}

printf '%s, %s operations a run, all replies right, medians of %s runs by turns:\n' \
	"$(memcached -V)" "$OPERATIONS" "$ROUNDS"
report levin libevent
printf 'a proxy of bufferevents with a rate limit, between the load and memcached:\n'
report levin-proxy libevent-proxy
