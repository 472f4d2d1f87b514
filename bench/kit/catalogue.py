# SPDX-License-Identifier: BSD-3-Clause
"""What there is to measure: engines, workloads, and which of their cases are counted.

The cases themselves, and how much work each does, are known to the programs
alone, which list them.
"""

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Engine:
    """One way to run a program: `program` is the end of its name."""
    name: str
    program: str
    variant: str = ""
    ours: bool = False
    environment: tuple = ()

    def arguments(self):
        return ["--variant", self.variant] if self.variant else []


ENGINES = {engine.name: engine for engine in (
    Engine("le", "libevent"),
    Engine("le-thr", "libevent", "threads"),
    Engine("le-cl", "libevent", environment=(("EVENT_EPOLL_USE_CHANGELIST", "1"),)),
    Engine("levin", "libevent", ours=True),
    Engine("levin-thr", "libevent", "threads", ours=True),
    Engine("levin-sfd", "libevent", ours=True, environment=(("EVENT_USE_SIGNALFD", "1"),)),
    Engine("ev", "libev"),
    Engine("uv", "libuv"),
    Engine("raw", "raw"),
    Engine("raw-eager", "raw", "eager"),
    Engine("raw-sfd", "raw", "signalfd"),
    Engine("raw-mmsg", "raw", "mmsg"),
    Engine("cares", "cares"),
    Engine("nginx", "nginx"),
)}

ENGINE_NOTES = {
    "le": "libevent of the system",
    "le-thr": "the same after evthread_use_pthreads",
    "le-cl": "the same with EVENT_EPOLL_USE_CHANGELIST",
    "levin": "Levin",
    "levin-thr": "Levin after evthread_use_pthreads",
    "levin-sfd": "Levin with EVENT_USE_SIGNALFD",
    "ev": "libev",
    "uv": "libuv",
    "raw": "a loop written by hand on epoll",
    "raw-eager": "the same, each change of interest a system call at once",
    "raw-sfd": "the same, signals from a signalfd",
    "raw-mmsg": "the same, several datagrams with one system call",
    "nginx": "nginx with one process",
    "cares": "c-ares on a loop written by hand",
}


@dataclass(frozen=True)
class Workload:
    name: str
    program: str
    title: str
    engines: tuple
    baseline: str = "le"
    # What the default amount of work is multiplied with where an engine is far slower.
    slower: dict = field(default_factory=dict)
    # Cases whose instructions and system calls are counted, with the two amounts of work
    # whose difference is looked at.
    counted: dict = field(default_factory=dict)
    # Threads that wait for each other: the counts differ from run to run.
    steady: bool = True
    # System calls that the other side of a connection makes, and no engine.
    of_the_other_side: frozenset = frozenset(("sendto", "recvfrom"))
    # Cases that --quick leaves out.
    long_cases: tuple = ()

    def path(self, directory, engine):
        return f"{directory}/{self.program}-{engine.program}"


WORKLOADS = {workload.name: workload for workload in (
    Workload(
        "w01", "w01_dispatch", "dispatch of n descriptors, a of them ready",
        ("le", "le-thr", "levin", "levin-thr", "ev", "uv", "raw"),
        counted={
            "persist n=1000 a=100": (1000, 3000),
            "re-add n=1000 a=100": (1000, 3000),
            "nop n=100 a=1": (1000, 3000),
            "nop n=1000 a=100": (10000, 30000),
        },
        long_cases=("persist n=8000 a=100",)),
    Workload(
        "w02", "w02_churn", "changes of interest in 100 descriptors",
        ("le", "le-cl", "levin", "levin-thr", "ev", "uv", "raw", "raw-eager"),
        counted={
            "pair n=100": (2000, 6000),
            "rw n=100": (2000, 6000),
            "poll n=100": (2000, 6000),
        }),
    Workload(
        "w03", "w03_timers", "n pending timers",
        ("le", "levin", "ev", "uv"),
        counted={
            "n=1000": (2000, 22000),
            "n=1000 same": (2000, 6000),
            "n=100000": (100000, 200000),
            "n=100000 same": (100000, 200000),
        },
        long_cases=("n=1000000", "n=1000000 same", "turns n=1000000", "turns n=1000000 same")),
    Workload(
        "w04", "w04_active", "callbacks that the program asks for",
        ("le", "le-thr", "levin", "levin-thr", "ev", "uv", "raw"),
        slower={"uv": 0.02},
        counted={
            "self prios=1 k=1": (2000, 6000),
            "batch prios=1 k=1000": (5000, 15000),
            "batch prios=8 k=1000": (5000, 15000),
        }),
    Workload(
        "w05", "w05_wakeups", "messages from m threads in bursts of k",
        ("le-thr", "levin-thr", "ev", "uv", "raw"),
        baseline="le-thr",
        counted={
            "m=1 k=64": (6400, 19200),
            "m=3 k=64": (6400, 19200),
            "m=1 k=1": (500, 1500),
        },
        steady=False),
    Workload(
        "w06", "w06_signals", "signals of the process to itself",
        ("le", "levin", "levin-sfd", "ev", "uv", "raw", "raw-sfd"),
        counted={"kill+loop": (200, 600)}),
    Workload(
        "w07", "w07_echo", "TCP echo: c connections, messages of s bytes, d under way on each",
        ("le", "le-thr", "levin", "levin-thr", "ev", "uv", "raw"),
        counted={
            "steps c=10 s=64": (2000, 6000),
            "steps c=10 s=16384": (1000, 3000),
        },
        long_cases=("c=5000 s=64 d=1",)),
    Workload(
        "w08", "w08_buffer", "bytes in buffers; raw is a flat array, a bound",
        ("le", "le-thr", "levin", "levin-thr", "raw"),
        counted={
            "new+add 64+free": (2000, 6000),
            "add 64+drain": (2000, 6000),
            "add 64, drain 1000": (10000, 30000),
            "readln 64": (10000, 30000),
            "reserve 4k+commit+drain": (2000, 6000),
            "prepend 16+drain": (2000, 6000),
            "add 64+add_buffer+drain": (2000, 6000),
            "remove_buffer 4k of 64k": (1600, 4800),
            "read 64": (500, 1500),
            "read 64k": (50, 150),
        }),
    Workload(
        "w09", "w09_http", "an HTTP server with connections that stay",
        ("le", "levin", "levin-thr", "raw", "nginx"),
        counted={
            "steps c=10": (1000, 3000),
            "steps c=10 fields=20": (1000, 3000),
        },
        long_cases=("get c=1000",)),
    Workload(
        "w09c", "w09c_client", "an HTTP client: c connections, a request under way on each",
        ("le", "levin", "levin-thr", "raw")),
    Workload(
        "w10", "w10_accept", "connections accepted and closed, k waiting at once",
        ("le", "le-thr", "levin", "levin-thr", "ev", "uv", "raw"),
        counted={"k=1": (500, 1500), "k=16": (800, 2400)}),
    Workload(
        "w11", "w11_tls", "a server over TLS 1.3 with OpenSSL",
        ("le", "levin", "raw"),
        counted={
            "steps c=10 s=64": (2000, 6000),
            "steps c=10 s=16384": (1000, 3000),
            "steps answer": (1000, 3000),
        }),
    Workload(
        "w12", "w12_dns", "names: questions to a server, known names, a server",
        ("le", "levin", "levin-thr", "cares", "raw", "raw-mmsg"),
        counted={
            "hosts n=1": (1000, 3000),
            "hosts n=100": (1000, 3000),
            "cache": (1000, 3000),
            "steps k=1": (1000, 3000),
            "steps k=100": (10000, 30000),
            "steps server k=16": (1600, 4800),
        },
        of_the_other_side=frozenset(("sendmsg", "recvmsg")),
        long_cases=("lossy k=10000",)),
    Workload(
        "w13", "w13_base", "a loop made and freed",
        ("le", "le-thr", "levin", "levin-thr", "ev", "uv", "raw"),
        counted={"new+free": (50, 150)}),
    Workload(
        "w14", "w14_proxy", "bytes from one TCP connection to another",
        ("le", "le-thr", "levin", "levin-thr", "raw"),
        counted={"steps s=65536": (500, 1500)}),
    Workload(
        "w15", "w15_file", "files sent over TCP by the kernel",
        ("le", "le-thr", "levin", "levin-thr", "raw"),
        counted={"steps s=65536": (500, 1500)}),
    Workload(
        "w16", "w16_growth", "one call where n things of its kind exist",
        ("le", "levin"),
        counted={"n=1000": (1000, 3000), "n=50000": (50000, 100000)}),
)}

# A real server; what it costs is measured from outside (kit/memcached.py).
MEMCACHED = Workload(
    "memcached", "", "memcached under load, t threads of its own",
    ("le", "levin"))


def all_names():
    return list(WORKLOADS) + [MEMCACHED.name]
