#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# usage: starttls_server.sh COMMAND...
# A client of SMTP asks for TLS and talks by it; a line that came with STARTTLS is not obeyed.
set -eu

exec python3 - "$@" <<'PROGRAM'
import smtplib
import socket
import ssl
import subprocess
import sys
import tempfile


def make_certificate():
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
                    "ec_paramgen_curve:P-256", "-nodes", "-days", "2", "-subj", "/CN=server",
                    "-addext", "subjectAltName=DNS:localhost", "-keyout", "key.pem",
                    "-out", "cert.pem"], cwd=folder, check=True, stderr=subprocess.DEVNULL)


def talk():
    with smtplib.SMTP("localhost", port, timeout=20) as client:
        assert client.docmd("plain text") == (250, b"plain text")
        client.ehlo()
        assert client.has_extn("starttls")
        context = ssl.create_default_context(cafile=folder + "/cert.pem")
        assert client.starttls(context=context)[0] == 220
        client.ehlo()
        assert not client.has_extn("starttls")
        assert client.docmd("a secret") == (250, b"a secret")


def inject():
    with socket.create_connection(("127.0.0.1", port), timeout=20) as client:
        client.sendall(b"STARTTLS\r\nan injected line\r\n")
        got = bytearray()
        while True:
            try:
                piece = client.recv(65536)
            except ConnectionResetError:
                break
            if not piece:
                break
            got += piece
        assert b"injected" not in got, got


with tempfile.TemporaryDirectory() as folder:
    make_certificate()
    server = subprocess.Popen(sys.argv[1:] + [folder + "/cert.pem", folder + "/key.pem"],
                              stdout=subprocess.PIPE, text=True)
    try:
        port = int(server.stdout.readline())
        talk()
        inject()
        talk()
    finally:
        server.terminate()
    assert server.wait(20) == 0, "the server did not end well"
PROGRAM
