"""The sessions of forge.py with mx.sh's servers: Postfix's smtpd (25) and postscreen (2727), Dovecot (143)."""

import re
import socket

from hostile import Outcome, coded
from smtp import SERVER4, SERVER6


def mail(hostile, sender=None, recipient=None, subject=None):
    """One transaction; the replies to EHLO, MAIL, RCPT and what is sent behind."""
    with hostile.smtp() as session:
        session.read()
        helo = hostile.helo() if hostile.once_in(2) else "client.test"
        replies = [session.say("EHLO " + helo),
                   session.say("MAIL FROM:<%s>" % (sender or hostile.box("friend.test"))),
                   session.say("RCPT TO:<%s>" % (recipient or "user@mx.test"))]
        if subject is not None and replies[-1].startswith("250"):
            replies += [session.say("DATA"), session.say("Subject: %s\r\n\r\n%s\r\n." % (subject, hostile.text()))]
        session.say("QUIT")
        return replies


def earned(replies, refusal):
    """What the server's own codes say that it was; refusal: what 5.7.1 means here."""
    offences = []
    for reply in replies:
        if reply[4:9] == "5.1.1":
            offences.append("unknown-user")
        elif reply[4:9] == "5.7.1":
            offences.append(refusal)
        elif reply.startswith("5"):
            offences.append("protocol")
    return offences


def unknown_user(hostile):
    replies = mail(hostile, recipient=hostile.box("mx.test"))
    return Outcome(earned(replies, "relay"), replies[-1].startswith("550 5.1.1"))  # "a%b"@mx.test is to be relayed


def relay(hostile):
    replies = mail(hostile, recipient=hostile.box("elsewhere.test"))
    return Outcome(earned(replies, "relay"), replies[-1].startswith("554 5.7.1"))


def sender(hostile):
    replies = mail(hostile, sender=hostile.box("spammer.test"))
    return Outcome(earned(replies, "sender"), replies[-1].startswith("554 5.7.1"))


def nothing(hostile):
    replies = mail(hostile, subject=hostile.text(900))
    return Outcome(earned(replies, "nothing"), False)


def content(hostile):
    replies = mail(hostile, subject="cheap pills" + hostile.text(900))
    return Outcome(earned(replies, "content"), replies[-1].startswith("550 5.7.1"))


def login(hostile):
    with hostile.smtp() as session:
        session.read()
        session.say("EHLO client.test")
        reply = session.say("AUTH PLAIN " + coded("", hostile.text(300), hostile.text(60)))
        session.say("QUIT")
        return Outcome({"auth"}, reply.startswith("535"))


def nonsense(hostile):
    """What is no command of SMTP, and ETRN and VRFY of anything."""
    with hostile.smtp() as session:
        session.read()
        session.say("EHLO client.test")
        word = hostile.random.choice(["GET ", "ETRN ", "Subject: ", "VRFY ", "MAIL FROM:", "RCPT TO:", ""])
        session.say(word + hostile.text(600))
        session.say("QUIT")
        return Outcome({"protocol", "relay", "unknown-user", "abort"}, False)


def early(hostile):
    """Speaks before postscreen does."""
    with hostile.smtp(2727) as session:
        session.send(hostile.text(500))
        session.read()
        reply = session.say("EHLO client.test", "MAIL FROM:<%s>" % hostile.box("friend.test"), "RCPT TO:<user@mx.test>")
        session.say("QUIT")
        return Outcome({"protocol", "abort"}, "550" in reply)


def screened(hostile):
    """Waits as it should, and is asked to come again."""
    with hostile.smtp(2727) as session:
        session.read()
        session.say("EHLO " + hostile.text(200), "MAIL FROM:<%s>" % hostile.box("friend.test"),
                    "RCPT TO:<%s>" % hostile.box("mx.test"), "QUIT")
        return Outcome(set(), False)


def imap(hostile):
    with socket.create_connection((SERVER6 if ":" in hostile.source else SERVER4, 143), 20, (hostile.source, 0)) as s:
        hostile.ports.append(s.getsockname()[1])
        f = s.makefile("rb")
        f.readline()
        if hostile.once_in(3):
            value = re.sub(r'["\\\x80-\xff]', "_", hostile.text(200))
            s.sendall(('a ID ("name" "%s" "vendor" "%s")\r\n' % (value, value)).encode("latin-1"))
            f.readline(), f.readline()
        if hostile.once_in(5):
            s.sendall(b"b LOGOUT\r\n")
            f.read()
            return Outcome(set(), False)
        user = hostile.text(200, "\r\n").encode("latin-1")
        s.sendall(b"c LOGIN {%d}\r\n" % len(user))
        f.readline()
        s.sendall(user + b" {6}\r\n")
        f.readline()
        s.sendall(b"secret\r\n")
        reply = f.readline()
        return Outcome({"auth"}, reply.startswith(b"c NO"))


FILTERS = ["postfix", "postscreen", "dovecot"]
KINDS = [unknown_user, unknown_user, relay, sender, nothing, nothing, content, login, nonsense, early, screened, imap, imap]
