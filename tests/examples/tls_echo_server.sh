#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# usage: tls_echo_server.sh COMMAND...
# A client verifies the server and gets its bytes back.  After SIGHUP later clients see the new
# certificate, earlier ones go on, and a key that does not fit changes nothing.
set -eu

exec python3 - "$@" <<'PROGRAM'
import select
import shutil
import signal
import socket
import ssl
import subprocess
import sys
import tempfile


def make_certificate(name):
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
                    "ec_paramgen_curve:P-256", "-nodes", "-days", "2", "-subj", "/CN=" + name,
                    "-addext", "subjectAltName=DNS:localhost", "-keyout", name + ".key",
                    "-out", name + ".pem"], cwd=folder, check=True, stderr=subprocess.DEVNULL)


def install(certificate, key):
    shutil.copy(f"{folder}/{certificate}.pem", folder + "/cert.pem")
    shutil.copy(f"{folder}/{key}.key", folder + "/key.pem")


def connect(trusted):
    context = ssl.create_default_context(cafile=f"{folder}/{trusted}.pem")
    plain = socket.create_connection(("127.0.0.1", port), timeout=20)
    return context.wrap_socket(plain, server_hostname="localhost")


def exchange(client, data):
    """Sends and receives at once, on one thread: a connection of OpenSSL is not for two."""
    client.setblocking(False)
    sent, got = 0, bytearray()
    while len(got) < len(data):
        ready = select.select([client], [client] if sent < len(data) else [], [], 20)
        assert ready[0] or ready[1], "nothing came back after %d bytes" % len(got)
        try:
            if sent < len(data):
                sent += client.send(data[sent:sent + 16384])
        except (ssl.SSLWantReadError, ssl.SSLWantWriteError):
            pass
        try:
            piece = client.recv(65536)
            assert piece, "the server closed after %d bytes" % len(got)
            got += piece
        except (ssl.SSLWantReadError, ssl.SSLWantWriteError):
            pass
    client.settimeout(20)
    assert bytes(got) == data, "other bytes came back"


def reload(expected):
    server.send_signal(signal.SIGHUP)
    for line in server.stderr:
        if "certificate" in line:
            assert expected in line, line
            return


with tempfile.TemporaryDirectory() as folder:
    make_certificate("one")
    make_certificate("two")
    install("one", "two")
    failed = subprocess.run(sys.argv[1:] + [folder + "/cert.pem", folder + "/key.pem"],
                            stderr=subprocess.PIPE, text=True)
    assert failed.returncode == 1, failed.returncode
    assert failed.stderr == folder + "/key.pem: the key does not fit the certificate\n", failed.stderr

    install("one", "one")
    server = subprocess.Popen(sys.argv[1:] + [folder + "/cert.pem", folder + "/key.pem"],
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        port = int(server.stdout.readline())
        early = connect("one")
        exchange(early, b"a line\n")
        install("two", "two")
        reload("was read again")
        exchange(early, b"another line\n")
        late = connect("two")
        exchange(late, bytes(i * 7 + i // 251 & 255 for i in range(1000000)))
        install("one", "two")
        reload("key.pem: the key does not fit the certificate")
        exchange(connect("two"), b"a line\n")
        # Each side says that this was all, and waits until the other has said it.
        early.unwrap().close()
        late.unwrap().close()
    finally:
        server.terminate()
    assert server.wait(20) == 0, "the server did not end well"
PROGRAM
