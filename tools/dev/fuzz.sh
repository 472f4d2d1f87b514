#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
. tools/dev/common.sh

print_help() {
	cat <<'END'
usage: ./dev fuzz [options] [fuzzer...]

Builds tests/fuzz/fuzz_*.c with libFuzzer and the sanitizers and runs them, all or those
named, one after the other.  What they find stays in build/fuzz/corpus/<fuzzer>.

  --seconds N   for each fuzzer (60)
  --list        only print their names
  --help        this text
END
}

seconds=60
list_only=no
names=()
while [ $# -gt 0 ]; do
	case $1 in
	--seconds) seconds=${2:?} && shift ;;
	--list) list_only=yes ;;
	-h | --help) print_help && exit 0 ;;
	-*) die "./dev fuzz: no option $1; see ./dev fuzz --help" ;;
	*) names+=("$1") ;;
	esac
	shift
done
if [ ${#names[@]} -eq 0 ]; then
	for source in tests/fuzz/fuzz_*.c; do
		[ ! -e "$source" ] || names+=("$(basename "$source" .c)")
	done
fi
if [ "$list_only" = yes ]; then
	printf '%s\n' "${names[@]}"
	exit
fi

need_build_tools clang-14 libclang-rt-14-dev
heading build
build_preset fuzz
for name in "${names[@]}"; do
	# The search for rare features costs more than the random programs themselves: 18 runs a second
	# of a resolver instead of 250.
	options=()
	case $name in
	fuzz_dns_resolver | fuzz_loop | fuzz_stream) options+=(-entropic=0) ;;
	esac
	heading "$name, $seconds s"
	mkdir -p "build/fuzz/corpus/$name"
	seeds=()
	[ ! -d "tests/fuzz/corpus/$name" ] || seeds=("tests/fuzz/corpus/$name")
	if "build/fuzz/fuzzers/$name" -max_total_time="$seconds" -print_final_stats=1 "${options[@]}" \
		-artifact_prefix="build/fuzz/$name-" "build/fuzz/corpus/$name" "${seeds[@]}"; then
		passed=$((passed + 1))
	else
		failed=$((failed + 1))
	fi
done
tally
[ "$failed" = 0 ]
