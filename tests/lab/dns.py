#!/usr/bin/env python3
"""The name server of the lab: names of clients, the mail domain, and a block list. usage: dns.py ADDRESS

The answers follow from the question alone, so that any number of clients can be had:

    198.18.B.C   is called B-C.clients.test, and that name leads back to it
    198.19.B.C   has no name, and stands on the block list bl.mx.test
    2001:db8:2:8000::/49  no name, on the block list; the rest of 2001:db8:2::/48 has no name and is not listed
    mx.test, friend.test, listed.test  exist; no other domain does. listed.test is on the block list, as a sender
"""

import ipaddress
import socket
import struct
import sys

LISTED = [ipaddress.ip_network("198.19.0.0/16"), ipaddress.ip_network("2001:db8:2:8000::/49")]
NAMED = ipaddress.ip_network("198.18.0.0/16")
DOMAINS = {"mx.test", "friend.test", "listed.test", "mail.mx.test"}
A, PTR, TXT = 1, 12, 16
NO_SUCH_NAME = 3


def reversed_address(labels):
    """The address that the labels of a reversed name stand for; ValueError if they do not."""
    if len(labels) == 4:
        return ipaddress.ip_address(".".join(reversed(labels)))
    if len(labels) != 32:
        raise ValueError("neither IPv4 nor IPv6")
    return ipaddress.IPv6Address(int("".join(reversed(labels)), 16))


def name_of(labels):
    address = reversed_address(labels)
    if address not in NAMED:
        return None
    return "%s-%s.clients.test" % tuple(str(address).split(".")[2:])


def address_of(name):
    """198-7.clients.test: the way back."""
    high, _, low = name.partition("-")
    return "198.18.%d.%d" % (int(high), int(low))


def encoded_name(name):
    return b"".join(bytes([len(label)]) + label.encode() for label in name.split(".")) + b"\0"


def answer(question, kind):
    """The data of the record; b"" where the name exists without one of that type, None where it does not exist."""
    labels = question.lower().split(".")
    try:
        if question.endswith((".in-addr.arpa", ".ip6.arpa")):
            name = name_of(labels[:-2])
            return encoded_name(name) if name and kind == PTR else None
        if question.endswith(".bl.mx.test"):
            if labels[:-3] != ["listed", "test"]:
                address = reversed_address(labels[:-3])
                if not any(address in network for network in LISTED):
                    return None
            text = b"listed, see http://bl.mx.test/"
            return {A: socket.inet_aton("127.0.0.2"), TXT: bytes([len(text)]) + text}.get(kind, b"")
        if question.endswith(".clients.test"):
            return socket.inet_aton(address_of(labels[0])) if kind == A else b""
    except ValueError:
        return None
    if question in DOMAINS:
        return socket.inet_aton("198.51.100.25") if kind == A else b""
    return None


def reply(request):
    at, labels = 12, []
    while request[at]:
        labels.append(request[at + 1 : at + 1 + request[at]].decode("latin-1"))
        at += request[at] + 1
    kind = struct.unpack(">H", request[at + 1 : at + 3])[0]
    question = request[12 : at + 5]
    data = answer(".".join(labels), kind)
    status = 0x8580 | (NO_SUCH_NAME if data is None else 0)  # an answer, with authority
    head = request[:2] + struct.pack(">HHHHH", status, 1, 1 if data else 0, 0, 0)
    if not data:
        return head + question
    return head + question + b"\xc0\x0c" + struct.pack(">HHIH", kind, 1, 60, len(data)) + data


def main():
    server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    server.bind((sys.argv[1], 53))
    print("ready", flush=True)
    while True:
        request, client = server.recvfrom(4096)
        server.sendto(reply(request), client)


main()
