#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Clients of other projects beside our server: dnslib, kdig, dnsperf, over UDP and TCP.

usage: server_peers.py DNS_SERVER WIRE_PEER [COUNT [SEED]]

dnslib asks COUNT times for names of a random zone and compares the records; our own parser must
read each reply as dnslib does, and kdig must find all records.  Then it sends COUNT
queries of which bytes were changed, and after each the server must answer the next proper query.
kdig and dnsperf are left out where they are not installed.
"""

import pathlib
import random
import shutil
import socket
import string
import struct
import subprocess
import sys
import tempfile

import dnslib

import wire_peer

ZONE = "example.test"
TYPES = ["A", "AAAA", "CNAME", "MX", "NS", "PTR", "TXT"]


class Zone:
    """Records by name and type, as text, and the file that the server reads."""

    def __init__(self, generator):
        self.random = generator
        self.names = [self.label() + "." + ZONE for _ in range(30)] + [ZONE]
        self.records = {(ZONE, "SOA"): ["ns.example.test. admin.example.test. 1 7200 900 1209600 300"]}
        for name in self.names:
            if name != ZONE and self.random.random() < 0.2:
                self.records[name, "CNAME"] = [self.random.choice(self.names) + "."]
                continue
            for kind in self.random.sample(TYPES, 3):
                if kind != "CNAME":
                    count = self.random.choice((1, 2, 5, 40)) if kind in ("A", "TXT") else 1
                    self.records[name, kind] = [self.data(kind) for _ in range(count)]

    def label(self):
        return "".join(self.random.choices(string.ascii_lowercase, k=self.random.choice((1, 5, 30))))

    def data(self, kind):
        if kind == "A":
            return ".".join(str(self.random.randrange(256)) for _ in range(4))
        if kind == "AAAA":
            return str(dnslib.AAAA(tuple(self.random.randbytes(16))))
        if kind == "MX":
            return "%d %s." % (self.random.randrange(65536), self.random.choice(self.names))
        if kind == "TXT":
            return "".join(self.random.choices(string.ascii_letters, k=self.random.choice((1, 40, 200))))
        return self.random.choice(self.names) + "."

    def write(self, path):
        lines = ["%s 60 %s %s" % (name, kind, data)
                 for (name, kind), values in self.records.items() for data in values]
        path.write_text("\n".join(lines) + "\n")


def start(command):
    server = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    return server, int(server.stdout.readline())


def ask_udp(query):
    udp.send(query)
    return udp.recv(65536)


def ask_tcp(query):
    tcp.sendall(struct.pack(">H", len(query)) + query)
    stream_size = struct.unpack(">H", stream.read(2))[0]
    return stream.read(stream_size)


def texts(records):
    """What dnslib prints of them, with TXT as the zone has it."""
    return sorted(str(rr.rdata).strip('"').replace('" "', "") if rr.rtype == dnslib.QTYPE.TXT
                  else str(rr.rdata) for rr in records)


def expected_answer(zone, name, kind):
    """The records along the aliases, and the response code."""
    found = []
    for _ in range(8):
        if (name, kind) in zone.records:
            return found + zone.records[name, kind], dnslib.RCODE.NOERROR
        if (name, "CNAME") not in zone.records:
            break
        found += zone.records[name, "CNAME"]
        name = zone.records[name, "CNAME"][0].rstrip(".")
    exists = any(other == name or other.endswith("." + name) for other, _ in zone.records)
    return found, dnslib.RCODE.NOERROR if exists else dnslib.RCODE.NXDOMAIN


def compare(zone, generator):
    name = generator.choice(zone.names + ["none." + ZONE])
    kind = generator.choice(TYPES + ["SOA"])
    query = dnslib.DNSRecord(dnslib.DNSHeader(id=generator.randrange(65536), rd=generator.randrange(2)),
                             q=dnslib.DNSQuestion(name, getattr(dnslib.QTYPE, kind)))
    size = generator.choice((0, 512, 1232, 4096))
    if size:
        query.add_ar(dnslib.EDNS0(udp_len=size, flags=generator.choice(("", "do"))))
    packed = query.pack()
    packed_replies = [ask(packed) for ask in (ask_udp, ask_tcp)]
    replies.extend(packed_replies)
    by_udp, by_tcp = map(dnslib.DNSRecord.parse, packed_replies)
    records, code = expected_answer(zone, name, kind)
    for reply in by_udp, by_tcp:
        assert reply.header.id == query.header.id and reply.header.rd == query.header.rd, reply
        assert reply.header.qr and reply.header.aa and reply.header.rcode == code, reply
        assert str(reply.q) == str(query.q), reply
        assert bool([rr for rr in reply.ar if rr.rtype == dnslib.QTYPE.OPT]) == bool(size), reply
    assert not by_tcp.header.tc, by_tcp
    assert texts(by_tcp.rr) == sorted(records), (texts(by_tcp.rr), records)
    if by_udp.header.tc:
        assert len(by_udp.rr) < len(by_tcp.rr) or len(by_udp.auth) < len(by_tcp.auth), by_udp
    else:
        assert texts(by_udp.rr) == sorted(records), (texts(by_udp.rr), records)
    return by_udp.header.tc


def change_bytes(generator, query):
    """Some bytes are others, are missing, or come twice."""
    changed = bytearray(query)
    for _ in range(generator.choice((1, 1, 2, 5))):
        at = generator.randrange(len(changed) + 1)
        what = generator.randrange(4)
        if what == 0 and at < len(changed):
            changed[at] = generator.randrange(256)
        elif what == 1:
            del changed[at:]
        elif what == 2:
            changed[at:at] = changed[:at]
        else:
            changed[at:at] = generator.randbytes(generator.randrange(20))
    return bytes(changed)


def survive(generator):
    """The server goes on after a query that is malformed in some way."""
    query = dnslib.DNSRecord.question("www." + ZONE)
    query.add_ar(dnslib.EDNS0(udp_len=1232))
    query.header.id = 0x1111
    udp.send(change_bytes(generator, query.pack()))
    query.header.id = 0x2222
    udp.send(query.pack())
    while True:
        reply = udp.recv(65536)
        assert len(reply) >= 12 and reply[2] & 0x80, reply
        # The names of others need not be what dnslib calls a name.
        if reply[:2] == b"\x22\x22":
            assert dnslib.DNSRecord.parse(reply).header.aa, reply
            return


def run(*command):
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, (command, done.stdout, done.stderr)
    return done.stdout


def kdig(*arguments):
    return run("kdig", "@127.0.0.1", "-p", str(port), "+retry=0", "+timeout=20", *arguments)


def check_records_of_kdig(zone):
    """kdig finds the zone's records, and no others."""
    expected = {(name, kind, data) for (name, kind), values in zone.records.items()
                for data in values if kind != "SOA"}
    asked = [word for name, kind in zone.records for word in ("-q", name, "-t", kind)
             if kind != "SOA"]
    found = set()
    for line in kdig("+tcp", "+noall", "+answer", *asked).splitlines():
        fields = line.split(None, 4)
        if len(fields) == 5 and not line.startswith(";"):
            assert fields[1:3] == ["60", "IN"], line
            found.add((fields[0].rstrip("."), fields[3], fields[4].strip('"')))
    assert found == expected, (found - expected, expected - found)


def check_kdig(zone):
    check_records_of_kdig(zone)
    several = [word for name in zone.names for word in ("-q", name, "-t", "A")]
    for way in [], ["+tcp"], ["+tcp", "+keepopen"], ["+edns"], ["+bufsize=4096", "+dnssec"], ["+noedns"]:
        text = kdig(*several, *way)
        assert text.count("status: NOERROR") == len(zone.names), text
        assert "WARNING" not in text and "ERROR:" not in text, text
    text = kdig(ZONE, "SOA", "+dnssec")
    assert "flags: do" in text.lower() and "aa" in text, text
    assert "status: BADVERS" in kdig(ZONE, "SOA", "+edns=1"), "another version of EDNS"
    assert "status: REFUSED" in kdig("example.com", "A"), "another zone"
    assert "status: NXDOMAIN" in kdig("none." + ZONE, "A"), "no such name"
    assert "status: REFUSED" in kdig(ZONE, "ANY", "-c", "CH"), "another class"


def check_dnsperf(zone, folder):
    queries = pathlib.Path(folder, "queries")
    queries.write_text("".join("%s %s\n" % (name, kind) for name in zone.names for kind in TYPES))
    for mode in "udp", "tcp":
        text = run("dnsperf", "-s", "127.0.0.1", "-p", str(port), "-m", mode, "-d", str(queries),
                   "-n", "20", "-c", "8", "-q", "64", "-t", "20")
        assert "Queries lost:         0 (0.00%)" in text, text
        assert "Response codes:       NOERROR %d (100.00%%)" % (20 * 7 * len(zone.names)) in text, text


program, parser = sys.argv[1:3]
count = int(sys.argv[3]) if len(sys.argv) > 3 else 1000
generator = random.Random(int(sys.argv[4]) if len(sys.argv) > 4 else 1)
replies = []
with tempfile.TemporaryDirectory() as folder:
    zone = Zone(generator)
    zone.write(pathlib.Path(folder, "zone"))
    server, port = start([program, folder + "/zone"])
    try:
        udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        udp.settimeout(20)
        udp.connect(("127.0.0.1", port))
        tcp = socket.create_connection(("127.0.0.1", port), timeout=20)
        stream = tcp.makefile("rb")
        truncated = sum(compare(zone, generator) for _ in range(count))
        assert 0 < truncated < count, truncated
        wire_peer.check_all(parser, replies)
        for _ in range(count):
            survive(generator)
        if shutil.which("kdig"):
            check_kdig(zone)
        if shutil.which("dnsperf"):
            check_dnsperf(zone, folder)
    finally:
        server.terminate()
    assert server.wait(20) == 0, "the server did not end well"
