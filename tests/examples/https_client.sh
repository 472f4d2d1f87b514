#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# usage: https_client.sh COMMAND...
# A page arrives as it is; a server with another name, of an unknown issuer, or one whose page ends
# without close_notify, makes the client fail and say why.
set -eu

exec python3 - "$@" <<'PROGRAM'
import socket
import ssl
import subprocess
import sys
import tempfile
import threading

PAGE = b"HTTP/1.0 200 OK\r\n\r\n" + b"".join(b"line %d\n" % i for i in range(20000))


def make_certificate(name):
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
                    "ec_paramgen_curve:P-256", "-nodes", "-days", "2", "-subj", "/CN=server",
                    "-addext", "subjectAltName=DNS:localhost", "-keyout", name + ".key",
                    "-out", name + ".pem"], cwd=folder, check=True, stderr=subprocess.DEVNULL)


def serve(listener, context, is_clean):
    plain, _ = listener.accept()
    try:
        connection = context.wrap_socket(plain, server_side=True)
    except (ssl.SSLError, ConnectionError):
        plain.close()
        return
    request = b""
    while not request.endswith(b"\r\n\r\n"):
        request += connection.recv(65536)
    assert request == b"GET /page HTTP/1.0\r\nHost: localhost\r\n\r\n", request
    connection.sendall(PAGE)
    if is_clean:
        try:
            connection.unwrap()
        except (ssl.SSLError, OSError):
            pass
    connection.close()


def fetch(host, trusted, is_clean):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder + "/one.pem", folder + "/one.key")
    with socket.create_server(("127.0.0.1", 0)) as listener:
        serving = threading.Thread(target=serve, args=(listener, context, is_clean))
        serving.start()
        done = subprocess.run(sys.argv[1:] + [host, str(listener.getsockname()[1]), "/page",
                              f"{folder}/{trusted}.pem"], capture_output=True, timeout=60)
        serving.join()
    return done.returncode, done.stdout, done.stderr.decode()


with tempfile.TemporaryDirectory() as folder:
    make_certificate("one")
    make_certificate("two")
    status, page, said = fetch("localhost", "one", True)
    assert (status, page) == (0, PAGE), (status, len(page), said)
    assert said.startswith("TLSv1.3, TLS_") and said.endswith(", CN=server\n"), said

    status, page, said = fetch("localhost", "one", False)
    assert (status, page) == (1, PAGE), (status, len(page), said)
    assert said.endswith("https_client: the peer ended the connection without close_notify\n"), said

    status, page, said = fetch("127.0.0.1", "one", True)
    assert (status, page) == (1, b""), (status, page, said)
    assert said == 'https_client: wrong name: the certificate of CN=server is not for "127.0.0.1"\n', said

    status, page, said = fetch("localhost", "two", True)
    assert (status, page) == (1, b""), (status, page, said)
    assert said.startswith("https_client: unknown issuer: "), said
PROGRAM
