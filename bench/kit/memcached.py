# SPDX-License-Identifier: BSD-3-Clause
"""The system's memcached under load: what an operation costs the server's processor."""

import contextlib
import os
import pwd
import shutil
import socket
import statistics
import subprocess
import time

from kit import programs
from kit.programs import Trouble

THREADS = (1, 4)
START_S = 10
SLICES = 10


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_until_it_listens(server, port):
    deadline = time.monotonic() + START_S
    while server.poll() is None and time.monotonic() < deadline:
        with contextlib.suppress(OSError):
            socket.create_connection(("127.0.0.1", port), 1).close()
            return
        time.sleep(0.02)
    raise Trouble("memcached does not listen")


def verify_mapping(server, engine, lib):
    """The process must have mapped the libevent that the figures are said to be of."""
    with open(f"/proc/{server.pid}/maps", encoding="utf-8") as maps:
        mapped = {line.split()[-1] for line in maps if "/libevent" in line}
    if not mapped:
        raise Trouble("memcached maps no libevent")
    for path in mapped:
        is_ours = os.path.dirname(path) == os.path.realpath(lib)
        if is_ours != engine.ours:
            raise Trouble(f"memcached of {engine.name} maps {path}")


@contextlib.contextmanager
def running(engine, lib, threads, port):
    command = ["memcached", "-l", "127.0.0.1", "-p", str(port), "-U", "0", "-t", str(threads),
               "-m", "64"]
    if os.geteuid() == 0:
        command += ["-u", pwd.getpwnam("nobody").pw_name]
    with subprocess.Popen(command, env=programs.environment(engine, lib),
                          stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as server:
        try:
            wait_until_it_listens(server, port)
            verify_mapping(server, engine, lib)
            yield server
        finally:
            server.terminate()
            server.wait()


def load(server, port, binaries, operations):
    """One slice: nanoseconds of the server for an operation, and operations in a second."""
    output = programs.run([f"{binaries}/memcached_load", "--port", str(port), "--pid",
                           str(server.pid), "--operations", str(operations)], None)
    if server.poll() is not None:
        raise Trouble("memcached died under load")
    values = {line.split("\t")[0]: float(line.split("\t")[2]) for line in output.splitlines()}
    return values["cpu_per_op"], values["rate"]


def measure(engines, lib, threads, binaries, operations):
    """One round: yields (engine, metric, unit, value).

    A server for each engine; they are loaded in slices, in an order that is turned around each
    time, so that what else happens on the machine strikes all of them alike."""
    slices = {engine: [] for engine in engines}
    with contextlib.ExitStack() as stack:
        servers = []
        for engine in engines:
            port = free_port()
            servers.append((engine, stack.enter_context(running(engine, lib, threads, port)),
                            port))
        for _ in range(SLICES):
            servers.reverse()
            for engine, server, port in servers:
                slices[engine].append(load(server, port, binaries, operations // SLICES))
    for engine, values in slices.items():
        yield engine, "cpu_per_op", "ns", statistics.mean(cpu for cpu, _ in values)
        yield engine, "rate", "op/s", statistics.harmonic_mean(rate for _, rate in values)


def is_installed():
    return shutil.which("memcached") is not None
