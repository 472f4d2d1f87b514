# SPDX-License-Identifier: BSD-3-Clause
"""What a program is, and which libevent the dynamic linker finds for it."""

import os
import re
import shutil
import stat
import struct
import subprocess
from dataclasses import dataclass

from levincmd.trouble import Trouble

# A library of libevent, of any version: libevent-2.1.so.7, libevent_core-2.1.so.7, libevent.so.7.
LIBEVENT = re.compile(r"libevent(_\w+)?(-[\d.]+)?\.so\b.*")
FOUND = re.compile(r"\s+(\S+) => (/.*) \(0x[0-9a-f]+\)$")
NOT_FOUND = re.compile(r"\s+(\S+) => not found$")
NO_SYMBOL = re.compile(r"undefined symbol: (\w+)")

PT_INTERP = 3


@dataclass(frozen=True)
class Elf:
    """What the header of an ELF file says."""
    machine: tuple  # class, order of bytes, architecture
    has_interpreter: bool


@dataclass(frozen=True)
class Links:
    """What the dynamic linker says about a program."""
    libevent: dict   # name: path
    missing: list    # names of libraries
    undefined: list  # names of symbols


def find(name):
    """The path of a program, as a shell finds it."""
    path = shutil.which(name)
    if path:
        return path
    if os.path.isdir(name):
        raise Trouble(f"{name} is a directory")
    if os.path.exists(name):
        raise Trouble(f"{name} is not executable")
    raise Trouble(f"there is no program {name}")


def read_elf(path):
    """None for what is no ELF file."""
    try:
        with open(path, "rb") as file:
            head = file.read(64)
            if head[:4] != b"\x7fELF" or len(head) < 52:
                return None
            wide = head[4] == 2
            order = "<" if head[5] == 1 else ">"
            (machine,) = struct.unpack_from(order + "H", head, 18)
            (offset,) = struct.unpack_from(order + ("Q" if wide else "I"), head, 32 if wide else 28)
            size, count = struct.unpack_from(order + "HH", head, 54 if wide else 42)
            if size != (56 if wide else 32):
                raise ValueError("its program headers have a strange size")
            file.seek(offset)
            table = file.read(size * count)
    except (OSError, ValueError, struct.error) as error:
        raise Trouble(f"cannot read {path}: {error}") from error
    kinds = [struct.unpack_from(order + "I", table, i * size)[0]
             for i in range(count) if (i + 1) * size <= len(table)]
    return Elf((head[4], head[5], machine), PT_INTERP in kinds)


def is_script(path):
    with open(path, "rb") as file:
        return file.read(2) == b"#!"


def refuse_privileges(path):
    """The dynamic linker takes no other libraries for a program that gains privileges."""
    status = os.stat(path)
    if status.st_mode & stat.S_ISUID and status.st_uid != os.geteuid():
        raise Trouble(f"{path} is set-uid: the dynamic linker ignores LD_LIBRARY_PATH for it")
    if status.st_mode & stat.S_ISGID and status.st_gid != os.getegid():
        raise Trouble(f"{path} is set-gid: the dynamic linker ignores LD_LIBRARY_PATH for it")
    try:
        has_capabilities = "security.capability" in os.listxattr(path)
    except OSError:
        has_capabilities = False
    if has_capabilities:
        raise Trouble(f"{path} has file capabilities: the dynamic linker ignores "
                      "LD_LIBRARY_PATH for it")


def refuse_unfit(path, folder):
    """Whether the program is an ELF file, which it need not be; one that cannot run is refused."""
    elf = read_elf(path)
    if not elf:
        if is_script(path):
            return False
        raise Trouble(f"{path} is neither an ELF program nor a script")
    refuse_privileges(path)
    if not elf.has_interpreter:
        raise Trouble(f"{path} is linked statically: it loads no libraries")
    ours = read_elf(os.path.join(folder, "libevent_core-2.1.so.7"))
    if ours and ours.machine != elf.machine:
        raise Trouble(f"{path} is for another architecture than the libraries in {folder}")
    return True


def environment(folder):
    """That of a program which runs on the libraries of a folder; None: the system's."""
    result = dict(os.environ)
    others = [path for path in result.pop("LD_LIBRARY_PATH", "").split(":") if path]
    if folder:
        others = [folder] + [path for path in others if path != folder]
    if others:
        result["LD_LIBRARY_PATH"] = ":".join(others)
    return result


def links(path, folder):
    """Asks the dynamic linker; symbols are bound, nothing of the program runs."""
    if not shutil.which("ldd"):
        raise Trouble("there is no ldd, which belongs to the C library")
    done = subprocess.run(["ldd", "-r", path], env=dict(environment(folder), LC_ALL="C"),
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    lines = done.stdout.splitlines()
    found = [FOUND.match(line) for line in lines]
    missing = [NOT_FOUND.match(line) for line in lines]
    undefined = [NO_SYMBOL.search(line) for line in lines]
    return Links({match[1]: match[2] for match in found if match and LIBEVENT.match(match[1])},
                 sorted({match[1] for match in missing if match}),
                 sorted({match[1] for match in undefined if match}))
