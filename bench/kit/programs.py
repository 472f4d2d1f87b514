# SPDX-License-Identifier: BSD-3-Clause
"""Building the programs, and running one of them on one engine."""

import os
import subprocess
import sys
from dataclasses import dataclass

HERE = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
ROOT = os.path.dirname(HERE)
DEFAULT_LIB = os.path.join(ROOT, "build", "release", "lib")
# Not where the preset "bench" builds: that is another project, in the same generator's files.
BUILD = os.path.join(ROOT, "build", "bench-programs")
# None takes longer than half of it on a loaded machine.
PATIENCE_S = 300


class Trouble(Exception):
    """Something that the person at the keyboard has to be told in one line."""


@dataclass(frozen=True)
class Metric:
    case: str
    name: str
    unit: str
    value: float
    operations: int
    function: str


def build():
    """Builds the programs and answers the folder that they are in."""
    configure = ["cmake", "-S", HERE, "-B", BUILD, "-DCMAKE_BUILD_TYPE=Release"]
    for command in (configure, ["cmake", "--build", BUILD, "-j", str(os.cpu_count() or 1)]):
        done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                              text=True, check=False)
        if done.returncode:
            raise Trouble(f"{' '.join(command)} failed:\n{done.stdout[-3000:]}")
    return os.path.join(BUILD, "bin")


def environment(engine, lib):
    """What the program is started with; only ours gets a library path.

    Not the variables of the caller: libraries search them, so that each one costs instructions.
    """
    env = {"PATH": os.environ.get("PATH", os.defpath)}
    env.update(engine.environment)
    if engine.ours:
        env["LD_LIBRARY_PATH"] = lib
    return env


def run(command, env):
    """Answers what the command printed; raises Trouble if it failed."""
    try:
        done = subprocess.run(command, env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                              text=True, timeout=PATIENCE_S, check=False)
    except subprocess.TimeoutExpired as error:
        raise Trouble(f"{' '.join(command)}: no end after {PATIENCE_S} s") from error
    if done.returncode:
        raise Trouble(f"{' '.join(command)} failed ({done.returncode}): "
                      f"{done.stderr.strip()[-500:]}")
    return done.stdout


def parse(output):
    metrics = []
    for line in output.splitlines():
        case, name, unit, value, operations, function = line.split("\t")
        metrics.append(Metric(case, name, unit, float(value), int(operations), function))
    if not metrics:
        raise Trouble("a program printed no result")
    return metrics


def cases_of(workload, engine, binaries):
    """The names of a workload's cases with their amounts of work, for the engine's program."""
    lines = run([workload.path(binaries, engine), "--list"], None).splitlines()
    return {name: int(work) for name, work in (line.split("\t") for line in lines)}


def jobs_of(workloads, engines, binaries):
    """(workload, engine, case) for all cases that are counted and that the engine's program has."""
    for workload in workloads:
        known = {engine.name: cases_of(workload, engine, binaries) for engine in engines(workload)}
        for case in workload.counted:
            for engine in engines(workload):
                if case in known[engine.name]:
                    yield workload, engine, case


def measure(workload, engine, case, binaries, lib, work=None):
    """Runs one case once."""
    command = [workload.path(binaries, engine)] + engine.arguments()
    if work:
        command += ["--work", str(max(1, int(work)))]
    return parse(run(command + [case], environment(engine, lib)))


def verify_libraries(binaries, lib, engine):
    """Makes sure that the program maps the libevent that it is said to run on."""
    env = environment(engine, lib)
    env["LD_TRACE_LOADED_OBJECTS"] = "1"
    output = run([f"{binaries}/w01_dispatch-libevent"], env)
    for line in output.splitlines():
        words = line.split()
        if len(words) < 3 or not words[0].startswith("libevent"):
            continue
        is_ours = os.path.realpath(os.path.dirname(words[2])) == os.path.realpath(lib)
        if is_ours != engine.ours:
            raise Trouble(f"{engine.name} would run on {words[2]}")


def have_lib(lib):
    return all(os.path.exists(os.path.join(lib, name))
               for name in ("libevent-2.1.so.7", "libevent_pthreads-2.1.so.7"))


def progress(text):
    """One line that is overwritten, if anybody is looking."""
    if sys.stderr.isatty():
        print(f"\r{text:<78.78}", end="" if text else "\r", file=sys.stderr, flush=True)
