#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# packages: wrk curl gcc libc6-dev
#
# Run examples/http_hello.c, a server by libevent's interface, under load on Levin and on
# Debian's own libevent.  Print what a request costs the server, and the ratio with its interval.
set -euo pipefail

if [ "${1:-}" = --help ] || [ "${1:-}" = -h ]; then
	cat <<'END'
usage: tools/demo/http.sh [LIBDIR]

LIBDIR, which may also come from the environment, is the folder of Levin's libraries.
PAIRS (12) of runs, of a second each, may be set.  Only loopback is used.
END
	exit 0
fi
demo=http
PAIRS_DEFAULT=12
CONNECTIONS=100
# shellcheck source=tools/demo/kit/pairs.sh
. "$(dirname "$0")/kit/pairs.sh"

# What the server's process has burnt so far, in nanoseconds.
cpu_ns() { awk '{ sum += $1 } END { printf "%.0f", sum }' /proc/"${server[$1]}"/task/*/schedstat; }

# run_load NAME: one run, its report in the file out.
run_load() {
	wrk -c "$CONNECTIONS" -t 1 -d 1 "http://127.0.0.1:${port[$1]}/" >"$folder/out" ||
		die "wrk failed on $1"
	! grep -E 'Non-2xx|Socket errors' "$folder/out" || die "wrong or missing replies on $1"
	kill -0 "${server[$1]}" 2>/dev/null || die "the server on $1 died under load"
}

measure() {
	local before after
	before=$(cpu_ns "$1")
	run_load "$1"
	after=$(cpu_ns "$1")
	awk -v ns=$((after - before)) '/requests in/ { print ns / $1 }' "$folder/out" \
		>>"$folder/$1.cpu"
	awk '/^Requests\/sec/ { print $2 }' "$folder/out" >>"$folder/$1.rate"
}

start() {
	start_printing_port "$1" "$2" "$folder/http_hello"
	verify_libraries "$1" "$2"
	curl -s "http://127.0.0.1:${port[$1]}/" >"$folder/$1.page" || die "no page from $1"
}

compile examples/http_hello.c "$folder/http_hello"
start levin "$LIBDIR"
start libevent ""
cmp "$folder/levin.page" "$folder/libevent.page" || die "the pages differ"
run_load levin
run_load libevent
for pair in $(seq "$PAIRS"); do
	measure_pair "$pair" levin libevent
done

printf 'examples/http_hello.c, %s connections that stay, %s pairs of runs of a second:\n' \
	"$CONNECTIONS" "$PAIRS"
report levin libevent
