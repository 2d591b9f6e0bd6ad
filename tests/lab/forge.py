#!/usr/bin/env python3
"""Clients that write hostile text wherever a server lets them, and a judge of what relaydam made of the servers' logs.

usage: forge.py sessions SERVERS COUNT SEED LINES...   COUNT sessions with mx, exim or courier, each from an address of its own; one
                                               JSON object each: address, kind, what it may be taken for, whether it was rejected
       forge.py judge SESSIONS                 reads `relaydam match --json` from standard input; exit code 1 for a wrong hit

LINES are the files of tests/forged/: what the hostile text is made of, said of an innocent. A module forge_SERVERS.py has the kinds of
sessions: KINDS, functions of a Hostile that return an Outcome; LISTED, those of them whose clients are on the block list; FILTERS, which
read these servers' logs; AT_A_TIME; LAST, kinds of sessions that come when the others are over, a quarter of all.
"""

import collections
import concurrent.futures
import importlib
import ipaddress
import json
import os
import sys

from hostile import Hostile, words

AT_A_TIME = 64


def source_of(number, listed):
    """An address of its own; every fifth of IPv6. dns.py says which have names."""
    if number % 5 == 4:
        return str(ipaddress.IPv6Address("2001:db8:2::7") + ((number + (0x8000 if listed else 0)) << 64))
    return "198.%d.%d.%d" % (19 if listed else 18, number // 250 + 1, number % 250 + 1)


def session(servers, kinds, number, seed, own, known):
    kind = kinds[number % len(kinds)]
    source = source_of(number, kind in getattr(servers, "LISTED", ()))
    hostile = Hostile(seed * 1000003 + number, own, known, source)
    said = {"addr": source, "kind": kind.__name__}
    try:
        outcome = kind(hostile)
    except OSError as error:
        return json.dumps({**said, "broken": str(error)})
    may = outcome.may
    most = collections.Counter(may) if isinstance(may, list) else {offence: None for offence in sorted(may)}
    return json.dumps({**said, "ports": hostile.ports, "may": most, "rejected": outcome.rejected, "delivered": outcome.delivered})


def is_true(s, hit):
    """Did this session's client do that, from that port, and as often as that?"""
    if s is None:
        return False
    if "may" not in s:
        return True  # broken off: nobody knows what it earned
    if hit["port"] and hit["port"] not in s["ports"]:
        return False
    if hit["offence"] == "message":
        return s["delivered"]
    if hit["offence"] not in s["may"]:
        return False
    most = s["may"][hit["offence"]]
    s["hits"][hit["offence"]] += 1
    return most is None or s["hits"][hit["offence"]] <= most


def report(sessions):
    counts = {}
    for s in sessions.values():
        c = counts.setdefault(s["kind"], [0, 0, 0, 0])
        c[0] += 1
        c[1] += bool(s.get("rejected"))
        c[2] += bool(s.get("rejected")) and not s["hits"]
        c[3] += "broken" in s
    for kind, (n, rejected, escaped, broken) in sorted(counts.items()):
        print("%-14s %5d sessions, %5d rejected, of these %4d not counted; %d broken off" % (kind, n, rejected, escaped, broken))


def judge(path):
    sessions = {}
    for line in open(path, encoding="utf-8"):
        s = json.loads(line)
        sessions[s["addr"]] = {**s, "hits": collections.Counter()}
    wrong, hits = [], 0
    for line in sys.stdin:
        hit = json.loads(line)
        if not hit["offence"] or not hit["addr"] or hit.get("behind_cut_line"):
            continue  # the daemon reads nothing behind a line that may have been cut
        hits += hit["offence"] != "message"
        s = sessions.get(hit["addr"])
        if not is_true(s, hit):
            wrong.append((s, hit))
    for s, hit in wrong[:10]:
        print("WRONG: %s %s of %s by %s: %s" % (s, hit["offence"], hit["addr"], hit["rule"], hit["text"]))
    report(sessions)
    print("%d sessions, %d hits, %d wrong" % (len(sessions), hits, len(wrong)))
    sys.exit(1 if wrong or hits == 0 else 0)


def main():
    if sys.argv[1:2] == ["judge"]:
        judge(sys.argv[2])
    servers = importlib.import_module("forge_" + sys.argv[2])
    count, seed = int(sys.argv[3]), int(sys.argv[4])
    own, known = words(p for p in sys.argv[5:] if os.path.basename(p) in servers.FILTERS), words(sys.argv[5:])
    last = getattr(servers, "LAST", None)
    first = count * 3 // 4 if last else count
    with concurrent.futures.ThreadPoolExecutor(getattr(servers, "AT_A_TIME", AT_A_TIME)) as pool:
        for kinds, numbers in (servers.KINDS, range(first)), (last, range(first, count)):
            for line in pool.map(lambda n: session(servers, kinds, n, seed, own, known), numbers):
                print(line, flush=True)


if __name__ == "__main__":
    main()
