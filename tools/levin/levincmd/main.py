# SPDX-License-Identifier: BSD-3-Clause
"""The command line of levin."""

import argparse
import os
import sys

from levincmd import compare, program, run
from levincmd.trouble import Trouble

DESCRIPTION = """\
Runs programs that are built for libevent 2.1 on Levin's libraries, without installing those.
"""


def parser_for(libraries):
    parser = argparse.ArgumentParser(prog="levin", description=DESCRIPTION)
    parser.add_argument("--lib", metavar="DIR", default=libraries,
                        help="folder of Levin's libraries (default: %(default)s)")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")

    one = commands.add_parser("run", help="run a program on Levin's libraries",
                              description="Run a program on Levin's libraries.")
    one.add_argument("-q", "--quiet", action="store_true", help="say nothing about the libraries")
    one.add_argument("-n", "--dry-run", action="store_true", help="say it, and do not run")

    two = commands.add_parser(
        "compare", help="run the same work on libevent and on Levin, and compare",
        description="Run a program on the system's libevent and on Levin in turns and compare "
                    "processor time, memory and system calls.  A program that does not end by "
                    "itself, a server, needs --load and --listens.")
    two.add_argument("--load", metavar="COMMAND",
                     help="a command of the shell that loads the server and ends")
    two.add_argument("--listens", metavar="WHERE",
                     help="PORT, ADDRESS:PORT or path of a socket at which the server listens")
    two.add_argument("--operations", metavar="REGEX",
                     help="finds in the output of the load, or of the program, how many "
                          "operations there were: its one group is the number")
    two.add_argument("--pairs", type=int, default=12, metavar="N",
                     help="pairs of runs (default: %(default)s)")
    two.add_argument("--against", metavar="DIR",
                     help="folder of other libraries to compare with, instead of the system's")
    two.add_argument("--no-calls", action="store_true", help="do not count system calls")
    two.add_argument("--plot", metavar="FILE", help="also draw the runs into an SVG file")

    for command in (one, two):
        command.add_argument("program", metavar="PROGRAM")
        command.add_argument("arguments", metavar="...", nargs=argparse.REMAINDER)
    return parser


def checked_folder(folder):
    if not os.path.exists(os.path.join(folder, "libevent_core-2.1.so.7")):
        raise Trouble(f"there is no libevent_core-2.1.so.7 in {folder}")
    return os.path.abspath(folder)


def obey(options):
    options.lib = checked_folder(options.lib)
    path = program.find(options.program)
    arguments = [options.program, *options.arguments]
    if options.command == "compare":
        if options.against:
            options.against = checked_folder(options.against)
        compare.compare(options, path, arguments)
        return
    lines, _ = run.prepare(path, options.lib)
    if not options.quiet:
        print("\n".join(f"levin: {line}" for line in lines), file=sys.stderr, flush=True)
    if not options.dry_run:
        run.execute(path, arguments, options.lib)


def main(libraries):
    """Answers the status to exit with: 0, 1 for what cannot be done, 2 for wrong use."""
    options = parser_for(libraries).parse_args()
    try:
        obey(options)
    except Trouble as trouble:
        print(f"levin: {trouble}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    return 0
