#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
. tools/dev/common.sh

print_help() {
	cat <<'END'
usage: ./dev test [options] [pattern]

Builds the library as it is shipped and runs the tests, all or those whose name
matches the regular expression.  Ends with the line "N passed, N failed".

  --preset NAME   another build: debug asan tsan coverage release-clang ... (release)
  --label NAME    only tests of this kind: unit api differential install example ...
  --list          only print the names of the tests
  --help          this text

One case of one suite: build/release/tests/<suite> <case>, and --list for their names.
END
}

preset=release
selection=()
list_only=no
while [ $# -gt 0 ]; do
	case $1 in
	--preset) preset=${2:?} && shift ;;
	--label) selection+=(-L "^${2:?}\$") && shift ;;
	--list) list_only=yes ;;
	-h | --help) print_help && exit 0 ;;
	-*) die "./dev test: no option $1; see ./dev test --help" ;;
	*) selection+=(-R "$1") ;;
	esac
	shift
done

# The system's libevent is what the differential tests compare with; tests of TLS have peers.
packages=(bind9 binutils curl dnsmasq-base dnsperf g++ gnutls-bin haproxy knot-dnsutils libevent-dev
	mandoc nginx-light nodejs openssl python3 python3-dnslib python3-h11 python3-websockets
	slowhttptest socat sslscan unbound wrk)
case $preset in
*clang | tsan) packages+=(clang-14 libclang-rt-14-dev) ;;
esac
need_build_tools "${packages[@]}"

heading "test, preset $preset"
build_preset "$preset"
if [ "$list_only" = yes ]; then
	ctest --test-dir "build/$preset" -N "${selection[@]}"
	exit
fi
status=0
run_ctest "$preset" "${selection[@]}" || status=$?
tally
exit "$status"
