# SPDX-License-Identifier: BSD-3-Clause
# shellcheck shell=bash
# Sourced by the demos that compare a server on Levin and on Debian's libevent by `levin compare`.

set -euo pipefail

: "${demo:?}"
LIBDIR=$(realpath -e "${1:-${LIBDIR:?the folder of the libraries is missing}}")
cd "$(dirname "$(readlink -f "$0")")/../.."

folder=$(mktemp -d)
started=()

# Nothing is left that could be saved.
clean_up() {
	local pid
	for pid in "${started[@]}"; do
		kill -KILL "$pid" 2>/dev/null || true
		wait "$pid" 2>/dev/null || true
	done
	rm -rf "$folder"
}
trap clean_up EXIT

die() {
	printf '%s: FAIL %s\n' "$demo" "$*" >&2
	exit 1
}

is_listening() { (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }

# Where a server will listen: a number that nobody uses now.
free_port() {
	local port
	for _ in {1..100}; do
		port=$((15000 + RANDOM % 16000))
		is_listening "$port" || { echo "$port" && return; }
	done
	die "no free port"
}

# compile SOURCE OUTPUT: a program that runs on either library.
compile() {
	cc -std=c11 -D_GNU_SOURCE -O2 -I include -I "$LIBDIR/../include" -o "$2" "$1" \
		-L "$LIBDIR" -levent
}

# start PORT COMMAND...: a server that ends with the demo, on the system's libraries.
start() {
	local port=$1
	shift
	env -u LD_LIBRARY_PATH "$@" 2>"$folder/started.log" &
	started+=($!)
	for _ in {1..200}; do
		kill -0 "${started[-1]}" 2>/dev/null || die "$1 ended: $(tail -n 1 "$folder/started.log")"
		! is_listening "$port" || return 0
		sleep 0.05
	done
	die "$1 does not listen"
}

# compare OPTION... PROGRAM ARGUMENT...: what the same work costs on each library.
compare() {
	env -u LD_LIBRARY_PATH "$LIBDIR/../bin/levin" --lib "$LIBDIR" compare \
		--pairs "${PAIRS:-12}" "$@" || die "see above"
}
