#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""usage: test_levin.py LEVIN FOLDER

Programs are compiled in FOLDER for the system's libevent; exit status 77: there is none.
"""

import os
import pathlib
import re
import shutil
import socket
import stat
import struct
import subprocess
import sys
import unittest

HERE = pathlib.Path(__file__).resolve().parent
LEVIN, FOLDER = os.path.abspath(sys.argv[1]), pathlib.Path(sys.argv[2]).resolve()
CORE = "libevent_core-2.1.so.7"


def compile_job(name, *flags, source=HERE / "job.c"):
    output = FOLDER / name
    subprocess.run(["cc", "-D_GNU_SOURCE", "-O1", "-o", output, source, *flags], check=True)
    return str(output)


def library(folder, name, text):
    """A shared library of one source."""
    (FOLDER / folder).mkdir(exist_ok=True)
    source = FOLDER / folder / "library.c"
    source.write_text(text, encoding="ascii")
    return compile_job(f"{folder}/{name}", "-shared", "-fPIC", f"-Wl,-soname,{name}", source=source)


def levin(*arguments, **more):
    return subprocess.run([LEVIN, *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          text=True, check=False, **more)


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return str(probe.getsockname()[1])


class Levin(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.job = compile_job("job", "-levent_core", "-ldl")

    def refuses(self, *arguments, saying, status=1):
        done = levin(*arguments)
        self.assertEqual(done.returncode, status, done)
        self.assertIn(saying, done.stderr)
        self.assertNotIn("Traceback", done.stderr)
        self.assertEqual(done.stdout, "")


class Run(Levin):
    def test_run__a_program_uses_levins_libraries(self):
        done = levin("run", self.job)
        self.assertEqual((done.returncode, done.stdout), (0, "on Levin\n100 events\n"))
        self.assertRegex(done.stderr, rf"levin: \S+/job runs on /\S+/{re.escape(CORE)}\n"
                         rf"levin: without levin it would use {re.escape(CORE)} \(2\.1\.\S+\) of /")

    def test_run__quiet_says_nothing(self):
        done = levin("run", "-q", self.job)
        self.assertEqual((done.stdout, done.stderr), ("on Levin\n100 events\n", ""))

    def test_run__dry_run_does_not_run(self):
        done = levin("run", "--dry-run", self.job)
        self.assertEqual((done.returncode, done.stdout), (0, ""))
        self.assertIn(CORE, done.stderr)

    def test_run__status_and_arguments_are_the_programs(self):
        done = levin("run", "-q", self.job, "fail")
        self.assertEqual((done.returncode, done.stderr), (3, "told to fail\n"))

    def test_run__other_library_paths_stay_behind(self):
        environment = dict(os.environ, LD_LIBRARY_PATH="/nowhere")
        done = levin("run", "-q", "sh", "-c", "echo $LD_LIBRARY_PATH", env=environment)
        self.assertTrue(done.stdout.endswith("/lib:/nowhere\n"), done.stdout)

    def test_run__what_a_script_starts_uses_levin(self):
        script = FOLDER / "script"
        script.write_text(f"#!/bin/sh\nexec {self.job}\n", encoding="ascii")
        script.chmod(0o755)
        done = levin("run", str(script))
        self.assertEqual(done.stdout, "on Levin\n100 events\n")
        self.assertIn("is a script", done.stderr)

    def test_run__program_without_libevent_is_run(self):
        done = levin("run", "true")
        self.assertEqual(done.returncode, 0)
        self.assertIn("links no libevent", done.stderr)

    def test_run__what_is_no_program_is_refused(self):
        text = FOLDER / "text"
        text.write_text("no program", encoding="ascii")
        self.refuses("run", str(text), saying="is not executable")
        text.chmod(0o755)
        self.refuses("run", str(text), saying="neither an ELF program nor a script")
        text.write_bytes(b"\x7fELF" + b"\x02\x01" + b"\xff" * 200)
        self.refuses("run", str(text), saying="its program headers have a strange size")
        text.write_bytes(b"\x7fELF" + b"\x02\x01" + b"\xff" * 48 + struct.pack("<HH", 56, 9))
        self.refuses("run", str(text), saying="cannot read")
        self.refuses("run", str(FOLDER), saying="is a directory")
        self.refuses("run", "no-such-program", saying="there is no program no-such-program")
        self.refuses("--lib", "/nowhere", "run", "true", saying="there is no libevent_core")
        self.refuses("run", saying="usage: levin", status=2)

    def test_run__program_with_privileges_is_refused(self):
        if os.geteuid() != 0:
            self.skipTest("only root can make such a program")
        path = str(shutil.copy(self.job, FOLDER / "privileged"))
        os.chown(path, 65534, 65534)
        os.chmod(path, 0o755 | stat.S_ISUID)
        self.refuses("run", path, saying="is set-uid")
        os.chmod(path, 0o755 | stat.S_ISGID)
        self.refuses("run", path, saying="is set-gid")
        os.chmod(path, 0o755)
        try:
            os.setxattr(path, "security.capability", struct.pack("<5I", 0x02000001, 1 << 10, 0, 0, 0))
        except OSError:
            self.skipTest("this file system has no capabilities")
        self.refuses("run", path, saying="has file capabilities")

    def test_run__static_program_is_refused(self):
        source = FOLDER / "static.c"
        source.write_text("int main(void) { return 0; }\n", encoding="ascii")
        self.refuses("run", compile_job("static", "-static", source=source),
                     saying="linked statically")

    def test_run__program_with_a_path_to_its_libevent_is_refused(self):
        found = levin("run", "-n", self.job).stderr
        folder = re.search(r" of (/\S+)$", found, re.M)[1]
        path = compile_job("rpath", "-levent_core", "-ldl", "-Wl,--disable-new-dtags",
                           f"-Wl,-rpath,{folder}")
        self.refuses("run", path, saying="has an RPATH of its own")

    def test_run__program_for_an_older_libevent_is_refused(self):
        name = "libevent-1.4.so.2"
        old = library("old", name, "void old_function(void) { }\n")
        source = FOLDER / "old" / "main.c"
        source.write_text("void old_function(void);\nint main(void) { old_function(); return 0; }\n",
                          encoding="ascii")
        path = compile_job("old/main", old, "-Wl,-rpath," + str(FOLDER / "old"), source=source)
        self.refuses("run", path, saying=f"needs {name}, and Levin replaces libevent 2.1 only")

    def test_run__function_that_is_lacking_is_named(self):
        path = library("poor", CORE, "void event_base_new(void) { }\n")
        self.refuses("--lib", os.path.dirname(path), "run", self.job,
                     saying="functions that Levin lacks: evconnlistener_new_bind, event_base_dispatch, ")


class Compare(Levin):
    def test_compare__program_that_ends(self):
        done = levin("compare", "--pairs", "6", "--operations", r"(\d+) events", self.job)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        self.assertIn(": 6 pairs of runs in alternating order\n", done.stdout)
        self.assertRegex(done.stdout, r"processor time of an operation( +[\d.]+ [mun]?s){2} +[\d.]+ "
                         r"+[\d.]+ to [\d.]+ +(less|more|no difference)\n")
        self.assertRegex(done.stdout, r"\npeak memory ")
        self.assertRegex(done.stdout, r"\nsystem calls ")
        self.assertEqual(len(re.findall(r"^ *(libevent|Levin) \|.{60}\|$", done.stdout, re.M)), 2)

    def serve(self, load, *options):
        port = free_port()
        return levin("compare", "--pairs", "6", "--listens", port, "--load",
                     load.replace("PORT", port), *options, self.job, port)

    def test_compare__server_under_a_load(self):
        done = self.serve("python3 -c \"import socket\nfor i in range(200): "
                          "socket.create_connection(('127.0.0.1', PORT)).recv(1)\nprint('200 done')\"",
                          "--operations", r"(\d+) done")
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        self.assertRegex(done.stdout, r"\noperations a second +\d")
        if shutil.which("strace"):
            calls = re.search(r"\nsystem calls +([\d.]+) +([\d.]+) ", done.stdout)
            # Wait, accept twice, send, close.
            self.assertTrue(3 <= float(calls[1]) <= 8 and 3 <= float(calls[2]) <= 8, done.stdout)

    def test_compare__load_that_fails_is_reported(self):
        done = self.serve("echo out of order; false")
        self.assertEqual((done.returncode, done.stdout), (1, ""))
        self.assertIn("the load ended with 1: out of order", done.stderr)

    def test_compare__load_without_its_number_is_reported(self):
        done = self.serve("echo nothing", "--operations", r"(\d+) done")
        self.assertIn("printed nothing that", done.stderr)

    def test_compare__program_that_fails_is_reported(self):
        self.refuses("compare", self.job, "fail", saying="ended with 3: told to fail")
        self.refuses("compare", "--listens", free_port(), "--load", "true", self.job, "fail",
                     saying="ended before it listened")

    def test_compare__place_in_use_is_reported(self):
        with socket.create_server(("127.0.0.1", 0)) as other:
            port = str(other.getsockname()[1])
            self.refuses("compare", "--listens", port, "--load", "true", self.job, port,
                         saying="somebody listens at")

    def test_compare__useless_options_are_refused(self):
        self.refuses("compare", "--pairs", "5", self.job, saying="fewer than 6 pairs")
        self.refuses("compare", "--load", "true", self.job, saying="belong together")
        self.refuses("compare", "--listens", "x", "--load", "true", self.job, saying="is no port")
        self.refuses("compare", "--operations", "(", self.job, saying="no regular expression")
        self.refuses("compare", "--operations", "x", self.job, saying="has to have one group")
        self.refuses("compare", "true", saying="there is nothing to compare")
        self.refuses("compare", "--against", "/nowhere", self.job, saying="there is no libevent_core")
        folder = os.path.join(os.path.dirname(os.path.dirname(LEVIN)), "lib")
        self.refuses("compare", "--against", folder, self.job, saying="as well")

    def test_compare__plot_is_written(self):
        if not shutil.which("gnuplot"):
            self.skipTest("no gnuplot")
        picture = FOLDER / "runs.svg"
        done = levin("compare", "--pairs", "6", "--no-calls", "--plot", str(picture), self.job)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("</svg>", picture.read_text(encoding="utf-8"))
        self.assertNotIn("system calls", done.stdout)


class Statistics(unittest.TestCase):
    """The modules of the program, found as it finds them."""

    def test_ratio__interval_is_that_of_the_sign_test(self):
        where = re.search(r'sys.path.insert\(0, os.path.join\(HERE, "(.*)"\)\)',
                          pathlib.Path(LEVIN).read_text(encoding="utf-8"))[1]
        sys.path.insert(0, os.path.join(os.path.dirname(LEVIN), where))
        from levincmd import pairs  # pylint: disable=import-outside-toplevel
        # Tables of the binomial distribution.
        self.assertEqual([pairs.tail(count) for count in (6, 8, 9, 12, 20)], [1, 1, 2, 3, 6])
        found = pairs.ratio([1, 2, 3, 4, 5, 6], [2] * 6)
        self.assertEqual((found.low, found.middle, found.high), (0.5, 1.75, 3))
        self.assertEqual(found.verdict(), "no difference")
        self.assertEqual(pairs.ratio([1] * 6, [2] * 6).verdict(), "less")
        self.assertEqual(pairs.ratio([3] * 6, [2] * 6).verdict(), "more")


def main():
    shutil.rmtree(FOLDER, ignore_errors=True)
    FOLDER.mkdir(parents=True)
    probe = subprocess.run(["cc", "-xc", "-", "-o", FOLDER / "probe", "-levent_core"],
                           input="int main(void) { return 0; }\n", text=True,
                           stderr=subprocess.DEVNULL, check=False)
    if probe.returncode:
        print("there is no libevent to compile for")
        return 77
    done = unittest.main(argv=sys.argv[:1], exit=False, verbosity=2)
    return 0 if done.result.wasSuccessful() else 1


sys.exit(main())
