#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""The parser beside node's, llhttp: tables of messages, and random changes of them.

usage: llhttp_peer.py PARSER_TABLE REQUESTS RESPONSES [COUNT [SEED]]

As h11_peer.py.  STRICTER and OTHERS name what they read differently, and why.
"""

import os
import re
import subprocess
import sys

from message_peers import compare, plain

script = os.path.join(os.path.dirname(os.path.abspath(__file__)), "llhttp_peer.js")
node = subprocess.Popen(["node", script], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
methods = node.stdout.readline().split()

# Refusals of ours where llhttp accepts, and why ours are right.
STRICTER = {
    "a byte that must not be there, or LF alone": "RFC 9112 2.2 allows LF alone, and demands nothing",
    "a byte that must not be there, or CR alone": "controls in values and reasons: RFC 9110 5.5",
    "the target has a byte that must not be there": "'#', and bytes above 127",
    "the target is no path and no URI": "llhttp looks at schemes alone: RFC 9112 3.2",
    "the target of CONNECT is no host and port": "RFC 9112 3.2.3",
    "the authority of the target is no host": "RFC 9112 3.2.2",
    "a percent sign without two digits": "RFC 3986 2.1",
    "a zero byte in the path": "RFC 3986 7.3",
    "no Host": "llhttp leaves Host to its user: RFC 9112 3.2",
    "more than one Host": "the same",
    "Host is no host": "the same",
    "a version other than HTTP/1": "llhttp knows 0.9 and 2.0: RFC 9110 15.6.6",
    "no version where it must be": "llhttp knows HTTP/0.9, and versions of other protocols",
    "no status code where it must be": "llhttp reads a code without a blank behind it, and any number",
    "the method is no token": "llhttp knows PRI and SOURCE with versions of their own",
    "the name of a field is no token": "a blank, where the beginning of the line is a known field",
    "empty lines before the request": "llhttp skips any number of them",
    "a line is too long": "limits of ours",
    "too many fields": "limits of ours",
    "too many trailers": "limits of ours",
    "trailers are too long": "limits of ours",
    "chunk extensions are too long": "limits of ours",
    "the head has no end": "limits of ours, and more than four empty lines",
    "a transfer coding other than chunked": "llhttp reads such responses to the end: RFC 9112 6.3",
    "a transfer coding beside chunked": "llhttp leaves it to its user",
    "a transfer coding after chunked": "llhttp reads such responses to the end",
    "the last transfer coding is not chunked": "llhttp reads such responses to the end",
    "an empty element in Transfer-Encoding": "nobody sends one who means well",
    "Transfer-Encoding in HTTP/1.0": "RFC 9112 6.1: faulty framing",
    "Content-Length is no number": "numbers above 63 bits",
    "an expectation other than 100-continue": "RFC 9110 10.1.1: 417",
    "CONNECT with a body": "RFC 9110 9.3.6",
    "the line of a chunk is malformed": "llhttp knows extensions less strictly: RFC 9112 7.1.1",
    "a chunk is too large": "llhttp reads 64 bits",
    "a chunk without a size": "llhttp waits for more",
    "a chunk's line or data do not end in CRLF": "llhttp waits for more",
    "a trailer does not end in CRLF": "as for heads",
    "a byte that must not be in a value": "the same, in trailers",
}


def is_refused(case):
    return plain(case.theirs).endswith("refused")


def names_method_of_its_own(case):
    names = re.findall(rb"(?:^|\n|[0-9a-z])([!-~]+) [!-~]+ HTTP/1", case.data)
    words = [word.split("+")[0] for word in plain(case.ours).split(" ")[:-1]]
    return any(word not in methods for word in words) or \
        any(name.decode() not in methods for name in names)


# Further differences: a name, and whether it is this one.
OTHERS = {
    "no head yet; llhttp refuses some beginnings of heads":
        lambda case: case.ours.endswith("more") and
                     plain(case.theirs) == case.stem() + "refused",
    "llhttp knows only its methods":
        lambda case: is_refused(case) and names_method_of_its_own(case),
    "llhttp knows no other minor versions":
        lambda case: is_refused(case) and re.search(rb"HTTP/1\.[2-9]", case.data),
    "llhttp refuses some folded fields":
        lambda case: is_refused(case) and re.search(rb"\r\n[ \t]", case.data),
    "a 204 that declares a body is the last one of ours":
        lambda case: "204 close" in case.ours,
    "llhttp knows no blanks behind the size of a chunk: RFC 9112 7.1.1":
        lambda case: is_refused(case) and re.search(rb"[0-9a-fA-F][ \t]+;", case.data),
    "llhttp does not take tabs off: RFC 9110 5.5":
        lambda case: re.search(rb"(?i)(connection|transfer-encoding|content-length):[^\n]*\t",
                               case.data),
    "llhttp closes behind a response to HEAD without a length":
        lambda case: case.options == "head" and case.theirs.endswith("close"),
    "llhttp reads lengths of responses without a body: RFC 9112 6.3, rule 1":
        lambda case: (is_refused(case) or re.match("1..", case.ours)) and
                     (case.options != "-" or re.search(r"\b(1..|204|304)\b", case.ours)) and
                     re.search(rb"(?i)content-length|transfer-encoding", case.data),
    "Transfer-Encoding in HTTP/1.0: the message is the last one of ours, RFC 9112 6.1":
        lambda case: case.ours.endswith("close") and b"HTTP/1.0" in case.data and
                     re.search(rb"(?i)transfer-encoding", case.data),
    "keep-alive counts more than close in llhttp: RFC 9112 9.3":
        lambda case: case.ours.endswith("close") and re.search(rb"(?i)keep-alive", case.data),
    "llhttp reads lengths in trailers: RFC 9110 6.5.1":
        lambda case: is_refused(case) and
                     re.search(rb"(?is)\n0[^\n]*\n.*(content-length|transfer-encoding|connection)",
                               case.data),
    "llhttp knows only letters in schemes: RFC 3986 3.1":
        lambda case: is_refused(case) and re.search(rb" [a-z][^ ]*[^a-z ][^ ]*://", case.data),
    "llhttp takes a 101 without Upgrade for no tunnel: RFC 9110 15.2.2":
        lambda case: "101 tunnel" in case.ours and "101 tunnel" not in case.theirs,
    "llhttp gives what is behind CONNECT and Upgrade to its user":
        lambda case: case.theirs.endswith("tunnel") and
                     (b"CONNECT" in case.data or re.search(rb"(?i)upgrade:", case.data)),
    "llhttp reads Proxy-Connection as Connection":
        lambda case: case.theirs.endswith("close") and b"Proxy-Connection" in case.data,
}


def read(kind, case):
    node.stdin.write("%s %s %s\n" % (kind, case.options, case.data.hex()))
    node.stdin.flush()
    return node.stdout.readline().rstrip("\n")


status = compare("llhttp", read, STRICTER, OTHERS)
node.stdin.close()
sys.exit(status or node.wait())
