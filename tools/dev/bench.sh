#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
. tools/dev/common.sh

print_help() {
	cat <<'END'
usage: ./dev bench [options for bench/run]
       ./dev bench --publish

Builds the library as it is shipped, then runs the workloads of bench/ on it, on Debian's
libevent, libev, libuv, c-ares and plain epoll, alternating, and prints the ratios of the medians.
"./dev bench -- --help" lists the options of bench/run.

--publish measures everything and writes the results, bench/results/latest.csv and
bench/counts.txt, and the tables and plots of README.md, docs/performance.md and
docs/internals/performance.md.  It takes about three quarters of an hour on a quiet machine.
END
}

publish=
case ${1:-} in
-h | --help) print_help && exit 0 ;;
--publish) publish=1 && shift ;;
--) shift ;;
esac
need_build_tools dnsperf libc-ares-dev libevent-dev libev-dev libssl-dev libuv1-dev gnuplot-nox memcached nginx-light \
	valgrind strace python3
heading build
build_preset release
heading bench
[ "$publish" ] || exec bench/run "$@"
[ $# -eq 0 ] || die "./dev bench --publish measures everything and takes no options"
bench/run
heading counts
bench/instructions --update bench/counts.txt
heading documents
bench/plot
