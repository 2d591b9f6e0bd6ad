#!/usr/bin/env python3
"""The bans that a ledger has ever held. usage: bans.py LEDGER      prints "SINCE UNTIL JAIL PREFIX" a line,
sorted, times in microseconds"""

import ipaddress
import sqlite3
import sys


def address(raw, bits):
    """As the ledger has it: sixteen bytes, IPv4 mapped."""
    whole = ipaddress.IPv6Address(raw)
    if whole.ipv4_mapped:
        return "%s/%d" % (whole.ipv4_mapped, bits - 96 if bits > 32 else bits)
    return "%s/%d" % (whole, bits)


with sqlite3.connect("file:%s?mode=ro" % sys.argv[1], uri=True) as ledger:
    rows = ledger.execute("SELECT since, until, jail, addr, bits FROM ban")
    print(*sorted("%d %d %s %s" % (since, until, jail, address(raw, bits)) for since, until, jail, raw, bits in rows), sep="\n")
