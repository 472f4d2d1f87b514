#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
. tools/dev/common.sh

print_help() {
	cat <<'END'
usage: ./dev demo [NAME...]

Builds the library as it is shipped and shows it at work: the first program,
examples/hello.c, then every tools/demo/*.sh, such as Debian's memcached under load on
Levin and on Debian's own libevent.  With names, only those.
END
}

case ${1:-} in
-h | --help) print_help && exit 0 ;;
-*) die "./dev demo: no option $1; see ./dev demo --help" ;;
esac

names=("$@")
if [ ${#names[@]} -eq 0 ]; then
	names=(hello)
	for script in tools/demo/*.sh; do
		[ ! -e "$script" ] || names+=("$(basename "$script" .sh)")
	done
fi
need_build_tools binutils
heading build
build_preset release

status=0
for name in "${names[@]}"; do
	heading "$name"
	if [ "$name" = hello ]; then
		build/release/examples/hello || status=1
	elif [ -e "tools/demo/$name.sh" ]; then
		# A demo names the packages it needs in a line "# packages: ...".
		read -ra packages < <(sed -n 's/^# packages: //p' "tools/demo/$name.sh")
		need "${packages[@]}"
		LIBDIR=$PWD/build/release/lib bash "tools/demo/$name.sh" || status=1
	else
		die "./dev demo: there is no tools/demo/$name.sh"
	fi
done
exit "$status"
