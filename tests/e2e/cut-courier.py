#!/usr/bin/env python3
"""For cut-courier.sh: a syslog daemon of a few lines, and clients of a real Courier at 127.0.0.1:25.

cut-courier.py log SOCKET FILE
cut-courier.py session SOURCE HELO OFFEND READY SECONDS   OFFEND "yes": is refused at RCPT; then waits for the end, or SECONDS

A session prints READY's name into it once it hangs; exit 0: it was cut, 3: it lives on.
"""
import os
import socket
import sys


def log(path, to):
    s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    s.bind(path)
    os.chmod(path, 0o666)
    out = os.open(to, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    while True:
        text = s.recv(65536).split(b">", 1)[-1].rstrip(b"\n\0")
        os.write(out, text[:16] + b"mx " + text[16:] + b"\n")


def session(source, helo, offend, ready, seconds):
    s = socket.socket()
    s.settimeout(20)
    s.bind((source, 0))
    s.connect(("127.0.0.1", 25))
    f = s.makefile("rb")

    def say(text):
        if text:
            s.sendall(text.encode() + b"\r\n")
        while (line := f.readline())[3:4] == b"-":
            pass
        return line.decode(errors="replace").strip()

    print(say(""))
    print(say("EHLO " + helo))
    print(say("MAIL FROM:<>"))
    if offend == "yes":
        reply = say("RCPT TO:<postmaster@e2e.test>")
        print(reply)
        if not reply.startswith("5"):
            sys.exit(f"no 5xx: {reply}")
    with open(ready, "w", encoding="ascii") as to:
        to.write("ready")
    s.settimeout(float(seconds))
    try:
        if s.recv(1000):
            sys.exit("it said more")
    except ConnectionResetError:
        pass
    except TimeoutError:
        print(say("RSET"))
        sys.exit(3)


if __name__ == "__main__":
    globals()[sys.argv[1]](*sys.argv[2:])
