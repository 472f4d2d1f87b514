#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""The parser beside h11: tables of messages, and random changes of them.

usage: h11_peer.py PARSER_TABLE REQUESTS RESPONSES [COUNT [SEED]]

Both read the strict cases of the tables, and COUNT changed ones of each table, and must read the
same messages and bodies with the same end.  Where only the parser refuses a message, the text of
its refusal must be in STRICTER; where only h11 does, or both read something else, OTHERS must
name the reason.
"""

import re
import sys

import h11

from message_peers import compare, plain, put

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


READERS = {"requests": RequestReader, "responses": ResponseReader}

sys.exit(compare("h11", lambda kind, case: READERS[kind](case).read(), STRICTER, OTHERS))
