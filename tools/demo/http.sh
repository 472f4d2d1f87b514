#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# packages: wrk curl gcc libc6-dev libevent-dev strace
#
# Run examples/http_hello.c, a server by libevent's interface, under load on Levin and on
# Debian's own libevent, and compare what a request costs.
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
# shellcheck source=tools/demo/kit/demo.sh
. "$(dirname "$0")/kit/demo.sh"

compile examples/http_hello.c "$folder/http_hello"
port=$(free_port)
compare --listens "$port" --operations '(\d+) requests in' \
	--load "wrk -c 100 -t 1 -d 1 http://127.0.0.1:$port/ | tee '$folder/out' &&
		! grep -E 'Non-2xx|Socket errors' '$folder/out'" \
	"$folder/http_hello" "$port"
