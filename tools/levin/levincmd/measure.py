# SPDX-License-Identifier: BSD-3-Clause
"""One run of a program on one library, and what it cost."""

import os
import re
import signal
import socket
import subprocess
import tempfile
import time
from dataclasses import dataclass

from levincmd import program, run
from levincmd.trouble import Trouble

# A server has so long to listen, and to end.
PATIENCE_S = 30
GRACE_S = 1
POLL_S = 0.01


@dataclass(frozen=True)
class Cost:
    processor_s: float  # of an operation, if those were counted, else of the run
    memory: int         # bytes, at most resident
    rate: float = 0     # operations a second under a load, if they were counted


@dataclass(frozen=True)
class Side:
    """One of the two that are compared."""
    name: str
    folder: str  # of its libraries, or None: the system's
    ours: str    # the folder of Levin's

    def is_ours(self):
        return self.folder == self.ours


@dataclass(frozen=True)
class Work:
    """What is done in each run."""
    path: str
    arguments: list     # the program's, with its name
    load: str           # a command of the shell, or None: the program ends by itself
    listens: tuple      # where the server listens for the load: family and address, or None
    counted: re.Pattern  # finds the number of operations in what the load prints, or None


def last_line(file):
    file.seek(0)
    lines = file.read().decode("utf-8", "replace").split("\n")
    return next((line for line in reversed(lines) if line.strip()), "it printed nothing")


def operations(work, text):
    if not work.counted:
        return 1
    match = work.counted.search(text)
    if not match:
        raise Trouble(f"the load has printed nothing that {work.counted.pattern!r} matches")
    try:
        count = float(match[1].replace(",", ""))
    except ValueError as error:
        raise Trouble(f"{match[1]!r}, which the load has printed, is no number") from error
    if count <= 0:
        raise Trouble("the load has counted no operation")
    return count


# ---- processes

def family_of(root):
    """A process and all that descend from it."""
    children = {}
    for name in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{name}/stat", encoding="utf-8", errors="replace") as file:
                parent = int(file.read().rpartition(")")[2].split()[1])
        except (OSError, IndexError):
            continue
        children.setdefault(parent, []).append(int(name))
    found = [root]
    for pid in found:
        found += children.get(pid, [])
    return found


def processor_s(pids):
    """Of all threads that are there, in the scheduler's own nanoseconds."""
    total = 0
    for pid in pids:
        try:
            for task in os.listdir(f"/proc/{pid}/task"):
                with open(f"/proc/{pid}/task/{task}/schedstat", encoding="ascii") as file:
                    total += int(file.read().split()[0])
        except (OSError, IndexError):
            continue
    return total / 1e9


def peak_memory(pids):
    total = 0
    for pid in pids:
        try:
            with open(f"/proc/{pid}/status", encoding="utf-8", errors="replace") as file:
                match = re.search(r"^VmHWM:\s+(\d+) kB", file.read(), re.M)
        except OSError:
            continue
        total += int(match[1]) * 1024 if match else 0
    return total


# ---- a program that ends by itself

def watch_memory(pid):
    """
    The most that a process and its descendants have had, until it ends.  It is not taken from
    wait4, which counts the memory of this program as well, as the child's before its exec.
    """
    largest = 0
    while not os.waitid(os.P_PID, pid, os.WEXITED | os.WNOHANG | os.WNOWAIT):
        largest = max(largest, peak_memory(family_of(pid)))
        time.sleep(POLL_S)
    return largest


def run_job(work, folder, wrapper=()):
    """Runs the program to its end, behind the words of a wrapper."""
    with tempfile.TemporaryFile() as output, tempfile.TemporaryFile() as errors:
        child = subprocess.Popen([*wrapper, *work.arguments],
                                 executable=None if wrapper else work.path,
                                 env=program.environment(folder), stdin=subprocess.DEVNULL,
                                 stdout=output, stderr=errors)
        try:
            memory = watch_memory(child.pid)
        except BaseException:
            child.kill()
            child.wait()
            raise
        _, status, usage = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
        if child.returncode:
            raise Trouble(f"{work.path} ended with {child.returncode}: {last_line(errors)}")
        output.seek(0)
        count = operations(work, output.read().decode("utf-8", "replace"))
    return Cost((usage.ru_utime + usage.ru_stime) / count, memory)


# ---- a server and its load

def libevents_of(pid):
    """The paths of libevent's libraries that a process has mapped."""
    with open(f"/proc/{pid}/maps", encoding="utf-8", errors="replace") as file:
        paths = {line.split(None, 5)[5].rstrip("\n") for line in file if line.count("/")}
    return {path for path in paths if program.LIBEVENT.match(os.path.basename(path))}


class Server:
    """The program while it serves; its own group of processes, which ends with it."""

    def __init__(self, work, folder):
        self.work = work
        self.log = tempfile.TemporaryFile()
        try:
            self.child = subprocess.Popen(work.arguments, executable=work.path,
                                          env=program.environment(folder),
                                          stdin=subprocess.DEVNULL, stdout=self.log,
                                          stderr=self.log, start_new_session=True)
        except OSError as error:
            self.log.close()
            raise Trouble(f"cannot run {work.path}: {error.strerror}") from error

    def __enter__(self):
        try:
            self.wait_until_it_listens()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        for number in (signal.SIGTERM, signal.SIGKILL):
            try:
                os.killpg(self.child.pid, number)
                self.child.wait(GRACE_S)
            except (ProcessLookupError, subprocess.TimeoutExpired):
                continue
        self.child.wait()
        self.log.close()

    def must_live(self, when):
        if self.child.poll() is not None:
            raise Trouble(f"{self.work.path} ended {when}: {last_line(self.log)}")

    def wait_until_it_listens(self):
        family, address = self.work.listens
        until = time.monotonic() + PATIENCE_S
        while time.monotonic() < until:
            self.must_live("before it listened; a server has to stay in the foreground")
            with socket.socket(family) as probe:
                if probe.connect_ex(address) == 0:
                    return
            time.sleep(POLL_S)
        raise Trouble(f"{self.work.path} does not listen at {address}")

    def load(self):
        """Runs the load and answers what it printed, and how long it took."""
        started = time.monotonic()
        done = subprocess.run(self.work.load, shell=True, stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                              errors="replace", check=False)
        if done.returncode:
            lines = done.stdout.strip().split("\n")
            raise Trouble(f"the load ended with {done.returncode}: {lines[-1]}")
        self.must_live("under the load")
        return done.stdout, time.monotonic() - started


def is_free(listens):
    family, address = listens
    with socket.socket(family) as probe:
        return probe.connect_ex(address) != 0


def refuse_wrong_libraries(work, server, side):
    """The figures would be worth nothing if another libevent had been loaded."""
    for path in libevents_of(server.child.pid):
        if run.is_in(path, side.ours) != side.is_ours():
            raise Trouble(f"{work.path} has loaded {path}, to run on {side.name}")


def run_server(work, side):
    if not is_free(work.listens):
        raise Trouble(f"somebody listens at {work.listens[1]} already")
    with Server(work, side.folder) as server:
        refuse_wrong_libraries(work, server, side)
        before = processor_s(family_of(server.child.pid))
        output, elapsed = server.load()
        pids = family_of(server.child.pid)
        spent = processor_s(pids) - before
        memory = peak_memory(pids)
    count = operations(work, output)
    return Cost(spent / count, memory, count / elapsed if work.counted else 0)


def run_once(work, side):
    return run_server(work, side) if work.load else run_job(work, side.folder)


# ---- system calls

def calls_in(path):
    """The sum of a table of strace -c."""
    with open(path, encoding="utf-8", errors="replace") as file:
        match = re.search(r"^\s*100\.00\s+\S+\s+(?:\S+\s+)?(\d+)\s+(?:\d+\s+)?total$", file.read(), re.M)
    return int(match[1]) if match else None


def system_calls(work, side):
    """Counted by strace in a run of its own, for an operation; None where that cannot be done."""
    with tempfile.TemporaryDirectory() as temporary:
        table = os.path.join(temporary, "calls")
        strace = ["strace", "-f", "-c", "-o", table]
        if not work.load:
            run_job(work, side.folder, [*strace, "--"])
            return calls_in(table)
        with Server(work, side.folder) as server:
            tracer = subprocess.Popen(
                [*strace, *(word for pid in family_of(server.child.pid)
                            for word in ("-p", str(pid)))],
                stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
            try:
                # It says when it is attached.
                if "attached" not in tracer.stderr.readline():
                    return None
                output, _ = server.load()
            finally:
                tracer.send_signal(signal.SIGINT)
                tracer.communicate()
        calls = calls_in(table)
        return calls / operations(work, output) if calls is not None else None
