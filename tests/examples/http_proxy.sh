#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# usage: http_proxy.sh COMMAND...
# Bytes pass both ways through a tunnel, those that come with the CONNECT too; other ports, ports on
# which nobody listens, and other requests are refused.
set -eu

exec python3 - "$@" <<'PROGRAM'
import contextlib
import socket
import subprocess
import sys
import threading

SIZE = 400000


def echo(server):
    connection, _ = server.accept()
    with connection:
        while True:
            piece = connection.recv(65536)
            if not piece:
                return
            connection.sendall(piece)


def ask(request):
    client = socket.create_connection(("127.0.0.1", port), timeout=20)
    client.sendall(request.encode())
    return client


def read_until(client, end):
    got = b""
    while not got.endswith(end):
        piece = client.recv(1)
        assert piece, got
        got += piece
    return got.decode()


def expect_status(request, status):
    with contextlib.closing(ask(request)) as client:
        head = read_until(client, b"\r\n\r\n")
        assert head.split()[1] == status, head


def connect_to(number):
    return f"CONNECT 127.0.0.1:{number} HTTP/1.1\r\nHost: 127.0.0.1:{number}\r\n\r\n"


server = socket.create_server(("127.0.0.1", 0))
target = server.getsockname()[1]
other = socket.create_server(("127.0.0.1", 0))
closed = socket.socket()
closed.bind(("127.0.0.1", 0))
silent = closed.getsockname()[1]
proxy = subprocess.Popen(sys.argv[1:] + ["0", str(target), str(silent)],
                         stdout=subprocess.PIPE, text=True)
try:
    port = int(proxy.stdout.readline())
    expect_status(connect_to(other.getsockname()[1]), "403")
    expect_status(connect_to(silent), "502")
    expect_status("GET http://127.0.0.1/ HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n", "405")
    for number in range(2):
        echoing = threading.Thread(target=echo, args=(server,))
        echoing.start()
        data = bytes((i * 7 + i // 251 + number) & 255 for i in range(SIZE))
        # The first bytes do not wait for the reply.
        client = ask(connect_to(target) + "early")
        head = read_until(client, b"\r\n\r\n")
        assert head.startswith("HTTP/1.1 200 "), head
        assert read_until(client, b"early") == "early"
        sender = threading.Thread(target=client.sendall, args=(data,))
        sender.start()
        got = bytearray()
        while len(got) < SIZE:
            piece = client.recv(65536)
            assert piece, "the proxy closed after %d bytes" % len(got)
            got += piece
        sender.join()
        assert got == data, "other bytes came back"
        client.close()
        echoing.join(20)
        assert not echoing.is_alive(), "the end did not reach the target"
finally:
    proxy.terminate()
assert proxy.wait(20) == 0, "the proxy did not end well"
PROGRAM
