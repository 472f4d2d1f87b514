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
# A client that ends its output before it reads gets everything back.  Small segments and a small
# buffer make the server's socket take little at a time.
if command -v python3 >/dev/null; then
	python3 - "$port" <<'END' || exit 1
import socket, sys

for size in range(8000, 88000, 8000):
    client = socket.socket()
    client.settimeout(20)
    client.setsockopt(socket.IPPROTO_TCP, socket.TCP_MAXSEG, 536)
    client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
    client.connect(("127.0.0.1", int(sys.argv[1])))
    client.sendall(bytes(size))
    client.shutdown(socket.SHUT_WR)
    received = 0
    while part := client.recv(1024):
        received += len(part)
    client.close()
    if received != size:
        sys.exit(f"{received} bytes came back instead of {size}")
END
fi
# It ends by itself when the last client has left.
kill -TERM "$pid"
exec 3>&- 4>&-
wait "$pid"
