"""Answers of the evil primary by the hundred thousand records, made without a DNS library's objects."""

import struct
from dataclasses import dataclass

from lockstep_test.evil import Message, Record

ROOM = 60000  # octets of records a message


@dataclass
class Bulk(Message):
    """A message whose records are there as octets."""
    octets: bytes = b""
    count: int = 0

    def wire(self, query):
        head = struct.pack("!HHHHHH", query.id, self.flags, 1, self.count, 0, 0)
        return head + query.question + self.octets


def messages(records):
    """All of `records` (an iterable of octets, one record each) in messages."""
    octets, count = bytearray(), 0
    for record in records:
        if len(octets) + len(record) > ROOM:
            yield Bulk(octets=bytes(octets), count=count)
            octets, count = bytearray(), 0
        octets += record
        count += 1
    yield Bulk(octets=bytes(octets), count=count)


def soas(record):
    """A function from a serial to the SOA `record` with that serial, as octets."""
    wire = record.wire()
    return lambda serial: wire[:-20] + struct.pack("!I", serial) + wire[-16:]


def texts(owner, octets):
    """A function from a number to a TXT record of so many octets that differs with it, as octets."""
    head = Record(owner, "TXT", "x").wire()[:-4]  # up to RDLENGTH
    strings = max(1, octets // 251)

    def record(number):
        rdata = b"".join(b"\xfa" + f"{number:010}{at:010}".encode().ljust(250, b".") for at in range(strings))
        return head + struct.pack("!H", len(rdata)) + rdata
    return record


def chain(soa, text, first, last):
    """The records of an IXFR answer from serial `first` to `last`, one change a serial."""
    yield soa(last)
    for serial in range(first, last):
        yield soa(serial)
        yield text(serial)
        yield soa(serial + 1)
        yield text(serial + 1)
    yield soa(last)
