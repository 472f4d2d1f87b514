#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Random messages of dnslib are read as dnslib means them, and read by it when written again.

usage: wire_peer.py PROGRAM [COUNT [SEED]]
"""

import random
import string
import struct
import subprocess
import sys

import dnslib

LETTERS = string.ascii_letters + string.digits + "-_"
# dnslib prints these as zone files have them, in the same way.
SAME_TEXT = ("A", "AAAA", "CNAME", "NS", "PTR", "MX", "SRV", "NAPTR", "CAA")


class Maker:
    """Makes random messages: names from a few labels, so that many share an end."""

    def __init__(self, seed):
        self.random = random.Random(seed)
        self.labels = ["".join(self.random.choices(LETTERS, k=self.random.choice((1, 3, 8, 63))))
                       for _ in range(8)]

    def name(self):
        while True:
            labels = self.random.choices(self.labels, k=self.random.randrange(5))
            if sum(len(label) + 1 for label in labels) < 255:
                return ".".join(labels) + "."

    def number(self, bits):
        return self.random.choice((0, 1, self.random.getrandbits(bits), (1 << bits) - 1))

    def data(self, most):
        return self.random.randbytes(self.random.randrange(most + 1))

    def letters(self):
        return "".join(self.random.choices(LETTERS, k=self.random.randrange(1, 9))).encode()

    def parameters(self):
        keys = sorted(self.random.sample(range(9, 60), self.random.randrange(4)))
        return [(key, self.data(20)) for key in keys]

    def records(self):
        """Type -> a function that makes its data."""
        word = lambda: self.number(16)
        return {
            "A": lambda: dnslib.A(tuple(self.random.randbytes(4))),
            "AAAA": lambda: dnslib.AAAA(tuple(self.random.randbytes(16))),
            "NS": lambda: dnslib.NS(self.name()),
            "CNAME": lambda: dnslib.CNAME(self.name()),
            "PTR": lambda: dnslib.PTR(self.name()),
            "MX": lambda: dnslib.MX(self.name(), word()),
            "SOA": lambda: dnslib.SOA(self.name(), self.name(), [self.number(32) for _ in range(5)]),
            "TXT": lambda: dnslib.TXT([self.data(255) for _ in range(self.random.randrange(1, 4))]),
            "SRV": lambda: dnslib.SRV(word(), word(), word(), self.name()),
            "NAPTR": lambda: dnslib.NAPTR(word(), word(), self.letters(), self.letters(),
                                          self.letters(), self.name()),
            "CAA": lambda: dnslib.CAA(self.number(8), self.random.choice(("issue", "iodef")),
                                      self.letters().decode()),
            "TLSA": lambda: dnslib.TLSA(self.number(8), self.number(8), self.number(8), self.data(64)),
            "HTTPS": lambda: dnslib.HTTPS(word(), dnslib.DNSLabel(self.name()).label,
                                          self.parameters()),
            # dnslib does not read data of no bytes.
            "TYPE65280": lambda: dnslib.RD(b"x" + self.data(40)),
        }

    def message(self):
        message = dnslib.DNSRecord(dnslib.DNSHeader(id=self.number(16), bitmap=self.number(16)))
        message.add_question(dnslib.DNSQuestion(self.name(), self.number(16)))
        makers = self.records()
        adders = (message.add_answer, message.add_auth, message.add_ar)
        for _ in range(self.random.randrange(12)):
            kind = self.random.choice(list(makers))
            code = 65280 if kind == "TYPE65280" else getattr(dnslib.QTYPE, kind)
            self.random.choice(adders)(dnslib.RR(self.name(), code, rclass=self.random.choice((1, 3)),
                                                 ttl=self.random.getrandbits(31),
                                                 rdata=makers[kind]()))
        return message


def plain(data):
    """The bytes of a record's data without compression."""
    if isinstance(data, list):
        return b"".join(struct.pack(">HH", option.code, len(option.data)) + option.data
                        for option in data)
    buffer = dnslib.DNSBuffer()
    buffer.encode_name = buffer.encode_name_nocompress
    data.pack(buffer)
    return bytes(buffer.data)


def fields(record):
    kind = "TYPE65280" if record.rtype == 65280 else dnslib.QTYPE.get(record.rtype)
    owner = str(record.rname)
    return [owner if owner == "." else owner.rstrip("."), kind, str(record.rclass), str(record.ttl),
            plain(record.rdata).hex()], record.rdata.toZone() if kind in SAME_TEXT else None


def contents(message):
    """All that a message says, whatever is compressed."""
    questions = [(str(q.qname), q.qtype, q.qclass) for q in message.questions]
    sections = [[fields(r)[0] for r in s] for s in (message.rr, message.auth, message.ar)]
    return message.header.id, message.header.bitmap, questions, sections


def check(message, lines):
    """Compares what the program says about one message."""
    for record in message.rr + message.auth + message.ar:
        expected, text = fields(record)
        found = next(lines).split("|", 6)
        if found[1:6] != expected or (text is not None and found[6] != text):
            sys.exit(f"{found}\nis not\n{expected} {text}")
    found = next(lines).split("|")
    if found[0] != "message":
        sys.exit(f"{found[0]}: {message}")
    again = dnslib.DNSRecord.parse(bytes.fromhex(found[1]))
    if contents(again) != contents(message):
        sys.exit(f"written as\n{contents(again)}\nfrom\n{contents(message)}")


def main():
    program, count, seed = sys.argv[1], int((sys.argv[2:] or [500])[0]), int((sys.argv[3:] or [1])[0])
    maker = Maker(seed)
    # As dnslib reads what it has written itself.
    check_all(program, [bytes(maker.message().pack()) for _ in range(count)])
    print(f"{count} messages, read and written alike")


def check_all(program, messages):
    """Ends the script unless the program reads and writes the messages as dnslib does."""
    done = subprocess.run([program], input="".join(m.hex() + "\n" for m in messages), check=True,
                          stdout=subprocess.PIPE, text=True)
    lines = iter(done.stdout.splitlines())
    for message in messages:
        check(dnslib.DNSRecord.parse(message), lines)
    if next(lines, None) is not None:
        sys.exit("lines are left")


if __name__ == "__main__":
    main()
