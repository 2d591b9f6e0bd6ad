"""The sessions of forge.py with forged-others.sh's Courier: courieresmtpd (25), IMAP (143), POP3 (110). A failed login takes five seconds."""

import re

from hostile import INNOCENT, Outcome, coded, try_login

AT_A_TIME = 200
SMTP, IMAP, POP3 = 25, 143, 110
PIECE = 511  # of what courierlogger writes as one line
FRONT = len("INFO: LOGIN FAILED, user=")
WHOLE = ["LOGIN FAILED, user=x, ip=[::ffff:%s], port=[1]", "LOGIN FAILED, user=%s, ip=[", "LOGIN FAILED, method=PLAIN, ip=[%s]",
         "Maximum connection limit reached for %s", "INFO: LOGIN FAILED, ip=[%s]", "WARN: dropped blocked connection from %s"]
REPLIES = [  # what the server's own words say that a client did
    (r"550 User", "unknown-user"),
    (r"513 Relaying", "relay"),
    (r"511 ", "dnsbl"),
    (r"517 HELO", "helo"),
    (r"517 ", "sender"),
    (r"535 Authentication (failed|rejected)", "auth"),
    (r"50[0-3] |554 Syntax", "protocol"),
    (r"550 |554 |571 ", "client"),
]


def earned(replies):
    """The offences of all replies; breaking off is what any session may be taken for, once."""
    last = [reply.split("\n")[-1] for reply in replies]
    said = (next((offence for pattern, offence in REPLIES if re.match(pattern, reply)), None) for reply in last)
    return [offence for offence in said if offence] + ["abort"]


def outcome(replies):
    return Outcome(earned(replies), len(earned(replies)) > 1, any(reply.startswith("250 Ok. ") for reply in replies))


def own_name(hostile):
    """Which the name server confirms."""
    if not hostile.source.startswith("198.18."):
        return "[%s]" % hostile.source
    return "%s-%s.clients.test" % tuple(hostile.source.split(".")[2:])


def start(hostile, replies):
    session = hostile.smtp(SMTP)
    session.read()
    replies.append(session.say(hostile.random.choice(["EHLO ", "HELO "]) + own_name(hostile)))
    return session


def ordinary(hostile):
    """A sender; most of the hostile ones are refused as soon as they are heard."""
    return "a@friend.test" if hostile.once_in(2) else hostile.box("friend.test", breaks="\r")


def mail(hostile, sender=None, recipients=None, message=None, helo=None):
    replies = []
    with hostile.smtp(SMTP) as session:
        session.read()
        replies.append(session.say(hostile.random.choice(["EHLO ", "HELO "]) + (helo or own_name(hostile))))
        replies.append(session.say("MAIL FROM:<%s>" % (sender or ordinary(hostile))))
        for recipient in recipients or ["user@mx.test"]:
            replies.append(session.say("RCPT TO:<%s>" % recipient))
        if message is not None and replies[-1].startswith("250"):
            replies += [session.say("DATA"), session.say(message + "\r\n.")]
        if not hostile.once_in(10):
            session.say("QUIT")
    return outcome(replies)


def unknown_user(hostile):
    return mail(hostile, recipients=[hostile.box("mx.test", breaks="\r")])


def relay(hostile):
    return mail(hostile, recipients=[hostile.box("elsewhere.test", breaks="\r")])


def sender(hostile):
    return mail(hostile, sender=hostile.box(hostile.random.choice(["spammer.test", "nowhere.test"]), breaks="\r"))


def listed(hostile):
    return mail(hostile, recipients=[hostile.box("mx.test")])


def helo(hostile):
    return mail(hostile, helo=hostile.cleaned(hostile.raw(600), "\r")[:600] or "x")


def nothing(hostile):
    return mail(hostile, message="Subject: %s\r\nFrom: %s\r\n\r\n%s" % (hostile.text(600), hostile.box("friend.test"), hostile.text()))


def many(hostile):
    return mail(hostile, recipients=[hostile.box("mx.test") for _ in range(hostile.random.randint(2, 8))])


def login(hostile):
    def ways(kind, user, password):
        if kind < 0.4:
            return ["AUTH PLAIN " + coded("", user, password)]
        if kind < 0.6:
            return ["AUTH LOGIN", coded(user), coded(password)]
        if kind < 0.8:
            return ["AUTH LOGIN " + coded(user), coded(password)]
        return ["AUTH " + hostile.text(300, "\r"), hostile.text(300, "\r")]
    return try_login(hostile, start, outcome, ways)


COMMANDS = ["ETRN ", "VRFY ", "EXPN ", "GET ", "HELP ", "NOOP ", "AUTH PLAIN ", "STARTTLS ", "BDAT ", "RSET ", "EXDATA ", "MAIL FROM:", "RCPT TO:",
            "MAIL FROM:<a@friend.test> ", "MAIL FROM:<a@friend.test> ENVID=", "MAIL FROM:<a@friend.test> SIZE=99999999999 ", "RSET\nVRFY ",
            "Subject: ", ""]


def commands(hostile):
    """What is no command of SMTP, or none for strangers."""
    replies = []
    with start(hostile, replies) as session:
        for _ in range(hostile.random.randint(1, 5)):
            replies.append(session.say(hostile.random.choice(COMMANDS) + hostile.text(600, "\r")))
            if not replies[-1] or replies[-1].startswith(("221", "220", "354", "421")):
                break
    return Outcome(earned(replies) + ["protocol"], False)  # the second of two that came at once may not have been heard


def hurried(hostile):
    """All at once, and gone before the answers are read."""
    with hostile.smtp(SMTP) as session:
        lines = ["EHLO " + hostile.helo(), "MAIL FROM:<%s>" % hostile.box("friend.test"), "RCPT TO:<%s>" % hostile.box("mx.test"),
                 "VRFY " + hostile.text(), hostile.text(), "DATA", "."]
        session.send("\r\n".join(lines))
    return Outcome({"helo", "unknown-user", "sender", "protocol", "client", "abort"}, False)


def line_of(session, text=None):
    """Says it; the next line that is no untagged answer of IMAP."""
    if text is not None:
        session.send(text)
    while True:
        line = session.file.readline().decode("latin-1")
        if not line.startswith("* ") or line.startswith("* BYE"):
            return line


def imap_name(session, user, hostile):
    """A failed login, in one of the ways to say a name; the answer."""
    kind = hostile.random.random()
    if kind < 0.6:
        line_of(session, "a LOGIN {%d}" % len(user))
        return line_of(session, user + " secret")
    if kind < 0.8:
        quoted = re.sub(r'(["\\])', r"\\\1", re.sub(r"[\r\n]", " ", user))
        return line_of(session, 'a LOGIN "%s" secret' % quoted)
    if kind < 0.9:
        line_of(session, "a AUTHENTICATE PLAIN")
        return line_of(session, coded("", user, "secret"))
    line_of(session, "a AUTHENTICATE LOGIN")
    line_of(session, coded(user))
    return line_of(session, coded("secret"))


def imap(hostile, user=None):
    with hostile.smtp(IMAP) as session:
        session.file.readline()
        if hostile.once_in(6):
            line_of(session, "b X" + hostile.cleaned(hostile.raw(300)))
        if hostile.once_in(8):  # one who may come in, and lists and makes strange things
            line_of(session, "a LOGIN user secret")
            text = hostile.text(100)
            line_of(session, 'b CREATE "%s"' % re.sub(r'["\\]', "_", text))
            line_of(session, "c LOGOUT")
            return Outcome(set(), False)
        reply = imap_name(session, user or hostile.text(400, "\r\n") or "x", hostile)
        if hostile.once_in(2):
            line_of(session, "c LOGOUT")
    return Outcome(["auth"], " NO Login failed" in reply)


def pop3(hostile, user=None):
    with hostile.smtp(POP3) as session:
        session.file.readline()
        if hostile.once_in(6):
            line_of(session, "X" + hostile.text(300, "\r"))
        user = user or hostile.text(400, "\r") or "x"
        if hostile.once_in(4):
            line_of(session, "AUTH PLAIN")
            reply = line_of(session, coded("", user, "secret"))
        else:
            line_of(session, "USER " + user)
            reply = line_of(session, "PASS secret")
        if hostile.once_in(2):
            line_of(session, "QUIT")
    return Outcome(["auth"], "failed" in reply)


def torn_name(hostile):
    """So long that courierlogger makes a line of its rest, at times to the byte; or ending in blanks."""
    forged = hostile.random.choice(WHOLE) % INNOCENT if hostile.once_in(2) else hostile.text(300)
    head = PIECE - FRONT + hostile.random.randint(-2, 2) * hostile.once_in(2)
    kind = hostile.random.randint(0, 3)
    if kind == 0:
        return "q" * head + forged
    if kind == 1:
        return "q" * head + forged.rjust(PIECE) + "x" * hostile.random.choice([0, 1, 400])
    if kind == 2:
        return (forged + " " * head)[:head] + hostile.text(300)
    return "q" * hostile.random.choice([440, 600, 1000, 2000, 4000, 6000]) + forged


def torn_imap(hostile):
    return imap(hostile, torn_name(hostile))


def torn_pop3(hostile):
    return pop3(hostile, torn_name(hostile))


FILTERS = ["courier"]
KINDS = [unknown_user, relay, sender, listed, helo, nothing, many, login, commands, commands, hurried, imap, imap, imap, pop3, pop3]
LAST = [torn_imap, torn_pop3, unknown_user, imap, pop3, login]  # behind a line that is cut nothing is read for a while
LISTED = [listed]
