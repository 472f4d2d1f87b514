#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# usage: http_files.sh COMMAND...
# Files whole, in part and conditionally, to a client of another project; then a drain while a
# file is on its way.
set -eu

exec python3 - "$@" <<'PROGRAM'
import http.client
import os
import signal
import subprocess
import sys
import tempfile

content = os.urandom(3000000)
with tempfile.TemporaryDirectory() as folder:
    with open(os.path.join(folder, "a.bin"), "wb") as file:
        file.write(content)
    os.utime(os.path.join(folder, "a.bin"), (784111777, 784111777))
    os.mkdir(os.path.join(folder, "in"))
    with open(os.path.join(folder, "in", "page.html"), "w", encoding="ascii") as file:
        file.write("<p>page</p>\n")
    os.symlink("/etc/passwd", os.path.join(folder, "link"))
    server = subprocess.Popen(sys.argv[1:] + [folder], stdout=subprocess.PIPE, text=True)
    is_ending = False
    try:
        port = int(server.stdout.readline())
        etag = None
        for path, fields, status, wanted in (
            ("/a.bin", {}, 200, content),
            ("/a.bin", {"Range": "bytes=100-199"}, 206, content[100:200]),
            ("/a.bin", {"Range": "bytes=-5"}, 206, content[-5:]),
            ("/a.bin", {"If-None-Match": "ETAG"}, 304, b""),
            ("/a.bin", {"Range": "bytes=0-9", "If-Range": "ETAG"}, 206, content[:10]),
            ("/in/page.html", {}, 200, b"<p>page</p>\n"),
            ("/link", {}, 404, None),
            ("/in/%2e%2e/a.bin", {}, 404, None),
            ("/in", {}, 404, None),
        ):
            client = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
            client.request("GET", path, headers={
                name: value.replace("ETAG", etag or "") for name, value in fields.items()})
            reply = client.getresponse()
            text = reply.read()
            assert reply.status == status, (path, fields, reply.status)
            assert wanted is None or text == wanted, (path, fields, len(text))
            etag = etag or reply.getheader("ETag")
            client.close()
            line = server.stdout.readline().split()
            assert line[1:4] == ["GET", path, str(status)], line
        client = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
        client.request("GET", "/a.bin")
        reply = client.getresponse()
        first = reply.read(1000)
        server.send_signal(signal.SIGTERM)
        is_ending = True
        assert first + reply.read() == content
        client.close()
    finally:
        # A second signal would end the process while it ends by itself.
        if not is_ending:
            server.terminate()
    assert server.wait(20) == 0, "the server did not end well"
PROGRAM
