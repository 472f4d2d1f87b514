#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# usage: dns_server.sh COMMAND...
# Questions over UDP and TCP, and a zone that is wrong.  tests/dns has clients of other projects.
set -eu

exec python3 - "$@" <<'PROGRAM'
import socket
import struct
import subprocess
import sys
import tempfile

ZONE = """# A zone.
example.test     3600 SOA   ns.example.test admin.example.test 1 7200 900 1209600 300
example.test     3600 NS    ns.example.test
example.test     3600 MX    10 www.example.test

ns.example.test  3600 AAAA  2001:db8::53
www.example.test 60   A     192.0.2.1
www.example.test 60   TXT   hello world
web.example.test 60   CNAME www.example.test
"""
ZONE += "".join("many.example.test 60 A 192.0.2.%d\n" % i for i in range(40))
A, MX, TXT, AXFR = 1, 15, 16, 252
# Of the header: a reply of an authority.
AA, TC, NXDOMAIN, REFUSED = 0x8400, 0x200, 3, 5


def name(text):
    return b"".join(bytes([len(part)]) + part.encode() for part in text.split(".")) + b"\0"


def question(text, kind):
    return struct.pack(">6H", 7, 0, 1, 0, 0, 0) + name(text) + struct.pack(">2H", kind, 1)


def ask_udp(text, kind):
    client = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    client.settimeout(20)
    client.sendto(question(text, kind), ("127.0.0.1", port))
    return client.recv(65536)


def ask_tcp(text, kind):
    with socket.create_connection(("127.0.0.1", port), timeout=20) as client:
        query = question(text, kind)
        client.sendall(struct.pack(">H", len(query)) + query)
        stream = client.makefile("rb")
        return stream.read(struct.unpack(">H", stream.read(2))[0])


def check(reply, flags, counts, end=b""):
    assert struct.unpack(">H", reply[:2])[0] == 7, reply
    assert struct.unpack(">4H", reply[2:6] + reply[6:10]) == (flags, 1) + counts, reply
    assert reply.endswith(end), reply


with tempfile.NamedTemporaryFile("w") as file:
    file.write("www.example.test 60 A 192.0.2.1\n")
    file.flush()
    failed = subprocess.run(sys.argv[1:] + [file.name], stderr=subprocess.PIPE, text=True)
    assert failed.returncode == 1, failed.returncode
    assert failed.stderr == file.name + ":1: not understood\n", failed.stderr

with tempfile.NamedTemporaryFile("w") as file:
    file.write(ZONE)
    file.flush()
    server = subprocess.Popen(sys.argv[1:] + [file.name], stdout=subprocess.PIPE, text=True)
    try:
        port = int(server.stdout.readline())
        for ask in ask_udp, ask_tcp:
            check(ask("www.example.test", A), AA, (1, 0), bytes([0, 4, 192, 0, 2, 1]))
            check(ask("WWW.EXAMPLE.test", TXT), AA, (1, 0), b"\x0bhello world")
            check(ask("web.example.test", A), AA, (2, 0), bytes([0, 4, 192, 0, 2, 1]))
            check(ask("example.test", MX), AA, (1, 0), b"\0\x0a" + name("www.example.test"))
            check(ask("www.example.test", MX), AA, (0, 1), struct.pack(">L", 300))
            check(ask("none.example.test", A), AA | NXDOMAIN, (0, 1))
            check(ask("example.test", AXFR), 0x8000 | REFUSED, (0, 0))
            check(ask("example.com", A), 0x8000 | REFUSED, (0, 0))
        check(ask_udp("many.example.test", A), AA | TC, (29, 0))
        check(ask_tcp("many.example.test", A), AA, (40, 0))
    finally:
        server.terminate()
    assert server.wait(20) == 0, "the server did not end well"
PROGRAM
