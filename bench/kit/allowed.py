# SPDX-License-Identifier: BSD-3-Clause
"""The file of counts that Levin may take, and the comparison with it.

A line is: workload, case, engine, what is counted, how many; parted by tabs.
"""

from kit.programs import Trouble

# A count may be this much above the file's.
SLACK = 1.02
# Which way a timer of random duration takes depends on the clock's reading at the start; and a
# server sends its replies one by one if the batch takes longer than a millisecond.
CLOCK_SLACK = 1.15
# And this much in any case: a hundredth of a system call, half an instruction.
ROOM = {"system calls": 0.01}
OTHER_ROOM = 0.5

HEAD = """\
# Instructions and system calls that one operation may take, 2 % more being let
# through (15 % for timers of random durations and for DNS servers).  Counted by "bench/instructions --update" with the gcc of Debian 12;
# raise a figure only with a reason in the commit.
"""


def read(path):
    counts = {}
    with open(path, encoding="utf-8") as file:
        for number, line in enumerate(file, 1):
            if line.startswith("#") or not line.strip():
                continue
            fields = line.rstrip("\n").split("\t")
            if len(fields) != 5:
                raise Trouble(f"{path}:{number}: five fields are wanted")
            counts[tuple(fields[:4])] = float(fields[4])
    if not counts:
        raise Trouble(f"{path} allows nothing")
    return counts


def write(path, counts, whole=True):
    """Without `whole`, the lines of workloads that were not counted stay."""
    if not whole:
        counted = {key[0] for key in counts}
        counts.update({key: count for key, count in read(path).items() if key[0] not in counted})
        counts = dict(sorted(counts.items(), key=lambda item: item[0][0]))
    with open(path, "w", encoding="utf-8") as file:
        file.write(HEAD)
        for key, count in counts.items():
            file.write("\t".join(key) + f"\t{max(count, 0.0):.3f}\n")


def slack_of(key):
    workload, case, _, _ = key
    depends_on_clock = (workload == "w03" and not case.endswith("same")
                        or case.startswith("steps server"))
    return CLOCK_SLACK if depends_on_clock else SLACK


def limit_of(key, count):
    return max(count * slack_of(key), count + ROOM.get(key[3], OTHER_ROOM))


def is_lower(key, count, limit):
    return count < limit / slack_of(key) - ROOM.get(key[3], OTHER_ROOM)


def check(path, counts, whole):
    """Prints what is wrong; answers the exit status."""
    limits = read(path)
    faults = 0
    lower = 0
    for key, count in counts.items():
        name = " ".join(key)
        if key not in limits:
            print(f"{name}: {count:.3f}, but {path} does not know it")
            faults += 1
        elif count > limit_of(key, limits[key]):
            print(f"{name}: {count:.3f}, allowed {limits[key]:.3f}")
            faults += 1
        elif is_lower(key, count, limits[key]):
            lower += 1
    for key in limits if whole else ():
        if key not in counts:
            print(f"{' '.join(key)}: not counted any more")
            faults += 1
    if lower:
        print(f"{lower} counts are lower than allowed: bench/instructions --update {path}")
    print(f"{len(counts)} counts, {faults} too high or unknown")
    return 1 if faults else 0
