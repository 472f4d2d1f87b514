#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# usage: file_server.sh COMMAND...
# Files arrive as they are, and nothing that is no file in the directory.
set -eu

exec python3 - "$@" <<'PROGRAM'
import os
import socket
import subprocess
import sys
import tempfile


def fetch(port, name):
    got = bytearray()
    with socket.create_connection(("127.0.0.1", port), timeout=20) as client:
        client.sendall(name.encode() + b"\r\n")
        while True:
            try:
                piece = client.recv(65536)
            except ConnectionResetError:
                return bytes(got)
            if not piece:
                return bytes(got)
            got += piece


with tempfile.TemporaryDirectory() as folder:
    files = {"small": b"a few bytes", "large": bytes(i * 31 % 251 for i in range(3000000)), "empty": b""}
    for name, content in files.items():
        with open(os.path.join(folder, name), "wb") as file:
            file.write(content)
    server = subprocess.Popen(sys.argv[1:] + [folder], stdout=subprocess.PIPE, text=True)
    try:
        port = int(server.stdout.readline())
        for name, content in files.items():
            assert fetch(port, name) == content, name
        for name in ("missing", "../small", ".", "/etc/passwd"):
            assert fetch(port, name) == b"", name
        # Two clients; the one that connected first is served after SIGTERM.
        with socket.create_connection(("127.0.0.1", port), timeout=20) as early:
            assert fetch(port, "small") == files["small"]
            server.terminate()
            early.sendall(b"large\n")
            got = bytearray()
            while piece := early.recv(65536):
                got += piece
            assert got == files["large"], "a connection ended with the server"
        assert server.wait(20) == 0, "the server did not end well"
    finally:
        server.kill()
PROGRAM
