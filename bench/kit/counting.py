# SPDX-License-Identifier: BSD-3-Clause
"""Instructions (callgrind) and system calls (strace) for one operation.

A case is run with two amounts of work; what the second took more, divided by how
many operations it did more, is free of everything that happens once.
"""

import os
import re
import tempfile
from concurrent.futures import ThreadPoolExecutor

from kit import programs

# The programs' own: reading the processor time, and waiting for timers to become due.
NOT_THE_ENGINES = {"clock_gettime", "clock_nanosleep"}

FUNCTION = re.compile(r"^(c?fn)=\((\d+)\)(?: (.*))?$")


def callgrind_costs(path):
    """Instructions spent in each function whose name starts with measured_, callees included."""
    names = {}
    costs = {}
    callee = None
    take_next = False
    with open(path, encoding="utf-8") as file:
        for line in file:
            if take_next:
                take_next = False
                name = names.get(callee, "")
                if name.startswith("measured_"):
                    name = re.split(r"[.']", name)[0]
                    costs[name] = costs.get(name, 0) + int(line.split()[-1])
                continue
            if line.startswith("calls="):
                take_next = True
                continue
            match = FUNCTION.match(line)
            if match:
                kind, number, name = match.groups()
                if name:
                    names[number] = name
                if kind == "cfn":
                    callee = number
    return costs


def run_callgrind(command, env):
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "callgrind.out")
        output = programs.run(["valgrind", "-q", "--tool=callgrind",
                               f"--callgrind-out-file={path}"] + command, env)
        return programs.parse(output), callgrind_costs(path)


def run_strace(command, env):
    """Answers the metrics and how often each system call was made."""
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "strace.out")
        output = programs.run(["strace", "-f", "-qq", "-c", "-U", "name,calls", "-o", path]
                              + command, env)
        calls = {}
        with open(path, encoding="utf-8") as file:
            for line in file:
                words = line.split()
                if len(words) == 2 and words[1].isdigit() and words[0] != "total":
                    calls[words[0]] = int(words[1])
        return programs.parse(output), calls


def command_of(workload, engine, case, work, binaries):
    return ([workload.path(binaries, engine)] + engine.arguments()
            + ["--work", str(work), case])


def instructions(workload, engine, case, binaries, lib):
    """Instructions for one operation, by metric."""
    runs = [run_callgrind(command_of(workload, engine, case, work, binaries),
                          programs.environment(engine, lib))
            for work in workload.counted[case]]
    (few, few_costs), (many, many_costs) = runs
    counts = {}
    for before, after in zip(few, many):
        if after.function == "-":
            continue
        if after.function not in many_costs:
            raise programs.Trouble(f"callgrind did not see {after.function}")
        counts[after.name] = ((many_costs[after.function] - few_costs[before.function])
                              / (after.operations - before.operations))
    return counts


def system_calls(workload, engine, case, binaries, lib):
    """System calls for one operation, by name; calls that are made once do not show."""
    runs = [run_strace(command_of(workload, engine, case, work, binaries),
                       programs.environment(engine, lib))
            for work in workload.counted[case]]
    (few, few_calls), (many, many_calls) = runs
    operations = many[0].operations - few[0].operations
    counts = {}
    for name in sorted((set(few_calls) | set(many_calls)) - NOT_THE_ENGINES
                       - workload.of_the_other_side):
        calls = (many_calls.get(name, 0) - few_calls.get(name, 0)) / operations
        if abs(calls) >= 0.0005:
            counts[name] = calls
    return counts


def each(jobs, work):
    """Does work(job) for all jobs, several at once, and yields (job, answer) in their order."""
    done = 0
    with ThreadPoolExecutor(os.cpu_count() or 1) as pool:
        for job, answer in zip(jobs, pool.map(work, jobs)):
            done += 1
            programs.progress(f"counted {done} of {len(jobs)}")
            yield job, answer
    programs.progress("")


def add_to_results(results, jobs, binaries, lib):
    """Counts for (workload, engine, case) jobs, kept beside the times."""
    def count(job):
        workload, engine, case = job
        counted = {}
        if workload.steady:
            counted = instructions(workload, engine, case, binaries, lib)
        return counted, system_calls(workload, engine, case, binaries, lib)

    for (workload, engine, case), (counted, calls) in each(jobs, count):
        for metric, value in counted.items():
            results.add(workload.name, case, f"{metric} instructions", "", engine.name, value)
        results.add(workload.name, case, "system calls", "", engine.name, sum(calls.values()))
