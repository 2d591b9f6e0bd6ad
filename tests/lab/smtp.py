#!/usr/bin/env python3
"""A client of the lab's mail server, from any of the lab's addresses. It always reads the answer to what it says.

usage: smtp.py earn KIND=ADDRESS...   earns one rejection of that kind from each address; prints "KIND ADDRESS REPLY"
       smtp.py connect ADDRESS...     prints for each address "yes" or "no": whether a connection came about
       smtp.py stream ADDRESS...      honest sessions without a message, eight at a time, until standard input ends;
                                      prints how many
       smtp.py kinds                  the names of all kinds

As a module: Session for a dialogue of one's own, KINDS for the dialogues there are. Which answer they earn is settled by
mx.sh's main.cf and by dns.py.
"""

import base64
import concurrent.futures
import select
import socket
import sys

SERVER4, SERVER6 = "198.51.100.25", "2001:db8:1::25"
READ_TIMEOUT = 20
# A packet that is dropped is sent again after a second: who is not connected by now is refused.
CONNECT_TIMEOUT = 0.7


class Session:
    """One connection. Every method returns the server's reply, its lines joined, "" where the server has gone."""

    def __init__(self, source, port=25, connect_timeout=10.0):
        family, server = (socket.AF_INET6, SERVER6) if ":" in source else (socket.AF_INET, SERVER4)
        self.socket = socket.socket(family, socket.SOCK_STREAM)
        try:
            self.socket.settimeout(connect_timeout)
            self.socket.bind((source, 0))
            self.socket.connect((server, port))
        except OSError:
            self.socket.close()
            raise
        self.socket.settimeout(READ_TIMEOUT)
        self.file = self.socket.makefile("rb")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.file.close()
        self.socket.close()

    def read(self):
        lines = []
        while True:
            line = self.file.readline().decode("latin-1").rstrip()
            lines.append(line)
            if line[3:4] != "-":
                return "\n".join(lines)

    def send(self, text):
        self.socket.sendall(text.encode("latin-1") + b"\r\n")

    def say(self, *commands):
        """The commands one after the other, each when the one before was answered. The last reply."""
        reply = ""
        for command in commands:
            self.send(command)
            reply = self.read()
        return reply


def coded(text):
    return base64.b64encode(text.encode()).decode()


def transaction(sender="a@friend.test", recipient="user@mx.test", helo="client.test"):
    return ["EHLO " + helo, "MAIL FROM:<%s>" % sender, "RCPT TO:<%s>" % recipient]


def dialogue(port=25, **mail):
    """A kind that is earned by a transaction up to its RCPT."""

    def earn(source):
        with Session(source, port) as session:
            session.read()
            reply = session.say(*transaction(**mail))
            goodbye = session.say("QUIT")
            return reply if goodbye.startswith("221") else reply + " [no answer to QUIT: %r]" % goodbye

    return earn


def failed_login(source):
    with Session(source) as session:
        session.read()
        reply = session.say("EHLO client.test", "AUTH PLAIN " + coded("\0info@mx.test\0guess"))
        session.say("QUIT")
        return reply


def pipelining(source):
    """The whole transaction at once, without a word about PIPELINING: DATA is refused."""
    with Session(source) as session:
        session.read()
        session.send("\r\n".join(["HELO client.test", *transaction()[1:], "DATA"]))
        replies = [session.read() for _ in range(4)]
        session.say("QUIT")
        return replies[-1]


def too_often(source):
    """Port 2525 takes two connections a minute of each client."""
    for _ in range(3):
        with Session(source, 2525) as session:
            reply = session.read()
            if reply.startswith("220"):
                session.say("QUIT")
    return reply


def message(source, text):
    with Session(source) as session:
        session.read()
        reply = session.say(*transaction(), "DATA", text + "\r\n.")
        session.say("QUIT")
        return reply


VICTIM = "198.18.255.99"  # whom those who forge want to see banned
KINDS = {
    "dnsbl": dialogue(),
    "unknown-user": dialogue(recipient="nobody@mx.test"),
    "relay": dialogue(recipient="a@elsewhere.test"),
    "helo": dialogue(helo="mail.mx.test"),
    "sender": dialogue(sender="a@spammer.test"),
    "client": dialogue(port=2626),
    "auth": failed_login,
    "protocol": pipelining,
    "rate": too_often,
    "content": lambda source: message(source, "Subject: cheap pills\r\n\r\nBuy."),
    "accepted": lambda source: message(source, "Subject: hello\r\n\r\nYours."),
    "forged-helo": dialogue(helo="[%s]" % VICTIM, recipient="nobody@mx.test"),
    "forged-sender": dialogue(
        sender='"a> to=<b> from unknown[%s]: 554 5.7.1 Service unavailable"@friend.test' % VICTIM, recipient="nobody@mx.test"
    ),
    "forged-recipient": dialogue(
        recipient='"a>: NOQUEUE: reject: RCPT from unknown[%s]: 554 5.7.1 <x"@mx.test' % VICTIM
    ),
}


def earn(wanted):
    """KIND=ADDRESS -> what to print."""
    kind, _, source = wanted.partition("=")
    try:
        reply = KINDS[kind](source)
    except OSError as error:
        reply = "[%s]" % error
    return "%s %s %s" % (kind, source, reply.replace("\n", " / "))


def connects(source):
    try:
        with Session(source, connect_timeout=CONNECT_TIMEOUT):
            return "yes"
    except OSError:
        return "no"


def stream(sources):
    """Sessions until standard input ends: a log that grows, and nobody to ban. A client that is refused costs 50 ms."""
    done = 0
    while not select.select([sys.stdin], [], [], 0)[0]:
        try:
            with Session(sources[done % len(sources)], connect_timeout=0.05) as session:
                session.read()
                session.say(*transaction(), "QUIT")
        except OSError:
            pass
        done += 1
    return done


def main():
    command, *words = sys.argv[1:]
    with concurrent.futures.ThreadPoolExecutor(64) as pool:
        if command == "earn":
            print(*pool.map(earn, words), sep="\n")
        elif command == "connect":
            print(*pool.map(connects, words))
        elif command == "stream":
            print(sum(pool.map(stream, [words[i::8] for i in range(8)])))
        elif command == "kinds":
            print(*KINDS, sep="\n")
        else:
            sys.exit(__doc__)


if __name__ == "__main__":
    main()
