#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# usage: http_upload.sh COMMAND...
# Uploads with a known size, in chunks, refused, and cut short.
set -eu

exec python3 - "$@" <<'PROGRAM'
import http.client
import os
import subprocess
import sys
import tempfile

content = os.urandom(2500000)
with tempfile.TemporaryDirectory() as folder:
    server = subprocess.Popen(sys.argv[1:] + [folder], stdout=subprocess.PIPE, text=True)
    try:
        port = int(server.stdout.readline())
        for path, body, status in (
            ("/one", content, 201),
            ("/two", iter([b"abc", b"def"]), 201),
            ("/.hidden", b"x", 400),
            ("/a%2Fb", b"x", 400),
        ):
            client = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
            client.request("PUT", path, body)
            assert client.getresponse().status == status, path
            client.close()
        client = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
        client.putrequest("PUT", "/three")
        client.putheader("Content-Length", "1000")
        client.endheaders()
        client.send(b"short")
        client.close()
        wanted = ["one: 1 MiB", "one: 2 MiB", "one: 2500000 bytes, complete",
                  "two: 6 bytes, complete", "three: 5 bytes, dropped"]
        for line in wanted:
            got = server.stdout.readline().strip()
            assert got == line, (got, line)
        with open(os.path.join(folder, "one"), "rb") as file:
            assert file.read() == content
        with open(os.path.join(folder, "two"), "rb") as file:
            assert file.read() == b"abcdef"
        assert sorted(os.listdir(folder)) == ["one", "two"]
    finally:
        server.terminate()
    assert server.wait(20) == 0, "the server did not end well"
PROGRAM
