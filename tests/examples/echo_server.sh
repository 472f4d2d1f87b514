#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# usage: echo_server.sh COMMAND...
# Several clients at once, a large one among them, get back what they sent.
set -eu

coproc program { exec "$@"; }
# shellcheck disable=SC2154 # coproc sets it
pid=$program_PID
trap 'kill "$pid" 2>/dev/null || :' EXIT
IFS= read -r -t 20 port <&"${program[0]}"
exec 3<>"/dev/tcp/127.0.0.1/$port" 4<>"/dev/tcp/127.0.0.1/$port"
for line in one two 'and three'; do
	printf '%s\n' "$line" >&3
	printf 'other %s\n' "$line" >&4
	IFS= read -r -t 20 answer <&3
	IFS= read -r -t 20 other <&4
	[ "$answer, $other" = "$line, other $line" ] || {
		printf 'for "%s" came "%s" and "%s"\n' "$line" "$answer" "$other"
		exit 1
	}
done
wanted=$(seq 20000 | cksum)
seq 20000 >&3 &
answer=$(timeout 20 head -c "$(seq 20000 | wc -c)" <&3 | cksum)
wait $!
[ "$answer" = "$wanted" ] || {
	echo 'the long text came back changed'
	exit 1
}
