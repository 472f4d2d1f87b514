#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Searches of evdns_getaddrinfo beside those of glibc's getaddrinfo.

usage: search.py SEARCH_PEER [COUNT [SEED]]

Runs in namespaces of its own, with a name server on port 53 and a resolv.conf: ndots 0 to 2, 0 to
3 suffixes, names with and without dots and with one at the end.  Each name that can be asked for
has an address, no data, does not exist, or makes the server fail, COUNT times at random for each
configuration.  Both must ask for the same names in the same order and find the same address; a
lookup that fails must fail the same way unless the server has failed.

Ends with 77 where there are no namespaces.
"""

import fcntl
import itertools
import os
import pathlib
import random
import socket
import struct
import subprocess
import sys
import tempfile
import threading

DATA, NODATA, NXDOMAIN, SERVFAIL = range(4)
RCODES = {DATA: 0, NODATA: 0, NXDOMAIN: 3, SERVFAIL: 2}
SUFFIXES = ["one.test", "two.sub.test", "test"]
NAMES = ["a", "a.b", "a.b.c", "a.", "a.b."]
IN_NAMESPACE = "LEVIN_SEARCH_IN_NAMESPACE"


def enter():
    """Runs this script again as root of new namespaces; returns there."""
    if IN_NAMESPACE in os.environ:
        return
    unshare = ["unshare", "--user", "--map-root-user", "--mount", "--net"]
    try:
        if subprocess.run([*unshare, "true"], capture_output=True, check=False).returncode != 0:
            sys.exit(77)
    except FileNotFoundError:
        sys.exit(77)
    os.environ[IN_NAMESPACE] = "1"
    os.execvp(unshare[0], [*unshare, sys.executable, *sys.argv])


def raise_loopback():
    """ip link set lo up"""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as one:
        request = struct.pack("16sh14x", b"lo", 0x1 | 0x40)
        fcntl.ioctl(one, 0x8914, request)


def cover(path, source):
    done = subprocess.run(["mount", "--bind", str(source), path], capture_output=True, check=False)
    if done.returncode != 0:
        sys.exit(77)


class Server(threading.Thread):
    """Answers questions for A as `outcomes` says, and remembers the names."""

    def __init__(self):
        super().__init__(daemon=True)
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind(("127.0.0.1", 53))
        self.outcomes = {}
        self.asked = []

    def run(self):
        while True:
            query, sender = self.socket.recvfrom(4096)
            at, labels = 12, []
            while query[at]:
                labels.append(query[at + 1:at + 1 + query[at]].decode().lower())
                at += query[at] + 1
            name = ".".join(labels)
            kind, number = self.outcomes.get(name, (NXDOMAIN, 0))
            # A name that is asked for again after an error is the same step.
            if not self.asked or self.asked[-1] != name:
                self.asked.append(name)
            has_data = kind == DATA
            reply = query[:2] + struct.pack(">HHHHH", 0x8580 | RCODES[kind], 1, has_data, 0, 0)
            reply += query[12:at + 5]
            if has_data:
                reply += b"\xc0\x0c" + struct.pack(">HHIH", 1, 1, 60, 4) + bytes([10, 0, 0, number])
            self.socket.sendto(reply, sender)


class Peer:
    def __init__(self, program, which):
        self.process = subprocess.Popen([program, which], stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, text=True)

    def ask(self, server, name):
        """The result and the names that were asked for."""
        server.asked = []
        self.process.stdin.write(name + "\n")
        self.process.stdin.flush()
        line = self.process.stdout.readline()
        if not line:
            sys.exit(self.process.wait() or 1)
        return line.strip(), server.asked

    def end(self):
        self.process.stdin.close()
        return self.process.wait()


def candidates(name, suffixes):
    """All names that may be asked for."""
    plain = name.rstrip(".")
    return [plain] + [plain + "." + suffix for suffix in suffixes]


def main():
    enter()
    program = sys.argv[1]
    count = int(sys.argv[2]) if len(sys.argv) > 2 else 6
    generator = random.Random(int(sys.argv[3]) if len(sys.argv) > 3 else 1)
    raise_loopback()
    compared = failed = 0
    with tempfile.TemporaryDirectory() as folder:
        resolv_conf = pathlib.Path(folder, "resolv.conf")
        switch = pathlib.Path(folder, "nsswitch.conf")
        hosts = pathlib.Path(folder, "hosts")
        switch.write_text("hosts: dns\n")
        resolv_conf.write_text("")
        hosts.write_text("")
        for path in resolv_conf, switch, hosts:
            cover("/etc/" + path.name, path)
        server = Server()
        server.start()
        glibc, levin = Peer(program, "glibc"), Peer(program, "levin")
        for ndots, many, name in itertools.product(range(3), range(4), NAMES):
            suffixes = SUFFIXES[:many]
            search = "search %s\n" % (" ".join(suffixes) or ".")
            resolv_conf.write_text("nameserver 127.0.0.1\n%soptions ndots:%d timeout:1 attempts:1\n"
                                   % (search, ndots))
            names = candidates(name, suffixes)
            for _ in range(count):
                server.outcomes = {one: (generator.randrange(4), i + 1)
                                   for i, one in enumerate(names)}
                expected, asked = glibc.ask(server, name)
                result, asked_here = levin.ask(server, name)
                case = "ndots %d, %s, %s, %s: " % (ndots, suffixes, name, server.outcomes)
                assert asked_here == asked, case + "%s, glibc %s" % (asked_here, asked)
                compared += 1
                if SERVFAIL in [server.outcomes[one][0] for one in asked]:
                    failed += 1
                    assert expected.startswith("10.") == result.startswith("10."), case + result
                if expected.startswith("10.") or SERVFAIL not in \
                        [server.outcomes[one][0] for one in asked]:
                    assert result == expected, case + "%s, glibc %s" % (result, expected)
        assert glibc.end() == 0 and levin.end() == 0
    assert compared > failed > 0, (compared, failed)
    print("%d searches, the server failed in %d" % (compared, failed))


main()
