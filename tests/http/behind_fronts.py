#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""A server of ours behind haproxy or nginx: no request gets through that the front did not see.

usage: behind_fronts.py haproxy|nginx FRONT SERVER REQUESTS

Sends each case of the table to the front, and bodies of many ways to say how long they are, with a
request "/hidden-N" where another reading of the length would find one.  Behind each of them comes
a marker: a request on another connection, which must have its own response.  The server must not
have more requests with a hidden target than the front has in its log.
"""

import collections
import os
import re
import socket
import subprocess
import sys
import tempfile
import threading

from message_peers import read_table

LENGTHS = [
    b"Content-Length: %d",
    b"Content-Length: +%d",
    b"Content-Length: 0%d",
    b"Content-Length: %d, %d",
    b"Content-Length: 0\r\nContent-Length: %d",
    b"Content-Length: %d\r\nContent-Length: 0",
    b"Content-Length : %d",
    b"Content-Length:\x0b%d",
    b"Content-Length: %d\x00",
    b"Content_Length: %d",
    b" Content-Length: %d",
    b"X: y\n Content-Length: %d",
    b"X: y\rContent-Length: %d",
]
CODINGS = [
    b"Transfer-Encoding: chunked",
    b"Transfer-Encoding: Chunked",
    b"Transfer-Encoding : chunked",
    b"Transfer-Encoding:\x0bchunked",
    b"Transfer-Encoding: xchunked",
    b"Transfer-Encoding: chunkedx",
    b"Transfer-Encoding: chunked, identity",
    b"Transfer-Encoding: identity, chunked",
    b"Transfer-Encoding: gzip, chunked",
    b"Transfer-Encoding: chunked\r\nTransfer-Encoding: identity",
    b"Transfer-Encoding: identity\r\nTransfer-Encoding: chunked",
    b"Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked",
    b"Transfer-Encoding: \"chunked\"",
    b"Transfer-Encoding:\r\n chunked",
    b"Transfer-Encoding: chunked;q=1",
    b"Transfer-Encoding: ,chunked",
    b"Transfer-Encoding: chunked\x00",
    b"transfer_encoding: chunked",
    b"X: y\nTransfer-Encoding: chunked",
    b"X: y\r\n\rTransfer-Encoding: chunked",
]
CHUNKS = [
    b"0\r\n\r\n%s",
    b"0;x=\n\r\n%s",
    b"0\n\r\n%s",
    b"0\r\n\n%s",
    b"0x0\r\n\r\n%s",
    b"1;\nx\r\n0\r\n\r\n%s",
    b"3\r\nabc0\r\n\r\n%s",
    b"00000000000000000000\r\n\r\n%s",
    b"FFFFFFFFFFFFFFFFF\r\n\r\n%s",
    b"1 \r\nx\r\n0\r\n\r\n%s",
    b"1\r\nx\n0\r\n\r\n%s",
    b"0\r\nX: y\r\n\r\n%s",
    b"0\r\nX: y\n\n%s",
]

HAPROXY = """
global
    log stdout format raw local0
defaults
    mode http
    log global
    log-format "seen %%HM %%HU"
    timeout connect 20s
    timeout client 20s
    timeout server 20s
frontend f
    bind 127.0.0.1:%(port)d
    default_backend b
backend b
    http-reuse always
    server s 127.0.0.1:%(behind)d
"""

NGINX = """
daemon off;
master_process off;
worker_processes 1;
pid %(folder)s/pid;
error_log stderr crit;
events { worker_connections 100; }
http {
    log_format seen 'seen $request_method $request_uri';
    access_log %(folder)s/log seen;
    client_body_temp_path %(folder)s;
    proxy_temp_path %(folder)s;
    fastcgi_temp_path %(folder)s;
    uwsgi_temp_path %(folder)s;
    scgi_temp_path %(folder)s;
    upstream behind { server 127.0.0.1:%(behind)d; keepalive 4; }
    server {
        listen 127.0.0.1:%(port)d;
        location / {
            proxy_pass http://behind;
            proxy_http_version 1.1;
            proxy_set_header Connection "";
            proxy_request_buffering off;
            proxy_ignore_client_abort on;
        }
    }
}
"""

MARKER = b"GET /marker-%d HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"


class Server:
    def __init__(self, program):
        self.process = subprocess.Popen([program, "-p"], stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE)
        self.port = int(self.process.stdout.readline())
        self.seen = collections.Counter()
        self.thread = threading.Thread(target=self.read, daemon=True)
        self.thread.start()

    def read(self):
        for line in self.process.stdout:
            self.seen[line.rstrip(b"\n")] += 1

    def end(self):
        self.process.stdin.close()
        assert self.process.wait() == 0, "the server has failed"
        self.thread.join()


class Front:
    def __init__(self, kind, program, behind, folder):
        self.log = os.path.join(folder, "log")
        self.port = free_port()
        values = {"port": self.port, "behind": behind, "folder": folder}
        config = os.path.join(folder, "config")
        with open(config, "w", encoding="ascii") as file:
            file.write((HAPROXY if kind == "haproxy" else NGINX) % values)
        command = [program, "-db", "-f", config] if kind == "haproxy" else \
            [program, "-p", folder, "-c", config]
        with open(self.log if kind == "haproxy" else os.devnull, "wb") as out:
            self.process = subprocess.Popen(command, stdout=out)
        self.wait()

    def wait(self):
        """Until it listens."""
        while True:
            assert self.process.poll() is None, "the front has ended"
            try:
                socket.create_connection(("127.0.0.1", self.port)).close()
                return
            except ConnectionRefusedError:
                os.sched_yield()

    def end(self):
        self.process.terminate()
        self.process.wait()
        with open(self.log, "rb") as file:
            return collections.Counter(line.rstrip(b"\n").removeprefix(b"seen ").split(b"?")[0]
                                       for line in file)


def free_port():
    with socket.socket() as made:
        made.bind(("127.0.0.1", 0))
        return made.getsockname()[1]


def talk(port, data, ends=True):
    """What comes back, to the end.  `ends`: the client has closed its half."""
    received = b""
    with socket.create_connection(("127.0.0.1", port), timeout=60) as connection:
        try:
            connection.sendall(data)
            if ends:
                connection.shutdown(socket.SHUT_WR)
            while True:
                piece = connection.recv(65536)
                if not piece:
                    return received
                received += piece
        except TimeoutError:
            raise
        except OSError:
            return received


def hide():
    """Requests with another one hidden behind their end, or within their body."""
    number = 0
    for length in LENGTHS + [b"X: y"]:
        for coding in CODINGS + [b"Y: z"]:
            plain = length in (LENGTHS[0], b"X: y") or coding in (CODINGS[0], b"Y: z")
            if not plain:
                continue
            for chunks in CHUNKS if coding == CODINGS[0] and length == b"X: y" else CHUNKS[:1]:
                number += 1
                hidden = b"GET /hidden-%d HTTP/1.1\r\nHost: a\r\n\r\n" % number
                body = chunks.replace(b"%s", hidden)
                fields = length.replace(b"%d", b"%d" % len(body))
                for order in (fields + b"\r\n" + coding, coding + b"\r\n" + fields):
                    yield b"POST /over-%d HTTP/1.1\r\nHost: a\r\n%s\r\n\r\n%s" % (
                        number, order, body)


def main():
    kind, program, server_program, table = sys.argv[1:5]
    faults = 0
    with tempfile.TemporaryDirectory() as folder:
        server = Server(server_program)
        front = Front(kind, program, server.port, folder)
        cases = [case.data for case in read_table(table) if len(case.data) < 60000] + list(hide())
        for number, data in enumerate(cases):
            talk(front.port, data)
            reply = talk(front.port, MARKER % number, False)
            status, _, body = reply.partition(b"\r\n\r\n")
            if not re.match(rb"HTTP/1.1 200 ", status) or \
                    b"GET /marker-%d 0\n" % number not in body:
                faults += 1
                print("behind %r the marker has %r" % (data, reply))
        logged = front.end()
        server.end()
    for request, times in server.seen.items():
        if b"/hidden-" in request and times > logged[request]:
            faults += 1
            print("%r came %d times, and the front saw %d" % (request, times, logged[request]))
    markers = sum(b"/marker-" in request for request in server.seen)
    print("%d cases, %d markers, %d hidden requests that the front saw, %d faults"
          % (len(cases), markers, sum(times for name, times in logged.items() if b"/hidden-" in name),
             faults))
    return faults > 0 or markers != len(cases)


sys.exit(main())
