# SPDX-License-Identifier: BSD-3-Clause
"""What the programs share that let another parser read the messages of the tables, and random
changes of them, beside ours."""

import collections
import random
import re
import subprocess
import sys


class Case:
    def __init__(self, options, data):
        self.options, self.data = options, data
        self.ours = self.theirs = self.why = ""

    def stem(self):
        """What the parser read before the end."""
        return plain(self.ours).removesuffix("wait")


def unescape(text):
    """As in parser_table.c."""
    out = b""
    while text:
        plain, mark, text = text.partition("\\")
        out += plain.encode()
        if not mark:
            break
        kind, text = text[0], text[1:]
        if kind == "*":
            count, _, text = text.partition("{")
            repeated, _, text = text.partition("}")
            out += unescape(repeated) * int(count)
        elif kind == "x":
            out += bytes.fromhex(text[:2])
            text = text[2:]
        else:
            out += {"e": b"\r\n", "r": b"\r", "n": b"\n", "t": b"\t", "0": b"\0", "\\": b"\\"}[kind]
    return out


def escape(data):
    return "".join(chr(byte) if chr(byte).isalnum() and byte < 128 else "\\x%02x" % byte
                   for byte in data)


def put(data):
    return "".join(chr(byte) if 32 <= byte < 127 else "\\x%02x" % byte for byte in data)


def plain(words):
    """Without what others do not show: values, trailers, marks, which status, empty bodies."""
    words = re.sub(r"\{[^}]*\}|<[^>]*>", "", words)
    words = re.sub(r"^([^ +]*)[!?]+", r"\1", words)
    words = re.sub(r" ([^ +]*)[!?]+", r" \1", words)
    words = re.sub(r"\b(400|414|417|431|501|505)$", "refused", words)
    words = re.sub(r"(end|more)$", "wait", words)
    return re.sub(r"\+ ", " ", words)


class Parser:
    def __init__(self, program, kind):
        self.process = subprocess.Popen([program, kind], stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, text=True)

    def ask(self, case):
        self.process.stdin.write("- | %s | - | %s\n" % (case.options, escape(case.data)))
        self.process.stdin.flush()
        line = self.process.stdout.readline()
        assert line, case.data
        case.ours, _, case.why = line.rstrip("\n").rpartition("|")


def read_table(path):
    """The strict cases."""
    cases = []
    with open(path, encoding="ascii") as file:
        for line in file:
            if line.startswith("#") or line == "\n":
                continue
            _, options, _, text = line.rstrip("\n").split(" | ", 3)
            if options.strip() in ("-", "head", "connect"):
                cases.append(Case(options.strip(), unescape(text)))
    return cases


WORDS = [b"\r\n", b"\n", b"\r", b" ", b"\t", b"\0", b":", b",", b";", b"chunked", b"Host: b\r\n",
         b"Content-Length: 3\r\n", b"Transfer-Encoding: chunked\r\n", b"Connection: close\r\n",
         b"0\r\n\r\n", b"3\r\nabc\r\n", b"HTTP/1.1", b"HTTP/1.0", b"GET / HTTP/1.1\r\n", b"\xff",
         b"%41", b"0x", b"+", b"-", b"X: v\r\n", b"\r\n\r\n", b"Expect: 100-continue\r\n"]


def change(generator, data, other):
    for _ in range(generator.randrange(1, 4)):
        at = generator.randrange(len(data) + 1)
        kind = generator.randrange(5)
        if kind == 0:
            data = data[:at] + data[at + generator.randrange(1, 8):]
        elif kind == 1:
            data = data[:at] + generator.choice(WORDS) + data[at:]
        elif kind == 2:
            data = data[:at] + bytes([generator.randrange(256)]) + data[at + 1:]
        elif kind == 3:
            data = data[:at] + other[generator.randrange(len(other) + 1):]
        else:
            data = data[:at] + data[max(0, at - generator.randrange(1, 30)):]
    return data


def name_difference(case, stricter, others):
    for name, applies in others.items():
        if applies(case):
            return name
    if plain(case.ours).endswith("refused") and case.why in stricter:
        return case.why
    return None


def compare(peer, read, stricter, others):
    """Lets `read` set the words of its parser for each case.  `stricter` names our refusals, and
    `others` further differences: a name, and whether it is this one.  Returns whether there is
    one without a reason."""
    program = sys.argv[1]
    count = int(sys.argv[4]) if len(sys.argv) > 4 else 3000
    generator = random.Random(int(sys.argv[5]) if len(sys.argv) > 5 else 1)
    seen = collections.Counter()
    compared = unexplained = 0
    for kind, path in (("requests", sys.argv[2]), ("responses", sys.argv[3])):
        parser = Parser(program, kind)
        cases = read_table(path)
        small = [case for case in cases if len(case.data) < 1000]
        cases += [Case(one.options, change(generator, one.data, generator.choice(small).data))
                  for one in generator.choices(small, k=count)]
        for case in cases:
            parser.ask(case)
            case.theirs = read(kind, case)
            compared += 1
            if plain(case.ours) == plain(case.theirs):
                continue
            name = name_difference(case, stricter, others)
            seen[name] += 1
            if name is None:
                unexplained += 1
                print("%s %s %r\n\tours %s (%s)\n\t%s %s"
                      % (kind, case.options, case.data, case.ours, case.why, peer, case.theirs))
        parser.process.stdin.close()
        assert parser.process.wait() == 0
    for name, times in sorted(seen.items(), key=str):
        print("%6d  %s" % (times, name))
    print("%d messages, %d differences without a reason" % (compared, unexplained))
    return unexplained > 0
