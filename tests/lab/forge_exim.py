"""The sessions of forge.py with forged-others.sh's Exim: 25 as it comes, 2525 with helo_accept_junk_hosts, log_selector = +all, reasons that
quote the client, and TLS."""

import re
import ssl

from hostile import Outcome, coded, try_login

PLAIN, JUNK = 25, 2525
REPLIES = [  # what the server's own words say that a client did
    (r"535", "auth"),
    (r"503 AUTH command used when not advertised", "auth"),
    (r"550 Unknown user|550 Unrouteable address", "unknown-user"),
    (r"550 relay not permitted", "relay"),
    (r"550 no pills", "content"),
    (r"550 You are not me|501 Syntactically invalid [HE]", "helo"),
    (r"550 JunkMail rejected|550 \S+ is in a black list", "dnsbl"),
    (r"550 no spam|550 Sender verify|550 Verification failed", "sender"),
    (r"552 too many recipients", "rate"),
    (r"550 Restricted characters|550 Your address", "client"),
    (r"5", "protocol"),
]


def earned(replies):
    """The offences of all replies; breaking off is what any session may be taken for, once."""
    said = (next((offence for pattern, offence in REPLIES if re.match(pattern, reply[:3] + " " + reply[4:])), None) for reply in replies)
    return [offence for offence in said if offence] + ["abort"]


def outcome(replies):
    return Outcome(earned(replies), len(earned(replies)) > 1, any(" id=" in reply for reply in replies if reply[:3] == "250"))


def start(hostile, replies, port=None):
    """A session behind its HELO."""
    session = hostile.smtp(port or hostile.random.choice([PLAIN, JUNK]))
    session.read()
    junk = session.socket.getpeername()[1] == JUNK
    helo = hostile.helo() if junk and hostile.once_in(2) else hostile.random.choice(["client.test", "[203.0.113.99]", "mx-1.test"])
    replies.append(session.say(hostile.random.choice(["EHLO ", "HELO "]) + helo))
    return session


def mail(hostile, sender=None, recipients=None, message=None, port=None):
    replies = []
    with start(hostile, replies, port) as session:
        replies.append(session.say("MAIL FROM:<%s>" % (sender or hostile.box("friend.test", breaks="\r"))))
        for recipient in recipients or ["user@mx.test"]:
            replies.append(session.say("RCPT TO:<%s>" % recipient))
        if message is not None and replies[-1].startswith("250"):
            replies += [session.say("DATA"), session.say(message + "\r\n.")]
        if not hostile.once_in(10):
            session.say("QUIT")
    return outcome(replies)


def anybody(hostile, domain):
    """Whom Exim prints as it came: what it was refused for is read behind a plain one only."""
    if hostile.once_in(2):
        return "nobody@" + domain
    return hostile.box(domain, hostile.random.choice([90, 400]), "\r")


def unknown_user(hostile):
    return mail(hostile, recipients=[anybody(hostile, "mx.test")])


def relay(hostile):
    return mail(hostile, recipients=[anybody(hostile, "elsewhere.test")])


def sender(hostile):
    return mail(hostile, sender=hostile.box(hostile.random.choice(["spammer.test", "nowhere.test"]), breaks="\r"))


def listed(hostile):
    return mail(hostile, recipients=[anybody(hostile, "mx.test")])


def many(hostile):
    return mail(hostile, recipients=["user@mx.test"] * 4 + [anybody(hostile, "mx.test")])


def long(hostile):
    """To where Exim cuts its lines: at 8,191 bytes, in pieces of 870 to syslog."""
    replies = []
    padding = "q" * (hostile.random.choice([300, 500, 700, 3000, 7600, 7700]) + hostile.random.randint(0, 400))
    with hostile.smtp(JUNK) as session:
        session.read()
        where = hostile.random.randint(0, 2)
        replies.append(session.say("EHLO " + (padding + hostile.helo() if where == 0 else "client.test")))
        if where == 1:
            replies.append(session.say("AUTH PLAIN " + coded("", padding + hostile.text(), "x")))
        elif where == 2:
            replies.append(session.say(hostile.random.choice(["ETRN #", "VRFY ", "GET "]) + padding + hostile.text()))
        replies.append(session.say("MAIL FROM:<%s>" % hostile.box("friend.test")))
        replies.append(session.say("RCPT TO:<%s>" % anybody(hostile, "mx.test")))
        session.say("QUIT")
    return outcome(replies)


def letter(hostile, subject):
    """Header fields that Exim may log, folded at times, and signed by anybody."""
    fold = "\r\n " if hostile.once_in(4) else " "
    head = "Subject: %s%s%s\r\nMessage-ID: <%s@friend.test>\r\nFrom: %s\r\n" % (
        subject, fold, hostile.text(600), hostile.text(300), hostile.box("friend.test"))
    if hostile.once_in(3):
        head = "DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed; d=%s; s=%s;%sh=from:subject; bh=%s; b=%s\r\n" % (
            hostile.text(60), hostile.text(60), fold, coded("x" * 32), coded("x" * 256)) + head
    return head + "\r\n" + hostile.text()


def nothing(hostile):
    return mail(hostile, message=letter(hostile, "hello"))


def content(hostile):
    return mail(hostile, message=letter(hostile, "cheap pills"))


def login(hostile):
    def ways(kind, user, password):
        if kind < 0.5:
            return ["AUTH PLAIN " + coded("", user, password)]
        if kind < 0.8:
            return ["AUTH LOGIN " + coded(user), coded(password)]
        if kind < 0.9:
            return ["AUTH PLAIN", hostile.text(300, "\r")]
        return ["AUTH " + hostile.text(300, "\r")]
    return try_login(hostile, start, outcome, ways)


def greeting(hostile):
    """Names that Exim does not like, or that are its own."""
    replies = []
    with hostile.smtp(hostile.random.choice([PLAIN, JUNK])) as session:
        session.read()
        name = "mail.mx.test" if hostile.once_in(4) else hostile.cleaned(hostile.raw(600), "\r")
        replies.append(session.say(hostile.random.choice(["EHLO ", "HELO "]) + name, *["NOOP"] * hostile.once_in(2)))
        replies.append(session.say("MAIL FROM:<a@friend.test>"))
        session.say("QUIT")
    outcomes = earned(replies) + ["helo"]  # the reply to a greeting that a NOOP followed is not among them
    return Outcome(outcomes, False)


COMMANDS = ["ETRN ", "ETRN #", "VRFY ", "EXPN ", "VRFY <", "GET ", "HELP ", "NOOP ", "AUTH ", "STARTTLS ", "BDAT ", "DATA ", "RSET ", "QUIT ",
            "MAIL FROM:", "RCPT TO:", "MAIL FROM:<a@friend.test> ", "MAIL FROM:<a@friend.test> AUTH=", "MAIL FROM:<a@friend.test> SIZE=999999999 ",
            "MAIL FROM:<a@friend.test> ENVID=", "MAIL FROM:a@friend.test ", "RSET\nVRFY ", "Subject: ", ""]


def commands(hostile):
    """What is no command of SMTP, or none for strangers: up to the end that Exim makes of it."""
    replies = []
    with start(hostile, replies) as session:
        for _ in range(hostile.random.randint(1, 5)):
            word = hostile.random.choice(COMMANDS)
            if word == "BDAT " and not replies[-1].startswith("5"):
                word = "HELP "
            replies.append(session.say(word + hostile.text(600, "\r")))
            if not replies[-1] or replies[-1].startswith(("221", "354", "421")):
                break
    # a dropped call has a line of its own, and Exim accepts some of it
    return Outcome(earned(replies) + ["protocol", "auth", "auth"], False)


def early(hostile):
    """Speaks before the server does."""
    with hostile.smtp(hostile.random.choice([PLAIN, JUNK])) as session:
        session.send("EHLO " + hostile.text(300, "\r"))
        replies = [session.read()]
        if replies[0].startswith("220"):  # it was quicker
            replies.append(session.read())
        return outcome(replies)


def sync(hostile):
    """Says the next before it has heard."""
    replies = []
    with hostile.smtp(hostile.random.choice([PLAIN, JUNK])) as session:
        session.read()
        name = hostile.cleaned(hostile.raw(300)) if hostile.once_in(2) else "client.test"
        word = hostile.random.choice(["HELO ", "NOOP ", "VRFY "])
        session.send(word + name + "\r\n" + hostile.text(300, "\r"))
        replies = [session.read(), session.read()]
        return Outcome(earned(replies) + ["protocol", "helo"], any(r.startswith("554") for r in replies))


def secret(hostile):
    """TLS with a certificate of the client's own making, then as anybody."""
    replies = []
    with hostile.smtp(JUNK) as session:
        session.read()
        session.say("EHLO client.test")
        if session.say("STARTTLS").startswith("220"):
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
            context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
            if hostile.once_in(2):
                context.load_cert_chain(hostile.random.choice(CERTIFICATES))
            name = re.sub(r"[^A-Za-z0-9-]+", "-", "x" + hostile.text(60))[:60] + ".test"  # GnuTLS takes no other
            session.socket = context.wrap_socket(session.socket, server_hostname=name)
            session.file = session.socket.makefile("rb")
            replies += [session.say("EHLO " + hostile.helo()), session.say("MAIL FROM:<%s>" % hostile.box("friend.test")),
                        session.say("RCPT TO:<%s>" % hostile.box("mx.test")), session.say("AUTH PLAIN " + coded("", hostile.text(), "x"))]
        session.say("QUIT")
    return outcome(replies)


CERTIFICATES = ["/run/work/client%d.pem" % n for n in range(4)]
FILTERS = ["exim"]
KINDS = [unknown_user, relay, sender, listed, many, long, nothing, content, login, login, greeting, commands, commands, early, sync, secret]
LISTED = [listed]
