# SPDX-License-Identifier: BSD-3-Clause
"""The rows of the tables for users, in README.md and docs/performance.md."""

from dataclasses import dataclass

from kit.results import markdown

# Workloads whose plots are shown to users.
PLOTS = ("w01", "w03", "w07", "memcached")


@dataclass(frozen=True)
class Highlight:
    text: str
    workload: str
    case: str
    metric: str
    in_readme: bool = True


HIGHLIGHTS = (
    Highlight("100 of 1,000 descriptors ready, empty callbacks", "w01", "nop n=1000 a=100",
              "per_cb"),
    Highlight("event added again in its callback, with read and write", "w01",
              "re-add n=1000 a=100", "per_cb"),
    Highlight("`event_add` and `event_del` of a descriptor, no wait", "w02", "pair n=100",
              "per_op"),
    Highlight("EV_WRITE on and off beside EV_READ", "w02", "rw n=100", "per_op", False),
    Highlight("1,000,000 timers of random durations: add", "w03", "n=1000000", "add"),
    Highlight("the same: set another random duration", "w03", "n=1000000", "reset_rand"),
    Highlight("the same: set a later deadline", "w03", "n=1000000", "reset_push", False),
    Highlight("the same: cancel", "w03", "n=1000000", "cancel"),
    Highlight("the same: fire", "w03", "n=1000000", "fire"),
    Highlight("1,000,000 timers of one duration: add", "w03", "n=1000000 same", "add", False),
    Highlight("the same: fire", "w03", "n=1000000 same", "fire", False),
    Highlight("`event_active`, batches of 1,000", "w04", "batch prios=1 k=1000", "per_cb"),
    Highlight("message from another thread, bursts of 64", "w05", "m=1 k=64", "cpu_per_msg",
              False),
    Highlight("a signal delivered", "w06", "kill+loop", "per_signal"),
    Highlight("echo by bufferevents, 64 bytes, 100 connections", "w07", "c=100 s=64 d=1",
              "per_msg"),
    Highlight("echo by bufferevents, 16 KiB, 100 connections", "w07", "c=100 s=16384 d=1",
              "per_msg"),
    Highlight("resident memory of an idle bufferevent", "w07", "idle c=5000", "bytes"),
    Highlight("64 bytes added to a buffer and drained", "w08", "add 64+drain", "per_op"),
    Highlight("64 KiB read from a socket into a buffer", "w08", "read 64k", "per_op", False),
    Highlight("4 KiB of 64 moved to another buffer", "w08", "remove_buffer 4k of 64k", "per_op",
              False),
    Highlight("a connection accepted and closed", "w10", "k=1", "per_accept", False),
    Highlight("a name looked up at a DNS server, 1 in flight", "w12", "k=1", "per_query", False),
    Highlight("a name looked up at a DNS server, 100 in flight", "w12", "k=100", "per_query"),
    Highlight("a name in a hosts file of 100, by `evdns_getaddrinfo`", "w12", "hosts n=100",
              "per_lookup", False),
    Highlight("a DNS query served", "w12", "server", "per_query"),
    Highlight("a base created and freed", "w13", "new+free", "per_pair"),
    Highlight("1 GiB through a proxy of two bufferevents", "w14", "1 GiB", "per_mib"),
    Highlight("1 GiB of a file sent", "w15", "1 GiB", "per_mib", False),
    Highlight("Debian's memcached, processor time of an operation, 1 thread", "memcached",
              "t=1", "cpu_per_op"),
    Highlight("the same, 4 threads", "memcached", "t=4", "cpu_per_op"),
)

COLUMNS = (("Levin", "levin"), ("Levin with locks", "levin-thr"), ("libev", "ev"),
           ("libuv", "uv"))


def _cell(results, highlight, engine):
    key = (highlight.workload, highlight.case, highlight.metric)
    if key not in results.values:
        return ""
    # Threads need locks: there is no run of libevent without them.
    baseline = "le" if results.values[key].get("le") else "le-thr"
    ratio = results.ratio(key, engine, baseline)
    if ratio is None:
        return ""
    return f"{ratio:.3f}" if ratio < 0.1 else f"{ratio:.2f}"


def table(results, for_readme=False):
    columns = COLUMNS[:2] if for_readme else COLUMNS
    rows = [["ratio to libevent"] + [heading for heading, _ in columns]]
    for highlight in HIGHLIGHTS:
        if for_readme and not highlight.in_readme:
            continue
        cells = [_cell(results, highlight, engine) for _, engine in columns]
        if any(cells):
            rows.append([highlight.text] + cells)
    return markdown(rows, texts=(0,))
