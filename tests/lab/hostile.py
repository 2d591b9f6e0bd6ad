"""Text that a client writes to have somebody else banned, or to have done something else: for the sessions of forge.py."""

import base64
import random
import re
import urllib.parse
from typing import NamedTuple

from smtp import Session

INNOCENT = "203.0.113.99"
MARKS = ["]: ", "; from=<", "; proto=", ">: ", "> to=<", '"', "\\", "(", ")", ") [", "[", "]", "<", ">", ": ", ", rip=",
         " rip=%s, lip=1.2.3.4" % INNOCENT, "?", "@", "\t", "\x7f", "\x01", " from x[%s]: 554 5.7.1 " % INNOCENT, "\xc3\xa9", "\xff",
         "%s", "'", ";", " (auth failed, 99 attempts): user=<x>, rip=%s" % INNOCENT, "]:99: ", "\n", "\r", "\r\n", ", ip=[%s]" % INNOCENT,
         ") [%s]" % INNOCENT, '" H=[%s] ' % INNOCENT, "]:4711 I=[1.2.3.4]:25 ", ",relay=::ffff:%s,port=1,from=<x>: 550 User <" % INNOCENT,
         ":", ",msg=\"535 Authentication failed.\",cmd: ", "INFO: ", "\\n", "[2/2] ", "#012", "2026-03-02 10:00:00 ", " ",
         "exim[1]: ", "mx exim[9]: ", "mx postfix/smtpd[9]: ", "imapd: ", "message repeated 9 times: [ ", "<22>Mar  2 10:00:00 mx imapd: "]


def words(paths):
    """Whole lines of servers and their ends, with the innocent's address."""
    found = []
    for path in paths:
        for line in open(path, encoding="utf-8"):
            name, colon, text = line.rstrip("\n").partition(": ")
            if not colon or " " in name or name.startswith("#"):
                continue
            text = re.sub(r"192\.0\.2\.\d+|2001:db8:[0-9a-f:]*7\b", INNOCENT, text)
            parts = re.split(r"\{[a-z]+~?\}", text)
            found.append("x".join(parts))
            found += ["x".join(parts[i:]) for i in range(1, len(parts))]
    return found


def xtext(text):
    return "".join(c if "!" <= c <= "~" and c not in "+=" else "+%02X" % (ord(c) & 255) for c in text)


ENCODINGS = [
    xtext,
    urllib.parse.quote,
    lambda text: text.encode("utf-8", "replace").decode("latin-1"),
    lambda text: base64.b64encode(text.encode("latin-1")).decode(),
    lambda text: "=?utf-8?B?%s?=" % base64.b64encode(text.encode("latin-1")).decode(),
    lambda text: "=?us-ascii?Q?%s?=" % "".join("=%02X" % ord(c) for c in text),
    lambda text: text.encode("utf-7").decode(),  # &- of IMAP's own kind, but for the &
]


class Hostile:
    """The text of one session and its connections. Each field is of another's making but for the HELO: behind an honest relay,
    whose address they may name to have it banned for something else. What a client says of itself it may say in its HELO."""

    def __init__(self, seed, own, known, source):
        """own: words of the filters that read these servers' logs; known: of all."""
        self.random = random.Random(seed)
        self.vocabularies = [own, own, known, MARKS]
        self.source = source
        self.ports = []

    def once_in(self, n):
        return self.random.random() * n < 1

    def raw(self, most):
        text = "".join(self.random.choice(self.random.choice(self.vocabularies)) for _ in range(self.random.randint(1, 4)))
        if self.once_in(10):
            text = "q" * self.random.randint(0, most) + text
        if self.once_in(12):
            text = self.random.choice(ENCODINGS)(text)
        return text

    def text(self, most=400, breaks=""):
        """Latin-1, at most that long; of CR, LF and NUL only those in breaks stay."""
        text = self.raw(most)
        if self.once_in(3):
            text = text.replace(INNOCENT, self.source)
        return self.cleaned(text, breaks)[:most]

    def cleaned(self, text, breaks=""):
        return re.sub(r"[\r\n\0]", lambda c: c[0] if c[0] in breaks else self.random.choice("? "), text)

    def helo(self, most=200):
        return self.cleaned(self.raw(most))[:most]

    def box(self, domain, most=200, breaks=""):
        """An address with a quoted local part, at times bare; longer ones are refused as such by most."""
        local = self.text(most, breaks)
        kind = self.random.random()
        if kind < 0.1:
            return re.sub(r"[\s<>]", "_", local) + "@" + domain
        return '"%s"@%s' % (re.sub(r'(["\\])', r"\\\1", local), domain)

    def smtp(self, port=25):
        session = Session(self.source, port)
        self.ports.append(session.socket.getsockname()[1])
        return session


class Outcome(NamedTuple):
    """may: the offences that the session may be taken for, a set, or a list with each as often as it was earned."""

    may: object
    rejected: bool
    delivered: bool = False


def coded(*parts):
    return base64.b64encode(b"\0".join(part.encode("latin-1") for part in parts)).decode()


def try_login(hostile, start, outcome, ways):
    """AUTH by SMTP. ways(kind, user, password): the lines to say, kind from 0 to 1."""
    replies = []
    with start(hostile, replies) as session:
        user, password = hostile.text(600, "\r\n") or "x", hostile.text(60, "\r\n") or "x"
        replies += [session.say(line) for line in ways(hostile.random.random(), user, password)]
        session.say("QUIT")
    return outcome(replies)
