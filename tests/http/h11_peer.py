#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""The parser beside h11: tables of messages, and random changes of them.

usage: h11_peer.py PARSER_TABLE REQUESTS RESPONSES [COUNT [SEED]]

Both read the strict cases of the tables, and COUNT changed ones of each table, and must read the
same messages and bodies with the same end.  Where only the parser refuses a message, the text of
its refusal must be in STRICTER; where only h11 does, or both read something else, OTHERS must
name the reason.
"""

import collections
import random
import re
import subprocess
import sys

import h11

# Refusals of ours where h11 0.14 accepts, and why ours are right.
STRICTER = {
    "a byte that must not be there, or LF alone": "RFC 9112 2.2 allows LF alone, and demands nothing",
    "a byte that must not be there, or CR alone": "controls in values and reasons: RFC 9110 5.5",
    "a byte that must not be in a value": "the same, in trailers",
    "the target has a byte that must not be there": "h11 has '#' as any other byte",
    "the target is no path and no URI": "h11 does not look at targets: RFC 9112 3.2",
    "the target of CONNECT is no host and port": "RFC 9112 3.2.3",
    "the authority of the target is no host": "RFC 9112 3.2.2",
    "a percent sign without two digits": "RFC 3986 2.1",
    "a zero byte in the path": "RFC 3986 7.3",
    "Host is no host": "h11 counts Host, and does not read it: RFC 9112 3.2",
    "more than one Host": "h11 0.14 allows it in HTTP/1.0",
    "a version other than HTTP/1": "h11 reads any digits: RFC 9110 15.6.6",
    "a field is folded": "RFC 9112 5.2 allows both",
    "the name of a field is no token": "a folded line of a trailer",
    "empty lines before the request": "h11 skips any number of them",
    "a line is too long": "limits of ours",
    "too many fields": "limits of ours",
    "too many trailers": "limits of ours",
    "trailers are too long": "limits of ours",
    "the head has no end": "limits of ours, and more than four empty lines",
    "more than one Content-Length": "RFC 9110 8.6 allows both for equal ones",
    "Content-Length is no number": "lists of equal ones; numbers above 63 bits",
    "Content-Length and Transfer-Encoding": "RFC 9112 6.3 allows both",
    "Transfer-Encoding in HTTP/1.0": "RFC 9112 6.1: faulty framing",
    "CONNECT with a body": "RFC 9110 9.3.6",
    "an expectation other than 100-continue": "RFC 9110 10.1.1: 417",
    "the line of a chunk is malformed": "h11 skips what looks like extensions: RFC 9112 7.1.1",
    "chunk extensions are too long": "limits of ours",
    "a chunk is too large": "h11 reads 20 digits",
    "a chunk's line or data do not end in CRLF": "h11 0.14 does not look at these two bytes",
    "a trailer does not end in CRLF": "as for heads",
}

# Further differences: a name, and whether it is this one.
OTHERS = {
    "h11 closes behind any message of HTTP/1.0":
        lambda case: b"HTTP/1.0" in case.data and case.theirs.endswith("close"),
    "h11 knows no other minor versions": lambda case: re.search(rb"HTTP/1\.[2-9]", case.data),
    "h11 knows no blanks in chunk extensions: RFC 9112 7.1.1":
        lambda case: re.search(rb"[0-9a-fA-F][ \t]+;", case.data),
    "a 204 that declares a body is the last one of ours":
        lambda case: "204 close" in case.ours,
    "no head yet; h11 refuses some beginnings of heads":
        lambda case: case.ours.endswith("more") and
                     plain(case.theirs) == case.stem() + "refused",
    "h11 reads lengths of responses without a body: RFC 9112 6.3, rule 1":
        lambda case: plain(case.theirs).endswith("refused") and
                     (case.options != "-" or re.search(r"\b(1..|204|304)\b", case.ours)) and
                     re.search(rb"(?i)content-length|transfer-encoding", case.data),
    "h11 waits for the whole line of a chunk":
        lambda case: case.why == "a chunk without a size" and case.theirs.endswith("wait"),
    "h11 reads lengths in trailers: RFC 9110 6.5.1":
        lambda case: case.theirs.endswith("refused") and
                     re.search(rb"(?is)\n0[^\n]*\n.*(content-length|transfer-encoding)", case.data),
    "h11 has limits for what is not whole": lambda case: len(case.data) > 16000,
}


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


class Reader:
    """Words as parser_table.c prints them, and "refused" for any status."""

    def __init__(self, case):
        self.case = case
        self.words = ""
        self.rest = case.data

    def new_connection(self):
        raise NotImplementedError

    def end(self, connection, has_body):
        """The words for the end of the bytes."""
        raise NotImplementedError

    def read_message(self):
        """Returns whether another one may follow."""
        connection = self.new_connection()
        inside = has_body = False
        if self.rest:
            connection.receive_data(self.rest)
        while True:
            try:
                event = connection.next_event()
            except h11.RemoteProtocolError:
                self.words += " refused" if inside else "refused"
                return False
            if event is h11.NEED_DATA:
                self.words += self.end(connection, has_body)
                return False
            if event is h11.PAUSED:
                self.words += " tunnel"
                return False
            if isinstance(event, h11.Request):
                self.words += event.method.decode()
                inside = True
            elif isinstance(event, h11.Data):
                self.words += ("" if has_body else "+") + put(event.data)
                has_body = True
            elif isinstance(event, h11.EndOfMessage):
                break
            else:
                self.words += str(event.status_code)
                inside = isinstance(event, h11.Response)
                if not inside and event.status_code != 101:
                    self.words += " "
        self.words += " "
        self.rest = connection.trailing_data[0]
        return self.may_go_on(connection)

    def may_go_on(self, connection):
        if connection.our_role is h11.SERVER:
            connection.send(h11.Response(status_code=404, headers=[("Content-Length", "0")]))
            connection.send(h11.EndOfMessage())
        if connection.our_state is h11.DONE and connection.their_state is h11.DONE:
            return True
        self.words += "close"
        return False

    def read(self):
        while self.read_message():
            pass
        return self.words


class RequestReader(Reader):
    def new_connection(self):
        # It skips no empty lines before a request (RFC 9112 2.2).
        for _ in range(4):
            self.rest = self.rest.removeprefix(b"\r\n")
        return h11.Connection(h11.SERVER, max_incomplete_event_size=1 << 17)

    def end(self, connection, has_body):
        return "wait" if connection.their_state is h11.IDLE else " wait"


class ResponseReader(Reader):
    def new_connection(self):
        connection = h11.Connection(h11.CLIENT, max_incomplete_event_size=1 << 17)
        method = {"head": "HEAD", "connect": "CONNECT"}.get(self.case.options, "GET")
        connection.send(h11.Request(method=method, target="a:1" if method == "CONNECT" else "/",
                                    headers=[("Host", "a"), ("Upgrade", "x"),
                                             ("Connection", "Upgrade")]))
        connection.send(h11.EndOfMessage())
        return connection

    def end(self, connection, has_body):
        if connection.their_state is not h11.SEND_BODY:
            return "wait"
        # Only a body until the end of the connection ends with it.
        connection.receive_data(b"")
        try:
            event = connection.next_event()
        except h11.RemoteProtocolError:
            return " wait"
        assert isinstance(event, h11.EndOfMessage)
        return " close" if has_body else "+ close"


def plain(words):
    """Without what h11 does not show: values, trailers, marks, which status, empty bodies."""
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


def name_difference(case):
    for name, applies in OTHERS.items():
        if applies(case):
            return name
    if plain(case.ours).endswith("refused") and case.why in STRICTER:
        return case.why
    return None


def main():
    program = sys.argv[1]
    count = int(sys.argv[4]) if len(sys.argv) > 4 else 3000
    generator = random.Random(int(sys.argv[5]) if len(sys.argv) > 5 else 1)
    seen = collections.Counter()
    compared = unexplained = 0
    for kind, path, reader in (("requests", sys.argv[2], RequestReader),
                               ("responses", sys.argv[3], ResponseReader)):
        parser = Parser(program, kind)
        cases = read_table(path)
        small = [case for case in cases if len(case.data) < 1000]
        cases += [Case(one.options, change(generator, one.data, generator.choice(small).data))
                  for one in generator.choices(small, k=count)]
        for case in cases:
            parser.ask(case)
            case.theirs = reader(case).read()
            compared += 1
            if plain(case.ours) == plain(case.theirs):
                continue
            name = name_difference(case)
            seen[name] += 1
            if name is None:
                unexplained += 1
                print("%s %s %r\n\tours %s (%s)\n\th11  %s"
                      % (kind, case.options, case.data, case.ours, case.why, case.theirs))
        parser.process.stdin.close()
        assert parser.process.wait() == 0
    for name, times in sorted(seen.items(), key=str):
        print("%6d  %s" % (times, name))
    print("%d messages, %d differences without a reason" % (compared, unexplained))
    return unexplained > 0


sys.exit(main())
