#!/usr/bin/env python3
"""A writer of log lines in which Postfix turns clients away, at a steady pace. The same arguments write the same lines,
but for their times, which are the times of writing.

usage: lines.py unique N RATE WHERE       line i is about client i alone: a line that is read twice, or never, shows
       lines.py mixed N RATE WHERE SEED   some four hundred clients, some of them busy, none of them known to come back
                                          when its ban ends

WHERE: file:PATH    appends each line by a write of its own, as syslogd does (header: RFC 3339, microseconds)
       syslog:PATH  sends each as a datagram to that socket, as syslog(3) does
       -            to standard output without a header, for postlog(1)
"""

import datetime
import os
import random
import socket
import sys
import time

REJECTS = {
    "dnsbl": "554 5.7.1 Service unavailable; Client host [%s] blocked using bl.mx.test",
    "unknown-user": "550 5.1.1 <x@mx.test>: Recipient address rejected: User unknown in local recipient table",
    "relay": "554 5.7.1 <a@elsewhere.test>: Relay access denied",
}
TAIL = "; from=<a@friend.test> to=<x@mx.test> proto=ESMTP helo=<x>"


def reject(kind, client):
    text = REJECTS[kind]
    return "NOQUEUE: reject: RCPT from unknown[%s]: %s%s" % (client, text % client if "%s" in text else text, TAIL)


def client_of(number):
    """One of the 131,072 addresses of 198.18.0.0/15."""
    return "198.%d.%d.%d" % (18 + (number >> 16 & 1), number >> 8 & 255, number & 255)


def unique(n):
    for number in range(n):
        yield reject("dnsbl", client_of(number))


def mixed(n, seed):
    dice = random.Random(seed)
    for _ in range(n):
        if dice.random() < 0.3:
            yield "connect from unknown[%s]" % client_of(dice.randrange(400))
            continue
        client = client_of(int(dice.paretovariate(0.7)) % 400)
        if dice.random() < 0.2:
            client = "2001:db8:2:%x::%x" % (dice.randrange(40), dice.randrange(1, 99))
        yield reject(dice.choices(list(REJECTS), [1, 20, 4])[0], client)


def writer(where):
    """A function that takes a message to where it belongs."""
    kind, _, path = where.partition(":")
    if kind == "file":
        file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)

        def append(message):
            now = datetime.datetime.now(datetime.timezone.utc).isoformat(timespec="microseconds")
            os.write(file, ("%s mail postfix/smtpd[123]: %s\n" % (now, message)).encode())

        return append
    if kind == "syslog":
        to = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        to.connect(path)
        priority = 2 << 3 | 6  # mail.info
        return lambda message: to.send(
            ("<%d>%s postfix/smtpd[123]: %s" % (priority, time.strftime("%b %e %H:%M:%S"), message)).encode()
        )
    return lambda message: print(message, flush=True)


def main():
    kind, n, rate, where, *seed = sys.argv[1:]
    write = writer(where)
    start = time.monotonic()
    for number, message in enumerate(unique(int(n)) if kind == "unique" else mixed(int(n), int(seed[0]))):
        ahead = number / float(rate) - (time.monotonic() - start)
        if ahead > 0.01:
            time.sleep(ahead)
        write(message)


main()
