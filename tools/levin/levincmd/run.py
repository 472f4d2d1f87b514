# SPDX-License-Identifier: BSD-3-Clause
"""Finds out whether a program can run on Levin's libraries, and runs it."""

import ctypes
import os

from levincmd import program
from levincmd.trouble import Trouble


def version(library):
    """What event_get_version of a library returns, or None."""
    try:
        function = ctypes.CDLL(library).event_get_version
    except (OSError, AttributeError):
        return None
    function.restype = ctypes.c_char_p
    return function().decode("ascii", "replace")


def is_in(path, folder):
    return os.path.realpath(os.path.dirname(path)) == os.path.realpath(folder)


def described(libraries):
    """Names of libraries with the version that they say."""
    known = [text for text in map(version, libraries.values()) if text]
    return ", ".join(libraries) + (f" ({known[0]})" if known else "")


def refuse_others(path, links, folder):
    """Every libevent of the program has to be one of the folder."""
    for name, found in sorted(links.libevent.items()):
        if is_in(found, folder):
            continue
        if os.path.exists(os.path.join(folder, name)):
            raise Trouble(f"{path} has an RPATH of its own: it takes {found}")
        raise Trouble(f"{path} needs {name}, and Levin replaces libevent 2.1 only")


def prepare(path, folder):
    """
    What the user is to know, as lines, about a program that can run on the libraries of the
    folder; and whether it links a libevent.
    """
    if not program.refuse_unfit(path, folder):
        return [f"{path} is a script: what it starts finds Levin's libraries"], False
    before = program.links(path, None)
    after = program.links(path, folder)
    if not after.libevent:
        return [f"{path} links no libevent: only what it loads later finds Levin's libraries"], False
    refuse_others(path, after, folder)
    lacking = sorted(set(after.undefined) - set(before.undefined))
    if lacking:
        raise Trouble(f"{path} needs functions that Levin lacks: {', '.join(lacking)}")
    lines = [f"{path} runs on {', '.join(sorted(after.libevent.values()))}"]
    if before.libevent:
        lines.append(f"without levin it would use {described(before.libevent)} of "
                     f"{os.path.dirname(next(iter(before.libevent.values())))}")
    lacks = [name for name in before.missing if program.LIBEVENT.match(name)]
    if lacks:
        lines.append(f"this system has no {', '.join(lacks)}")
    return lines, True


def execute(path, arguments, folder):
    """Becomes the program."""
    try:
        os.execve(path, arguments, program.environment(folder))
    except OSError as error:
        raise Trouble(f"cannot run {path}: {error.strerror}") from error
