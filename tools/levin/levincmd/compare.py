# SPDX-License-Identifier: BSD-3-Clause
"""Runs the same work on both libraries in turns and reports what it cost on each."""

import os
import re
import shlex
import shutil
import socket
import subprocess
import sys
from statistics import median

from levincmd import measure, pairs, program, run
from levincmd.trouble import Trouble


def where_it_listens(text):
    """PORT, ADDRESS:PORT, [ADDRESS]:PORT or the path of a Unix socket."""
    if "/" in text:
        return socket.AF_UNIX, text
    host, _, port = text.rpartition(":")
    host = host.strip("[]") or "127.0.0.1"
    if not port.isdigit() or not 0 < int(port) < 65536:
        raise Trouble(f"{text!r} is no port, address with port or path of a socket")
    return (socket.AF_INET6 if ":" in host else socket.AF_INET), (host, int(port))


def pattern(text):
    try:
        found = re.compile(text, re.M)
    except re.error as error:
        raise Trouble(f"{text!r} is no regular expression: {error}") from error
    if found.groups != 1:
        raise Trouble(f"{text!r} has to have one group, around the number of operations")
    return found


def refuse_useless(options, path):
    if options.pairs < pairs.FEWEST:
        raise Trouble(f"fewer than {pairs.FEWEST} pairs of runs give no interval")
    if bool(options.load) != bool(options.listens):
        raise Trouble("--load and --listens belong together")
    if options.plot and not shutil.which("gnuplot"):
        raise Trouble("--plot needs gnuplot")
    _, links_one = run.prepare(path, options.lib)
    if not links_one:
        raise Trouble(f"{path} links no libevent: there is nothing to compare")
    others = program.links(path, options.against).libevent
    if not others:
        raise Trouble("this system has no libevent to compare with")
    for found in others.values():
        if run.is_in(found, options.lib):
            raise Trouble(f"without levin {path} would run on {found} as well")


# ---- the report

def in_units(value, units):
    for unit, size in units:
        if value >= size:
            return f"{value / size:.3g} {unit}" if value < 999.5 * size else f"{value / size:.0f} {unit}"
    return f"{value:.3g}"


TIMES = (("s", 1), ("ms", 1e-3), ("us", 1e-6), ("ns", 1e-9))
SIZES = (("GiB", 2 ** 30), ("MiB", 2 ** 20), ("KiB", 2 ** 10), ("B", 1))
NUMBERS = (("M", 1e6), ("k", 1e3), ("", 1))


def row(name, theirs, ours, units):
    """One measure of all runs.  A run may be too short to be seen."""
    if not all(theirs) or not all(ours):
        return (name, "not seen", "not seen", "", "", "")
    found = pairs.ratio(ours, theirs)
    return (name, in_units(median(theirs), units), in_units(median(ours), units),
            f"{found.middle:.3f}", f"{found.low:.3f} to {found.high:.3f}", found.verdict())


def row_of_calls(calls):
    theirs, ours = calls
    if None in calls:
        return ("system calls", "not counted", "not counted", "", "", "")
    return ("system calls", in_units(theirs, NUMBERS), in_units(ours, NUMBERS),
            f"{ours / theirs:.3f}" if theirs else "", "one run each", "")


def table(rows):
    widths = [max(len(line[i]) for line in rows) for i in range(len(rows[0]))]
    return "\n".join("  ".join(cell.ljust(width) if i == 0 else cell.rjust(width)
                               for i, (cell, width) in enumerate(zip(line, widths))).rstrip()
                     for line in rows)


def print_report(options, work, costs, calls):
    theirs, ours = costs
    share = "an operation" if work.counted else "a run"
    times = [[cost.processor_s for cost in side] for side in costs]
    rows = [("", "libevent", "Levin", "ratio", "95 % interval", "Levin takes"),
            row(f"processor time of {share}", *times, TIMES),
            row("peak memory", *[[cost.memory for cost in side] for side in costs], SIZES)]
    if work.counted and work.load:
        rows.append(row("operations a second", [cost.rate for cost in theirs],
                        [cost.rate for cost in ours], NUMBERS))
    if calls:
        rows.append(row_of_calls(calls))
    print(f"{shlex.join(work.arguments)}: {options.pairs} pairs of runs in alternating order")
    print(table(rows))
    lines, low, high = pairs.strips({"libevent": times[0], "Levin": times[1]})
    print(f"\nprocessor time of {share}, each mark is a run:")
    print("\n".join(lines))
    print(f"{'':10}  {in_units(low, TIMES):<30}{in_units(high, TIMES):>30}")


def plot(path, costs):
    """Processor time of each run, by the number of its pair."""
    points = ["\n".join(f"{i + 1} {cost.processor_s}" for i, cost in enumerate(side)) + "\ne\n"
              for side in costs]
    commands = (f"set terminal svg size 800,500\nset output '{path}'\nset yrange [0:*]\n"
                "set xlabel 'pair of runs'\nset ylabel 'processor time, s'\n"
                "plot '-' with linespoints title 'libevent', '-' with linespoints title 'Levin'\n")
    done = subprocess.run(["gnuplot"], input=commands + "".join(points), text=True,
                          stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, check=False)
    if done.returncode or not os.path.exists(path):
        raise Trouble(f"gnuplot has not written {path}: {done.stderr.strip()[-200:]}")


# ---- the work

def run_pairs(options, work, sides):
    """Answers the costs of the runs on each side, in the order of the pairs."""
    costs = [[], []]
    for side in sides:
        measure.run_once(work, side)  # files and caches are warm from here on
    for pair in range(options.pairs):
        order = (0, 1) if pair % 2 else (1, 0)
        for which in order:
            costs[which].append(measure.run_once(work, sides[which]))
        if sys.stderr.isatty():
            print(f"\r{pair + 1} of {options.pairs} pairs ", end="", file=sys.stderr)
    if sys.stderr.isatty():
        print("\r" + " " * 30 + "\r", end="", file=sys.stderr)
    return costs


def count_calls(options, work, sides):
    if options.no_calls:
        return None
    if not shutil.which("strace"):
        return [None, None]
    return [measure.system_calls(work, side) for side in sides]


def compare(options, path, arguments):
    refuse_useless(options, path)
    work = measure.Work(path, arguments, options.load,
                        where_it_listens(options.listens) if options.listens else None,
                        pattern(options.operations) if options.operations else None)
    sides = (measure.Side("libevent", options.against, options.lib),
             measure.Side("Levin", options.lib, options.lib))
    costs = run_pairs(options, work, sides)
    print_report(options, work, costs, count_calls(options, work, sides))
    if options.plot:
        plot(options.plot, costs)
