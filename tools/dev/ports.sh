# SPDX-License-Identifier: BSD-3-Clause
# shellcheck shell=bash
# The ports: cross compilers from Debian, programs run natively (i386, musl) or by
# qemu-user.  Check is built for each from Debian's source package.  And this system with
# version 3 of mbedTLS, from the next release of Debian.  Read by check.sh.

packages_of_port() {
	case $1 in
	i386) echo gcc-i686-linux-gnu libc6-dev-i386-cross ;;
	s390x) echo gcc-s390x-linux-gnu libc6-dev-s390x-cross qemu-user-static ;;
	aarch64) echo gcc-aarch64-linux-gnu libc6-dev-arm64-cross qemu-user-static ;;
	musl) echo musl-tools ;;
	esac
}

# own_apt deb|deb-src SUITE: apt_options for an apt configuration of its own.  The machine's lists
# need not have sources, and nothing of another suite gets into the system.
own_apt() {
	local apt=$PWD/build/ports/apt-$2
	mkdir -p "$apt/lists/partial"
	cat >"$apt/sources.list" <<END
$1 [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] http://deb.debian.org/debian $2 main
END
	apt_options=(-q -o Dir::Etc::sourcelist="$apt/sources.list" -o Dir::Etc::sourceparts=/dev/null
		-o Dir::State::lists="$apt/lists" -o APT::Sandbox::User="$(id -un)"
		-o Dir::Cache::srcpkgcache="" -o Dir::Cache::pkgcache="")
	apt-get "${apt_options[@]}" update
}

# Its libraries need no newer C library than that of this release.
fetch_mbedtls() {
	local to=$PWD/build/ports/mbedtls3 archives=$PWD/build/ports/mbedtls3-archives archive
	[ ! -e "$to/lib/libmbedtls.so" ] || return 0
	own_apt deb trixie
	mkdir -p "$archives" "$to"
	(cd "$archives" && apt-get "${apt_options[@]}" download \
		libmbedtls-dev libmbedtls21 libmbedx509-7 libmbedcrypto16)
	for archive in "$archives"/*.deb; do
		dpkg-deb -x "$archive" "$archives/tree"
	done
	cp -a "$archives/tree/usr/include" "$to"
	cp -a "$archives"/tree/usr/lib/*-linux-gnu "$to/lib"
}

fetch_check_source() {
	local archives=build/ports/source
	[ ! -e "$archives/fetched" ] || return 0
	mkdir -p "$archives"
	own_apt deb-src bookworm
	(cd "$archives" && apt-get "${apt_options[@]}" source --download-only check)
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

# The rest of the library does not change with it.
check_mbedtls() {
	step "fetch mbedTLS 3" fetch_mbedtls && built mbedtls3 && run_ctest mbedtls3 -R tls
}

build_port() {
	step "fetch Check's source" fetch_check_source &&
		step "build Check for $1" build_check "$1" &&
		step "configure $1" configure_port "$1" &&
		step "build $1" cmake --build --preset "$1"
}
