# SPDX-License-Identifier: BSD-3-Clause
"""What the check_* scripts share: options, the list of files, C without comments, reports.

Every script takes --root, so that its test can point it at a small planted tree, and ends
with status 0 and one line, or with status 1 and a line "file:line: what is wrong" for each
fault.
"""

import argparse
import os
import re
import subprocess
import sys

# A .c file with such a name is an API file: it defines public functions.
API_FILE = re.compile(
    r"^(event|evbuffer|bufferevent|evconnlistener|evdns|evhttp|evws|evrpc|evtag|evutil"
    r"|evthread|levin|\w+_legacy)(_\w+)?\.c$")

# Tables and generated files are exempt from ceilings and format by path.
EXEMPT = re.compile(r"(^|/)(generated|tables)/|_table\.(c|h)$")


def is_api_file(path):
    """True for API files; a backend called event_something would be none, so folders count."""
    return bool(API_FILE.match(os.path.basename(path))) and "/backends/" not in path


def options(description, build=False):
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--root", default=os.path.join(os.path.dirname(__file__), ".."),
                        help="top folder of the tree to check")
    if build:
        parser.add_argument("--build", default="build/release",
                            help="build folder, from the root (default: %(default)s)")
    return parser


def enter(parser):
    """Parses the command line and goes to the root; returns the options."""
    chosen = parser.parse_args()
    os.chdir(chosen.root)
    return chosen


def files(*patterns, folders=("src", "include", "tests", "bench", "examples", "tools")):
    """Paths from the root of all files whose names end in one of the patterns."""
    found = []
    for folder in folders:
        for top, below, names in os.walk(folder):
            below[:] = sorted(d for d in below if d not in ("build", ".git", "__pycache__"))
            found += [os.path.join(top, n) for n in sorted(names) if n.endswith(patterns)]
    return found


def read(path):
    with open(path, encoding="utf-8", errors="replace") as stream:
        return stream.read()


_TOKEN = re.compile(
    r"//[^\n]*|/\*.*?\*/|\"(?:\\.|[^\"\\\n])*\"|'(?:\\.|[^'\\\n])*'", re.S)


def code_only(text, keep_strings=False):
    """The text with comments blanked (and strings emptied), line numbers unchanged."""
    def blank(match):
        token = match.group(0)
        if token[0] in "\"'":
            return token if keep_strings else token[0] * 2
        return re.sub(r"[^\n]", " ", token)
    return _TOKEN.sub(blank, text)


class Report:
    def __init__(self, name):
        self.name = name
        self.faults = []

    def fault(self, path, line, text):
        self.faults.append((path, line, text))

    def finish(self, checked):
        """Prints the faults; does not return."""
        for path, line, text in self.faults:
            print(f"{path}:{line}: {text}" if line else f"{path}: {text}")
        if not self.faults:
            print(f"{self.name}: {checked}")
        else:
            print(f"{self.name}: {len(self.faults)} faults")
        sys.exit(1 if self.faults else 0)


def run(*command, **keywords):
    return subprocess.run(command, capture_output=True, text=True, check=False, **keywords)


class Objects:
    """The symbols of the object files of a build: object path -> names."""

    def __init__(self, build):
        self.defined = {}    # source path -> {name: nm type}
        self.undefined = {}  # source path -> {name}
        for top, below, names in os.walk(build):
            below.sort()
            # Only the library's own objects, not the tests'.
            at = re.search(r"_objects\.dir/(src(?:/.*)?)$", top + "/")
            if at:
                for name in sorted(n for n in names if n.endswith(".o")):
                    self._read(os.path.join(top, name), os.path.join(at.group(1), name)[:-2])

    def _read(self, path, source):
        self.defined[source] = {}
        self.undefined[source] = set()
        for line in run("nm", "-P", path).stdout.splitlines():
            name, kind = line.split()[:2]
            if kind in "Uwv":
                self.undefined[source].add(name)
            elif kind.isupper():
                self.defined[source][name] = kind

    def edges(self):
        """Pairs (source, name, other source that defines it)."""
        home = {name: source for source, names in self.defined.items() for name in names}
        for source in sorted(self.undefined):
            for name in sorted(self.undefined[source]):
                if name in home and home[name] != source:
                    yield source, name, home[name]
