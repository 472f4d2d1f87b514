# SPDX-License-Identifier: BSD-3-Clause
# shellcheck shell=bash disable=SC2034  # the demos use the ports
# Sourced by the demos that load one server on Levin and one on Debian's libevent in pairs of runs.
#
# The machine disturbs single runs by more than the libraries differ.  Therefore runs come in
# pairs, one on each library, the order changes from pair to pair, and the ratio is that within
# a pair.  The two servers compared have done the same work at any time.
#
# NAME.cpu and NAME.rate in $folder have a line for each run: nanoseconds of the server's
# processor time for an operation, and operations in a second.

set -euo pipefail

: "${demo:?}" "${PAIRS_DEFAULT:?}"
LIBDIR=$(realpath -e "${1:-${LIBDIR:?the folder of the libraries is missing}}")
PAIRS=${PAIRS:-$PAIRS_DEFAULT}
[ "$PAIRS" -ge 6 ] || { echo "$demo: fewer than 6 pairs give no interval" >&2 && exit 2; }
cd "$(dirname "$(readlink -f "$0")")/../.."

folder=$(mktemp -d)
declare -A server port

# Nothing is left that could be saved.
stop_servers() {
	local pid
	for pid in "${server[@]}"; do
		kill -KILL "$pid" 2>/dev/null || true
		wait "$pid" 2>/dev/null || true
	done
}
trap 'stop_servers; rm -rf "$folder"' EXIT

die() {
	printf '%s: FAIL %s\n' "$demo" "$*" >&2
	exit 1
}

# compile SOURCE OUTPUT: a program that runs on either library.
compile() {
	cc -std=c11 -D_GNU_SOURCE -O2 -I include -I "$LIBDIR/../include" -o "$2" "$1" \
		-L "$LIBDIR" -levent
}

# start_printing_port NAME LIBRARIES COMMAND...: a server that prints the port it has chosen.  The
# libraries are the system's own if the second is empty.
start_printing_port() {
	local name=$1 paths=()
	[ -z "$2" ] || paths=("LD_LIBRARY_PATH=$2")
	shift 2
	env -u LD_LIBRARY_PATH "${paths[@]}" "$@" >"$folder/$name.port" 2>"$folder/$name.log" &
	server[$name]=$!
	for _ in {1..200}; do
		kill -0 "${server[$name]}" 2>/dev/null ||
			die "$name ended: $(tail -n 1 "$folder/$name.log")"
		port[$name]=$(grep -sm1 . "$folder/$name.port") && return
		sleep 0.05
	done
	die "$name does not listen"
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

# measure_pair NUMBER NAME NAME: the order changes with the number.  measure NAME is the demo's.
measure_pair() {
	local pair=$1 name
	shift
	local order=("$@")
	((pair % 2)) || order=("$2" "$1")
	for name in "${order[@]}"; do
		measure "$name"
	done
}

median() { sort -g "$1" | awk '{ value[NR] = $1 } END { print value[int((NR + 1) / 2)] }'; }

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
