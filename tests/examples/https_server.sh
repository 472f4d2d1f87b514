#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# usage: https_server.sh COMMAND...
# Files over TLS to a client of another project, before and after the certificate was renewed; then
# a drain while a file is on its way.
set -eu

exec python3 - "$@" <<'PROGRAM'
import http.client
import os
import shutil
import signal
import ssl
import subprocess
import sys
import tempfile


def make_certificate(name):
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
                    "ec_paramgen_curve:P-256", "-nodes", "-days", "2", "-subj", "/CN=" + name,
                    "-addext", "subjectAltName=DNS:localhost", "-keyout", name + ".key",
                    "-out", name + ".pem"], cwd=folder, check=True, stderr=subprocess.DEVNULL)


def install(name):
    shutil.copy(f"{folder}/{name}.pem", folder + "/cert.pem")
    shutil.copy(f"{folder}/{name}.key", folder + "/key.pem")


def connect(trusted):
    context = ssl.create_default_context(cafile=f"{folder}/{trusted}.pem")
    return http.client.HTTPSConnection("localhost", port, timeout=20, context=context)


def get(client, fields, status, wanted):
    client.request("GET", "/a.bin", headers=fields)
    reply = client.getresponse()
    text = reply.read()
    assert (reply.status, len(text)) == (status, len(wanted)), (reply.status, len(text))
    assert text == wanted, "other bytes came"


content = os.urandom(2000000)
with tempfile.TemporaryDirectory() as folder:
    make_certificate("one")
    make_certificate("two")
    install("one")
    os.mkdir(folder + "/files")
    with open(folder + "/files/a.bin", "wb") as file:
        file.write(content)
    server = subprocess.Popen(
        sys.argv[1:] + [folder + "/cert.pem", folder + "/key.pem", folder + "/files"],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    is_ending = False
    try:
        port = int(server.stdout.readline())
        early = connect("one")
        get(early, {}, 200, content)
        install("two")
        server.send_signal(signal.SIGHUP)
        line = server.stderr.readline()
        assert "was read again" in line, line
        late = connect("two")
        get(late, {"Range": "bytes=10-99999"}, 206, content[10:100000])
        get(early, {}, 200, content)
        early.close()
        late.request("GET", "/a.bin")
        reply = late.getresponse()
        first = reply.read(1000)
        server.send_signal(signal.SIGTERM)
        is_ending = True
        assert first + reply.read() == content
        late.close()
    finally:
        # A second signal would end the process while it ends by itself.
        if not is_ending:
            server.terminate()
    assert server.wait(20) == 0, "the server did not end well"
PROGRAM
