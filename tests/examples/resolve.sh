#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# usage: resolve.sh COMMAND...
# Records of each type from a server of our own, over UDP and TCP, and the statuses.
set -eu

exec python3 - "$@" <<'PROGRAM'
import re
import socket
import struct
import subprocess
import sys
import threading

SOA = bytes([2]) + b"ns\0" + bytes([4]) + b"mail\0" + struct.pack(">5L", 1, 2, 3, 4, 5)
# Name and type -> rcode, data of the answer section, data of an SOA record of the authority section.
ZONE = {
    (b"\3www\4test\0", 1): (0, [bytes([192, 0, 2, 1]), bytes([192, 0, 2, 2])], None),
    (b"\4test\0", 15): (0, [b"\0\x0a\4mail\4test\0"], None),
    (b"\4test\0", 65280): (0, [b"\1\2\3"], None),
    (b"\4test\0", 1): (0, [], SOA),
    (b"\4none\4test\0", 1): (3, [], SOA),
    (b"\4many\4test\0", 16): (0, [bytes([200]) + b"x" * 200] * 20, None),
}


def reply_to(query, most):
    """The reply, in the case of the question."""
    end = query.index(b"\0", 12) + 5
    question = query[12:end]
    kind = struct.unpack(">H", question[-4:-2])[0]
    rcode, answers, soa = ZONE[question[:-4].lower(), kind]
    reply = question
    for data in answers:
        reply += b"\xc0\x0c" + question[-4:] + struct.pack(">LH", 60, len(data)) + data
    if soa:
        reply += b"\4test\0" + struct.pack(">2HLH", 6, 1, 30, len(soa)) + soa
    if len(reply) + 12 > most:
        return query[:2] + struct.pack(">5H", 0x8380, 1, 0, 0, 0) + question
    return query[:2] + struct.pack(">5H", 0x8180 | rcode, 1, len(answers), bool(soa), 0) + reply


def serve_udp():
    while True:
        query, client = udp.recvfrom(65536)
        udp.sendto(reply_to(query, 1232), client)


def serve_tcp():
    while True:
        client = listener.accept()[0]
        with client, client.makefile("rb") as stream:
            size = stream.read(2)
            if len(size) == 2:
                reply = reply_to(stream.read(struct.unpack(">H", size)[0]), 65535)
                client.sendall(struct.pack(">H", len(reply)) + reply)
                stream.read()


def open_ports():
    """Sockets for UDP and TCP with one port."""
    while True:
        datagrams = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        datagrams.bind(("127.0.0.1", 0))
        try:
            return datagrams, socket.create_server(datagrams.getsockname())
        except OSError:
            datagrams.close()


def check(arguments, status, output, error=""):
    server = ["-s", "127.0.0.1:%d" % udp.getsockname()[1]]
    done = subprocess.run(sys.argv[1:] + server + arguments, capture_output=True, text=True,
                          timeout=25)
    assert done.returncode == status, done
    assert re.fullmatch(output, done.stdout, re.I), done
    assert done.stderr == error, done


udp, listener = open_ports()
for function in serve_udp, serve_tcp:
    threading.Thread(target=function, daemon=True).start()
check(["www.test"], 0, r"www\.test\. 60 IN A 192\.0\.2\.1\nwww\.test\. 60 IN A 192\.0\.2\.2\n")
check(["test", "mx"], 0, r"test\. 60 IN MX 10 mail\.test\.\n")
check(["-t", "test.", "MX"], 0, r"test\. 60 IN MX 10 mail\.test\.\n")
check(["test", "TYPE65280"], 0, r"test\. 60 IN TYPE65280 \\# 3 010203\n")
check(["-v", "many.test", "TXT"], 0,
      r'(many\.test\. 60 IN TXT "x{200}"\n){20}; rcode 0, from 127\.0\.0\.1:\d+ by TCP in .* ms\n')
check(["-v", "test", "A"], 1,
      r"; authority\ntest\. 30 IN SOA ns\. mail\. 1 2 3 4 5\n; rcode 0, from .* by UDP in .* ms\n",
      "resolve: test A: no records in the reply\n")
check(["none.test"], 1, "", "resolve: none.test A: name does not exist\n")
check(["test", "NONE"], 2, "", "resolve: no type NONE\n")
check([], 2, "", "usage: resolve [-s SERVER] [-t] [-v] NAME [TYPE]\n")
PROGRAM
