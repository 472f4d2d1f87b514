#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# packages: memcached gcc libc6-dev
#
# Run Debian's memcached, unchanged, under load on Levin and on Debian's own libevent, and
# examples/proxy.c, a proxy of bufferevents with a rate limit, on each, before a memcached of
# its own.  Print what an operation costs the server, and the ratio with its interval.
#
# The machine disturbs single runs by more than the libraries differ.  Therefore runs come in
# pairs, one on each library, the order changes from pair to pair, and the ratio is that within
# a pair.  The two servers compared have done the same work at any time: memcached's own
# threads, whose time is counted, work longer the more was stored.
set -euo pipefail

if [ "${1:-}" = --help ] || [ "${1:-}" = -h ]; then
	cat <<'END'
usage: tools/demo/memcached.sh [LIBDIR]

LIBDIR, which may also come from the environment, is the folder of Levin's libraries.
PAIRS (20) of runs and OPERATIONS (10000) in a run may be set.  Only loopback is used.
END
	exit 0
fi
LIBDIR=$(realpath -e "${1:-${LIBDIR:?the folder of the libraries is missing}}")
PAIRS=${PAIRS:-20}
OPERATIONS=${OPERATIONS:-10000}
[ "$PAIRS" -ge 6 ] || { echo 'memcached: fewer than 6 pairs give no interval' >&2 && exit 2; }
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

# start_proxy NAME LIBRARIES: before the server called backend; likewise.  The rate limit is
# accounted for but never reached.
start_proxy() {
	local paths=()
	[ -z "$2" ] || paths=("LD_LIBRARY_PATH=$2")
	env -u LD_LIBRARY_PATH "${paths[@]}" "$folder/proxy" 0 "${port[backend]}" 2000000000 \
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

median() { sort -g "$1" | awk '{ value[NR] = $1 } END { print value[int((NR + 1) / 2)] }'; }

cc -std=c11 -D_GNU_SOURCE -O2 -o "$load" bench/load/memcached_load.c
start_server levin "$LIBDIR"
verify_libraries levin "$LIBDIR"
start_server libevent ""
verify_libraries libevent ""
start_server backend ""
cc -std=c11 -D_GNU_SOURCE -O2 -I include -I "$LIBDIR/../include" -o "$folder/proxy" \
	examples/proxy.c -L "$LIBDIR" -levent
start_proxy levin-proxy "$LIBDIR"
verify_libraries levin-proxy "$LIBDIR"
start_proxy libevent-proxy ""
verify_libraries libevent-proxy ""
for name in levin libevent levin-proxy libevent-proxy; do
	run_load "$name"
done
for pair in $(seq "$PAIRS"); do
	order=(levin libevent)
	((pair % 2)) || order=(libevent levin)
	for name in "${order[@]}"; do
		measure "$name"
	done
	for name in "${order[@]}"; do
		measure "$name-proxy"
	done
done

# compare NAME NAME: the median of the pairs' ratios and an interval that has the true median in
# it with a probability of 95 %, whatever the distribution is: from the k-th to the k-th last,
# where k is the largest number for which a coin shows fewer than k heads in 2.5 % of cases.
compare() {
	paste "$folder/$1.cpu" "$folder/$2.cpu" | awk '{ print $1 / $2 }' | sort -g | awk '
		{ ratio[NR] = $1 }
		END {
			term = 0.5 ^ NR
			for (k = 0; below + term <= 0.025; k++) {
				below += term
				term *= (NR - k) / (k + 1)
			}
			low = ratio[k]
			high = ratio[NR + 1 - k]
			verdict = "no difference beyond the noise"
			if (high < 1) verdict = "less"
			if (low > 1) verdict = "more"
			middle = (ratio[int((NR + 1) / 2)] + ratio[int(NR / 2) + 1]) / 2
			printf "  Levin / libevent: %.3f, 95 %% interval %.3f to %.3f: %s\n", middle, low, high, verdict
		}'
}

# report NAME NAME: what an operation costs on each, and the ratio.
report() {
	local name
	for name in "$@"; do
		printf '  %-15s %7.0f ns of processor time an operation, %8.0f operations a second\n' \
			"$name" "$(median "$folder/$name.cpu")" "$(median "$folder/$name.rate")"
	done
	compare "$@"
}

printf '%s, %s operations a run, all replies right, %s pairs of runs in alternating order:\n' \
	"$(memcached -V)" "$OPERATIONS" "$PAIRS"
report levin libevent
printf 'a proxy of bufferevents with a rate limit, between the load and another memcached:\n'
report levin-proxy libevent-proxy
