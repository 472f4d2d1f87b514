#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# usage: read_stdin.sh COMMAND...
# Each line is echoed before the next one is sent; the end of the input ends the program.
set -eu

coproc program { exec "$@"; }
# shellcheck disable=SC2154 # coproc sets it
pid=$program_PID
exec 3>&"${program[1]}" 4<&"${program[0]}"
eval "exec ${program[1]}>&-"
for line in one two 'and three'; do
	printf '%s\n' "$line" >&3
	IFS= read -r -t 20 answer <&4
	[ "$answer" = "$((${#line} + 1)) bytes: $line" ] || {
		printf 'for "%s" it said "%s"\n' "$line" "$answer"
		exit 1
	}
done
exec 3>&-
wait "$pid"
