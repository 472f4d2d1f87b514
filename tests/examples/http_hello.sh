#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# usage: http_hello.sh COMMAND...
# Replies whole and in chunks, on one connection, to a client of another project.
set -eu

exec python3 - "$@" <<'PROGRAM'
import http.client
import subprocess
import sys

server = subprocess.Popen(sys.argv[1:], stdout=subprocess.PIPE, text=True)
try:
    port = int(server.stdout.readline())
    client = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    for method, path, body, status, wanted in (
        ("GET", "/", None, 200, b"<p>Hello from 127.0.0.1.</p>\n"),
        ("HEAD", "/", None, 200, b""),
        ("POST", "/echo", b"x" * 100000, 200, b"x" * 100000),
        ("GET", "/count", None, 200, b"1\n2\n3\n4\n5\n"),
        ("GET", "/none", None, 404, None),
        ("POST", "/echo", iter([b"one", b"two"]), 200, b"onetwo"),
        ("POST", "/echo", b"x" * (1024 * 1024 + 1), 413, None),
    ):
        client.request(method, path, body)
        reply = client.getresponse()
        text = reply.read()
        assert reply.status == status, (path, reply.status)
        assert wanted is None or text == wanted, (path, text)
    client.close()
finally:
    server.terminate()
assert server.wait(20) == 0, "the server did not end well"
PROGRAM
