#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# usage: test_suite.sh COMMAND...   with the command that runs planted_suite
set -u
failed=0

# expect STATUS TEXT argument...: the suite, run so, ends with this status and prints this.
expect() {
	local wanted=$1 text=$2 output status
	shift 2
	output=$("${command[@]}" "$@" 2>&1)
	status=$?
	if [ "$status" != "$wanted" ] || ! grep -qF -- "$text" <<<"$output"; then
		printf 'with "%s": status %s, not %s, or without "%s":\n%s\n' \
			"$*" "$status" "$wanted" "$text" "$output"
		failed=1
	fi
}

command=("$@")
expect 0 'Checks: 1, Failures: 0' a_good_case
expect 1 'descriptors left open:' a_case_that_leaves_a_descriptor_open
expect 0 'Checks: 1, Failures: 0' a_case_that_may_leave_a_descriptor_open
expect 1 'Errors: 1' a_case_that_crashes
expect 1 'timeout' a_case_that_hangs
expect 1 'Early exit' a_case_that_ends_the_process
expect 1 'Checks: 3, Failures: 1' a_case_that_fails_the_second_time
expect 0 'Checks: 1, Failures: 0' --iteration 2 a_case_that_fails_the_second_time
expect 1 'Checks: 9' 'a_*'
expect 0 'a_case_that_fails_the_second_time [0..2]' --list
expect 0 'a_case_that_crashes' --list '*crash*'
expect 2 'no such case' nonsense
expect 2 'usage:' --nonsense
expect 0 'usage:' --help
exit $failed
