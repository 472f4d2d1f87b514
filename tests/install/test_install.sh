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
	for name in event event_core event_pthreads; do
		for file in "lib$name.so" "lib$name.a" "lib$name-2.1.so.7" "lib$name-2.1.so.7.0.1" \
			"pkgconfig/lib$name.pc"; do
			[ -e "$lib/$file" ] || fail "$file is missing"
		done
		readelf -d "$lib/lib$name.so" | grep -q "SONAME.*\\[lib$name-2.1.so.7\\]" ||
			fail "lib$name.so has another SONAME"
	done
	for file in event.h evutil.h event2/event.h event2/event-config.h event2/thread.h levin/version.h; do
		[ -e "$root/include/$file" ] || fail "include/$file is missing"
	done
	for file in LibeventConfig.cmake LibeventConfigVersion.cmake; do
		[ -e "$lib/cmake/libevent/$file" ] || fail "$file is missing"
	done
	# Where it was built must not matter to those who use it.
	! grep -rlF "$build" "$root" --include='*.pc' --include='*.cmake' --include='*.h' ||
		fail "these files name the build folder"
}

# Words that pkg-config prints are meant to be split.
# shellcheck disable=SC2046
test_pkg_config() {
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
	compile levin -DWITH_PTHREADS $(pkg-config --cflags --libs 'levin >= 0.1')
	run_it levin
	[[ $(pkg-config --modversion libevent) == 2.1.* ]] || fail "another version"
}

# shellcheck disable=SC2046
test_pkg_config_static() {
	use_pkg_config
	local flags
	flags=$(pkg-config --static --cflags --libs libevent_pthreads libevent_core)
	# shellcheck disable=SC2086
	compile archives -DWITH_PTHREADS -Wl,-Bstatic $flags -Wl,-Bdynamic
	needs_none archives
	run_it archives
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
	run_it with_pthreads
	run_it umbrella
	run_it by_variable
}

test_cmake_static() {
	build_with_cmake -DLIBEVENT_STATIC_LINK=ON
	local program
	for program in with_pthreads umbrella by_variable; do
		needs_none $program
		run_it $program
	done
}

test_one_state() {
	local lib
	lib=$(libraries)
	"$compiler" -D_GNU_SOURCE -I"$root/include" -o "$work/both" "$here/one_state.c" \
		-L"$lib" -Wl,--no-as-needed -levent -levent_core -ldl
	needs both libevent-2.1.so.7
	needs both libevent_core-2.1.so.7
	LD_LIBRARY_PATH=$lib "$work/both" || fail "umbrella before core"
	"$compiler" -D_GNU_SOURCE -I"$root/include" -o "$work/reverse" "$here/one_state.c" \
		-L"$lib" -Wl,--no-as-needed -levent_core -levent -ldl
	LD_LIBRARY_PATH=$lib "$work/reverse" || fail "core before umbrella"
	"$compiler" -D_GNU_SOURCE -I"$root/include" -o "$work/later" "$here/one_state.c" \
		-L"$lib" -levent_core -ldl
	LD_LIBRARY_PATH=$lib "$work/later" "$lib/libevent-2.1.so.7" || fail "umbrella mapped later"
}

"test_$way"
