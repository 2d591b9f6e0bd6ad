#!/usr/bin/env python3
"""Who may use whom in src/.  usage: tests/layers.py BUILD, with the objects of a build there.

The folders and their order are read from the map in src/main.c: the lines of its comment that begin with "NAME/".
A folder uses only those above it, by #include and by call (what an object needs is asked of its symbol table); files
do not use each other in a circle; a header that lies in src/ is its own folder's. The core, which makes the bans of a log,
calls no clock, no file, no log and starts no program.
"""
import re
import subprocess
import sys
from pathlib import Path

CORE = ("match", "logline", "engine")
FORBIDDEN = re.compile(
    r"time|clock_gettime|gettimeofday|localtime(_r)?|mktime|tzset|open(64|at)?|fopen(64)?|p?read(64)?|p?write(64)?|"
    r"opendir|readdir(64)?|scandir(64)?|(l|f)?stat(at)?(64)?|statx|readlink(at)?|access|glob(64)?|"
    r"f?printf|puts|syslog|v?fork|execv[ep]|posix_spawn|system|socket|connect|bind|getrandom|getenv|setenv|signal|sigaction|"
    r"sd_.*|__f?printf_chk|__read_chk"
)


def folder(file):
    """util for util/addr, "" for main."""
    return file.rpartition("/")[0]


def order_of_folders():
    return re.findall(r"^ \*   (\w+)/ ", Path("src/main.c").read_text(), re.M)


def includes():
    """{file: [(line, header)]}: "engine/bans.c" includes "util/addr.h", as written or beside it."""
    out = {}
    for root in (Path("src"), Path("include")):
        for path in sorted([*root.glob("*.[ch]"), *root.glob("*/*.[ch]")]):
            name = str(path.relative_to(root))
            found = []
            for n, line in enumerate(path.read_text().splitlines(), 1):
                got = re.match(r'#\s*include "(.+)"', line)
                if got:
                    header = got.group(1)
                    beside = (path.parent / header).exists()
                    found.append((n, f"{folder(name)}/{header}" if beside and "/" not in header else header))
            out[(str(path), name)] = found
    return out


def symbols(build):
    """({symbol: file that defines it}, {file: symbols that it needs})"""
    defined, needed = {}, {}
    for source in sorted([*Path("src").glob("*.c"), *Path("src").glob("*/*.c")]):
        file = str(source.relative_to("src"))[:-2]
        needed[file] = set()
        listing = subprocess.run(["nm", f"{build}/{file}.o"], check=True, capture_output=True, text=True).stdout
        for line in listing.splitlines():
            kind, name = line.split()[-2:]
            if kind == "U":
                needed[file].add(name.partition("@")[0])
            elif kind in "TDBRVW":
                defined[name] = file
    return defined, needed


def circle(graph):
    """The first circle that a walk along {file: {file}} finds, as a list; None."""
    done, path = set(), []

    def walk(at):
        if at in path:
            return path[path.index(at) :] + [at]
        if at in done:
            return None
        path.append(at)
        for to in sorted(graph.get(at, ())):
            found = walk(to)
            if found:
                return found
        path.pop()
        done.add(at)
        return None

    for file in sorted(graph):
        found = walk(file)
        if found:
            return found
    return None


def main(build):
    problems = []
    order = order_of_folders()
    there = sorted(p.name for p in Path("src").iterdir() if p.is_dir())
    for name in sorted(set(there) ^ set(order)):
        problems.append(f"src/main.c: its map and the folders differ in {name}/: each folder has a line there")
    rank = {name: i for i, name in enumerate(order)}
    rank[""] = len(order)  # main

    def judge(user, used, how):
        if rank.get(folder(used), -1) > rank.get(folder(user), len(order)):
            problems.append(f"{how}: {folder(user)}/ stands above {folder(used)}/ in src/main.c, and may not use it")

    by_include = {}
    for (path, name), found in includes().items():
        file = name[:-2]
        for n, header in found:
            judge(name, header, f"{path}:{n} includes {header}")
            if not Path("include", header).exists() and folder(header) != folder(name):
                problems.append(f"{path}:{n} includes {header}, which is for its own folder alone")
            if header[:-2] != file:
                by_include.setdefault(file, set()).add(header[:-2])
    defined, needed = symbols(build)
    by_call = {}
    for file, names in needed.items():
        for name in sorted(names):
            if folder(file) in CORE and FORBIDDEN.fullmatch(name):
                problems.append(f"src/{file}.c calls {name}(): the core reads no clock and no file and writes no log")
            if name in defined:
                judge(file, defined[name], f"src/{file}.c calls {name}() of {defined[name]}.c")
                by_call.setdefault(file, set()).add(defined[name])
    # what the core uses of the folders before it keeps the same law
    core, more = set(), {file for file in needed if folder(file) in CORE}
    while more:
        core |= more
        more = {to for file in more for to in by_call.get(file, ())} - core
    for file in sorted(core):
        for name in sorted(needed[file]):
            if folder(file) not in CORE and FORBIDDEN.fullmatch(name):
                problems.append(f"src/{file}.c calls {name}(), and the core uses this file")
    for what, graph in (("includes", by_include), ("calls", by_call)):
        found = circle(graph)
        if found:
            problems.append(f"a circle of {what}: " + " -> ".join(found))
    for problem in problems:
        print(problem)
    if not problems:
        print(f"layers OK: {len(needed)} files in {len(there)} folders, no circle, none uses what stands behind it; "
              f"{len(core)} files call no clock, no file, no log")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
