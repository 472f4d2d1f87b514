#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
. tools/dev/common.sh

print_help() {
	cat <<'END'
usage: ./dev bench [options for bench/run]

Builds the library as it is shipped, then runs the workloads of bench/ on it, on Debian's
libevent, libev, libuv and plain epoll, alternating, and prints the ratios of the medians.
"./dev bench -- --help" tells the options of bench/run.
END
}

case ${1:-} in
-h | --help) print_help && exit 0 ;;
--) shift ;;
esac
need_build_tools libevent-dev libev-dev libuv1-dev gnuplot-nox memcached valgrind strace python3
heading build
build_preset release
heading bench
exec bench/run "$@"
