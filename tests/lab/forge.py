#!/usr/bin/env python3
"""Clients that write hostile text wherever a server lets them, and a judge of what relaydam made of the servers' logs.

usage: forge.py sessions COUNT SEED LINES...   COUNT sessions with the lab's servers, each from an address of its own; one JSON object
                                               each: address, kind, the offences that it may be taken for, whether it was rejected
       forge.py judge SESSIONS                 reads `relaydam match --json` from standard input; exit code 1 for a wrong hit

LINES are the files of tests/forged/: what the hostile text is made of, said of an innocent. Ports: 25 Postfix's smtpd, 2727 its
postscreen, 143 Dovecot.
"""

import base64
import concurrent.futures
import json
import random
import re
import socket
import sys

from smtp import SERVER4, Session

INNOCENT = "203.0.113.99"
MARKS = ["]: ", "; from=<", "; proto=", ">: ", "> to=<", '"', "\\", "(", ")", ") [", "[", "]", "<", ">", ": ", ", rip=",
         " rip=%s, lip=1.2.3.4" % INNOCENT, "?", "@", "\t", "\x7f", "\x01", " from x[%s]: 554 5.7.1 " % INNOCENT, "\xc3\xa9", "\xff",
         "%s", "'", ";", " (auth failed, 99 attempts): user=<x>, rip=%s" % INNOCENT, "]:99: ", "\n"]


def words(paths):
    """Whole lines of all servers and their ends, with the innocent's address."""
    found = list(MARKS)
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


class Hostile:
    def __init__(self, seed, known):
        self.random = random.Random(seed)
        self.known = known

    def text(self, most=400):
        text = "".join(self.random.choice(self.known if self.random.random() < 0.6 else MARKS)
                       for _ in range(self.random.randint(1, 4)))
        if self.random.random() < 0.1:
            text = "q" * self.random.randint(0, most) + text
        return re.sub(r"[\r\n\0]", lambda _: self.random.choice("? "), text)[:most]

    def box(self, domain, most=400):
        """An address with a quoted local part; at times bare, or in a domain of odd letters."""
        local = self.text(most)
        kind = self.random.random()
        if kind < 0.1:
            return re.sub(r"[\s<>]", "_", local) + "@" + domain
        return '"%s"@%s' % (re.sub(r'(["\\])', r"\\\1", local), domain)


def coded(*parts):
    return base64.b64encode(b"\0".join(part.encode("latin-1") for part in parts)).decode()


def mail(hostile, source, sender=None, recipient=None, subject=None):
    """One transaction; the replies to EHLO, MAIL, RCPT and what is sent behind."""
    with Session(source) as session:
        session.read()
        helo = hostile.text(200) if hostile.random.random() < 0.5 else "client.test"
        replies = [session.say("EHLO " + helo),
                   session.say("MAIL FROM:<%s>" % (sender or hostile.box("friend.test"))),
                   session.say("RCPT TO:<%s>" % (recipient or "user@mx.test"))]
        if subject is not None and replies[-1].startswith("250"):
            replies += [session.say("DATA"), session.say("Subject: %s\r\n\r\n%s\r\n." % (subject, hostile.text()))]
        session.say("QUIT")
        return replies


def earned(replies, refusal):
    """What the server's own codes say that it was; refusal: what 5.7.1 means here."""
    offences = set()
    for reply in replies:
        if reply[4:9] == "5.1.1":
            offences.add("unknown-user")
        elif reply[4:9] == "5.7.1":
            offences.add(refusal)
        elif reply.startswith("5"):
            offences.add("protocol")
    return offences


def unknown_user(hostile, source):
    replies = mail(hostile, source, recipient=hostile.box("mx.test"))
    return earned(replies, "relay"), replies[-1].startswith("550 5.1.1")  # "a%b"@mx.test is to be relayed


def relay(hostile, source):
    replies = mail(hostile, source, recipient=hostile.box("elsewhere.test"))
    return earned(replies, "relay"), replies[-1].startswith("554 5.7.1")


def sender(hostile, source):
    replies = mail(hostile, source, sender=hostile.box("spammer.test"))
    return earned(replies, "sender"), replies[-1].startswith("554 5.7.1")


def nothing(hostile, source):
    replies = mail(hostile, source, subject=hostile.text(900))
    return earned(replies, "nothing"), False


def content(hostile, source):
    replies = mail(hostile, source, subject="cheap pills" + hostile.text(900))
    return earned(replies, "content"), replies[-1].startswith("550 5.7.1")


def login(hostile, source):
    with Session(source) as session:
        session.read()
        session.say("EHLO client.test")
        reply = session.say("AUTH PLAIN " + coded("", hostile.text(300), hostile.text(60)))
        session.say("QUIT")
        return {"auth"}, reply.startswith("535")


def nonsense(hostile, source):
    """What is no command of SMTP, and ETRN and VRFY of anything."""
    with Session(source) as session:
        session.read()
        session.say("EHLO client.test")
        word = hostile.random.choice(["GET ", "ETRN ", "Subject: ", "VRFY ", "MAIL FROM:", "RCPT TO:", ""])
        session.say(word + hostile.text(600))
        session.say("QUIT")
        return {"protocol", "relay", "unknown-user", "abort"}, False


def early(hostile, source):
    """Speaks before postscreen does."""
    with Session(source, 2727) as session:
        session.send(hostile.text(500))
        session.read()
        reply = session.say("EHLO client.test", "MAIL FROM:<%s>" % hostile.box("friend.test"), "RCPT TO:<user@mx.test>")
        session.say("QUIT")
        return {"protocol", "abort"}, "550" in reply


def screened(hostile, source):
    """Waits as it should, and is asked to come again."""
    with Session(source, 2727) as session:
        session.read()
        session.say("EHLO " + hostile.text(200), "MAIL FROM:<%s>" % hostile.box("friend.test"),
                    "RCPT TO:<%s>" % hostile.box("mx.test"), "QUIT")
        return set(), False


def imap(hostile, source):
    with socket.socket() as s:
        s.settimeout(20)
        s.bind((source, 0))
        s.connect((SERVER4, 143))
        f = s.makefile("rb")
        f.readline()
        if hostile.random.random() < 0.3:
            value = re.sub(r'["\\\x80-\xff]', "_", hostile.text(200))
            s.sendall(('a ID ("name" "%s" "vendor" "%s")\r\n' % (value, value)).encode("latin-1"))
            f.readline(), f.readline()
        if hostile.random.random() < 0.2:
            s.sendall(b"b LOGOUT\r\n")
            f.read()
            return set(), False
        user = hostile.text(200).encode("latin-1")
        s.sendall(b"c LOGIN {%d}\r\n" % len(user))
        f.readline()
        s.sendall(user + b" {6}\r\n")
        f.readline()
        s.sendall(b"secret\r\n")
        reply = f.readline()
        return {"auth"}, reply.startswith(b"c NO")


KINDS = [unknown_user, unknown_user, relay, sender, nothing, nothing, content, login, nonsense, early, screened, imap, imap]


def session(number, seed, known):
    """One session, from an address of its own."""
    hostile = Hostile(seed * 1000003 + number, known)
    source = "198.18.%d.%d" % (number // 250 + 1, number % 250 + 1)
    kind = KINDS[number % len(KINDS)]
    try:
        offences, rejected = kind(hostile, source)
    except OSError as error:
        return json.dumps({"addr": source, "kind": kind.__name__, "broken": str(error)})
    return json.dumps({"addr": source, "kind": kind.__name__, "may": sorted(offences), "rejected": rejected})


def judge(path):
    sessions = {}
    for line in open(path, encoding="utf-8"):
        s = json.loads(line)
        sessions[s["addr"]] = s
    wrong, hits = [], 0
    for line in sys.stdin:
        hit = json.loads(line)
        if not hit["offence"] or hit["offence"] == "message" or hit.get("behind_cut_line"):
            continue  # the daemon reads nothing behind a line that may have been cut
        hits += 1
        s = sessions.get(hit["addr"])
        if s is None or ("may" in s and hit["offence"] not in s["may"]):
            wrong.append((s, hit))
        else:
            s["hit"] = True
    for s, hit in wrong[:10]:
        print("WRONG: %s %s by %s: %s" % (s, hit["offence"], hit["rule"], hit["text"]))
    counts = {}
    for s in sessions.values():
        c = counts.setdefault(s["kind"], [0, 0, 0, 0])
        c[0] += 1
        c[1] += bool(s.get("rejected"))
        c[2] += bool(s.get("rejected")) and not s.get("hit")
        c[3] += "broken" in s
    for kind, (n, rejected, escaped, broken) in sorted(counts.items()):
        print("%-14s %5d sessions, %5d rejected, of these %4d not counted; %d broken off" % (kind, n, rejected, escaped, broken))
    print("%d sessions, %d hits, %d wrong" % (len(sessions), hits, len(wrong)))
    sys.exit(1 if wrong or hits == 0 else 0)


def main():
    if sys.argv[1:2] == ["judge"]:
        judge(sys.argv[2])
    count, seed = int(sys.argv[2]), int(sys.argv[3])
    known = words(sys.argv[4:])
    with concurrent.futures.ThreadPoolExecutor(64) as pool:
        for line in pool.map(lambda n: session(n, seed, known), range(count)):
            print(line)


if __name__ == "__main__":
    main()
