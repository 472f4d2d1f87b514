#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""A server of ours under load and attack.

usage: http_load.py SERVER [--idle N] [--busy N] [--seconds N] [--only PART]

idle         N connections that had a request stay open, wrk makes requests on --busy others, and
             all of the first have their next response afterwards
descriptors  more connections than descriptors: accepting pauses and goes on, and each is served
memory       bodies that do not fit into the memory: the server loses those connections only
attacks      the four attacks of slowhttptest, and honest clients beside them that do not notice
mixed        requests of all kinds in rounds, for --seconds: the memory does not grow

The defaults take some seconds: 15000 idle and 1000 busy connections, or an hour of mixed load
(--seconds 3600), are for a run by hand.  No part looks at how fast anything is.
"""

import argparse
import os
import re
import resource
import shutil
import socket
import subprocess
import sys
import threading
import time

PATIENCE_S = 120  # only for hangs


class Server:
    def __init__(self, program, *options):
        self.process = subprocess.Popen([program, *options], stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE)
        self.port = int(self.process.stdout.readline())

    def connect(self, number=0):
        """To one of several addresses, for each has ports of its own."""
        host = "127.0.0.%d" % (1 + number % 8)
        return Client(socket.create_connection((host, self.port), timeout=PATIENCE_S))

    def connections(self):
        client = self.connect()
        try:
            return int(client.get("/statistics")) - 1
        finally:
            client.close()

    def kib(self):
        """Resident, without what is shared with files."""
        with open("/proc/%d/status" % self.process.pid, encoding="ascii") as file:
            return int(re.search(r"RssAnon:\s+(\d+)", file.read()).group(1))

    def wait_for_connections(self, most):
        end = time.monotonic() + PATIENCE_S
        while self.connections() > most:
            assert time.monotonic() < end, "connections stay"

    def end(self):
        self.process.stdin.close()
        assert self.process.wait() == 0, "the server has failed"


class Client:
    def __init__(self, connection):
        self.socket = connection
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.rest = b""

    def close(self):
        self.socket.close()

    def send(self, data):
        self.socket.sendall(data)

    def response(self):
        """The body of the next one."""
        while b"\r\n\r\n" not in self.rest:
            self.more()
        head, _, self.rest = self.rest.partition(b"\r\n\r\n")
        assert head.startswith(b"HTTP/1.1 200 "), head
        size = int(re.search(rb"Content-Length: (\d+)", head).group(1))
        while len(self.rest) < size:
            self.more()
        body, self.rest = self.rest[:size], self.rest[size:]
        return body

    def more(self):
        piece = self.socket.recv(1 << 16)
        if not piece:
            raise ConnectionError("the connection has ended")
        self.rest += piece

    def get(self, target):
        self.send(b"GET %s HTTP/1.1\r\nHost: a\r\n\r\n" % target.encode())
        return self.response()

    def check(self, target):
        assert self.get(target) == b"GET %s 0\n" % target.encode()

    def post(self, target, size):
        self.send(b"POST %s HTTP/1.1\r\nHost: a\r\nContent-Length: %d\r\n\r\n" %
                  (target.encode(), size) + b"x" * size)
        assert self.response() == b"POST %s %d\n" % (target.encode(), size)

    def post_chunks(self, target, size, count):
        self.send(b"POST %s HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n" %
                  target.encode())
        for _ in range(count):
            self.send(b"%x\r\n" % size + b"x" * size + b"\r\n")
        self.send(b"0\r\n\r\n")
        assert self.response() == b"POST %s %d\n" % (target.encode(), size * count)


def run_wrk(server, connections, seconds, target="/wrk"):
    """Returns how many requests had a response."""
    done = subprocess.run(["wrk", "-t1", "-c%d" % connections, "-d%ds" % seconds, "--timeout",
                           "%ds" % PATIENCE_S, "http://127.0.0.1:%d%s" % (server.port, target)],
                          capture_output=True, text=True, check=True).stdout
    assert "errors" not in done and "Non-2xx" not in done, done
    return int(re.search(r"(\d+) requests in", done).group(1))


class Honest(threading.Thread):
    """Clients that come and go beside something else, and must not notice it."""

    def __init__(self, server):
        super().__init__(daemon=True)
        self.server, self.count, self.fault, self.is_over = server, 0, None, False
        self.start()

    def run(self):
        try:
            while not self.is_over:
                client = self.server.connect()
                client.check("/honest-%d" % self.count)
                client.post("/honest", 10000)
                client.close()
                self.count += 1
        except (AssertionError, OSError) as fault:
            self.fault = fault

    def end(self):
        self.is_over = True
        self.join()
        assert not self.fault, "an honest client noticed: %s" % self.fault
        assert self.count > 0
        return self.count


def part_idle(options):
    server = Server(options.server, "-t", "0")
    before = server.kib()
    clients = [server.connect(number) for number in range(options.idle)]
    for number, client in enumerate(clients):
        client.check("/%d" % number)
    assert server.connections() == len(clients)
    each = (server.kib() - before) * 1024 / len(clients)
    requests = run_wrk(server, options.busy, options.load_seconds)
    for number, client in enumerate(clients):
        client.check("/again-%d" % number)
    for client in clients:
        client.close()
    server.wait_for_connections(0)
    server.end()
    return "%d idle connections of %d bytes, %d requests on %d others" % (
        len(clients), each, requests, options.busy)


def part_descriptors(options):
    most = 64
    server = Server(options.server, "-d", str(most), "-t", "0")
    clients = [server.connect(number) for number in range(2 * most)]
    for number, client in enumerate(clients):
        client.send(b"GET /%d HTTP/1.1\r\nHost: a\r\n\r\n" % number)
    # Those behind wait until others have left.
    for number, client in enumerate(clients):
        assert client.response() == b"GET /%d 0\n" % number
        client.close()
    server.wait_for_connections(0)
    server.end()
    return "%d connections with %d descriptors" % (len(clients), most)


def part_memory(options):
    mib = 24
    server = Server(options.server, "-m", str(mib), "-t", "0")
    clients = [server.connect() for _ in range(mib)]
    lost = 0
    for client in clients:
        try:
            client.send(b"POST /large-%d HTTP/1.1\r\nHost: a\r\nContent-Length: %d\r\n\r\n" %
                        (len(clients), 3 << 20) + b"x" * (2 << 20))
        except ConnectionError:
            pass
    for client in clients:
        try:
            client.send(b"x" * (1 << 20))
            assert client.response().endswith(b" %d\n" % (3 << 20))
        except ConnectionError:
            lost += 1
        client.close()
    assert lost > 0
    server.wait_for_connections(0)
    client = server.connect()
    client.check("/afterwards")
    client.post("/afterwards", 1 << 20)
    client.close()
    server.end()
    return "%d of %d connections were lost" % (lost, len(clients))


def part_attacks(options):
    if not shutil.which("slowhttptest"):
        return "slowhttptest is not installed"
    count = 0
    for attack in (["-H"], ["-B"], ["-R", "-t", "HEAD"], ["-X", "-n", "1", "-z", "10", "-w", "1",
                                                          "-y", "10"]):
        server = Server(options.server, "-t", "2")
        target = "/large" if attack[0] in "-X-R" else "/attacked"
        honest = Honest(server)
        subprocess.run(["slowhttptest", *attack, "-c", str(options.attackers), "-r", "1000", "-i",
                        "1", "-l", str(options.load_seconds), "-p", str(PATIENCE_S), "-v", "0", "-u",
                        "http://127.0.0.1:%d%s" % (server.port, target)],
                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False)
        count += honest.end()
        server.wait_for_connections(0)
        server.end()
    return "four attacks of %d connections, %d honest clients" % (options.attackers, count)


def leave_amid(server, number):
    """Clients that leave in all places."""
    client = server.connect(number)
    texts = [b"GET", b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nxx",
             b"GET /large HTTP/1.1\r\nHost: a\r\n\r\n", b"BAD\r\n\r\n",
             b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab"]
    client.send(texts[number % len(texts)])
    client.close()


def mixed_round(server, options):
    clients = [server.connect(number) for number in range(50)]
    for number, client in enumerate(clients):
        client.check("/%d" % number)
        client.post("/post", 1000 + number * 500)
        client.post_chunks("/chunks", 700, number)
        assert len(client.get("/large")) == 1 << 20
        client.send(b"GET /a HTTP/1.1\r\nHost: a\r\n\r\n" * 20)
        for _ in range(20):
            assert client.response() == b"GET /a 0\n"
        leave_amid(server, number)
    for client in clients:
        client.close()
    server.wait_for_connections(0)
    return run_wrk(server, options.busy, 1) if shutil.which("wrk") else 0


def part_mixed(options):
    server = Server(options.server)
    end = time.monotonic() + options.seconds
    requests = rounds = first = 0
    # What is kept for the next time is there after two rounds.
    while rounds < 4 or time.monotonic() < end:
        requests += mixed_round(server, options)
        rounds += 1
        if rounds == 2:
            first = server.kib()
    last = server.kib()
    server.end()
    assert last < first * 1.1 + 2048, "from %d KiB to %d KiB" % (first, last)
    return "%d rounds, %d requests of wrk, %d KiB at first, %d KiB at last" % (
        rounds, requests, first, last)


PARTS = {"idle": part_idle, "descriptors": part_descriptors, "memory": part_memory,
         "attacks": part_attacks, "mixed": part_mixed}


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("server")
    parser.add_argument("--idle", type=int, default=500)
    parser.add_argument("--busy", type=int, default=50)
    parser.add_argument("--attackers", type=int, default=50)
    parser.add_argument("--load-seconds", type=int, default=1)
    parser.add_argument("--seconds", type=int, default=0)
    parser.add_argument("--only", choices=PARTS)
    options = parser.parse_args()
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    for name, part in PARTS.items():
        if options.only in (None, name):
            print("%-12s %s" % (name, part(options)), flush=True)


os.environ.setdefault("LC_ALL", "C")
sys.exit(main())
