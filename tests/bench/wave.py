#!/usr/bin/env python3
"""The clients of a spam wave against the lab's mail server, and a look at that server once a second.

usage: wave.py clients OUT SECONDS BOTS MAILS RELAYS   in the clients' network namespace
       wave.py sample OUT SECONDS COMMAND...    on the server; COMMAND prints how many clients the kernel refuses

The wave: a tenth of SECONDS is calm; then bots begin to come, ever more of them for three tenths, as many as that at a
time to the end. Each of the BOTS has an address of its own, stands on the block list, takes its 5xx, and then sits there
until the server ends it, as it does when it was ended and comes back a few seconds later. Beside them honest clients send
MAILS a second in all, from the first second on, and wait WAVE_PATIENCE (60) seconds for their 250. RELAYS of them forward, beside that and
once they have sent three mails, what others wrote: every few seconds one to an unknown user, and each fifth from a sender on the
block list. They take these 5xx and leave.

clients writes to OUT a line for each mail: seconds since the start, seconds that it took, 1 if it was accepted. At the end it
prints "bots BOTS visits VISITS refused REFUSED forwarded FORWARDED" (5xx read by bots, by relays).
sample writes a line a second: seconds since the start, sessions on port 25, those that an smtpd serves, smtpd processes,
clients refused.
"""

import asyncio
import os
import random
import socket
import subprocess
import sys
import time

SERVER = "198.51.100.25"
PATIENCE = float(os.environ.get("WAVE_PATIENCE", "60"))
THINKS = 0.2, 0.6  # seconds of a bot between a reply and its next command: a slow machine behind a slow line
HONEST = 20  # clients
FORWARDS = 1, 5  # seconds between two rejected mails of a relay
CALM, RISE = 0.1, 0.3  # of the time

counts = {"visits": 0, "refused": 0, "forwarded": 0}


async def reply(reader):
    """The last line of a reply; "" where the server has gone."""
    while True:
        line = await reader.readline()
        if line[3:4] != b"-":
            return line.decode("latin-1")


async def dialogue(source, lines, thinks=None):
    """Says each line when the one before was answered. The last reply. A bot, which thinks, then waits until the server
    ends it."""
    reader, writer = await asyncio.wait_for(asyncio.open_connection(SERVER, 25, local_addr=(source, 0)), PATIENCE)
    try:
        answer = await reply(reader)
        for line in lines:
            if not answer:
                break
            if thinks:
                await asyncio.sleep(thinks.uniform(*THINKS))
            writer.write(line.encode() + b"\r\n")
            answer = await reply(reader)
        if thinks and answer:
            counts["refused"] += answer.startswith("5")
            while await reader.read(1000):
                pass
        return answer
    finally:
        writer.close()


def transaction(name, recipient, sender="friend.test"):
    return ["EHLO " + name, "MAIL FROM:<a@%s>" % sender, "RCPT TO:<%s@mx.test>" % recipient]


def honest(number):
    return "198.18.1.%d" % (number % HONEST)


async def bot(number, dice, end):
    source = "198.19.%d.%d" % (number >> 8, number & 255)
    while time.monotonic() < end:
        counts["visits"] += 1
        try:
            await dialogue(source, transaction("bot.test", "user"), dice)
        except (OSError, asyncio.TimeoutError):
            pass
        await asyncio.sleep(dice.uniform(2, 8))


async def mail(number, start, out):
    begin = time.monotonic()
    lines = transaction("client.test", "user") + ["DATA", "Subject: hello\r\n\r\nYours.\r\n."]
    accepted = False
    try:
        answer = await asyncio.wait_for(dialogue(honest(number), lines), PATIENCE)
        accepted = answer.startswith("250")
    except (OSError, asyncio.TimeoutError):
        pass
    out.write("%.3f\t%.3f\t%d\n" % (begin - start, time.monotonic() - begin, accepted))


async def relay(number, dice, end):
    turn = 0
    while time.monotonic() < end:
        turn += 1
        wanted = ("user", "listed.test") if turn % 5 == 0 else ("nobody", "friend.test")
        try:
            answer = await asyncio.wait_for(dialogue(honest(number), transaction("relay.test", *wanted)), PATIENCE)
            counts["forwarded"] += answer.startswith("5")
        except (OSError, asyncio.TimeoutError):
            pass
        await asyncio.sleep(dice.uniform(*FORWARDS))


def arrivals(seconds, bots):
    """When each bot comes: at a rate that rises from nothing, and then stays."""
    calm, rise = CALM * seconds, RISE * seconds
    rate = bots / (seconds - calm - rise / 2)
    for number in range(bots):
        if number < rate * rise / 2:
            yield calm + (2 * number * rise / rate) ** 0.5
        else:
            yield calm + rise + (number - rate * rise / 2) / rate


async def at(moment, start, work, *arguments):
    await asyncio.sleep(max(0, start + moment - time.monotonic()))
    await work(*arguments)


async def clients(path, seconds, bots, mails, relays):
    start = time.monotonic()
    dice = random.Random(1)
    with open(path, "w", buffering=1) as out:
        wave = [
            asyncio.ensure_future(at(moment, start, bot, number, dice, start + seconds))
            for number, moment in enumerate(arrivals(seconds, bots))
        ]
        known = 3 * HONEST / mails
        wave += [asyncio.ensure_future(at(known, start, relay, number, dice, start + seconds)) for number in range(relays)]
        post = [at(number / mails, start, mail, number, start, out) for number in range(int(seconds * mails))]
        await asyncio.gather(*post)
        for one in wave:
            one.cancel()
        await asyncio.gather(*wave, return_exceptions=True)
    print("bots %d visits %d refused %d forwarded %d" % (bots, *counts.values()))


def port_25():
    """Sessions of clients, and how many of them no smtpd has taken yet: the accept queue of the listening socket."""
    sessions = waiting = 0
    for name in ("/proc/net/tcp", "/proc/net/tcp6"):
        with open(name) as file:
            next(file)
            for line in file:
                fields = line.split()
                if fields[1].endswith(":0019"):
                    sessions += fields[3] in ("01", "08")  # established, or closed by the client alone
                    waiting += int(fields[4].split(":")[1], 16) if fields[3] == "0A" else 0
    return sessions, sessions - min(waiting, sessions)


def processes(name):
    n = 0
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open("/proc/%s/comm" % pid) as file:
                n += file.read() == name + "\n"
        except OSError:
            pass
    return n


def sample(path, seconds, command):
    start = time.monotonic()
    with open(path, "w", buffering=1) as out:
        for second in range(int(seconds)):
            time.sleep(max(0, start + second - time.monotonic()))
            refused = subprocess.run(command, capture_output=True, text=True, check=False).stdout.strip() or "0"
            out.write("%d\t%d\t%d\t%d\t%s\n" % (second, *port_25(), processes("smtpd"), refused))


def main():
    role, path, seconds, *more = sys.argv[1:]
    if role == "clients":
        asyncio.run(clients(path, float(seconds), int(more[0]), float(more[1]), int(more[2])))
    else:
        sample(path, float(seconds), more)


if __name__ == "__main__":
    main()
