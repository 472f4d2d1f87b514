#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# usage: test_install.sh WAY BUILD COMPILER PREFIX
# "files" installs BUILD into a DESTDIR and looks at what is there; each other way builds
# and runs programs against it.
set -euo pipefail

way=$1 build=$2 compiler=$3 prefix=$4
here=$(cd "$(dirname "$0")" && pwd)
destination=$build/tests/install/destdir
work=$build/tests/install/$way
root=$destination$prefix
rm -rf "$work"
mkdir -p "$work"

fail() {
	printf '%s\n' "$*" >&2
	exit 1
}

libraries() { dirname "$(find "$root" -name libevent_core.a)"; }

use_pkg_config() {
	export PKG_CONFIG_SYSROOT_DIR=$destination
	PKG_CONFIG_LIBDIR=$(libraries)/pkgconfig
	export PKG_CONFIG_LIBDIR
}

# compile OUTPUT flag...: the consumer.
compile() {
	local output=$1
	shift
	"$compiler" -std=c99 -D_GNU_SOURCE -Wall -Werror -o "$work/$output" "$here/consumer.c" "$@"
}

# run_it PROGRAM: it works, and runs on what was installed.
run_it() {
	local output
	output=$(LD_LIBRARY_PATH=$(libraries) "$work/$1") || fail "$1 fails: $output"
	[[ $output == 'libevent 2.1.'*' by Levin '* ]] || fail "$1 says: $output"
}

# needs PROGRAM LIBRARY; needs_none PROGRAM
needs() { readelf -d "$work/$1" | grep -q "NEEDED.*\\[$2\\]" || fail "$1 does not need $2"; }
needs_none() { ! readelf -d "$work/$1" | grep 'NEEDED.*libevent' || fail "$1 is not static"; }

test_files() {
	local name file lib
	rm -rf "$destination"
	DESTDIR=$destination cmake --install "$build" >/dev/null
	lib=$(libraries)
	for name in event event_core event_extra event_pthreads event_openssl event_mbedtls; do
		for file in "lib$name.so" "lib$name.a" "lib$name-2.1.so.7" "lib$name-2.1.so.7.0.1" \
			"pkgconfig/lib$name.pc"; do
			[ -e "$lib/$file" ] || fail "$file is missing"
		done
		readelf -d "$lib/lib$name.so" | grep -q "SONAME.*\\[lib$name-2.1.so.7\\]" ||
			fail "lib$name.so has another SONAME"
	done
	for file in liblevin_sim.so liblevin_sim.a liblevin_sim.so.0 pkgconfig/levin_sim.pc; do
		[ -e "$lib/$file" ] || fail "$file is missing"
	done
	readelf -d "$lib/liblevin_sim.so" | grep -q 'SONAME.*\[liblevin_sim.so.0\]' ||
		fail "liblevin_sim.so has another SONAME"
	# Only tests map it.
	! readelf -d "$lib"/libevent*.so | grep -q 'NEEDED.*levin_sim' || fail "a library needs liblevin_sim"
	for file in event.h evutil.h event2/event.h event2/event-config.h event2/thread.h levin/version.h; do
		[ -e "$root/include/$file" ] || fail "include/$file is missing"
	done
	for file in LibeventConfig.cmake LibeventConfigVersion.cmake; do
		[ -e "$lib/cmake/libevent/$file" ] || fail "$file is missing"
	done
	"$root/bin/levin" run --dry-run cmake 2>&1 | grep -q 'links no libevent\|runs on' ||
		fail "levin does not find its modules and libraries"
	[ -e "$root/share/man/man1/levin.1" ] || fail "levin.1 is missing"
	# Where it was built must not matter to those who use it.
	! grep -rlF "$build" "$root" --include='*.pc' --include='*.cmake' --include='*.h' --include=levin ||
		fail "these files name the build folder"
}

# Words that pkg-config prints are meant to be split.
# shellcheck disable=SC2046
test_pkg_config() {
	local name
	use_pkg_config
	compile core $(pkg-config --cflags --libs libevent_core)
	needs core libevent_core-2.1.so.7
	run_it core
	compile umbrella $(pkg-config --cflags --libs libevent)
	needs umbrella libevent-2.1.so.7
	run_it umbrella
	compile threads -DWITH_PTHREADS $(pkg-config --cflags --libs libevent_pthreads)
	needs threads libevent_pthreads-2.1.so.7
	run_it threads
	for name in extra openssl mbedtls; do
		# They have no function yet that would make the linker keep them.
		compile $name -Wl,--no-as-needed $(pkg-config --cflags --libs libevent_$name libevent)
		needs $name libevent_$name-2.1.so.7
		run_it $name
	done
	compile levin -DWITH_PTHREADS $(pkg-config --cflags --libs 'levin >= 0.1')
	run_it levin
	compile simulated -DWITH_SIM $(pkg-config --cflags --libs levin_sim)
	needs simulated liblevin_sim.so.0
	needs simulated libevent_core-2.1.so.7
	run_it simulated
	[[ $(pkg-config --modversion libevent) == 2.1.* ]] || fail "another version"
}

# shellcheck disable=SC2046
test_pkg_config_static() {
	use_pkg_config
	local flags
	flags=$(pkg-config --static --cflags --libs libevent_extra libevent_openssl \
		libevent_mbedtls libevent_pthreads libevent_core)
	# shellcheck disable=SC2086
	compile archives -DWITH_PTHREADS -Wl,-Bstatic $flags -Wl,-Bdynamic
	needs_none archives
	run_it archives
	compile simulated -DWITH_SIM -static $(pkg-config --static --cflags --libs levin_sim)
	run_it simulated
	compile all_static -static $(pkg-config --static --cflags --libs libevent_core)
	run_it all_static
}

# build_with_cmake option...
build_with_cmake() {
	cmake -G Ninja -S "$here/consumer" -B "$work" -DCMAKE_C_COMPILER="$compiler" \
		-DCMAKE_PREFIX_PATH="$root" "$@" >"$work.log" || fail "$(cat "$work.log")"
	cmake --build "$work" >>"$work.log" || fail "$(cat "$work.log")"
}

test_cmake() {
	build_with_cmake
	needs with_pthreads libevent_pthreads-2.1.so.7
	needs with_pthreads libevent_core-2.1.so.7
	needs umbrella libevent-2.1.so.7
	needs simulated liblevin_sim.so.0
	run_it simulated
	run_it with_pthreads
	run_it umbrella
	run_it by_variable
	needs siblings libevent_extra-2.1.so.7
	needs siblings libevent_openssl-2.1.so.7
	needs siblings libevent_mbedtls-2.1.so.7
	run_it siblings
}

test_cmake_static() {
	build_with_cmake -DLIBEVENT_STATIC_LINK=ON
	local program
	for program in with_pthreads umbrella by_variable siblings simulated; do
		needs_none $program
		run_it $program
	done
}

# one_state OUTPUT library...: a program linked with these, in this order.
one_state() {
	local output=$1
	shift
	"$compiler" -D_GNU_SOURCE -I"$root/include" -o "$work/$output" "$here/one_state.c" \
		-L"$(libraries)" -Wl,--no-as-needed "$@" -ldl
}

test_one_state() {
	local lib name
	lib=$(libraries)
	export LD_LIBRARY_PATH=$lib
	one_state both -levent -levent_core
	needs both libevent-2.1.so.7
	needs both libevent_core-2.1.so.7
	"$work/both" || fail "umbrella before core"
	one_state reverse -levent_core -levent
	"$work/reverse" || fail "core before umbrella"
	one_state all -levent -levent_mbedtls -levent_openssl -levent_extra -levent_pthreads
	"$work/all" || fail "umbrella before its siblings"
	one_state core -levent_core
	"$work/core" "$lib/libevent-2.1.so.7" || fail "umbrella mapped later"
	for name in extra openssl mbedtls pthreads; do
		one_state umbrella -levent
		"$work/umbrella" "$lib/libevent_$name-2.1.so.7" || fail "$name mapped later"
	done
}

# make_core FOLDER VERSION: core as a release whose private list has this version.
make_core() {
	mkdir -p "$work/$1"
	printf '{ global: event*; evbuffer*; bufferevent*; evthread*; evutil*; lvn_*; local: lvn_private_1; *; };\n' \
		>"$work/$1.map"
	"$compiler" -shared -o "$work/$1/libevent_core-2.1.so.7" -Wl,-soname,libevent_core-2.1.so.7 \
		-Wl,--whole-archive "$(libraries)/libevent_core.a" -Wl,--no-whole-archive \
		-Wl,--defsym,"$2"=lvn_private_1 -Wl,--version-script="$work/$1.map"
}

test_other_release() {
	local name release output
	make_core older lvn_private_0
	make_core newer lvn_private_2
	for name in event_extra event_openssl event_mbedtls event_pthreads levin_sim; do
		one_state "$name" -levent_core "-l$name"
		for release in older newer; do
			! output=$(LD_LIBRARY_PATH=$work/$release:$(libraries) "$work/$name" 2>&1) ||
				fail "lib$name runs on an $release core"
			[[ $output == *"lib$name"*": undefined symbol: lvn_private_1"* ]] ||
				fail "lib$name does not say why: $output"
		done
	done
	# Programs that use core alone run on any release.
	one_state alone -levent_core
	LD_LIBRARY_PATH=$work/newer:$(libraries) "$work/alone" core || fail "core alone"
}

"test_$way"
