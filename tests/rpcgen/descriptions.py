#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""usage: descriptions.py EVENT_RPCGEN_PY

Descriptions with a mistake: the tool names the line and the mistake and writes nothing.
"""

import os
import subprocess
import sys
import tempfile

FAULTS = [
    ("", "1: there is no struct"),
    ("struct a {\n}\n", "3: the struct \"a\" has no members"),
    ("struct a {\n int b = 1\n}", "3: \";\" is missing before \"}\""),
    ("struct a {\n float b = 1;\n}", "2: there is no type \"float\""),
    ("struct a {\n int 5 = 1;\n}", "2: \"5\" is no name of a member"),
    ("struct a {\n int b = x;\n}", "2: \"x\" is no tag"),
    ("struct a {\n int b = 0x100000000;\n}", "is no tag: 0 to 4294967295"),
    ("struct a {\n int b = 1;\n int c = 1;\n}", "the tag 1 is there twice"),
    ("struct a {\n int b = 1;\n int b = 2;\n}", "the member \"b\" is there twice"),
    ("struct a {\n int b = 1;\n}\nstruct a {\n int b = 1;\n}", "the struct \"a\" is there twice"),
    ("struct a {\n /* two\n lines */ struct[c] b = 1;\n}", "3: there is no struct \"c\""),
    ("struct a {\n array bytes b = 1;\n}", "an array cannot have entries of bytes"),
    ("struct a {\n int b[4] = 1;\n}", "only bytes have a size"),
    ("struct a {\n bytes b[0] = 1;\n}", "\"0\" is no size"),
    ("struct a {\n int b = 1;", "the file ends too early"),
    ("union a {\n int b = 1;\n}", "1: \"struct\" is missing before \"union\""),
]
GOOD = "#include <stdio.h>\nstruct a {\n optional int b = 1; // no ; here\n}\n"


def main():
    failed = 0
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)

        def run(text, *names):
            with open("a.rpc", "w", encoding="utf-8") as stream:
                stream.write(text)
            return subprocess.run([sys.executable, sys.argv[1], "a.rpc", *names],
                                  capture_output=True, text=True, check=False)

        for text, wanted in FAULTS:
            done = run(text)
            if done.returncode != 1 or wanted not in done.stderr or os.listdir() != ["a.rpc"]:
                failed += 1
                print("%r: %d %s" % (text, done.returncode, done.stderr))
        for names, files in (((), "a.gen.c a.gen.h"), (("b.c",), "b.c b.h"), (("d.h", "e.c"), "d.h e.c")):
            done = run(GOOD, *names)
            made = sorted(set(os.listdir()) - {"a.rpc"})
            if done.returncode != 0 or done.stdout or " ".join(made) != files:
                failed += 1
                print("%s: %d %s %s" % (names, done.returncode, made, done.stderr))
            for name in made:
                os.unlink(name)
    print("%d descriptions, %d failed" % (len(FAULTS) + 3, failed))
    return 1 if failed else 0


sys.exit(main())
