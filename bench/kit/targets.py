# SPDX-License-Identifier: BSD-3-Clause
"""What Levin is to reach, as ratios to libevent in the same run unless said otherwise."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Target:
    text: str
    workload: str
    case: str
    metric: str
    limit: float
    engine: str = "levin"
    # The engine it is divided by; None for a value by itself.
    against: str = "le"
    # Ones that another program's turn on the processor can only make longer.
    best: bool = False


def _dispatch():
    name = "dispatch, 100 of 1,000 ready, empty callbacks"
    case = "nop n=1000 a=100"
    return [
        Target(name, "w01", case, "per_cb", 0.90),
        Target(name + ", with locks", "w01", case, "per_cb", 0.90, "levin-thr"),
        Target(name + ", to raw epoll", "w01", case, "per_cb", 1.04, against="raw"),
        Target(name + ", instructions", "w01", case, "per_cb instructions", 60, against=None),
        Target(name + ", instructions with locks", "w01", case, "per_cb instructions", 60,
               "levin-thr", against=None),
        Target("dispatch, 8,000 of 8,000 ready", "w01", "nop n=8000 a=8000", "per_cb", 0.75),
        Target("event added again in its callback, with I/O", "w01", "re-add n=1000 a=100",
               "per_cb", 0.42),
    ]


def _churn():
    return [
        Target("add and del of a descriptor's event", "w02", "pair n=100", "per_op", 0.008),
        Target("EV_WRITE on and off beside EV_READ", "w02", "rw n=100", "per_op", 0.016),
        Target("del, add, del, add, then a poll", "w02", "poll n=100", "per_op", 0.11),
    ]


def _timers():
    limits = [
        ("n=1000", "1,000 timers", (("add", 1.1),)),
        ("n=100000", "100,000 timers", (("add", 1.1),)),
        ("n=1000000", "1,000,000 timers", (("add", 1.1), ("reset_rand", 0.4),
                                           ("reset_push", 0.02), ("reset_cold", 0.19),
                                           ("cancel", 0.12))),
        ("n=1000000 same", "1,000,000 timers of one duration", (("add", 0.9), ("fire", 0.15))),
    ]
    targets = [Target(f"{text}: {metric}", "w03", case, metric, limit)
               for case, text, metrics in limits for metric, limit in metrics]
    targets.append(Target("1,000,000 timers: fire, to libev", "w03", "n=1000000", "fire", 1.0,
                          against="ev"))
    targets += [Target(f"{text}: longest turn, ms", "w03", case, "longest", 1.0, against=None,
                       best=True)
                for case, text in (("turns n=1000000", "1,000,000 timers"),
                                   ("turns n=1000000 same", "1,000,000 timers of one duration"))]
    # struct event has 128 bytes.
    targets.append(Target("memory of a pending timer with its event", "w03", "n=1000000",
                          "bytes", 128 + 24, against=None, best=True))
    return targets


def _buffers():
    limits = [
        ("add 64+drain", "add 64 bytes and drain", 0.25),
        ("readln 64", "lines of 64 bytes, added and taken", 0.55),
        ("add 4k, drain 1M", "1 MiB added in pieces of 4 KiB, drained", 0.8),
        ("peek 64k", "peek at 64 KiB", 1.0),
        ("reserve 4k+commit+drain", "reserve and commit 4 KiB, drain", 0.25),
        ("remove_buffer 4k of 64k", "4 KiB of 64 to another buffer", 0.5),
        ("prepend 16+drain", "prepend 16 bytes and drain", 0.5),
        ("search 8 in 64k", "search for 8 bytes in 64 KiB", 0.8),
        ("search_eol in 64k", "search for a line's end in 64 KiB", 0.9),
        ("read 64k", "read 64 KiB", 0.30),
    ]
    targets = [Target(text, "w08", case, "per_op", limit) for case, text, limit in limits]
    targets += [Target(text + ", locks to none", "w08", case, "per_op", 1.1, "levin-thr", "levin")
                for case, text, _ in limits]
    # Twice the bytes and 4,096, and what malloc and a chain add.
    targets += [Target("memory of ten bytes left of 64 KiB, for each byte", "w08",
                       "memory, ten bytes left", "memory", 418, against=None),
                Target("memory of a frame of 4 KiB kept of 64 KiB, for each byte", "w08",
                       "memory, kept frame", "memory", 3.1, against=None)]
    return targets


def _others():
    targets = []
    for priorities in (1, 8):
        case = f"batch prios={priorities} k=1000"
        text = f"event_active in batches of 1,000, priorities: {priorities}"
        targets.append(Target(text, "w04", case, "per_cb", 0.40))
        targets.append(Target(text + ", with locks", "w04", case, "per_cb", 0.40, "levin-thr"))
    targets += [
        Target("wake-ups from 1 thread: CPU for a message", "w05", "m=1 k=64", "cpu_per_msg",
               0.16, "levin-thr", "le-thr"),
        Target("wake-ups from 3 threads: CPU for a message", "w05", "m=3 k=64", "cpu_per_msg",
               0.46, "levin-thr", "le-thr"),
        Target("signals", "w06", "kill+loop", "per_signal", 0.72),
        Target("signals, with signalfd", "w06", "kill+loop", "per_signal", 0.52, "levin-sfd"),
        Target("accept and close, one at a time, to raw epoll", "w10", "k=1", "per_accept", 1.03,
               against="raw"),
        Target("accept and close, 16 at a time, to raw epoll", "w10", "k=16", "per_accept", 1.03,
               against="raw"),
        Target("1 GiB through a proxy of two bufferevents, to raw epoll", "w14", "1 GiB",
               "per_mib", 1.10, against="raw"),
        Target("1 GiB of a file by sendfile, to raw epoll", "w15", "1 GiB", "per_mib", 1.10,
               against="raw"),
        Target("base made and freed", "w13", "new+free", "per_pair", 0.32),
        Target("memory of a base without events", "w13", "resident", "bytes", 16384,
               against=None, best=True),
        Target("memcached -t 1: CPU for an operation", "memcached", "t=1", "cpu_per_op", 1.0),
        Target("memcached -t 4: CPU for an operation", "memcached", "t=4", "cpu_per_op", 1.0),
    ]
    return targets


def _echo():
    limits = (("c=100 s=64 d=1", "64 B, 100 connections", 0.65),
              ("c=100 s=64 d=16", "64 B, 16 messages under way", 0.72),
              ("c=100 s=16384 d=1", "16 KiB, 100 connections", 0.20),
              ("c=5000 s=64 d=1", "64 B, 5,000 connections", 0.72))
    targets = [Target(f"echo by bufferevents, {text}", "w07", case, "per_msg", limit)
               for case, text, limit in limits]
    for case, text, calls in (("steps c=10 s=64", "64 B", 2.2),
                              ("steps c=10 s=16384", "16 KiB", 2.3)):
        targets.append(Target(f"echo by bufferevents, {text}: system calls", "w07", case,
                              "system calls", calls, against=None))
    targets += [
        Target("echo by bufferevents, 64 B: instructions", "w07", "steps c=10 s=64",
               "per_msg instructions", 450, against=None),
        Target("memory of an idle bufferevent", "w07", "idle c=5000", "bytes", 0.45),
    ]
    return targets


def _tls():
    large = "echo c=100 s=16384"
    targets = [
        Target("echo over TLS, 64 B, 100 connections", "w11", "echo c=100 s=64", "per_msg", 0.82),
        Target("echo over TLS, 16 KiB, 100 connections", "w11", large, "per_msg", 0.60),
        Target("the same, to raw OpenSSL", "w11", large, "per_msg", 1.05, against="raw"),
        Target("100 MiB over TLS, to raw OpenSSL", "w11", "download", "per_mib", 1.05,
               against="raw"),
        Target("head and body added apart: records", "w11", "answer", "records", 1.0,
               against=None),
        # A delayed acknowledgement takes 40 ms.
        Target("head and body added apart: wait for the answer, us", "w11", "answer", "wall", 1000,
               against=None, best=True),
        Target("TLS handshakes, to raw OpenSSL", "w11", "handshake k=16", "per_connection", 1.02,
               against="raw"),
        Target("resumed TLS handshakes, to raw OpenSSL", "w11", "resume k=16", "per_connection",
               1.02, against="raw"),
        Target("memory of an idle TLS connection", "w11", "idle c=1000", "bytes", 0.60),
        # 3 KiB more than the connection's 14 with OpenSSL alone.
        Target("the same, to raw OpenSSL", "w11", "idle c=1000", "bytes", 1.22, against="raw"),
    ]
    for case, text, calls in (("steps c=10 s=64", "64 B", 2.2),
                              ("steps c=10 s=16384", "16 KiB", 3.0)):
        targets.append(Target(f"echo over TLS, {text}: system calls", "w11", case, "system calls",
                              calls, against=None))
    return targets


def _http():
    limits = (("get c=100", "100 connections", 0.43),
              ("get c=1000", "1,000 connections", 0.45),
              ("get c=100 fields=20", "20 fields", 0.45),
              ("get c=100 d=16", "16 requests under way", 0.25))
    targets = [Target(f"HTTP GET, {text}", "w09", case, "per_request", limit)
               for case, text, limit in limits]
    targets.append(Target("HTTP GET, 16 requests under way, to nginx", "w09", "get c=100 d=16",
                          "per_request", 1.0, against="nginx"))
    targets += [Target(f"HTTP, {text}, to nginx", "w09", case, metric, 1.1, against="nginx")
                for case, text, metric in (
                    ("post s=65536", "a body of 64 KiB", "per_request"),
                    ("post s=16777216", "a body of 16 MiB", "per_request"),
                    ("memory", "a reply of 16 MiB from memory", "per_mib"),
                    ("file", "a reply of 16 MiB from a file", "per_mib"))]
    targets += [
        Target("HTTP client, 100 connections", "w09c", "c=100", "per_request", 0.43),
        Target("HTTP GET: system calls", "w09", "steps c=10", "system calls", 2.1, against=None),
        Target("HTTP GET: instructions", "w09", "steps c=10", "per_request instructions", 4000,
               against=None),
        Target("memory of an idle HTTP connection", "w09", "idle c=4000", "bytes", 900,
               against=None),
    ]
    return targets


def _dns():
    return [
        Target("names, 1 question under way", "w12", "k=1", "per_query", 0.95),
        Target("names, 100 questions under way", "w12", "k=100", "per_query", 0.62),
        Target("100,000 names, a twentieth of the questions lost, to c-ares", "w12",
               "lossy k=10000", "per_query", 1.0, against="cares"),
        Target("the same: names without an answer", "w12", "lossy k=10000", "unanswered", 0,
               against=None),
        Target("the name in a hosts file", "w12", "hosts n=1", "per_lookup", 0.2),
        Target("names in a hosts file of 100", "w12", "hosts n=100", "per_lookup", 0.2),
        Target("name in a hosts file: allocations", "w12", "hosts n=1", "allocations", 1,
               against=None),
        Target("name in the cache", "w12", "cache", "per_lookup", 0.2),
        Target("name in the cache: allocations", "w12", "cache", "allocations", 1, against=None),
        Target("DNS server port under dnsperf", "w12", "server", "per_query", 0.6),
        Target("memory of a question under way", "w12", "memory k=10000", "bytes", 0.6),
        Target("memory of a name in the cache, beyond name and address", "w12", "cached n=4000",
               "bytes", 160, against=None),
    ]


TARGETS = (_dispatch() + _churn() + _timers() + _echo() + _buffers() + _tls() + _http() + _dns()
           + _others())


def judge(target, results):
    """Answers the value that counts and whether it is good enough; None if not measured."""
    mine = results.samples(target.workload, target.case, target.metric, target.engine)
    if not mine:
        return None
    value = min(mine) if target.best else results.median_of(mine)
    if target.against:
        other = results.samples(target.workload, target.case, target.metric, target.against)
        if not other:
            return None
        value /= min(other) if target.best else results.median_of(other)
    return value, value <= target.limit
