#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# usage: proxy.sh COMMAND...
# Bytes pass both ways through the proxy as they are, and so does the end.
set -eu

exec python3 - "$@" <<'PROGRAM'
import socket
import subprocess
import sys
import threading

SIZE = 400000
RATE = 10000000


def listen():
    server = socket.create_server(("127.0.0.1", 0))
    return server, server.getsockname()[1]


def echo(server):
    connection, _ = server.accept()
    with connection:
        while True:
            piece = connection.recv(65536)
            if not piece:
                return
            connection.sendall(piece)


def exchange(port, data, after_first=lambda: None):
    with socket.create_connection(("127.0.0.1", port), timeout=20) as client:
        client.sendall(data[:1])
        got = bytearray(client.recv(1))
        after_first()
        sender = threading.Thread(target=client.sendall, args=(data[1:],))
        sender.start()
        while len(got) < len(data):
            piece = client.recv(65536)
            assert piece, "the proxy closed after %d bytes" % len(got)
            got += piece
        sender.join()
    return bytes(got)


server, target = listen()
proxy = subprocess.Popen(sys.argv[1:] + ["0", str(target), str(RATE)], stdout=subprocess.PIPE, text=True)
try:
    port = int(proxy.stdout.readline())
    # The last connection is open when the proxy is to end.
    for number, after_first in enumerate((lambda: None, lambda: None, proxy.terminate)):
        echoing = threading.Thread(target=echo, args=(server,))
        echoing.start()
        data = bytes((i * 7 + i // 251 + number) & 255 for i in range(SIZE))
        assert exchange(port, data, after_first) == data, "other bytes came back"
        echoing.join(20)
        assert not echoing.is_alive(), "the end did not reach the target"
    assert proxy.wait(20) == 0, "the proxy did not end well"
finally:
    proxy.kill()
PROGRAM
