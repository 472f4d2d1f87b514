#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# usage: line_chat.sh COMMAND...
# Two guests hear each other and not themselves.
set -eu

coproc program { exec "$@"; }
# shellcheck disable=SC2154 # coproc sets it
pid=$program_PID
trap 'kill "$pid" 2>/dev/null || :' EXIT
IFS= read -r -t 20 port <&"${program[0]}"

expect() {
	local heard
	IFS= read -r -t 20 heard <&"$1"
	[ "$heard" = "$2" ] || {
		printf '"%s" was heard instead of "%s"\n' "$heard" "$2"
		exit 1
	}
}

exec 3<>"/dev/tcp/127.0.0.1/$port"
expect 3 'you are 1'
exec 4<>"/dev/tcp/127.0.0.1/$port"
expect 4 'you are 2'
printf 'hello\r\nwho is there?\n' >&3
expect 4 '1: hello'
expect 4 '1: who is there?'
printf 'me\n' >&4
expect 3 '2: me'
exec 3>&- 3<&-
exec 5<>"/dev/tcp/127.0.0.1/$port"
expect 5 'you are 3'
printf 'again\n' >&5
expect 4 '3: again'
kill -TERM "$pid"
wait "$pid"
