#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# usage: ws_chat.sh COMMAND...
# The page and its script; pages of others are refused; two guests hear each other, and the end of
# the server.  tests/ws has tests of it with WebSocket clients of other projects.
set -eu

exec python3 - "$@" <<'PROGRAM'
import http.client
import os
import socket
import struct
import subprocess
import sys


def get(path, fields):
    client = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    client.request("GET", path, headers=fields)
    reply = client.getresponse()
    return reply.status, reply.read().decode(), reply.getheader("Content-Security-Policy", "")


def connect(origin):
    guest = socket.create_connection(("127.0.0.1", port), timeout=20)
    guest.sendall(f"GET /chat HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nUpgrade: websocket\r\n"
                  "Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\nOrigin: {}\r\n"
                  "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n".format(origin).encode())
    head = b""
    while not head.endswith(b"\r\n\r\n"):
        byte = guest.recv(1)
        assert byte, head
        head += byte
    return guest, int(head.split()[1])


def take(guest, size):
    data = b""
    while len(data) < size:
        piece = guest.recv(size - len(data))
        assert piece, "the server has closed"
        data += piece
    return data


def hear(guest):
    first, size = take(guest, 2)
    assert size < 126
    return first & 15, take(guest, size)


def send(guest, opcode, data):
    mask = os.urandom(4)
    masked = bytes(byte ^ mask[i % 4] for i, byte in enumerate(data))
    guest.sendall(bytes((128 | opcode, 128 | len(data))) + mask + masked)


server = subprocess.Popen(sys.argv[1:], stdout=subprocess.PIPE, text=True)
try:
    port = int(server.stdout.readline())
    status, text, policy = get("/", {})
    assert status == 200 and "/chat.js" in text and "default-src 'none'" in policy
    assert "WebSocket" in get("/chat.js", {})[1]
    assert connect("http://evil.example")[1] == 403
    ours = f"http://127.0.0.1:{port}"
    first, status = connect(ours)
    assert status == 101, status
    assert hear(first) == (1, b"1 has come")
    second, status = connect(ours)
    assert hear(first) == hear(second) == (1, b"2 has come")
    send(first, 1, "<b>ä".encode())
    assert hear(first) == hear(second) == (1, "1: <b>ä".encode())
    send(second, 8, struct.pack("!H", 1000))
    assert hear(second) == (8, struct.pack("!H", 1000))
    assert hear(first) == (1, b"2 has left")
    server.terminate()
    opcode, data = hear(first)
    assert (opcode, data[:2]) == (8, struct.pack("!H", 1001)), (opcode, data)
    send(first, 8, data[:2])
finally:
    server.terminate()
assert server.wait(20) == 0, "the server did not end well"
PROGRAM
