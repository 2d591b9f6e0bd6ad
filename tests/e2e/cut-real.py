#!/usr/bin/env python3
"""Clients of real servers, for cut-postfix.sh and cut-others.sh.

cut-real.py session SERVER PORT SOURCE READY SECONDS LINE...   says each line once the one before was answered, writes READY, and waits
cut-real.py pipelined SOURCE        one refused and one accepted recipient, all at once; prints what each was told
cut-real.py torn N                  N such clients, the end of whose message comes from 0 to 700 ms late
cut-real.py race N                  N banned and N innocent clients, in turn

session ends with 0 when the connection did, 3 when it lives on after SECONDS; an EHLO or NOOP is answered then. It prints the last reply.
In the lab (mx.sh) 198.19.0.0/16 is on the block list; each client of torn and race has an address of its own.
"""

import asyncio
import pathlib
import random
import socket
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "lab"))
import smtp

AT_A_TIME = 24  # sessions of race and torn
PATIENCE = 20


def more_to_come(line):
    """Of SMTP a line of several, of IMAP all that is no answer to "a"."""
    return line[3:4] == "-" or (line.startswith("*") and not line.startswith(("* OK", "* BYE")))


def session(server, port, source, ready, seconds, *lines):
    family = socket.AF_INET6 if ":" in server else socket.AF_INET
    with socket.socket(family) as s:
        s.settimeout(PATIENCE)
        s.bind((source, 0))
        s.connect((server, int(port)))
        file = s.makefile("rb")

        def say(text):
            if text:
                s.sendall(text.encode() + b"\r\n")
            while more_to_come(line := file.readline().decode("latin-1").rstrip()):
                pass
            return line

        reply = say("")
        for line in lines:
            reply = say(line)
        print(reply, flush=True)
        pathlib.Path(ready).write_text("ready\n", encoding="ascii")
        s.settimeout(float(seconds))
        try:
            rest = s.recv(1000)
        except ConnectionResetError:
            return 0
        except TimeoutError:
            s.settimeout(PATIENCE)
            greets = {"25": "NOOP", "143": "a NOOP", "110": "QUIT"}
            return 3 if say(greets[port]) else 1
        return 1 if rest else 0


def mail(sender):
    return ["MAIL FROM:<%s@friend.test>" % sender, "RCPT TO:<nobody@mx.test>", "RCPT TO:<user@mx.test>", "DATA"]


def pipelined(source):
    with smtp.Session(source) as client:
        client.read()
        client.say("EHLO client.test")
        client.send("\r\n".join(mail("pipelined")))
        print(*[client.read()[:3] for _ in range(4)], end=" ")
        client.send("Subject: hello\r\n\r\nYours.\r\n.\r\nQUIT")
        print(client.read(), client.read()[:3])


class Client:
    """One asyncio session; every reply is a line, "" where the server has gone."""

    def __init__(self, source):
        self.source = source

    async def __aenter__(self):
        server = smtp.SERVER6 if ":" in self.source else smtp.SERVER4
        self.reader, self.writer = await asyncio.wait_for(
            asyncio.open_connection(server, 25, local_addr=(self.source, 0)), PATIENCE
        )
        await self.read()
        return self

    async def __aexit__(self, *_):
        self.writer.close()

    async def read(self):
        while (line := (await asyncio.wait_for(self.reader.readline(), PATIENCE)).decode("latin-1"))[3:4] == "-":
            pass
        return line

    async def say(self, *lines):
        self.writer.write("\r\n".join([*lines, ""]).encode())
        return [await self.read() for line in lines if line]


async def torn_one(number, dice, told):
    """Who reads that the mail is queued, and who does not: told[sender]."""
    sender, told_so = "t%d" % number, False
    pause = dice.uniform(0, 0.7)
    try:
        async with Client("198.18.%d.%d" % (100 + number // 250, number % 250 + 1)) as client:
            await client.say("EHLO client.test")
            await client.say(*mail(sender))
            await asyncio.sleep(pause)
            client.writer.write(b"Subject: hello\r\n\r\nYours.\r\n.\r\n")
            told_so = (await client.read()).startswith("250")
    except (OSError, asyncio.TimeoutError):
        pass
    told[sender] = told_so


async def banned(number, dice, wrong, ends):
    source = "198.19.%d.%d" % (100 + number // 250, number % 250 + 1)
    ending = dice.choice(["hangs", "quits", "closes"])
    around = dice.uniform(0.04, 0.2)  # cut_after is 100 ms there
    reply = ""
    try:
        async with Client(source) as client:
            reply = (await client.say(*smtp.transaction()))[-1]
            if ending == "hangs":
                while await asyncio.wait_for(client.reader.read(100), PATIENCE):
                    pass
            await asyncio.sleep(around)
            if ending == "quits":
                await client.say("QUIT")
    except ConnectionResetError:
        ends["reset"] += 1
    except (OSError, asyncio.TimeoutError) as error:
        wrong.append("%s %s: %r" % (source, ending, error))
    if not reply.startswith("554 5.7.1"):
        wrong.append("%s: told %r" % (source, reply))


async def innocent(number, dice, wrong):
    source = "198.18.%d.%d" % (150 + number // 250, number % 250 + 1)
    replies = []
    try:
        async with Client(source) as client:
            for line in [*smtp.transaction(), *["RCPT TO:<postmaster@mx.test>"] * 2, "QUIT"]:
                await asyncio.sleep(dice.uniform(0, 0.03))
                replies += [line[:3] for line in await client.say(line)]
    except (OSError, asyncio.TimeoutError) as error:
        replies.append(repr(error))
    if replies != ["250"] * 5 + ["221"]:
        wrong.append("%s, innocent: %s" % (source, " ".join(replies)))


async def all_of(works):
    """AT_A_TIME of them at a time, in order."""
    works = iter(works)

    async def worker():
        for work in works:
            await work

    await asyncio.gather(*[worker() for _ in range(AT_A_TIME)])


def torn(number):
    told, dice = {}, random.Random(1)
    asyncio.run(all_of(torn_one(i, dice, told) for i in range(int(number))))
    for sender, yes in told.items():
        print(sender, "queued" if yes else "not")


def race(number):
    wrong, ends, dice = [], {"reset": 0}, random.Random(1)
    works = (
        one
        for i in range(int(number))
        for one in (banned(i, dice, wrong, ends), innocent(i, dice, wrong))
    )
    asyncio.run(all_of(works))
    print(*wrong[:5], sep="\n")
    print("%s banned and %s innocent sessions, %d ended by a RST, %d wrong" % (number, number, ends["reset"], len(wrong)))
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(globals()[sys.argv[1]](*sys.argv[2:]))
