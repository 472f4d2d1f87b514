# SPDX-License-Identifier: BSD-3-Clause
# shellcheck shell=bash
# The ports: cross compilers from Debian, programs run natively (i386, musl) or by
# qemu-user.  Check is built for each from Debian's source package.  Read by check.sh.

packages_of_port() {
	case $1 in
	i386) echo gcc-i686-linux-gnu libc6-dev-i386-cross ;;
	s390x) echo gcc-s390x-linux-gnu libc6-dev-s390x-cross qemu-user-static ;;
	aarch64) echo gcc-aarch64-linux-gnu libc6-dev-arm64-cross qemu-user-static ;;
	musl) echo musl-tools ;;
	esac
}

# With an apt configuration of its own: the machine's lists need not have sources.
fetch_check_source() {
	local apt=$PWD/build/ports/apt archives=build/ports/source options
	[ ! -e "$archives/fetched" ] || return 0
	mkdir -p "$apt/lists/partial" "$archives"
	cat >"$apt/sources.list" <<END
deb-src [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] http://deb.debian.org/debian bookworm main
END
	options=(-q -o Dir::Etc::sourcelist="$apt/sources.list" -o Dir::Etc::sourceparts=/dev/null
		-o Dir::State::lists="$apt/lists" -o APT::Sandbox::User="$(id -un)"
		-o Dir::Cache::srcpkgcache="" -o Dir::Cache::pkgcache="")
	apt-get "${options[@]}" update
	(cd "$archives" && apt-get "${options[@]}" source --download-only check)
	tar -C "$archives" --strip-components=1 -xf "$archives"/check_*.orig.tar.*
	touch "$archives/fetched"
}

build_check() {
	local port=$1 to=$PWD/build/ports/$1
	[ ! -e "$to/lib/libcheck.a" ] || return 0
	cmake -G Ninja -S build/ports/source -B "build/ports/$port-build" \
		--toolchain "$PWD/cmake/toolchains/$port.cmake" -DCMAKE_BUILD_TYPE=Release \
		-DCMAKE_INSTALL_PREFIX="$to" -DCMAKE_INSTALL_LIBDIR=lib -DBUILD_TESTING=OFF \
		-DCHECK_ENABLE_SUBUNIT=OFF -DCHECK_ENABLE_TESTS=OFF -DINSTALL_CHECKMK=OFF
	cmake --build "build/ports/$port-build"
	cmake --install "build/ports/$port-build"
}

configure_port() {
	cmake --preset "$1" -DLEVIN_CHECK_INCLUDE_DIR="$PWD/build/ports/$1/include" \
		-DLEVIN_CHECK_LIBRARY="$PWD/build/ports/$1/lib/libcheck.a" -DLEVIN_SUBUNIT_LIBRARY=
}

# check_port PORT: the sanitizers do not run there, the tests of the library do.
check_port() {
	local port=$1
	if ! build_port "$port"; then
		failed=$((failed + 1))
		return 1
	fi
	run_ctest "$port"
}

build_port() {
	step "fetch Check's source" fetch_check_source &&
		step "build Check for $1" build_check "$1" &&
		step "configure $1" configure_port "$1" &&
		step "build $1" cmake --build --preset "$1"
}
