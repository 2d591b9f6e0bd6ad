#!/usr/bin/env python3
"""A stand-in for smtpd, one process for all its clients, and the clients of tests/e2e/cut.sh.

cut.py serve LOG
cut.py SCENARIO [ARGUMENT]...   exit 0: as it should be; 1: not, and why on stderr

The server knows PING, BAD DELAY (a reject line in the log, and DELAY milliseconds later its 554),
CLOSE DELAY, and QUIT.
"""
import asyncio
import os
import random
import socket
import sys
import time

FOUR, SIX = "198.51.100.25", "2001:db8:25::25"
PORT, DUAL, OTHER = 2525, 2526, 2527


# ---- the server

def serve(path):
    log = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT)

    def reject(client):
        stamp = time.strftime("%b %d %H:%M:%S")
        os.write(log, (f"{stamp} mx postfix/smtpd[1]: NOQUEUE: reject: RCPT from unknown[{client}]: 554 5.7.1 Service "
                       f"unavailable; Client host [{client}] blocked using bl.example; from=<a@b.example> "
                       "to=<c@d.example> proto=ESMTP helo=<x>\n").encode())

    async def session(reader, writer):
        client = writer.get_extra_info("peername")[0].removeprefix("::ffff:")
        try:
            writer.write(b"220 hello\r\n")
            while line := (await reader.readline()).split():
                if line[0] == b"PING":
                    writer.write(b"250 ok\r\n")
                elif line[0] == b"BAD":
                    reject(client)
                    await asyncio.sleep(int(line[1]) / 1000)
                    writer.write(b"554 5.7.1 no\r\n")
                elif line[0] == b"CLOSE":
                    await asyncio.sleep(int(line[1]) / 1000)
                    break
                else:
                    writer.write(b"221 bye\r\n")
                    break
        except OSError:
            pass
        finally:
            writer.close()

    async def run():
        dual = socket.socket(socket.AF_INET6)
        dual.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
        dual.bind(("::", DUAL))
        servers = [await asyncio.start_server(session, FOUR, PORT, backlog=1000),
                   await asyncio.start_server(session, SIX, PORT, backlog=1000),
                   await asyncio.start_server(session, FOUR, OTHER, backlog=1000),
                   await asyncio.start_server(session, sock=dual, backlog=1000)]
        await asyncio.gather(*(server.serve_forever() for server in servers))

    asyncio.run(run())


# ---- clients

class Wrong(Exception):
    pass


class Client:
    def __init__(self, source, port=PORT):
        family = socket.AF_INET6 if ":" in source else socket.AF_INET
        self.name = source
        self.s = socket.socket(family)
        self.s.setsockopt(socket.IPPROTO_IP, 15, 1)  # IP_FREEBIND
        self.s.settimeout(4)
        self.s.bind((source, 0))
        self.s.connect((SIX if family == socket.AF_INET6 else FOUR, port))
        self.expect("220")

    def say(self, text):
        self.s.sendall(text.encode() + b"\r\n")

    def expect(self, code):
        got = b""
        while not got.endswith(b"\n"):
            part = self.s.recv(1000)
            if not part:
                raise Wrong(f"{self.name}: the end instead of {code}")
            got += part
        if not got.startswith(code.encode()):
            raise Wrong(f"{self.name}: {got!r} instead of {code}")

    def alive(self):
        self.say("PING")
        self.expect("250")

    def cut(self):
        """Nothing more comes but the end."""
        try:
            got = self.s.recv(1000)
        except ConnectionResetError:
            return
        except TimeoutError:
            raise Wrong(f"{self.name}: still there") from None
        if got:
            raise Wrong(f"{self.name}: {got!r}")

    def survives(self, seconds):
        end = time.time() + seconds
        while time.time() < end:
            self.alive()
            time.sleep(0.05)


def bad_is_cut(source, innocent, port=PORT, delay=26):
    """It reads its 5xx, late as it is, and then the connection ends; who shares the process sees nothing."""
    other, bad = Client(innocent, int(port)), Client(source, int(port))
    bad.say(f"BAD {delay}")
    bad.expect("554")
    start = time.time()
    bad.cut()
    print(f"cut {1000 * (time.time() - start):.0f} ms after its 5xx")
    other.survives(0.7)
    Client(innocent, int(port)).alive()


def late_reply(source):
    """The reply leaves after 400 ms: it is read all the same, and then it is not waited for the end of cut_after."""
    bad = Client(source)
    bad.say("BAD 300")
    bad.expect("554")
    start = time.time()
    bad.cut()
    if time.time() - start > 0.15:
        raise Wrong(f"cut only {time.time() - start:.3f} s after it had read")


def alive(source):
    Client(source).alive()


def prefix(one, two, innocent):
    other, first, second = Client(innocent), Client(one), Client(two)
    first.say("BAD 0")
    first.expect("554")
    first.cut()
    second.cut()
    other.survives(0.7)


def stays(source):
    """A fresh line, and nothing is cut: a dry run, say."""
    bad = Client(source)
    bad.say("BAD 0")
    bad.expect("554")
    bad.survives(1.2)


def late(source, go):
    """Offends, says so, and lives on beyond the moment that its line is read."""
    bad = Client(source)
    bad.say("BAD 0")
    bad.expect("554")
    print("ready", flush=True)
    while not os.path.exists(go):
        bad.alive()
        time.sleep(0.05)
    bad.survives(1.5)


def other_port(source, innocent):
    """The blocker's ports, and no others."""
    away = Client(source, OTHER)
    bad_is_cut(source, innocent)
    away.survives(0.3)


def held(source, seconds):
    """Says so, and then waits to be cut by hand."""
    bad = Client(source)
    print("ready", flush=True)
    bad.s.settimeout(float(seconds))
    bad.cut()


async def short_session(source, bad, failures, counts):
    s = socket.socket()
    s.setsockopt(socket.IPPROTO_IP, 15, 1)
    s.bind((source, 0))
    s.setblocking(False)
    loop = asyncio.get_running_loop()
    try:
        await asyncio.wait_for(loop.sock_connect(s, (FOUR, PORT)), 5)
        reader, writer = await asyncio.open_connection(sock=s)
        await asyncio.wait_for(reader.readline(), 5)
        around = random.randint(60, 150)  # cut_after is 100 ms there
        if bad:
            writer.write(b"BAD 0\r\n")
            if not (await asyncio.wait_for(reader.readline(), 5)).startswith(b"554"):
                failures.append(f"{source}: no 554")
            if random.random() < 0.5:
                writer.write(b"CLOSE %d\r\n" % around)
            else:
                await asyncio.sleep(around / 1000)
                writer.close()
                return
            await reader.read(100)
        else:
            for _ in range(3):
                writer.write(b"PING\r\n")
                if not (await asyncio.wait_for(reader.readline(), 5)).startswith(b"250"):
                    failures.append(f"{source}: an innocent was cut")
                    return
                await asyncio.sleep(around / 2000)
            writer.write(b"QUIT\r\n")
            if not (await reader.read(100)).startswith(b"221"):
                failures.append(f"{source}: an innocent was cut")
        writer.close()
    except ConnectionResetError:
        if not bad:
            failures.append(f"{source}: an innocent was reset")
        else:
            counts["reset"] += 1
    except (OSError, asyncio.TimeoutError) as error:
        failures.append(f"{source}: {error!r}")


def race(n):
    """Sessions that end by themselves at the moment of the cut, beside innocents."""
    failures, counts = [], {"reset": 0}

    async def run():
        tasks = []
        for i in range(int(n)):
            for net, bad in ((66, True), (67, False)):
                tasks.append(asyncio.create_task(short_session(f"10.{net}.{i >> 8}.{i & 255}", bad, failures, counts)))
            await asyncio.sleep(0.004)
        await asyncio.gather(*tasks)

    random.seed(20261121)
    asyncio.run(run())
    Client("192.0.2.99").alive()
    print(f"{n} banned and {n} innocent sessions, {counts['reset']} ended by a RST, {len(failures)} wrong")
    if failures:
        raise Wrong("; ".join(failures[:5]))


if __name__ == "__main__":
    try:
        globals()[sys.argv[1]](*sys.argv[2:])
    except (Wrong, OSError) as wrong:
        sys.exit(f"{sys.argv[1]}: {wrong}")
